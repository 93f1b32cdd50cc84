"""Progress of a driver as lines of JSON in `events.ndjson`; the parent and a person read along.

Events are for watching only. Nothing is decided from them: evidence alone says what happened.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from lab.model.base import JsonValue


class EventLog:
    """Appends events, each with one write, so that lines of several processes stay whole."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def emit(self, event: str, **facts: JsonValue) -> None:
        """Write one event, a past participle such as "case_finished", with its facts."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"event": event, "at": stamp, **facts}, ensure_ascii=False)
        os.write(self._file, f"{line}\n".encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
