"""The driver process of a campaign, and reading its events while it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.model.base import JsonValue
from lab.model.roles import SUITES
from lab.selection.collecting import child_environment

POLL_SECONDS = 0.1
STUCK_SECONDS = 420.0
_STOP_SECONDS = 5.0

Event = dict[str, JsonValue]
EventListener = Callable[[Event], None]


def drive(
    directory: Path,
    listener: EventListener,
    extra: tuple[str, ...] = (),
    log_file: Path | None = None,
) -> int:
    """Run the driver to its end and return its exit code; it is killed when nothing moves.

    What it says goes to `driver.log` of the campaign, or to `log_file`.

    The child ends by itself when we die. A KeyboardInterrupt stops it and goes on.
    """
    events = directory / "events.ndjson"
    tail = EventTail(events)
    command = [
        sys.executable, "-m", "pytest", str(SUITES), "-q", "--capture=no",
        "--campaign", str(directory), "--mafa-parent", str(os.getpid()), *extra,
    ]  # fmt: skip
    with (log_file or directory / "driver.log").open("ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=child_environment(),
            start_new_session=True,
        )
        try:
            return _watch(child, tail, listener)
        finally:
            _stop(child)


def _watch(child: subprocess.Popen[bytes], tail: EventTail, listener: EventListener) -> int:
    moved = time.monotonic()
    while True:
        code = child.poll()
        for event in tail.read():
            moved = time.monotonic()
            listener(event)
        if code is not None:
            return code
        if time.monotonic() - moved > STUCK_SECONDS:
            listener({"event": "driver_stuck", "seconds": STUCK_SECONDS})
            child.kill()
        time.sleep(POLL_SECONDS)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class EventTail:
    """Reads the events that are appended after it was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0

    def read(self) -> Iterator[Event]:
        """Yield complete new lines; a half-written one waits for the next call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a line cut off by a kill; events decide nothing
            if isinstance(event, dict):
                yield event
