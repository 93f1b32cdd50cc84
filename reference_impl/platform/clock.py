"""Time of the exchange: the system clock, or one that a test moves."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

TEHRAN = timezone(timedelta(hours=3, minutes=30))
"""Iran has had no daylight-saving time since 1402; all written times carry +03:30."""


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


def written(moment: datetime) -> str:
    """Render a time as the wire wants it: RFC 3339, seconds, offset of Tehran."""
    return moment.astimezone(TEHRAN).isoformat(timespec="seconds")


def tehran_day(moment: datetime) -> date:
    """Return the calendar day of an instant in Tehran."""
    return moment.astimezone(TEHRAN).date()
