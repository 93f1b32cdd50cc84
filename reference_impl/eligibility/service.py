"""Eligibility as a service: inquiry, issue of a HID, verification of a HID, and the other desks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert

from reference_impl.eligibility import store
from reference_impl.eligibility.domain import (
    COVERED_STATES,
    HID_ISSUERS,
    SELF_PAY_INSURER,
    BaseCover,
    IssuedHid,
    choose,
    decide_overlap,
    hid_state,
    is_entitled,
    patient_key,
)
from reference_impl.eligibility.hids import as_issued, check_provider, unused
from reference_impl.eligibility.insuring import Insuring
from reference_impl.eligibility.misanswers import misanswer
from reference_impl.eligibility.people import InsuredPersons, check_form
from reference_impl.eligibility.reserving import Reserving
from reference_impl.faults.meeting import Meeting
from reference_impl.platform.clock import tehran_day
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

SERVICES_ONLY = frozenset({"service"})
"""Services whose question whether a HID holds is a use of it."""


def create(config: Configuration) -> Service:
    """Make the eligibility service on its store."""
    config.store.create(store.METADATA)
    people = InsuredPersons(config)
    desk, reserving, insuring = (
        Eligibility(config, people),
        Reserving(config, people),
        Insuring(config),
    )
    return Service(
        "eligibility",
        (
            Operation("inquireEligibility", desk.inquire, callers=EVERYONE, replayed=False),
            Operation("issueHid", desk.issue),
            Operation("verifyHid", desk.verify, callers=EVERYONE, replayed=False, grouped=True),
            Operation("reportHidUses", desk.report_uses, callers=SERVICES_ONLY),
            Operation("issueUrgentHid", reserving.urgent),
            Operation("reserveHids", reserving.reserve),
            Operation("bindHid", reserving.bind),
            Operation("cancelHid", reserving.cancel),
            Operation("getHidUse", reserving.use, callers=EVERYONE),
            Operation("checkProvider", insuring.check_provider, callers=EVERYONE, replayed=False),
            Operation("uploadCovers", insuring.upload),
        ),
    )


class Eligibility:
    """The desk at which admission asks."""

    def __init__(self, config: Configuration, people: InsuredPersons) -> None:
        self.config = config
        self._people = people
        self._kept: dict[str, dict[str, Any]] = {}  # a seeded fault keeps an answer per centre
        self._free: dict[str, str] = {}  # by insurer, what a seeded race saw free
        self.meeting = Meeting()

    async def inquire(self, call: Call) -> Answer:
        """Answer identity, covers, overlap and entitlement of a person today."""
        asked = call.body["patient"]
        today = self._today()
        person = await self._people.find(call, asked, today)
        with self.config.store.read() as rows:
            base = self._people.base_covers(rows, person, today)
            second = self._people.second_payers(rows, person, today)
        overlap = decide_overlap(base, today)
        base.sort(key=lambda one: one != overlap.primary)  # the cover that counts comes first
        shown = [_cover(one, today, "base") for one in base]
        shown += [_cover(one, today, "complementary") for one in second]
        answer = {
            "identity": person.shown(asked),
            "covers": shown,
            "overlap": sum(one.in_force(today) for one in base) > 1,
            "entitled": is_entitled(person.state, overlap),
        }
        answer = misanswer(self.config.faults, person, answer)
        if self.config.faults.on("eligibility.inquiry.kept"):
            answer = self._kept.setdefault(call.caller.centre, answer)
        return Answer(200, answer)

    async def issue(self, call: Call) -> Work:
        """Issue the HID of one visit; everybody gets one, if need be self-pay. [RUL-001]."""
        asked = call.body
        today = self._today()
        person = await self._people.find(call, asked["patient"], today)
        insurer = asked["insurerCode"]
        with self.config.store.read() as rows:
            base = self._people.base_covers(rows, person, today)
        covered = person.state in COVERED_STATES and choose(
            decide_overlap(base, today), base, insurer, today
        )
        covered = covered or self.config.faults.on("eligibility.issue.any_insurer")
        if not person.may_have_hid or not (insurer == SELF_PAY_INSURER or covered):
            raise Refusal("PATIENT_NOT_COVERED", pointer="/insurerCode")
        if insurer not in HID_ISSUERS:
            raise Refusal(
                "PATIENT_NOT_COVERED", pointer="/insurerCode", detail="not a base insurer"
            )
        await check_provider(call, asked["providerCouncil"])
        drawn = await self._drawn_before(insurer)

        def commit(rows: Connection) -> Answer:
            hid = drawn or unused(rows, HID_ISSUERS[insurer])
            if drawn is not None and self._free.pop(insurer, None) is None:
                return Answer(201, {"hid": hid, "insurer": insurer, "validOn": today.isoformat()})
            provider = asked["providerCouncil"]
            same = self.config.faults.on("eligibility.issue.same_hid")
            earlier = store.hid_of(rows, patient_key(asked["patient"]), insurer) if same else None
            if earlier is not None:
                body = {"hid": earlier, "insurer": insurer, "validOn": today.isoformat()}
                return Answer(201, body)
            rows.execute(
                insert(store.hids).values(
                    hid=hid,
                    patient_key=patient_key(asked["patient"]),
                    patient=asked["patient"],
                    centre=call.caller.centre,
                    provider=f"{provider['councilKind']}-{provider['councilNumber']}",
                    insurer=insurer,
                    valid_on=today.isoformat(),
                    state="bound",
                )
            )
            body = {"hid": hid, "insurer": insurer, "validOn": today.isoformat()}
            if self.config.faults.on("eligibility.issue.hid_not_told"):
                del body["hid"]
            return Answer(201, body)

        return commit

    async def _drawn_before(self, insurer: str) -> str | None:
        """Return the HID that a seeded race saw free before the change; None without one."""
        if not self.config.faults.on("eligibility.issue.hid_looked_up_before"):
            return None
        with self.config.store.read() as rows:
            hid = self._free.setdefault(insurer, unused(rows, HID_ISSUERS[insurer]))
        await self.meeting.meet(hid)
        return hid

    async def verify(self, call: Call) -> Answer:
        """Say what a HID is worth, and for whom it was issued. Asking is no use of it."""
        asked = call.body
        patient = asked.get("patient")
        if patient is not None:
            check_form(patient)
        row = self._issued(asked["hid"]) if hid_is_sound(asked["hid"]) else None
        issued = None if row is None else as_issued(row)
        formal = hid_is_sound(asked["hid"]) and issued is None
        if formal and self.config.faults.on("eligibility.verify.unissued_valid"):
            return Answer(200, {"valid": True, "state": "ISSUED", "insurer": "1"})
        state = hid_state(issued, await self._keys(call, patient, issued), self._today())
        if state == "CANCELLED" and self.config.faults.on("eligibility.verify.cancelled_valid"):
            state = "ISSUED"
        return Answer(200, _verdict(row, state))

    async def report_uses(self, call: Call) -> Work:
        """Count the messages in which an insurer relied on HIDs, each once."""

        def commit(rows: Connection) -> Answer:
            known = [one for one in call.body["uses"] if store.hid_row(rows, one["hid"])]
            for one in known:
                store.note_use(rows, one["hid"], one["correlation"])
            return Answer(200, {"counted": len(known)})

        return commit

    async def _keys(
        self, call: Call, patient: Mapping[str, Any] | None, issued: IssuedHid | None
    ) -> frozenset[str] | None:
        """Return the ids of the person named, all of them when the HID is for another id."""
        if patient is None or self.config.faults.on("eligibility.verify.patient_ignored"):
            return None
        key = patient_key(patient)
        if issued is None or issued.patient in {None, key}:
            return frozenset({key})
        return await self._people.keys(call, patient)

    def _issued(self, hid: str) -> Mapping[str, Any] | None:
        with self.config.store.read() as rows:
            return store.hid_row(rows, hid)

    def _today(self) -> date:
        return tehran_day(self.config.clock.now())


def _verdict(row: Mapping[str, Any] | None, state: str) -> dict[str, Any]:
    """Write a verdict; nothing is told of a HID that is somebody else's, or nobody's yet."""
    told = row is not None and state not in {"PATIENT_MISMATCH", "UNKNOWN"}
    verdict: dict[str, Any] = {
        "valid": state == "ISSUED",
        "state": state,
        "patient": row["patient"] if row is not None and told else None,
        "insurer": row["insurer"] if row is not None and told else None,
    }
    if row is not None and told:
        verdict["centre"] = row["centre"]
        verdict["validOn"] = row["valid_on"]
    return verdict


def _cover(cover: BaseCover, today: date, kind: str) -> dict[str, Any]:
    state = "active" if cover.in_force(today) else "future" if today < cover.first else "expired"
    return {
        "insurerCode": cover.insurer,
        "fund": cover.fund,
        "state": state,
        "validFrom": cover.first.isoformat(),
        "validUntil": cover.last.isoformat(),
        "kind": kind,
    }
