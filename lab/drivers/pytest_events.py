"""Progress of a driver as lines of JSON in `events.ndjson`; the parent and a person read along.

Events are for watching only. Nothing is decided from them: evidence alone says what happened.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from lab.model.base import JsonValue


class EventLog:
    """Appends events; every line is flushed at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def emit(self, event: str, **facts: JsonValue) -> None:
        """Write one event, a past participle such as "case_finished", with its facts."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"event": event, "at": stamp, **facts}, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
