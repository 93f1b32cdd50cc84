"""Logs as JSON lines on stderr: what happened and where in the code, never what a message said.

The text of an exception may quote what it stumbled over (a database quotes whole rows), so only its
kind and the places in the code are written.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """One JSON object per record: at, level, logger, message, and for exceptions kind and trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.processName,
            "message": record.getMessage(),
        }
        if record.exc_info is not None and record.exc_info[0] is not None:
            if record.name.startswith("uvicorn"):
                # The server puts the formatted exception into its message.
                line["message"] = "exception in the server"
            line["exception"] = record.exc_info[0].__name__
            line["trace"] = [
                f"{frame.filename.rpartition('/reference_impl/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def configure(*, verbose: bool) -> None:
    """Write warnings, with `verbose` also refusals and starts, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True
    )
