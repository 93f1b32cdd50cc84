"""Answers for repeats: how much of an order is due on a day. [RUL-078].

An order of `quantity` with `repeats` is given `1 + repeats` times. The first part is due at once,
each further one a period later; a period is the duration of the order, 30 days without one. What
was not taken on its day may be taken later; nothing is given before it is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

PERIOD_DAYS = 30


def ordered_in_all(item: Mapping[str, Any]) -> int:
    """Return the quantity of an order with all its repeats."""
    return int(item["quantity"]) * (1 + int(item.get("repeats", 0)))


def due_dates(item: Mapping[str, Any], first: date) -> tuple[date, ...]:
    """Return the day each part is due, beginning with `first`, the day of registration."""
    period = timedelta(days=int(item.get("durationDays", PERIOD_DAYS)))
    return tuple(first + number * period for number in range(1 + int(item.get("repeats", 0))))


def due_by(item: Mapping[str, Any], first: date, day: date) -> int:
    """Return the quantity that is due on a day or before."""
    return int(item["quantity"]) * sum(one <= day for one in due_dates(item, first))


def next_due(item: Mapping[str, Any], first: date, day: date) -> date | None:
    """Return the next day on which more is due, None when everything is."""
    return next((one for one in due_dates(item, first) if one > day), None)
