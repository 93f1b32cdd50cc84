"""Late entry of paper prescriptions after an outage. [RUL-012, RUL-081].

Paper needs a coded cause and a window: of a declared outage or listed area, as the emergency
service knows it, or of local evidence, 72 hours after it was written. The serial number of the form
finds what is entered twice; a paper whose electronic original came through is the same
prescription.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.platform.contract import contract_of
from reference_impl.platform.documents import Documents, SignedDocument
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import documents, seeded, store
from reference_impl.purchaser.checks import check_hid_centre, check_time, instant_of
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.prescribing import Prescribing
from reference_impl.purchaser.records import load_prescription
from reference_impl.purchaser.transaction import Transaction

LATE_ENTRY = timedelta(hours=72)
_DECLARED_ONLY = frozenset({"GATEWAY_DOWN", "INSURER_DOWN", "SIGNATURE_DOWN"})
"""Outages of the exchange itself: a centre alone cannot show evidence of them."""
_LISTED = "DEPRIVED_AREA"
_PASSED_ON = frozenset({"PAPER_ENTRY_LATE", "PAPER_SERIAL_USED"})


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    return (Operation("enterPaperPrescription", Paper(desk).enter),)


class Paper:
    """The desk that takes paper in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        config = desk.config
        self.prescribing = Prescribing(desk)
        self.documents = Documents(config.trust, config.clock, config.faults)
        self.form = next(
            route
            for route in contract_of(config.pack, "purchaser").routes
            if route.operation_id == "registerPrescription"
        )

    async def enter(self, call: Call) -> Work | Answer:
        """Enter a paper prescription; it becomes a prescription like any other."""
        asked = call.body
        self.desk.check_reason(asked["cause"], "/cause", "outage")
        check_time(asked["writtenAt"], "/writtenAt", self.desk.config.clock.now())
        document = await self._signed(asked["document"])
        with self.desk.config.store.read() as rows:
            again = self._entered_before(self.desk.within(rows), call, document)
        if again is not None:
            return again
        await self._check_window(call, asked, document.document_id)
        hid = await self.prescribing.check_content(call, document)
        check_hid_centre(hid, call.caller.centre)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            seen = documents.seen_before(within, document, call.caller.centre)
            prescription_id = None if seen is None else seen.subject
            self._check_serial(within, asked["serial"], prescription_id)
            if prescription_id is None:
                prescription_id = self.prescribing.insert(within, call, document, hid)
                documents.remember(within, document, prescription_id, call.caller.centre)
            _keep(within, call, prescription_id)
            known = load_prescription(within, prescription_id)
            wrong = self.desk.faults.on("purchaser.answer.paper_as_200")
            if self.desk.faults.on("purchaser.paper.note_lost"):
                known = replace(known, payload=seeded.without_note(known.payload))
            return self._told(self.prescribing.answer(known, created=not wrong))

        return commit

    def _told(self, answer: Answer) -> Answer:
        """Return the answer; a seeded fault loses the note of the sheet."""
        if not self.desk.faults.on("purchaser.answer.paper_note_lost"):
            return answer
        kept = {key: value for key, value in answer.body["document"].items() if key != "note"}
        return replace(answer, body={**answer.body, "document": kept})

    async def _signed(self, given: Mapping[str, str]) -> SignedDocument:
        """Read and verify the document inside the body, as the kernel does with a whole body."""
        read = self.documents.read(json.dumps(given).encode(), "prescription")
        errors = () if self.form.payload is None else self.form.payload.errors(read.payload)
        if any(error.pointer == "/testData" for error in errors):
            raise Refusal("DOCUMENT_NOT_TEST_DATA", errors=errors)
        if errors:
            raise Refusal("SCHEMA_VIOLATION", errors=errors)
        return await self.documents.verify(read)

    def _entered_before(
        self, within: Transaction, call: Call, document: SignedDocument
    ) -> Answer | None:
        """Answer with the prescription when this form was entered with this document before."""
        seen = documents.seen_before(within, document, call.caller.centre)
        if seen is None or _prescription_of(within, call.body["serial"]) != seen.subject:
            return None
        return self.prescribing.as_it_stands(within, seen.subject, created=True)

    def _check_serial(self, within: Transaction, serial: str, prescription_id: str | None) -> None:
        entered = _prescription_of(within, serial)
        if entered is None or self.desk.faults.on("purchaser.paper.serial_reused"):
            return
        if entered != prescription_id:
            raise Refusal("PAPER_SERIAL_USED", pointer="/serial")

    async def _check_window(self, call: Call, asked: Mapping[str, Any], document_id: str) -> None:
        cause, number = asked["cause"]["code"], asked.get("outageNumber")
        if number is not None or cause == _LISTED:
            await self._ask_emergency(call, asked, document_id)
            return
        if cause in _DECLARED_ONLY and not self.desk.faults.on("purchaser.paper.outage_unproved"):
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/outageNumber", detail="is missing")
        late = self.desk.config.clock.now() > instant_of(asked["writtenAt"]) + LATE_ENTRY
        if late and not self.desk.faults.on("purchaser.paper.late_entry"):
            raise Refusal("PAPER_ENTRY_LATE", pointer="/writtenAt")

    async def _ask_emergency(self, call: Call, asked: Mapping[str, Any], document_id: str) -> None:
        """Ask whether the sheet may be entered, for this document: asked again, it is no other."""
        question = {
            "centre": call.caller.centre,
            "writtenAt": asked["writtenAt"],
            "serial": asked["serial"],
            "documentId": document_id,
        }
        if "outageNumber" in asked:
            question["outageNumber"] = asked["outageNumber"]
        reply = await call.peer("emergency").post("/paper/check", question)
        if reply.code in _PASSED_ON:
            raise Refusal(str(reply.code), pointer="/writtenAt")
        if reply.code is not None or not reply.json["allowed"]:
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/outageNumber")
        until = reply.json.get("enterUntil")
        if until is not None and self.desk.config.clock.now() > instant_of(until):
            raise Refusal("PAPER_ENTRY_LATE", pointer="/writtenAt")


def _prescription_of(within: Transaction, serial: str) -> str | None:
    query = select(store.papers.c.prescription_id).where(store.papers.c.serial == serial)
    found: str | None = within.rows.execute(query).scalar()
    return found


def _keep(within: Transaction, call: Call, prescription_id: str) -> None:
    """Remember the form; one that is known already (only behind its fault) stays as it is."""
    asked = call.body
    if _prescription_of(within, asked["serial"]) is not None:
        return
    within.rows.execute(
        insert(store.papers).values(
            serial=asked["serial"],
            prescription_id=prescription_id,
            centre=call.caller.centre,
            outage_number=asked.get("outageNumber"),
            cause=dict(asked["cause"]),
            written_at=store.instant(instant_of(asked["writtenAt"])),
            entered_at=store.instant(within.now),
        )
    )
