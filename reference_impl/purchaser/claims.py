"""Operations of settlement: service record, claim, and the question for the price.

Only a registered service becomes a claim. [ERX-9-2-9-N1]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.documents import SignedDocument
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Work
from reference_impl.purchaser import documents, presentation, stays, store
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.checks import (
    check_coded,
    check_hid,
    check_hid_centre,
    check_member,
    check_origin,
    check_patient,
    check_time,
    check_tracking_ids,
    check_unique_items,
    instant_of,
)
from reference_impl.purchaser.costing import delivered_cost
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.lifecycle import PrescriptionState
from reference_impl.purchaser.money import Amounts, Split, invoice
from reference_impl.purchaser.payments import check_payment
from reference_impl.purchaser.persons import ask_cover, check_identifier
from reference_impl.purchaser.pricing import Circumstances, priced
from reference_impl.purchaser.records import Dispense, Prescription
from reference_impl.purchaser.results import SETTLED, Result, result_of
from reference_impl.purchaser.reversals import after_voids, reversed_in
from reference_impl.purchaser.transaction import Transaction


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Settlement(desk)
    return (
        Operation("registerServiceRecord", side.register),
        Operation("getClaim", side.read, callers=EVERYONE),
        Operation("price", side.price, callers=EVERYONE, replayed=False),
    )


class Settlement:
    """The desk where services turn into money."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def register(self, call: Call) -> Work | Answer:
        """Register a delivered service; it becomes a claim. [ERX-9-1-7]."""
        document = call.document
        if document is None:
            message = "registerServiceRecord was routed without its signed document"
            raise LookupError(message)
        with self.desk.config.store.read() as rows:
            repeated = documents.seen_before(self.desk.within(rows), document, call.caller.centre)
            if repeated is not None:
                return self._answer(_claim(rows, repeated.subject), created=True)
        insurer, inpatient, splits = await self._check_content(call, document)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            again = documents.seen_before(within, document, call.caller.centre)
            if again is not None:
                return self._answer(_claim(rows, again.subject), created=True)
            claim_id = _insert(
                within,
                presentation.summed(splits),
                centre=call.caller.centre,
                hid=document.payload["hid"],
                insurer=insurer,
                admission="inpatient" if inpatient else "outpatient",
                prescription_id=document.payload.get("prescriptionId"),
                document_id=document.document_id,
                payload=document.payload_bytes,
                signed=document.raw,
            )
            documents.remember(within, document, claim_id, call.caller.centre)
            payload = document.payload
            self.desk.notices.used(within, call, payload, payload["services"])
            return self._answer(_claim(rows, claim_id), created=True)

        return commit

    async def read(self, call: Call) -> Answer | Work:
        """Show a claim to the centre it belongs to, with what became of it.

        Whoever learns that the last claim of a prescription is settled closes the prescription.

        Other services of the exchange read on behalf of that centre; they get the claim as it was
        submitted, since they are the ones who decide it.
        """
        with self.desk.config.store.read() as rows:
            row = _claim(rows, call.path["claimId"])
            voided = reversed_in(rows, [row["claim_id"]]).get(row["claim_id"], [])
        anybody = self.desk.faults.on("purchaser.claim.any_centre")
        if row["centre"] != call.caller.centre and not anybody:
            raise Refusal("CLAIM_NOT_FOUND")
        if call.caller.kind != "centre":
            return self._answer(row)
        decided = await result_of(call, row["claim_id"])
        answer = self._answer(row, result=after_voids(row, decided, voided, self.desk.book))
        if decided is None or decided.state != SETTLED or not await self._all_settled(call, row):
            return answer

        def commit(rows: Connection) -> Answer:
            _close(rows, row["prescription_id"])
            return answer

        return commit

    async def _all_settled(self, call: Call, row: Mapping[str, Any]) -> bool:
        """Say whether a claim belongs to a prescription whose other claims are settled too."""
        if row["prescription_id"] is None:
            return False
        table = store.claims
        of_same = table.c.prescription_id == row["prescription_id"]
        with self.desk.config.store.read() as rows:
            query = select(table.c.claim_id).where(of_same, table.c.claim_id != row["claim_id"])
            others = list(rows.execute(query).scalars())
        results = [await result_of(call, one) for one in others]
        return all(one is not None and one.state == SETTLED for one in results)

    async def price(self, call: Call) -> Answer:
        """Split the cost of a list of items for a person today; nobody is bound by it."""
        asked: Mapping[str, Any] = call.body
        check_identifier(call, asked["patient"], "/patient")
        check_unique_items(asked["items"])
        cover = await ask_cover(call, asked["patient"])
        given = Circumstances(
            cover,
            inpatient=asked["centreKind"].get("admission") == "inpatient",
            referred="referral" in asked,
        )
        today = tehran_day(self.desk.config.clock.now())
        faults = self.desk.faults
        lines = priced(asked["items"], given, self.desk.tariff, (self.desk.book, today), faults)
        splits, amounts = invoice(lines, faults)
        return Answer(200, presentation.priced(splits, amounts, faults))

    def _answer(
        self, row: Mapping[str, Any], *, created: bool = False, result: Result | None = None
    ) -> Answer:
        faults = self.desk.faults
        headers: dict[str, str] = {}
        if created and not faults.on("purchaser.http.location_missing"):
            headers["location"] = f"{presentation.BASE}/claims/{row['claim_id']}"
        status = 201 if created and not faults.on("purchaser.http.created_as_200") else 200
        return Answer(status, presentation.claim(row, result, faults), headers)

    async def _check_content(
        self, call: Call, document: SignedDocument
    ) -> tuple[str, bool, tuple[Split, ...]]:
        """Check everything and return insurer, whether it was inpatient, and the split."""
        payload = document.payload
        now = self.desk.config.clock.now()
        check_origin(call, document)
        check_patient(call, payload["patient"])
        check_unique_items(payload["services"])
        check_time(payload["startedAt"], "/startedAt", now)
        check_time(payload["endedAt"], "/endedAt", now, instant_of(payload["startedAt"]))
        day = tehran_day(instant_of(payload["startedAt"]))
        for index, diagnosis in enumerate(payload.get("diagnoses", ())):
            check_coded(self.desk.book, diagnosis, day, f"/diagnoses/{index}", self.desk.faults)
        await check_member(call, payload["provider"], "service")
        hid = await check_hid(call, payload["hid"], payload["patient"]["id"])
        await check_tracking_ids(call, payload, payload["services"])
        if not self._belongs_to_prescription(payload):
            check_hid_centre(hid, call.caller.centre)
        cover = await ask_cover(call, payload["patient"]["id"], hid.insurer)
        inpatient = self._is_inpatient(payload["hid"])
        given = Circumstances(cover, inpatient=inpatient, referred=True)
        splits = delivered_cost(self.desk, payload, payload["services"], given, day)
        await check_payment(call, payload, presentation.summed(splits).patient_share)
        return hid.insurer, inpatient, splits

    def _is_inpatient(self, hid: str) -> bool:
        if self.desk.faults.on("purchaser.stay.outpatient_share"):
            return False
        with self.desk.config.store.read() as rows:
            return stays.is_inpatient(rows, hid)

    def _belongs_to_prescription(self, payload: Mapping[str, Any]) -> bool:
        """Say whether the visit of this HID ordered something, so that others may deliver it.

        Refuses a service said to belong to a prescription of another visit.
        """
        table = store.prescriptions
        with self.desk.config.store.read() as rows:
            ordered = set(
                rows.execute(
                    select(table.c.prescription_id).where(table.c.hid == payload["hid"])
                ).scalars()
            )
            if self.desk.faults.on("purchaser.paper.not_payable"):
                _refuse_paper(rows, ordered)
        if "prescriptionId" in payload and payload["prescriptionId"] not in ordered:
            raise Refusal("HID_PATIENT_MISMATCH", pointer="/prescriptionId")
        return bool(ordered)


def _refuse_paper(rows: Connection, ordered: set[str]) -> None:
    """Seeded fault: refuse the visit of a prescription that was entered from paper."""
    table = store.papers
    if rows.execute(select(table.c.serial).where(table.c.prescription_id.in_(ordered))).first():
        raise Refusal("HID_INVALID", pointer="/hid", detail="paper")


def claim_without_record(within: Transaction, given: Dispense, known: Prescription) -> None:
    """Seeded fault: make a claim of a dispense although no service record came."""
    _insert(
        within,
        presentation.summed(given.items),
        centre=given.centre,
        hid=known.hid,
        insurer=known.cover["insurer"],
        admission="outpatient",
        prescription_id=given.prescription_id,
        document_id=None,
        payload=None,
        signed=None,
    )


def _insert(within: Transaction, amounts: Amounts, **values: Any) -> str:
    claim_id = within.ids.uuid()
    within.rows.execute(
        insert(store.claims).values(
            claim_id=claim_id,
            state="SUBMITTED",
            submitted_at=store.instant(within.now),
            total=amounts.total,
            insurer_share=amounts.insurer_share,
            patient_share=amounts.patient_share,
            **values,
        )
    )
    return claim_id


def _claim(rows: Connection, claim_id: str) -> Mapping[str, Any]:
    row = rows.execute(select(store.claims).where(store.claims.c.claim_id == claim_id)).mappings()
    found = row.first()
    if found is None:
        raise Refusal("CLAIM_NOT_FOUND")
    return dict(found)


def _close(rows: Connection, prescription_id: str) -> None:
    """Close a prescription of which nothing is left to be given."""
    table = store.prescriptions
    given = table.c.state == PrescriptionState.DISPENSED.value
    rows.execute(
        update(table)
        .where(table.c.prescription_id == prescription_id, given)
        .values(state=PrescriptionState.CLOSED.value)
    )
