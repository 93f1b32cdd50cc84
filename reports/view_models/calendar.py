"""Dates for people: Jalali first in Persian, Gregorian first in English, Tehran time in both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from persiantools.jdatetime import JalaliDate

from reports.view_models.text import persian_digits

TEHRAN = timezone(timedelta(hours=3, minutes=30))  # no summer time since 1401
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_JALALI = (
    ("Farvardin", "فروردین"),
    ("Ordibehesht", "اردیبهشت"),
    ("Khordad", "خرداد"),
    ("Tir", "تیر"),
    ("Mordad", "مرداد"),
    ("Shahrivar", "شهریور"),
    ("Mehr", "مهر"),
    ("Aban", "آبان"),
    ("Azar", "آذر"),
    ("Dey", "دی"),
    ("Bahman", "بهمن"),
    ("Esfand", "اسفند"),
)


@dataclass(frozen=True)
class Moment:
    """One instant as both languages write it. `iso` is RFC 3339 in UTC, `day` the ISO date."""

    fa: str
    en: str
    fa_day: str
    en_day: str
    iso: str
    day: str


def moment(instant: datetime) -> Moment:
    """Write an aware instant for people."""
    local = instant.astimezone(TEHRAN)
    jalali = JalaliDate(local.date())  # type: ignore[no-untyped-call]  # library has no types
    month_en, month_fa = _JALALI[jalali.month - 1]
    clock = f"{local:%H:%M}"
    fa_day = persian_digits(f"{jalali.day} {month_fa} {jalali.year}")
    en_day = f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    en_jalali = f"{jalali.day} {month_en} {jalali.year}"
    return Moment(
        fa=f"{fa_day}، ساعت {persian_digits(clock)} تهران",
        en=f"{en_day}, {clock} Tehran ({en_jalali})",
        fa_day=fa_day,
        en_day=f"{en_day} ({en_jalali})",
        iso=f"{instant:%Y-%m-%dT%H:%M:%SZ}",
        day=f"{local:%Y-%m-%d}",
    )
