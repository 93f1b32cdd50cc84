"""Days as people in Iran read them; the wire stays RFC 3339."""

from __future__ import annotations

from datetime import date

from persiantools.jdatetime import JalaliDate


def jalali(day: date, form: str = "%Y/%m/%d") -> str:
    """Return a day in the Jalali calendar, for example `1405/09/07`."""
    return str(JalaliDate(day).strftime(form))  # type: ignore[no-untyped-call]
