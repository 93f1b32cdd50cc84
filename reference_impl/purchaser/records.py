"""What the purchaser knows of one prescription or dispense, read from and written to its tables.

Everything derived (state by time, quantities) is computed here on every read, so that no operation
can see a stale one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.purchaser import store
from reference_impl.purchaser.lifecycle import (
    DispenseFacts,
    DispenseState,
    ItemState,
    PrescriptionState,
    Quantity,
    forward,
    item_state,
    prescription_state,
    quantities,
    state_at,
)
from reference_impl.purchaser.money import Split
from reference_impl.purchaser.transaction import Transaction


@dataclass(frozen=True)
class Item:
    """One ordered item with its state and quantities."""

    item_id: str
    coded: Mapping[str, str]
    state: ItemState
    quantity: Quantity


@dataclass(frozen=True)
class Prescription:
    """A prescription as of one moment. `payload` are the signed bytes of the current version."""

    prescription_id: str
    tracking_code: str
    short_code: str
    person: str
    hid: str
    centre: str
    prescriber: str
    registered_at: datetime
    prescribed_at: datetime
    valid_until: datetime
    version: int
    state: PrescriptionState
    cover: Mapping[str, Any]
    payload: bytes
    items: tuple[Item, ...]
    dispenses: tuple[Dispense, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The parsed content of the current version."""
        parsed: dict[str, Any] = json.loads(self.payload)
        return parsed

    @property
    def touched(self) -> bool:
        """Whether anything was ever prepared that was not abandoned."""
        return any(one.state is not DispenseState.ABANDONED for one in self.dispenses)


@dataclass(frozen=True)
class Dispense:
    """A dispense as of one moment."""

    dispense_id: str
    prescription_id: str
    centre: str
    state: DispenseState
    prepared_at: datetime
    confirm_by: datetime
    confirmed_at: datetime | None
    payload: bytes
    items: tuple[Split, ...]
    stored_state: DispenseState

    @property
    def document(self) -> dict[str, Any]:
        """The parsed content of the signed dispense document."""
        parsed: dict[str, Any] = json.loads(self.payload)
        return parsed


# Made once: building and hashing a statement costs more than running it.
_DISPENSE = Prepared(
    select(store.dispenses).where(store.dispenses.c.dispense_id == bindparam("one"))
)
_DISPENSES = Prepared(
    select(store.dispenses)
    .where(store.dispenses.c.prescription_id == bindparam("one"))
    .order_by(store.dispenses.c.prepared_at, store.dispenses.c.dispense_id)
)
_DISPENSE_ITEMS = Prepared(
    select(store.dispense_items)
    .where(store.dispense_items.c.dispense_id == bindparam("one"))
    .order_by(store.dispense_items.c.position)
)
_PRESCRIPTION = Prepared(
    select(store.prescriptions).where(store.prescriptions.c.prescription_id == bindparam("one"))
)
_VERSION = Prepared(
    select(store.versions).where(
        store.versions.c.prescription_id == bindparam("one"),
        store.versions.c.version == bindparam("number"),
    )
)
_ITEMS = Prepared(
    select(store.items)
    .where(store.items.c.prescription_id == bindparam("one"))
    .order_by(store.items.c.position)
)


def load_dispense(within: Transaction, dispense_id: str) -> Dispense:
    """Read a dispense; refuse with 404 when there is none."""
    row = within.rows.execute(_DISPENSE, {"one": dispense_id}).first()
    if row is None:
        raise Refusal("DISPENSE_NOT_FOUND")
    return _dispense(within.rows, row, within.now)


def _dispense(rows: Connection, row: Row[Any], now: datetime) -> Dispense:
    lines = rows.execute(_DISPENSE_ITEMS, {"one": row.dispense_id})
    stored = DispenseState(row.state)
    confirm_by = store.moment(row.confirm_by)
    return Dispense(
        dispense_id=row.dispense_id,
        prescription_id=row.prescription_id,
        centre=row.centre,
        state=state_at(stored, confirm_by, now),
        prepared_at=store.moment(row.prepared_at),
        confirm_by=confirm_by,
        confirmed_at=store.moment(row.confirmed_at) if row.confirmed_at else None,
        payload=row.payload,
        items=tuple(
            Split(
                line.item_id,
                line.quantity,
                line.total,
                line.insurer_share,
                line.patient_share,
                tuple(line.rule_ids),
            )
            for line in lines
        ),
        stored_state=stored,
    )


def load_prescription(within: Transaction, prescription_id: str) -> Prescription:
    """Read a prescription with its items and dispenses; refuse with 404 when there is none."""
    rows, now = within.rows, within.now
    row = rows.execute(_PRESCRIPTION, {"one": prescription_id}).first()
    if row is None:
        raise Refusal("PRESCRIPTION_NOT_FOUND")
    shown = 1 if within.faults.on("purchaser.amend.first_version_shown") else int(row.version)
    version = rows.execute(_VERSION, {"one": prescription_id, "number": shown}).first()
    if version is None:
        message = f"prescription {prescription_id} has no stored version {row.version}"
        raise LookupError(message)
    dispenses = tuple(
        _dispense(rows, one, now)
        for one in rows.execute(_DISPENSES, {"one": prescription_id}).all()
    )
    state = PrescriptionState(row.state)
    valid_until = store.moment(row.valid_until)
    if now > valid_until and not within.faults.on("purchaser.prescription.never_expires"):
        state = forward(state, PrescriptionState.EXPIRED)
    return Prescription(
        prescription_id=prescription_id,
        tracking_code=row.tracking_code,
        short_code=row.short_code,
        person=row.person,
        hid=row.hid,
        centre=row.centre,
        prescriber=row.prescriber,
        registered_at=store.moment(row.registered_at),
        prescribed_at=store.moment(row.prescribed_at),
        valid_until=valid_until,
        version=row.version,
        state=state,
        cover=row.cover,
        payload=version.payload,
        items=_items(within, prescription_id, state, dispenses),
        dispenses=dispenses,
    )


def _items(
    within: Transaction,
    prescription_id: str,
    state: PrescriptionState,
    dispenses: tuple[Dispense, ...],
) -> tuple[Item, ...]:
    lines = within.rows.execute(_ITEMS, {"one": prescription_id}).all()
    amounts = quantities(
        {line.item_id: line.ordered for line in lines},
        [_facts(one) for one in dispenses],
        within.faults,
    )
    return tuple(
        Item(
            line.item_id,
            line.coded,
            item_state(ItemState(line.state), amounts[line.item_id], state),
            amounts[line.item_id],
        )
        for line in lines
    )


def _facts(dispense: Dispense) -> DispenseFacts:
    return DispenseFacts(dispense.state, {one.item_id: one.quantity for one in dispense.items})


def settle(within: Transaction, prescription_id: str) -> Prescription:
    """Recompute and store the states of a prescription and its items after a change."""
    known = load_prescription(within, prescription_id)
    closed = frozenset(one.item_id for one in known.items if one.state is ItemState.NOT_GIVEN)
    amounts = {one.item_id: one.quantity for one in known.items}
    reached = prescription_state(known.state, amounts, closed)
    within.rows.execute(
        update(store.prescriptions)
        .where(store.prescriptions.c.prescription_id == prescription_id)
        .values(state=reached.value)
    )
    for one in known.items:
        within.rows.execute(
            update(store.items)
            .where(
                store.items.c.prescription_id == prescription_id,
                store.items.c.item_id == one.item_id,
            )
            .values(state=item_state(one.state, one.quantity, reached).value)
        )
    return load_prescription(within, prescription_id)
