"""Wrong bookkeeping and documents that come back reduced: only seeded faults ask for them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import update

from reference_impl.platform.configuration import FaultSwitch
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


def reduced(document: Any, faults: FaultSwitch) -> Any:
    """Return a document without what a seeded fault loses of it; as it is when none is on."""
    if faults.on("purchaser.amend.approval_lost") and "amends" in document:
        document = {name: part for name, part in document.items() if name != "rules"}
    if faults.on("purchaser.answer.code_versions_lost"):
        return _without(document, "version")
    return document


def without_note(payload: bytes) -> bytes:
    """Seeded fault: return a document whose note nobody typed in."""
    return json.dumps(_without(json.loads(payload), "note")).encode()


def _without(value: Any, name: str) -> Any:
    """Return a value without a member of text, wherever it stands."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key != name or type(part) is not str}
        return {key: _without(part, name) for key, part in kept.items()}
    return [_without(one, name) for one in value] if isinstance(value, list) else value
