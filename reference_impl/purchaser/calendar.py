"""Answers for days and months as people in Tehran count them; the wire stays RFC 3339."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from persiantools.jdatetime import JalaliDate

from reference_impl.platform.clock import TEHRAN

VALIDITY_DAYS = 60
_PERIOD = re.compile(r"^(1[34][0-9]{2})-(0[1-9]|1[0-2])$")
_LAST_MONTH = 12


@dataclass(frozen=True)
class Period:
    """A Jalali month as a half-open span of UTC instants."""

    name: str
    start: datetime
    end: datetime


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, TEHRAN).astimezone(UTC)


def _first_day(year: int, month: int) -> date:
    # The calendar library ships no types.
    first: date = JalaliDate(year, month, 1).to_gregorian()  # type: ignore[no-untyped-call]
    return first


def period(name: str) -> Period | None:
    """Return the span of a Jalali month such as `1405-08`, or None when it names no month."""
    found = _PERIOD.match(name)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    start = _first_day(year, month)
    following = (year + 1, 1) if month == _LAST_MONTH else (year, month + 1)
    end = _first_day(*following)
    return Period(name, _midnight(start), _midnight(end))


def period_of(moment: datetime) -> str:
    """Return the name of the Jalali month an instant lies in, judged in Tehran."""
    # The calendar library ships no types.
    day = JalaliDate.to_jalali(moment.astimezone(TEHRAN).date())  # type: ignore[no-untyped-call]
    return f"{day.year:04d}-{day.month:02d}"


def valid_until(registered_at: datetime, days: int = VALIDITY_DAYS) -> datetime:
    """Return the last second of validity: `days` days including the day of registration."""
    first = registered_at.astimezone(TEHRAN).date()
    return _midnight(first + timedelta(days=days)) - timedelta(seconds=1)


def tehran_day(moment: datetime) -> date:
    """Return the calendar day of an instant in Tehran."""
    return moment.astimezone(TEHRAN).date()
