"""Jalali months, in which the secretariat counts."""

from __future__ import annotations

from datetime import date

from persiantools.jdatetime import JalaliDate


def month_of(day: date) -> str:
    """Return the Jalali month of a day such as `1405-08`."""
    # The calendar library ships no types.
    jalali = JalaliDate.to_jalali(day)  # type: ignore[no-untyped-call]
    return f"{jalali.year:04d}-{jalali.month:02d}"
