"""Time of the exchange: the system clock, or one that a test moves."""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

TEHRAN = timezone(timedelta(hours=3, minutes=30))
"""Iran has had no daylight-saving time since 1402; all written times carry +03:30."""
_OFFSET = struct.Struct("<q")


class Clock(Protocol):
    """Where a service reads the time."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


class MovableClock:
    """The machine's clock plus an offset that tests set."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the moved present, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the clock forward (or back)."""
        self.offset += by


class SharedClock:
    """The machine's clock plus an offset in a small file that all processes of an exchange map.

    The file outlives the exchange: after a restart its data still lie in the past.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as handle:
            if file.stat().st_size < _OFFSET.size:
                handle.write(_OFFSET.pack(0))
                handle.flush()
            self._cell = mmap.mmap(handle.fileno(), _OFFSET.size)

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead of the machine's."""
        return timedelta(microseconds=_OFFSET.unpack_from(self._cell)[0])

    def now(self) -> datetime:
        """Return the moved present, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the clock forward; one process does this, all others see it at once."""
        _OFFSET.pack_into(self._cell, 0, (self.offset + by) // timedelta(microseconds=1))
        self._cell.flush()


def written(moment: datetime) -> str:
    """Render a time as the wire wants it: RFC 3339, seconds, offset of Tehran."""
    return moment.astimezone(TEHRAN).isoformat(timespec="seconds")


def tehran_day(moment: datetime) -> date:
    """Return the calendar day of an instant in Tehran."""
    return moment.astimezone(TEHRAN).date()
