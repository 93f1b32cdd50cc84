"""Jalali months of instants, judged at the civil time of Iran (UTC+03:30, no summer time).

Leap years follow the 33-year cycle, exact for 1343 to 1472; the anchor is 1 Farvardin 1400.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

IRAN = timezone(timedelta(hours=3, minutes=30))
_ANCHOR = date(2021, 3, 21)  # 1400-01-01
_ANCHOR_YEAR = 1400
_LEAP_PLACES = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
_LONG_MONTHS = 6  # the first six months have 31 days, the next five 30
_LAST_MONTH = 12


def is_leap(year: int) -> bool:
    """Tell whether Esfand of a Jalali year has 30 days."""
    return year % 33 in _LEAP_PLACES


def month_days(year: int, month: int) -> int:
    """Return the number of days of a Jalali month."""
    if month <= _LONG_MONTHS:
        return 31
    return 30 if month < _LAST_MONTH or is_leap(year) else 29


def jalali(day: date) -> tuple[int, int, int]:
    """Return (year, month, day) of a Gregorian date."""
    year, rest = _ANCHOR_YEAR, (day - _ANCHOR).days
    while rest < 0:
        year -= 1
        rest += 366 if is_leap(year) else 365
    while rest >= (366 if is_leap(year) else 365):
        rest -= 366 if is_leap(year) else 365
        year += 1
    month = 1
    while rest >= month_days(year, month):
        rest -= month_days(year, month)
        month += 1
    return year, month, rest + 1


def period_of(instant: datetime) -> str:
    """Return the Jalali month of an instant as statements name it, for example `1405-08`."""
    year, month, _ = jalali(instant.astimezone(IRAN).date())
    return f"{year:04d}-{month:02d}"
