"""When paper may be entered [RUL-012, RUL-081]. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

LATE_ENTRY = timedelta(hours=72)
"""From the end of a declared outage, or from writing where the evidence is local."""
LATE_ENTRY_IN_AREA = timedelta(days=30)
MAX_DIGITS = 9


@dataclass(frozen=True)
class Area:
    """A deprived area on the published list; both days count."""

    name: str
    valid_from: date
    valid_until: date

    def listed_on(self, day: date) -> bool:
        """Say whether the area is on the list on a day."""
        return self.valid_from <= day <= self.valid_until


CITY = "synthetic-city"
RURAL = "synthetic-rural-district"
AREAS = (
    Area(RURAL, date(2022, 3, 21), date(2031, 3, 20)),
    Area("synthetic-island", date(2022, 3, 21), date(2025, 3, 20)),
)
"""The list; the second area left it. Who puts an area on it is not judged [RUL-081]."""


@dataclass(frozen=True)
class Period:
    """The time of an outage; without an end it still lasts."""

    started: datetime
    ended: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Say whether paper of this moment was written during the outage."""
        return self.started <= moment and (self.ended is None or moment <= self.ended)

    def enter_until(self, late: timedelta = LATE_ENTRY) -> datetime | None:
        """Return until when its paper may be entered; None while it lasts."""
        return None if self.ended is None else self.ended + late


def reaches(areas: list[str], area: str) -> bool:
    """Say whether an outage of these areas holds in an area; none named means everywhere."""
    return not areas or area in areas


def number_of(sequence: int) -> str:
    """Return the number an outage is known by on paper."""
    return f"OUT-{sequence:06d}"


def sequence_of(number: str) -> int | None:
    """Return the place of an outage in the register, None for what is no such number."""
    digits = number.removeprefix("OUT-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        return None
    return int(digits) if number_of(int(digits)) == number else None
