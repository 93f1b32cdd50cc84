"""Operations of the prescriber's side: register, amend, cancel, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from reference_impl.platform.documents import SignedDocument
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import documents, leases, presentation, store
from reference_impl.purchaser.calendar import VALIDITY_DAYS, valid_until
from reference_impl.purchaser.checks import (
    LONG_TEXT,
    HidFacts,
    check_codes_of_prescription,
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
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.lifecycle import ItemState, PrescriptionState
from reference_impl.purchaser.orders import check_kind
from reference_impl.purchaser.persons import key_for_storage
from reference_impl.purchaser.questions import questions_on
from reference_impl.purchaser.records import Prescription, load_prescription
from reference_impl.purchaser.repeats import ordered_in_all
from reference_impl.purchaser.transaction import Transaction

_SHORT_CODE_LIFE = timedelta(days=2 * VALIDITY_DAYS)

# Made once: building and hashing a statement costs more than running it.
_NEW_PRESCRIPTION = Prepared(insert(store.prescriptions))
_NEW_VERSION = Prepared(insert(store.versions))
_NEW_ITEMS = Prepared(insert(store.items))
_TAKEN = Prepared(
    select(store.prescriptions.c.prescription_id)
    .where(
        store.prescriptions.c.person == bindparam("person"),
        store.prescriptions.c.short_code == bindparam("code"),
        store.prescriptions.c.registered_at >= bindparam("since"),
    )
    .limit(1)
)


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Prescribing(desk)
    return (
        Operation("registerPrescription", side.register, grouped=True),
        Operation("amendPrescription", side.amend),
        Operation("cancelPrescription", side.cancel),
        Operation("getPrescription", side.read),
    )


def _signed(call: Call) -> SignedDocument:
    if call.document is None:
        message = f"{call.operation_id} was routed without its signed document"
        raise LookupError(message)
    return call.document


class Prescribing:
    """The prescriber's side of the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def register(self, call: Call) -> Work | Answer:
        """Register a signed prescription. [ERX-9-1-5]."""
        document = _signed(call)
        with self.desk.config.store.read() as rows:
            again = self._registered_before(self.desk.within(rows), call, document)
        if again is not None:
            return again
        hid = await self.check_content(call, document)
        check_hid_centre(hid, call.caller.centre)

        def commit(rows: Any) -> Answer:
            within = self.desk.within(rows)
            again = self._registered_before(within, call, document)
            if again is not None:
                return again
            prescription_id = self.insert(within, call, document, hid)
            documents.remember(within, document, prescription_id, call.caller.centre)
            return self.answer(load_prescription(within, prescription_id), created=True)

        return commit

    async def amend(self, call: Call) -> Work:
        """Replace a prescription by its next version, before lease and dispense. [ERX-9-1-6]."""
        document = _signed(call)
        prescription_id = call.path["prescriptionId"]
        if call.if_match is None and not self.desk.faults.on("purchaser.amend.if_match_optional"):
            raise Refusal("PRECONDITION_MISSING", pointer="header:if-match")
        with self.desk.config.store.read() as rows:
            within = self.desk.within(rows)
            repeated = documents.seen_before(within, document, call.caller.centre)
            known = load_prescription(within, prescription_id)
            self._check_author(call, known, document)
            if repeated is None:
                self._check_amendable(within, call, known, document)
        if repeated is None:
            await self.check_content(call, document)

        def commit(rows: Any) -> Answer:
            within = self.desk.within(rows)
            if documents.seen_before(within, document, call.caller.centre) is not None:
                return self.as_it_stands(within, prescription_id)
            current = load_prescription(within, prescription_id)
            self._check_amendable(within, call, current, document)
            self._next_version(within, current, document)
            documents.remember(within, document, prescription_id, call.caller.centre)
            return self.as_it_stands(within, prescription_id)

        return commit

    async def cancel(self, call: Call) -> Work:
        """Cancel a prescription nobody has leased or dispensed."""
        document = _signed(call)
        prescription_id = call.path["prescriptionId"]
        with self.desk.config.store.read() as rows:
            known = load_prescription(self.desk.within(rows), prescription_id)
        self._check_author(call, known, document)
        check_origin(call, document)
        if document.payload["prescriptionId"] != prescription_id:
            raise Refusal("SCHEMA_VIOLATION", pointer="/prescriptionId", detail="not this one")
        check_time(document.payload["issuedAt"], "/issuedAt", self.desk.config.clock.now())
        self.desk.check_reason(document.payload["reason"], "/reason", "cancel")
        await check_member(call, document.payload["prescriber"], "prescribing")

        def commit(rows: Any) -> Answer:
            within = self.desk.within(rows)
            if documents.seen_before(within, document, call.caller.centre) is None:
                self._check_untouched(within, load_prescription(within, prescription_id))
                _set_state(within, prescription_id, PrescriptionState.CANCELLED)
                documents.remember(within, document, prescription_id, call.caller.centre)
            return self.as_it_stands(within, prescription_id)

        return commit

    async def read(self, call: Call) -> Answer:
        """Show a prescription to the centre that wrote it or that holds its lease."""
        with self.desk.config.store.read() as rows:
            within = self.desk.within(rows)
            known = load_prescription(within, call.path["prescriptionId"])
            allowed = (
                known.centre == call.caller.centre
                or self.desk.faults.on("purchaser.read.any_centre")
                or leases.is_holder(
                    rows, known.prescription_id, call.caller.centre, call.lease, within.now
                )
            )
            asked = questions_on(rows, known.prescription_id)
        if not allowed:
            raise Refusal("PRESCRIPTION_ACCESS_REFUSED")
        return self.answer(known, questions=asked)

    def as_it_stands(
        self, within: Transaction, prescription_id: str, *, created: bool = False
    ) -> Answer:
        """Answer with a prescription as it is now, with the questions on it."""
        known = load_prescription(within, prescription_id)
        if created and self.desk.faults.on("purchaser.document.repeat_half_told"):
            known = replace(known, state=PrescriptionState.REGISTERED)
        found = questions_on(within.rows, prescription_id)
        return self.answer(known, created=created, questions=found)

    def answer(
        self,
        known: Prescription,
        *,
        created: bool = False,
        questions: Sequence[Mapping[str, Any]] = (),
    ) -> Answer:
        """Answer with a prescription, its entity tag and, when it is new, its location."""
        faults = self.desk.faults
        headers: dict[str, str] = {}
        if not faults.on("purchaser.http.etag_missing"):
            headers["etag"] = presentation.entity_tag(known, faults)
        if created and not faults.on("purchaser.http.location_missing"):
            headers["location"] = f"{presentation.BASE}/prescriptions/{known.prescription_id}"
        status = 201 if created and not faults.on("purchaser.http.created_as_200") else 200
        return Answer(status, presentation.prescription(known, faults, questions), headers)

    def _registered_before(
        self, within: Transaction, call: Call, document: SignedDocument
    ) -> Answer | None:
        seen = documents.seen_before(within, document, call.caller.centre)
        return None if seen is None else self.as_it_stands(within, seen.subject, created=True)

    async def check_content(self, call: Call, document: SignedDocument) -> HidFacts:
        """Refuse a prescription whose content does not hold; return what is vouched for."""
        payload = document.payload
        check_origin(call, document)
        check_patient(call, payload["patient"])
        check_unique_items(payload["items"])
        check_time(payload["issuedAt"], "/issuedAt", self.desk.config.clock.now())
        check_codes_of_prescription(self.desk.book, payload, self.desk.faults)
        check_kind(self.desk, payload)
        if self.desk.faults.on("purchaser.register.uncovered_refused"):
            _seeded_refusal(self.desk, payload)
        if self.desk.faults.on("purchaser.text.long_text_breaks"):
            _seeded_break(payload)
        await check_member(call, payload["prescriber"], "prescribing")
        facts = await check_hid(call, payload["hid"], payload["patient"]["id"])
        await check_tracking_ids(call, payload, payload["items"])
        return facts

    def _check_author(self, call: Call, known: Prescription, document: SignedDocument) -> None:
        if self.desk.faults.on("purchaser.amend.any_author"):
            return
        if known.centre != call.caller.centre or known.prescriber != document.signer:
            raise Refusal("PRESCRIPTION_ACCESS_REFUSED")

    def _check_amendable(
        self, within: Transaction, call: Call, known: Prescription, document: SignedDocument
    ) -> None:
        amends = document.payload["amends"]
        if amends["prescriptionId"] != known.prescription_id:
            raise Refusal("SCHEMA_VIOLATION", pointer="/amends/prescriptionId", detail="another")
        if key_for_storage(call, document.payload["patient"]["id"]) != known.person:
            raise Refusal("HID_PATIENT_MISMATCH", pointer="/patient/id")
        if document.payload["kind"] != known.document["kind"]:
            raise Refusal("ORDER_KIND_MISMATCH", pointer="/kind", detail="an order keeps its kind")
        if document.payload["hid"] != known.hid:
            raise Refusal("HID_INVALID", pointer="/hid", detail="not the HID of this visit")
        stale = not _matches(call.if_match, presentation.entity_tag(known, self.desk.faults))
        stale = stale or amends["version"] != known.version
        if stale and not self.desk.faults.on("purchaser.amend.if_match_ignored"):
            wrong = self.desk.faults.on("purchaser.problem.wrong_code")
            raise Refusal("PRESCRIPTION_STATE_CONFLICT" if wrong else "PRECONDITION_FAILED")
        if not self.desk.faults.on("purchaser.amend.after_dispense"):
            self._check_untouched(within, known)

    def _check_untouched(self, within: Transaction, known: Prescription) -> None:
        if self.desk.faults.on("purchaser.cancel.after_dispense"):
            return
        if known.state is not PrescriptionState.REGISTERED or known.touched:
            raise Refusal("PRESCRIPTION_STATE_CONFLICT")
        if leases.held(within.rows, known.prescription_id, within.now) is not None:
            raise Refusal("LEASE_HELD")

    def insert(
        self, within: Transaction, call: Call, document: SignedDocument, hid: HidFacts
    ) -> str:
        """Write a new prescription in its first version; return its id."""
        payload = document.payload
        prescription_id = within.ids.uuid()
        person = key_for_storage(call, payload["patient"]["id"])
        prescribed_at = instant_of(payload["issuedAt"])
        digits = 19 if self.desk.faults.on("purchaser.tracking.too_short") else 20
        within.rows.execute(
            _NEW_PRESCRIPTION,
            {
                "prescription_id": prescription_id,
                "tracking_code": within.ids.digits(digits),
                "short_code": _short_code(within, person),
                "person": person,
                "hid": payload["hid"],
                "centre": call.caller.centre,
                "prescriber": document.signer,
                "registered_at": store.instant(within.now),
                "prescribed_at": store.instant(prescribed_at),
                "valid_until": store.instant(valid_until(within.now)),
                "version": 1,
                "state": PrescriptionState.REGISTERED.value,
                "cover": {"insurer": hid.insurer},
            },
        )
        _insert_version(within, prescription_id, 1, document)
        self.desk.notices.used(within, call, payload, payload["items"])
        return prescription_id

    def _next_version(
        self, within: Transaction, known: Prescription, document: SignedDocument
    ) -> None:
        version = known.version + 1
        within.rows.execute(
            update(store.prescriptions)
            .where(store.prescriptions.c.prescription_id == known.prescription_id)
            .values(
                version=version,
                prescribed_at=store.instant(instant_of(document.payload["issuedAt"])),
            )
        )
        within.rows.execute(
            delete(store.items).where(store.items.c.prescription_id == known.prescription_id)
        )
        _insert_version(within, known.prescription_id, version, document)


def _insert_version(
    within: Transaction, prescription_id: str, version: int, document: SignedDocument
) -> None:
    within.rows.execute(
        _NEW_VERSION,
        {
            "prescription_id": prescription_id,
            "version": version,
            "document_id": document.document_id,
            "payload": document.payload_bytes,
            "signed": document.raw,
            "at": store.instant(within.now),
        },
    )
    within.rows.execute(
        _NEW_ITEMS,
        [
            {
                "prescription_id": prescription_id,
                "item_id": item["itemId"],
                "position": position,
                "ordered": ordered_in_all(item),
                "state": ItemState.ORDERED.value,
                "coded": dict(item["code"]),
            }
            for position, item in enumerate(document.payload["items"])
        ],
    )


def _short_code(within: Transaction, person: str) -> str:
    """Draw a short code the person has no other living prescription under."""
    since = store.instant(within.now - _SHORT_CODE_LIFE)
    while True:
        bound = 1_000 if within.faults.on("variant.low_short_codes") else 100_000
        code = f"{within.ids.below(bound):05d}"
        taken = {"person": person, "code": code, "since": since}
        if within.rows.execute(_TAKEN, taken).first() is None:
            return code


def _set_state(within: Transaction, prescription_id: str, state: PrescriptionState) -> None:
    within.rows.execute(
        update(store.prescriptions)
        .where(store.prescriptions.c.prescription_id == prescription_id)
        .values(state=state.value)
    )


def _matches(if_match: str | None, current: str) -> bool:
    """Compare If-Match with the current entity tag, strongly (RFC 9110, 13.1.1)."""
    if if_match is None:
        return True  # only the seeded fault lets a missing header come this far
    tags = {one.strip() for one in if_match.split(",")}
    return "*" in tags or current in tags


def _seeded_break(payload: Any) -> None:
    """Seeded fault: fall over a long text, as a column that is too short would."""
    texts = [payload.get("note", ""), *(one.get("instruction", "") for one in payload["items"])]
    if any(len(text) > LONG_TEXT for text in texts):
        message = "value too long for column"
        raise ValueError(message)


def _seeded_refusal(desk: Desk, payload: Any) -> None:
    """Seeded fault: take orders of what an insurer pays for only."""
    for index, item in enumerate(payload["items"]):
        known = desk.book.versions(item["code"]["system"], item["code"]["code"])
        if any(one.properties.get("covered") is False for one in known):
            raise Refusal("PATIENT_NOT_COVERED", pointer=f"/items/{index}/code")
