"""Operations of the dispenser's side: prepare, confirm, abandon, void, read.

Two steps: preparing reserves quantities and fixes the price, confirming gives them. Whoever does
not confirm in time has abandoned. A void is a counter-entry, and what remains is computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, update

from reference_impl.platform.documents import SignedDocument
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import (
    documents,
    leases,
    orders,
    presentation,
    products,
    reversals,
    seeded,
    store,
)
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.checks import (
    check_hid,
    check_member,
    check_origin,
    check_patient,
    check_time,
    check_tracking_ids,
    check_unique_items,
    instant_of,
)
from reference_impl.purchaser.claims import claim_without_record
from reference_impl.purchaser.costing import delivered_cost
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.lifecycle import (
    CONFIRM_TIME,
    OPEN_STATES,
    VOID_WINDOW,
    DispenseState,
    ItemState,
    PrescriptionState,
)
from reference_impl.purchaser.money import Split
from reference_impl.purchaser.payments import check_payment
from reference_impl.purchaser.persons import ask_cover, key_for_storage
from reference_impl.purchaser.pricing import Circumstances
from reference_impl.purchaser.records import (
    Dispense,
    Item,
    Prescription,
    load_dispense,
    load_prescription,
    settle,
)
from reference_impl.purchaser.repeats import due_by
from reference_impl.purchaser.transaction import Transaction


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Dispensing(desk)
    return (
        Operation("prepareDispense", side.prepare),
        Operation("confirmDispense", side.confirm),
        Operation("abandonDispense", side.abandon),
        Operation("voidDispense", side.void),
        Operation("getDispense", side.read),
    )


class Dispensing:
    """The dispenser's side of the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def prepare(self, call: Call) -> Work | Answer:
        """Reserve quantities of a leased prescription and fix their price. [ERX-9-2-6]."""
        document = call.document
        if document is None:
            message = "prepareDispense was routed without its signed document"
            raise LookupError(message)
        with self.desk.config.store.read() as rows:
            within = self.desk.within(rows)
            known = load_prescription(within, call.path["prescriptionId"])
            repeated = documents.seen_before(within, document, call.caller.centre)
            if repeated is not None:
                return self._answer(load_dispense(within, repeated.subject), created=True)
            leases.demand(within, known.prescription_id, call.caller.centre, call.lease)
            self._check_belongs(call, known, document)
            self._check_quantities(known, document.payload)
        splits = await self._check_content(call, known, document)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            again = documents.seen_before(within, document, call.caller.centre)
            if again is not None:
                return self._answer(load_dispense(within, again.subject), created=True)
            current = load_prescription(within, known.prescription_id)
            leases.demand(within, known.prescription_id, call.caller.centre, call.lease)
            self._check_quantities(current, document.payload)
            dispense_id = _insert(within, call, document, splits)
            products.reserve(within, dispense_id, document.payload)
            documents.remember(within, document, dispense_id, call.caller.centre)
            self.desk.notices.used(within, call, document.payload)
            return self._answer(load_dispense(within, dispense_id), created=True)

        return commit

    async def confirm(self, call: Call) -> Work:
        """Give what was prepared; confirming again changes nothing.

        The packs are consumed first [RUL-007]: consuming is bound to the dispense and may be
        repeated, so that a confirmation whose answer was lost finds its own packs again.
        """
        with self.desk.config.store.read() as reading:
            waiting = self._own(self.desk.within(reading), call)
        if waiting.state is DispenseState.PREPARED:
            await products.consume(self.desk, call, waiting)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            known = self._own(within, call)
            if known.state is DispenseState.CONFIRMED:
                return self._confirmed_again(within, known)
            self._check_confirmable(known)
            _set(
                within,
                known,
                state=DispenseState.CONFIRMED.value,
                confirmed_at=store.instant(within.now),
            )
            if not self.desk.faults.on("purchaser.item.left_out_stays_open"):
                _close_not_given(within, known)
            if self.desk.faults.on("purchaser.confirm.drops_others"):
                _drop_others(within, known)
            reached = settle(within, known.prescription_id)
            if reached.state is PrescriptionState.DISPENSED:
                leases.end(rows, known.prescription_id, within.now)
            given = load_dispense(within, known.dispense_id)
            self.desk.notices.approvals(within, call, known.document)
            if self.desk.faults.on("purchaser.claim.without_service_record"):
                claim_without_record(within, given, reached)
            return self._answer(given)

        return commit

    async def abandon(self, call: Call) -> Work:
        """Give prepared quantities free again, with a reason."""
        self.desk.check_reason(call.body["reason"], "/reason", "abandon", "not_given")

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            known = self._own(within, call)
            late = self.desk.faults.on("purchaser.dispense.ends_twice")
            undone = late and known.state is DispenseState.CONFIRMED
            if known.state is not DispenseState.PREPARED and not undone:
                raise Refusal("DISPENSE_STATE_CONFLICT")
            self._end(within, known, DispenseState.ABANDONED, call.body["reason"])
            return self._answer(load_dispense(within, known.dispense_id))

        return commit

    async def void(self, call: Call) -> Work:
        """Take a confirmed dispense back within ten days, with a reason."""
        self.desk.check_reason(call.body["reason"], "/reason", "void")
        with self.desk.config.store.read() as reading:
            given = self._own(self.desk.within(reading), call)
        if self._is_voidable(given):
            await products.reactivate(self.desk, call, given)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            known = self._own(within, call)
            again = self.desk.faults.on("purchaser.dispense.void_repeatable")
            repeated = again and known.state is DispenseState.VOIDED
            if (known.state is not DispenseState.CONFIRMED and not repeated) or (
                known.confirmed_at is None
            ):
                raise Refusal("DISPENSE_STATE_CONFLICT")
            closed = within.now > known.confirmed_at + VOID_WINDOW
            if closed and not self.desk.faults.on("purchaser.dispense.void_without_end"):
                raise Refusal("VOID_WINDOW_CLOSED")
            if repeated:
                seeded.give_back_again(within, known)
            self._end(within, known, DispenseState.VOIDED, call.body["reason"])
            reversals.reverse(within, known)
            settle(within, known.prescription_id)
            if self.desk.faults.on("purchaser.dispense.void_moves_state_back"):
                seeded.back_to_registered(within, known)
            return self._answer(load_dispense(within, known.dispense_id))

        return commit

    def _is_voidable(self, given: Dispense) -> bool:
        now = self.desk.config.clock.now()
        return (
            given.state is DispenseState.CONFIRMED
            and given.confirmed_at is not None
            and now <= given.confirmed_at + VOID_WINDOW
        )

    async def read(self, call: Call) -> Answer:
        """Show a dispense to the centre that made it, or that wrote the prescription."""
        with self.desk.config.store.read() as rows:
            within = self.desk.within(rows)
            known = load_dispense(within, call.path["dispenseId"])
            if known.centre != call.caller.centre and not self.desk.faults.on(
                "purchaser.dispense.any_centre"
            ):
                author = load_prescription(within, known.prescription_id).centre
                if author != call.caller.centre:
                    raise Refusal("DISPENSE_NOT_FOUND")
        return self._answer(known)

    def _answer(self, known: Dispense, *, created: bool = False) -> Answer:
        faults = self.desk.faults
        headers: dict[str, str] = {}
        if created and not faults.on("purchaser.http.location_missing"):
            headers["location"] = f"{presentation.BASE}/dispenses/{known.dispense_id}"
        status = 201 if created and not faults.on("purchaser.http.created_as_200") else 200
        return Answer(status, presentation.dispense(known, faults), headers)

    def _check_confirmable(self, known: Dispense) -> None:
        """Refuse what is not prepared any more; after its time it is abandoned, stored or not."""
        faults = self.desk.faults
        late = known.stored_state is DispenseState.PREPARED
        if known.state is DispenseState.PREPARED or faults.on("purchaser.dispense.ends_twice"):
            return
        if late and faults.on("purchaser.dispense.confirmed_late"):
            return
        expired = late and known.state is DispenseState.ABANDONED
        raise Refusal("DISPENSE_CONFIRMATION_EXPIRED" if expired else "DISPENSE_STATE_CONFLICT")

    def _own(self, within: Transaction, call: Call) -> Dispense:
        """Return the caller's dispense; another centre's looks as if it did not exist."""
        known = load_dispense(within, call.path["dispenseId"])
        anybody = self.desk.faults.on("purchaser.dispense.any_centre")
        if known.centre != call.caller.centre and not anybody:
            raise Refusal("DISPENSE_NOT_FOUND")
        return known

    def _end(self, within: Transaction, known: Dispense, state: DispenseState, reason: Any) -> None:
        _set(
            within,
            known,
            state=state.value,
            ended_at=store.instant(within.now),
            reason=dict(reason),
        )
        products.free(within, known.dispense_id)

    def _confirmed_again(self, within: Transaction, known: Dispense) -> Answer:
        if self.desk.faults.on("purchaser.dispense.confirm_doubles"):
            within.rows.execute(
                update(store.dispense_items)
                .where(store.dispense_items.c.dispense_id == known.dispense_id)
                .values(quantity=store.dispense_items.c.quantity * 2)
            )
            settle(within, known.prescription_id)
        return self._answer(load_dispense(within, known.dispense_id))

    def _check_belongs(self, call: Call, known: Prescription, document: SignedDocument) -> None:
        payload = document.payload
        if payload["prescriptionId"] != known.prescription_id:
            raise Refusal("SCHEMA_VIOLATION", pointer="/prescriptionId", detail="not this one")
        if self.desk.faults.on("purchaser.dispense.hid_unchecked"):
            return
        if payload["hid"] != known.hid:
            raise Refusal("HID_INVALID", pointer="/hid", detail="not the HID of this visit")
        check_patient(call, payload["patient"])
        if key_for_storage(call, payload["patient"]["id"]) != known.person:
            raise Refusal("HID_PATIENT_MISMATCH", pointer="/patient/id")

    def _check_quantities(self, known: Prescription, payload: Mapping[str, Any]) -> None:
        faults = self.desk.faults
        cancelled = known.state is PrescriptionState.CANCELLED
        if known.state not in OPEN_STATES and not (
            cancelled and faults.on("purchaser.dispense.cancelled_allowed")
        ):
            raise Refusal("PRESCRIPTION_STATE_CONFLICT")
        ordered = {one.item_id: one for one in known.items}
        for index, line in enumerate(payload.get("notGiven", ())):
            if line["itemId"] not in ordered:
                raise Refusal("DISPENSE_ITEM_UNKNOWN", pointer=f"/notGiven/{index}/itemId")
        for index, line in enumerate(payload["items"]):
            item = ordered.get(line["itemId"])
            if item is None:
                if faults.on("purchaser.dispense.item_unchecked"):
                    continue
                raise Refusal("DISPENSE_ITEM_UNKNOWN", pointer=f"/items/{index}/itemId")
            available = 0 if item.state is ItemState.NOT_GIVEN else item.quantity.available
            if not faults.on("purchaser.repeat.due_date_ignored"):
                available -= self._not_yet_due(known, item)
            if line["quantity"] > available and not faults.on(
                "purchaser.dispense.over_dispensing_allowed"
            ):
                raise Refusal(
                    "DISPENSE_QUANTITY_EXCEEDED",
                    pointer=f"/items/{index}/quantity",
                    detail=f"{line['quantity']} asked, {available} available",
                    item_ref=line["itemId"],
                )

    def _not_yet_due(self, known: Prescription, item: Item) -> int:
        """Return how much of an item has to wait for the due date of a repeat. [RUL-078]."""
        line = next(one for one in known.document["items"] if one["itemId"] == item.item_id)
        if not line.get("repeats", 0):
            return 0
        today = tehran_day(self.desk.config.clock.now())
        return item.quantity.ordered - due_by(line, tehran_day(known.registered_at), today)

    async def _check_content(
        self, call: Call, known: Prescription, document: SignedDocument
    ) -> tuple[Split, ...]:
        payload = document.payload
        now = self.desk.config.clock.now()
        check_origin(call, document)
        check_unique_items(payload["items"])
        check_time(payload["startedAt"], "/startedAt", now)
        check_time(payload["endedAt"], "/endedAt", now, instant_of(payload["startedAt"]))
        check_time(payload["dispensedAt"], "/dispensedAt", now, known.prescribed_at)
        for index, line in enumerate(payload.get("notGiven", ())):
            self.desk.check_reason(line["reason"], f"/notGiven/{index}/reason", "not_given")
        orders.check_no_label(known, payload)
        products.check_substitution(self.desk, known, payload)
        await check_member(call, payload["provider"], orders.privilege_to_give(known))
        if not self.desk.faults.on("purchaser.dispense.hid_unchecked"):
            await check_hid(call, payload["hid"], payload["patient"]["id"])
        await check_tracking_ids(call, payload, payload["items"])
        await products.check_authentic(self.desk, call, payload)
        cover = await ask_cover(call, payload["patient"]["id"], known.cover["insurer"])
        given = Circumstances(cover, referred=True)
        day = tehran_day(instant_of(payload["dispensedAt"]))
        splits = delivered_cost(self.desk, payload, payload["items"], given, day)
        await check_payment(call, payload, presentation.summed(splits).patient_share)
        return splits


def _insert(
    within: Transaction, call: Call, document: SignedDocument, splits: tuple[Split, ...]
) -> str:
    dispense_id = within.ids.uuid()
    within.rows.execute(
        insert(store.dispenses).values(
            dispense_id=dispense_id,
            prescription_id=call.path["prescriptionId"],
            centre=call.caller.centre,
            dispenser=document.signer,
            state=DispenseState.PREPARED.value,
            prepared_at=store.instant(within.now),
            confirm_by=store.instant(within.now + CONFIRM_TIME),
            payload=document.payload_bytes,
            signed=document.raw,
        )
    )
    within.rows.execute(
        insert(store.dispense_items),
        [
            {
                "dispense_id": dispense_id,
                "item_id": one.item_id,
                "position": position,
                "quantity": one.quantity,
                "total": one.total,
                "insurer_share": one.insurer_share,
                "patient_share": one.patient_share,
                "rule_ids": list(one.rule_ids),
            }
            for position, one in enumerate(splits)
        ],
    )
    return dispense_id


def _close_not_given(within: Transaction, known: Dispense) -> None:
    """Close items that will not be given, unless all of them was given already."""
    for line in known.document.get("notGiven", ()):
        within.rows.execute(
            update(store.items)
            .where(
                store.items.c.prescription_id == known.prescription_id,
                store.items.c.item_id == line["itemId"],
                store.items.c.state.in_([ItemState.ORDERED.value, ItemState.PARTIAL.value]),
            )
            .values(state=ItemState.NOT_GIVEN.value)
        )


def _drop_others(within: Transaction, known: Dispense) -> None:
    """Seeded fault: whatever else was prepared of this prescription is abandoned."""
    table = store.dispenses
    within.rows.execute(
        update(table)
        .where(
            table.c.prescription_id == known.prescription_id,
            table.c.state == DispenseState.PREPARED.value,
        )
        .values(state=DispenseState.ABANDONED.value)
    )


def _set(within: Transaction, known: Dispense, **values: Any) -> None:
    within.rows.execute(
        update(store.dispenses)
        .where(store.dispenses.c.dispense_id == known.dispense_id)
        .values(**values)
    )
