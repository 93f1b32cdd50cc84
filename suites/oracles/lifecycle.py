"""The life of a prescription as a model: what each act does to state, quantities and lease.

Written from section 5 of the profile. The model refuses what the texts refuse and says with which
error codes of the error bank an implementation may refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """States of a prescription that the thin slice can reach."""

    REGISTERED = "REGISTERED"
    PARTIALLY_DISPENSED = "PARTIALLY_DISPENSED"
    DISPENSED = "DISPENSED"
    CANCELLED = "CANCELLED"


@dataclass
class PrescriptionModel:
    """One prescription of one item; `given` counts confirmed and not voided units."""

    ordered: int
    given: int = 0
    most_given: int = 0  # the state follows what was ever given, because it never moves back
    voided: int = 0
    cancelled: bool = False
    lease_holder: str | None = None
    prepared: dict[str, int] = field(default_factory=dict)
    confirmed: dict[str, int] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        """Units that may still be given."""
        return self.ordered - self.given

    @property
    def reserved(self) -> int:
        """Units of prepared dispenses that are neither confirmed nor abandoned."""
        return sum(self.prepared.values())

    @property
    def state(self) -> State:
        """State that follows from what happened; a void does not move it back [ERX-9-N-C]."""
        if self.cancelled:
            return State.CANCELLED
        if self.most_given == 0:
            return State.REGISTERED
        return State.DISPENSED if self.most_given == self.ordered else State.PARTIALLY_DISPENSED

    def may_cancel(self) -> bool:
        """Allow cancelling only before any dispense and any lease."""
        return self.state is State.REGISTERED and self.lease_holder is None and not self.prepared

    def may_lease(self, centre: str) -> bool:
        """Allow one centre at a time, and only while something may still be given."""
        is_open = not self.cancelled and self.remaining > 0
        return is_open and self.lease_holder in (None, centre)

    def may_prepare(self, quantity: int) -> bool:
        """Allow never more than ordered, counting what is already prepared."""
        return (
            not self.cancelled
            and self.lease_holder is not None
            and 0 < quantity <= self.remaining - self.reserved
        )

    def prepare(self, dispense_id: str, quantity: int) -> None:
        """Reserve units for a dispense."""
        self.prepared[dispense_id] = quantity

    def confirm(self, dispense_id: str) -> None:
        """Give prepared units; giving twice is giving once."""
        if dispense_id in self.prepared:
            quantity = self.prepared.pop(dispense_id)
            self.confirmed[dispense_id] = quantity
            self.given += quantity
            self.most_given = max(self.most_given, self.given)

    def abandon(self, dispense_id: str) -> None:
        """Free prepared units."""
        self.prepared.pop(dispense_id, None)

    def void(self, dispense_id: str) -> None:
        """Take back a confirmed dispense; what remains is computed anew."""
        self.given -= self.confirmed.pop(dispense_id, 0)
        self.voided += 1
