"""Wrong bookkeeping that only seeded faults ask for."""

from __future__ import annotations

from sqlalchemy import update

from reference_impl.purchaser import store
from reference_impl.purchaser.lifecycle import PrescriptionState
from reference_impl.purchaser.records import Dispense
from reference_impl.purchaser.transaction import Transaction


def back_to_registered(within: Transaction, known: Dispense) -> None:
    """Seeded fault: let a void undo the states instead of standing beside them."""
    within.rows.execute(
        update(store.prescriptions)
        .where(store.prescriptions.c.prescription_id == known.prescription_id)
        .values(state=PrescriptionState.REGISTERED.value)
    )


def give_back_again(within: Transaction, known: Dispense) -> None:
    """Seeded fault: a running total that a repeated void raises again."""
    for one in known.items:
        within.rows.execute(
            update(store.items)
            .where(
                store.items.c.prescription_id == known.prescription_id,
                store.items.c.item_id == one.item_id,
            )
            .values(ordered=store.items.c.ordered + one.quantity)
        )
