"""The clock and the states of a ticket. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reference_impl.platform.clock import TEHRAN

UNKNOWN = 17
ANSWER_WITHIN = {
    "outage": timedelta(hours=1),
    "high": timedelta(hours=4),
    "normal": timedelta(hours=24),
    "low": timedelta(hours=72),
}
"""Time to the first answer by urgency; the hours of the night and of holidays count (clause 14)."""
_OPENS, _CLOSES = 8, 16


def answer_due(now: datetime, urgency: str, *, office_hours_only: bool = False) -> datetime:
    """Return until when a ticket must be answered."""
    if not office_hours_only:
        return now + ANSWER_WITHIN[urgency]
    local = now.astimezone(TEHRAN)
    opening = local.replace(hour=_OPENS, minute=0, second=0, microsecond=0)
    if local.hour >= _CLOSES:
        opening += timedelta(days=1)
    # What a portal without a night shift would promise: the clock starts when the desk opens.
    return max(local, opening) + ANSWER_WITHIN[urgency] + timedelta(hours=16)


def triage_of(code: str | None, errors: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the class of the error a ticket names; unknown or none is class 17."""
    found = None if code is None else errors.get(code)
    return UNKNOWN if found is None else int(found["triage"])


def state_after(state: str, *, by: str, close: bool) -> str:
    """Return the state after a note of the centre or of support."""
    if close:
        return "closed"
    if by == "support":
        return "answered"
    return "in_work" if state == "answered" else state


def is_overdue(due: datetime, answered: datetime | None, now: datetime, *, closed: bool) -> bool:
    """Say whether the first answer came, or is still to come, after its time."""
    if answered is None:
        return now > due and not closed
    return answered > due
