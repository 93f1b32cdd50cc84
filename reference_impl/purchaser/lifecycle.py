"""Answers for what may follow what in the life of a prescription, its items and its dispenses.

A state never moves backwards [ERX-9-N-C]. What can be undone is a separate object: a lease that
ends, a prepared dispense that is abandoned, a void that counts against a confirmed dispense.
Quantities are always recomputed from the dispenses, never kept as running totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reference_impl.platform.configuration import FaultSwitch

LEASE_TIME = timedelta(minutes=15)
CONFIRM_TIME = timedelta(minutes=30)
VOID_WINDOW = timedelta(days=10)


class PrescriptionState(StrEnum):
    """States of a prescription, in the only order they can be passed through."""

    REGISTERED = "REGISTERED"
    PARTIALLY_DISPENSED = "PARTIALLY_DISPENSED"
    DISPENSED = "DISPENSED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class ItemState(StrEnum):
    """States of one ordered item."""

    ORDERED = "ORDERED"
    PARTIAL = "PARTIAL"
    COMPLETE = "COMPLETE"
    NOT_GIVEN = "NOT_GIVEN"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class DispenseState(StrEnum):
    """States of one dispense. VOIDED is a counter-entry on top of a confirmed one."""

    PREPARED = "PREPARED"
    CONFIRMED = "CONFIRMED"
    ABANDONED = "ABANDONED"
    VOIDED = "VOIDED"


_PRESCRIPTION_STEPS: dict[PrescriptionState, frozenset[PrescriptionState]] = {
    PrescriptionState.REGISTERED: frozenset(
        {
            PrescriptionState.PARTIALLY_DISPENSED,
            PrescriptionState.DISPENSED,
            PrescriptionState.CANCELLED,
            PrescriptionState.EXPIRED,
        }
    ),
    PrescriptionState.PARTIALLY_DISPENSED: frozenset(
        {PrescriptionState.DISPENSED, PrescriptionState.EXPIRED}
    ),
    PrescriptionState.DISPENSED: frozenset({PrescriptionState.CLOSED}),
    PrescriptionState.CLOSED: frozenset(),
    PrescriptionState.CANCELLED: frozenset(),
    PrescriptionState.EXPIRED: frozenset(),
}
_ITEM_RANK = (ItemState.ORDERED, ItemState.PARTIAL, ItemState.COMPLETE)
OPEN_STATES = frozenset(
    {
        PrescriptionState.REGISTERED,
        PrescriptionState.PARTIALLY_DISPENSED,
        PrescriptionState.DISPENSED,  # open again only as far as a void gave quantity back
    }
)


def may_follow(before: PrescriptionState, after: PrescriptionState) -> bool:
    """Say whether a prescription may go from one state to another. Staying is always allowed."""
    return before == after or after in _PRESCRIPTION_STEPS[before]


def forward(before: PrescriptionState, reached: PrescriptionState) -> PrescriptionState:
    """Return `reached` when it lies ahead, else `before`: recomputing never moves backwards."""
    return reached if may_follow(before, reached) else before


@dataclass(frozen=True)
class Quantity:
    """One item's quantities, all in the unit that was ordered."""

    ordered: int
    dispensed: int
    reserved: int

    @property
    def remaining(self) -> int:
        """What the patient has not yet received."""
        return self.ordered - self.dispensed

    @property
    def available(self) -> int:
        """What can still be promised: the remainder less what others have prepared."""
        return self.remaining - self.reserved


@dataclass(frozen=True)
class DispenseFacts:
    """What counts of one dispense: its state now and its quantities by item."""

    state: DispenseState
    quantities: Mapping[str, int]


def state_at(state: DispenseState, confirm_by: datetime, now: datetime) -> DispenseState:
    """Return the state of a dispense now: a preparation nobody confirmed in time is abandoned."""
    if state is DispenseState.PREPARED and now > confirm_by:
        return DispenseState.ABANDONED
    return state


def quantities(
    ordered: Mapping[str, int], dispenses: Iterable[DispenseFacts], faults: FaultSwitch
) -> dict[str, Quantity]:
    """Compute every item's quantities from what was ordered and all dispenses."""
    counted = {DispenseState.CONFIRMED}
    held = {DispenseState.PREPARED}
    if faults.on("purchaser.dispense.void_keeps_quantity"):
        counted.add(DispenseState.VOIDED)
    if faults.on("purchaser.dispense.abandon_keeps_reserved"):
        held.add(DispenseState.ABANDONED)
    if faults.on("purchaser.dispense.prepared_not_reserved"):
        held.clear()
    facts = tuple(dispenses)

    def of(item_id: str, states: set[DispenseState]) -> int:
        return sum(one.quantities.get(item_id, 0) for one in facts if one.state in states)

    return {
        item_id: Quantity(amount, of(item_id, counted), of(item_id, held))
        for item_id, amount in ordered.items()
    }


def item_state(before: ItemState, quantity: Quantity, prescription: PrescriptionState) -> ItemState:
    """Return the state an item has reached, never behind `before`. NOT_GIVEN is final."""
    if before is ItemState.NOT_GIVEN:
        return before
    if prescription is PrescriptionState.CANCELLED:
        return ItemState.CANCELLED
    reached = ItemState.ORDERED
    if quantity.dispensed > 0:
        reached = ItemState.COMPLETE if quantity.remaining <= 0 else ItemState.PARTIAL
    if before in _ITEM_RANK and _ITEM_RANK.index(before) > _ITEM_RANK.index(reached):
        reached = before
    if prescription is PrescriptionState.EXPIRED and reached is not ItemState.COMPLETE:
        return ItemState.EXPIRED
    return reached


def prescription_state(
    before: PrescriptionState, amounts: Mapping[str, Quantity], closed: frozenset[str] = frozenset()
) -> PrescriptionState:
    """Return the state a prescription has reached by its quantities, never behind `before`.

    `closed` are items that will not be given, with a coded reason; nothing remains of them.
    """
    if all(one.remaining <= 0 or item_id in closed for item_id, one in amounts.items()):
        return forward(before, PrescriptionState.DISPENSED)
    if any(one.dispensed > 0 for one in amounts.values()):
        return forward(before, PrescriptionState.PARTIALLY_DISPENSED)
    return before
