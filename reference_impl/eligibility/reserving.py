"""HIDs beyond the ordinary visit: urgent, reserved for an outage, bound, cancelled, counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert

from reference_impl.eligibility import store
from reference_impl.eligibility.domain import (
    COVERED_STATES,
    HELD_AT_MOST,
    HID_ISSUERS,
    SELF_PAY_INSURER,
    URGENT_LIFE,
    IssuedHid,
    choose,
    decide_overlap,
    may_bind,
    patient_key,
    use_state,
)
from reference_impl.eligibility.hids import as_issued, check_provider, unused
from reference_impl.eligibility.people import Insured, InsuredPersons
from reference_impl.platform.clock import tehran_day
from reference_impl.platform.codes import CodeBook, CodeRefused, display_matches
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work

REASONS = "urn:ir:maksa:reason-synthetic"
REASON_GROUP = "hid_cancel"


class Reserving:
    """The desk for HIDs that are not bound to a visit yet, or no longer."""

    def __init__(self, config: Configuration, people: InsuredPersons) -> None:
        self.config = config
        self._faults = config.faults
        self._people = people
        self._book = CodeBook(config.pack.codes.values())
        self._contracts = {
            one.siam_id.lower(): frozenset(one.contracts) for one in config.world.centres.values()
        }

    async def urgent(self, call: Call) -> Work:
        """Issue a HID before the patient is known; it is bound within three days."""
        insurer, council = call.body["insurerCode"], call.body["providerCouncil"]
        if insurer not in HID_ISSUERS:
            raise Refusal("PATIENT_NOT_COVERED", pointer="/insurerCode")
        await check_provider(call, council)
        last = self._today() + URGENT_LIFE

        def commit(rows: Connection) -> Answer:
            provider = f"{council['councilKind']}-{council['councilNumber']}"
            hid = self._reserve(rows, call, insurer, last, provider=provider)
            return Answer(201, {"hid": hid, "state": "reserved", "useCount": 0})

        return commit

    async def reserve(self, call: Call) -> Work:
        """Reserve HIDs of an insurer the centre has a contract with. [ERX-12-A]."""
        asked, today = call.body, self._today()
        last = date.fromisoformat(asked["validUntil"])
        if last < today:
            raise Refusal("SCHEMA_VIOLATION", pointer="/validUntil", detail="in the past")
        insurer = asked["insurerCode"]
        if insurer not in HID_ISSUERS or not self._contracted(call.caller.centre, insurer):
            raise Refusal("INSURER_NOT_ALLOWED", pointer="/insurerCode")

        def commit(rows: Connection) -> Answer:
            held = store.held(rows, call.caller.centre, today.isoformat())
            if self._faults.on("eligibility.reserve.limit_per_batch"):
                held = 0
            if held + asked["count"] > HELD_AT_MOST:
                raise Refusal("HID_BATCH_LIMIT", pointer="/count")
            batch = self.config.ids.uuid()
            hids = [
                self._reserve(rows, call, insurer, last, batch=batch) for _ in range(asked["count"])
            ]
            body = {"batchId": batch, "hids": hids, "validUntil": last.isoformat()}
            return Answer(201, body)

        return commit

    async def bind(self, call: Call) -> Work:
        """Give a reserved HID to a visit. Of two visits at one moment, one gets it. [ERX-12-D]."""
        asked = call.body
        served = self._served_on(asked["servedAt"])
        person = await self._people.find(call, asked["patient"], served)

        def commit(rows: Connection) -> Answer:
            issued = self._own(rows, call, asked["hid"])
            if issued.state == "cancelled":
                raise Refusal("HID_INVALID", pointer="/hid", detail="cancelled")
            if issued.state == "bound" and not self._faults.on("eligibility.bind.twice"):
                raise Refusal("HID_ALREADY_BOUND", pointer="/hid")
            late = not may_bind(issued, served, self._today())
            if late and not self._faults.on("eligibility.bind.late_accepted"):
                raise Refusal("HID_EXPIRED", pointer="/servedAt")
            self._check_cover(rows, issued.insurer, person, served, asked.get("chosenInsurer"))
            values = {
                "patient_key": patient_key(asked["patient"]),
                "patient": asked["patient"],
                "valid_on": served.isoformat(),
            }
            won = store.bind(rows, asked["hid"], values)
            if not won and not self._faults.on("eligibility.bind.twice"):
                raise Refusal("HID_ALREADY_BOUND", pointer="/hid")
            return Answer(201, {"hid": asked["hid"], "state": "bound", "useCount": 0})

        return commit

    async def cancel(self, call: Call) -> Work:
        """Cancel a HID of the caller's centre that carries no service yet."""
        asked = call.body
        self._check_reason(asked["reason"])

        def commit(rows: Connection) -> Answer:
            issued = self._own(rows, call, asked["hid"])
            if issued.state == "cancelled":
                raise Refusal("HID_CANCELLED", pointer="/hid")
            count = store.use_count(rows, asked["hid"])
            if count and not self._faults.on("eligibility.cancel.used_one"):
                raise Refusal("HID_IN_USE", pointer="/hid")
            if not store.cancel(rows, asked["hid"], asked["reason"]["code"]):
                raise Refusal("HID_CANCELLED", pointer="/hid")
            return Answer(201, {"hid": asked["hid"], "state": "cancelled", "useCount": count})

        return commit

    async def use(self, call: Call) -> Answer:
        """Answer in how many messages insurers relied on a HID."""
        hid = call.path["hid"]
        with self.config.store.read() as rows:
            row = store.hid_row(rows, hid) if hid_is_sound(hid) else None
            count = store.use_count(rows, hid)
        if row is None:
            raise Refusal("HID_INVALID", pointer="path:hid")
        if self._faults.on("eligibility.use.not_counted"):
            count = 0
        state = use_state(as_issued(row), count, self._today())
        return Answer(200, {"hid": hid, "state": state, "useCount": count})

    def _reserve(
        self,
        rows: Connection,
        call: Call,
        insurer: str,
        last: date,
        *,
        batch: str | None = None,
        provider: str | None = None,
    ) -> str:
        hid = unused(rows, HID_ISSUERS[insurer])
        rows.execute(
            insert(store.hids).values(
                hid=hid,
                centre=call.caller.centre,
                provider=provider,
                insurer=insurer,
                valid_on=last.isoformat(),
                state="reserved",
                batch=batch,
            )
        )
        return hid

    def _own(self, rows: Connection, call: Call, hid: str) -> IssuedHid:
        """Return a HID of the caller's centre; somebody else's and a made-up one look alike."""
        row = store.hid_row(rows, hid) if hid_is_sound(hid) else None
        if row is None:
            raise Refusal("HID_INVALID", pointer="/hid")
        foreign = row["centre"].lower() != call.caller.centre.lower()
        if foreign and not self._faults.on("eligibility.hid.of_any_centre"):
            raise Refusal("HID_INVALID", pointer="/hid")
        return as_issued(row)

    def _check_cover(
        self, rows: Connection, insurer: str, person: Insured, day: date, chosen: str | None
    ) -> None:
        """Refuse a visit the insurer of the HID does not pay for on its day. [RUL-071]."""
        if not person.may_have_hid:
            raise Refusal("PATIENT_NOT_COVERED", pointer="/patient")
        if insurer == SELF_PAY_INSURER:
            return
        base = self._people.base_covers(rows, person, day)
        overlap = decide_overlap(base, day)
        undecided = overlap.kind == "person_chooses" and chosen is None
        if undecided and not self._faults.on("eligibility.bind.overlap_ignored"):
            raise Refusal("OVERLAP_UNRESOLVED", pointer="/chosenInsurer")
        covered = person.state in COVERED_STATES and choose(overlap, base, insurer, day)
        if not covered or chosen not in {None, insurer}:
            raise Refusal("PATIENT_NOT_COVERED", pointer="/patient")

    def _check_reason(self, reason: Mapping[str, Any]) -> None:
        if self._faults.on("eligibility.cancel.any_reason"):
            return
        try:
            concept = self._book.find(
                reason["system"], reason["code"], self._today(), reason.get("version")
            )
        except CodeRefused as refused:
            raise Refusal("CODE_UNKNOWN", pointer="/reason/code") from refused
        if concept.system != REASONS or concept.properties.get("group") != REASON_GROUP:
            raise Refusal("CODE_UNKNOWN", pointer="/reason/code", detail="not a reason for this")
        if not display_matches(concept, reason["display"]):
            raise Refusal("CODE_DISPLAY_MISMATCH", pointer="/reason/display")

    def _contracted(self, centre: str, insurer: str) -> bool:
        if insurer == SELF_PAY_INSURER:
            return True
        return insurer in self._contracts.get(centre.lower(), frozenset())

    def _served_on(self, text: str) -> date:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refusal("SCHEMA_VIOLATION", pointer="/servedAt", detail="no such day") from error
        if moment > self.config.clock.now():
            raise Refusal("SCHEMA_VIOLATION", pointer="/servedAt", detail="in the future")
        return tehran_day(moment)

    def _today(self) -> date:
        return tehran_day(self.config.clock.now())
