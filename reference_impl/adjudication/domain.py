"""Pure rules of adjudication: what is deducted, what an objection gives back, where a claim stands.

Amounts are whole rial of the insurer's share. Rules run line by line in a fixed order; the first
takes from the whole share, the next from what is left of it, so that deductions never exceed it.
The patient's share is never changed by adjudication: what the insurer does not pay is the centre's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from persiantools.jdatetime import JalaliDate

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import FaultSwitch

Reason = Literal["DUPLICATE_CLAIM", "QUANTITY_ABOVE_LIMIT", "OVER_TARIFF", "APPEAL_ACCEPTED"]
State = Literal["ADJUDICATED", "ADJUSTED", "SETTLED"]

RULES: dict[str, str] = {
    "QUANTITY_ABOVE_LIMIT": "N11",
    "OVER_TARIFF": "N02",
}
"""The rule of the insurance bank behind a reason, where there is one in force."""
APPEALABLE = frozenset({"QUANTITY_ABOVE_LIMIT"})
"""Reasons a medical need can answer; the others are arithmetic, no objection changes them."""


@dataclass(frozen=True)
class Line:
    """One claimed item. Money in rial; `ceiling` is the most the centre's sector may ask for."""

    item_ref: str
    quantity: int
    unit_price: int
    insurer_share: int
    most: int | None = None  # largest quantity that is paid, None: no limit
    ceiling: int | None = None
    repeated: bool = False  # the same visit was claimed before


@dataclass(frozen=True)
class Adjustment:
    """What is taken from the insurer's share, or given back to it by an accepted objection."""

    item_ref: str
    amount: int
    reason: Reason

    @property
    def taken(self) -> int:
        """The amount as it counts against the claim: negative when it is given back."""
        return -self.amount if self.reason == "APPEAL_ACCEPTED" else self.amount


@dataclass(frozen=True)
class Accepted:
    """A cost that adds up: `total == insurer + patient`, in rial."""

    insurer: int
    patient: int

    @property
    def total(self) -> int:
        """Both shares."""
        return self.insurer + self.patient


def part_of(amount: int, parts: int, whole: int) -> int:
    """Return `parts` of `whole` of an amount, half a rial rounded up."""
    return (2 * amount * parts + whole) // (2 * whole)


def deductions(lines: Iterable[Line], faults: FaultSwitch) -> tuple[Adjustment, ...]:
    """Judge every line and return what is deducted, in the order of the lines."""
    found: list[Adjustment] = []
    for line in lines:
        found += _of_line(line, faults)
    return tuple(one for one in found if one.amount > 0)


def _of_line(line: Line, faults: FaultSwitch) -> list[Adjustment]:
    if line.repeated:
        return [Adjustment(line.item_ref, line.insurer_share, "DUPLICATE_CLAIM")]
    found: list[Adjustment] = []
    left, paid = line.insurer_share, line.quantity
    limited = line.most is not None and not faults.on("adjudication.rules.limits_ignored")
    if limited and line.most is not None and line.quantity > line.most:
        excess = line.quantity - line.most
        if faults.on("adjudication.rules.whole_item_struck"):
            excess = line.quantity
        cut = part_of(line.insurer_share, excess, line.quantity)
        found.append(Adjustment(line.item_ref, cut, "QUANTITY_ABOVE_LIMIT"))
        left, paid = left - cut, line.most
    if line.ceiling is not None and line.unit_price > line.ceiling:
        asked_too_much = (line.unit_price - line.ceiling) * paid
        if not faults.on("adjudication.rules.ceiling_ignored"):
            found.append(Adjustment(line.item_ref, min(asked_too_much, left), "OVER_TARIFF"))
    return found


def accepted(
    insurer_share: int, patient_share: int, adjustments: Iterable[Adjustment], faults: FaultSwitch
) -> Accepted:
    """Return what counts of a claim after all adjustments."""
    taken = sum(one.taken for one in adjustments)
    if faults.on("adjudication.result.round_thousands"):
        return Accepted((insurer_share - taken) // 1000 * 1000, patient_share)
    if faults.on("adjudication.result.deduction_to_patient"):
        return Accepted(insurer_share - taken, patient_share + taken)
    return Accepted(insurer_share - taken, patient_share)


def given_back(item_ref: str, adjustments: Iterable[Adjustment]) -> Adjustment | None:
    """Return what an objection to an item gives back, None when its reasons stand."""
    amount = sum(
        one.amount for one in adjustments if one.item_ref == item_ref and one.reason in APPEALABLE
    )
    return Adjustment(item_ref, amount, "APPEAL_ACCEPTED") if amount else None


def state_at(settles_at: datetime, adjusted: bool, now: datetime) -> State:
    """Return the state of an adjudicated claim; it is paid when the term is over."""
    if now >= settles_at:
        return "SETTLED"
    return "ADJUSTED" if adjusted else "ADJUDICATED"


def end_of_day(moment: datetime, days: int) -> datetime:
    """Return the first instant after the day that lies `days` behind an instant, in Tehran."""
    day = moment.astimezone(TEHRAN).date() + timedelta(days=days + 1)
    return datetime.combine(day, time.min, TEHRAN).astimezone(UTC)


def last_day(end: datetime) -> date:
    """Return the last day before such an end."""
    return (end - timedelta(seconds=1)).astimezone(TEHRAN).date()


def month_of(moment: datetime) -> str:
    """Return the Jalali month an instant lies in, judged in Tehran."""
    # The calendar library ships no types.
    day = JalaliDate.to_jalali(moment.astimezone(TEHRAN).date())  # type: ignore[no-untyped-call]
    return f"{day.year:04d}-{day.month:02d}"
