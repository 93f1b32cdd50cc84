"""Eligibility as a service: inquiry, issue of a HID, verification of a HID."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from fixtures.synthetic import Person
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
    identifier_fault,
    is_entitled,
    newborn_cover,
    patient_key,
)
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.identifiers import hid_is_sound, new_hid
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

_NO_HID = frozenset({"DECEASED", "BLOCKED"})


def create(config: Configuration) -> Service:
    """Make the eligibility service on its store."""
    config.store.create(store.METADATA)
    desk = Eligibility(config)
    return Service(
        "eligibility",
        (
            Operation("inquireEligibility", desk.inquire, callers=EVERYONE, replayed=False),
            Operation("issueHid", desk.issue),
            Operation("verifyHid", desk.verify, callers=EVERYONE, replayed=False),
        ),
    )


_ISSUED = select(store.hids).where(store.hids.c.hid == bindparam("one"))


class Eligibility:
    """The desk at which admission asks."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._people: dict[str, Person] = {
            _world_key(one): one for one in config.world.people.values()
        }
        self._complementary = frozenset(
            code for code, one in config.world.insurers.items() if one.kind == "complementary"
        )

    async def inquire(self, call: Call) -> Answer:
        """Answer identity, covers, overlap and entitlement of a person today."""
        asked = call.body["patient"]
        person, today = self._person(asked), self._today()
        base = self._base_covers(person, today)
        overlap = decide_overlap(base, today)
        base.sort(key=lambda one: one != overlap.primary)  # the cover that counts comes first
        shown = [_cover(one, today, "base") for one in base]
        shown += [_cover(one, today, "complementary") for one in self._second_payers(person, today)]
        return Answer(
            200,
            {
                "identity": _identity(asked, person, today),
                "covers": shown,
                "overlap": sum(one.in_force(today) for one in base) > 1,
                "entitled": is_entitled(person.registry_state, overlap),
            },
        )

    async def issue(self, call: Call) -> Work:
        """Issue the HID of one visit; everybody gets one, if need be self-pay. [RUL-001]."""
        asked = call.body
        person, today = self._person(asked["patient"]), self._today()
        insurer = asked["insurerCode"]
        base = self._base_covers(person, today)
        covered = person.registry_state in COVERED_STATES and choose(
            decide_overlap(base, today), base, insurer, today
        )
        if person.registry_state in _NO_HID or not (insurer == SELF_PAY_INSURER or covered):
            raise Refusal("PATIENT_NOT_COVERED", pointer="/insurerCode")
        if insurer not in HID_ISSUERS:
            raise Refusal(
                "PATIENT_NOT_COVERED", pointer="/insurerCode", detail="not a base insurer"
            )
        await _check_provider(call, asked["providerCouncil"])

        def commit(rows: Connection) -> Answer:
            hid = self._unused(rows, HID_ISSUERS[insurer])
            provider = asked["providerCouncil"]
            rows.execute(
                insert(store.hids).values(
                    hid=hid,
                    patient_key=patient_key(asked["patient"]),
                    patient=asked["patient"],
                    centre=call.caller.centre,
                    provider=f"{provider['councilKind']}-{provider['councilNumber']}",
                    insurer=insurer,
                    valid_on=today.isoformat(),
                )
            )
            return Answer(201, {"hid": hid, "insurer": insurer, "validOn": today.isoformat()})

        return commit

    async def verify(self, call: Call) -> Answer:
        """Say what a HID is worth, and for whom it was issued."""
        asked = call.body
        patient = asked.get("patient")
        if patient is not None:
            _check_form(patient)
        row = self._issued(asked["hid"]) if hid_is_sound(asked["hid"]) else None
        issued = None if row is None else _as_issued(row)
        state = hid_state(issued, None if patient is None else patient_key(patient), self._today())
        told = row is not None and state != "PATIENT_MISMATCH"
        verdict: dict[str, Any] = {
            "valid": state == "ISSUED",
            "state": state,
            "patient": row["patient"] if row is not None and told else None,
            "insurer": row["insurer"] if row is not None and told else None,
        }
        if row is not None and told:
            verdict["centre"] = row["centre"]
        return Answer(200, verdict)

    def _today(self) -> date:
        return self.config.clock.now().astimezone(TEHRAN).date()

    def _person(self, asked: Mapping[str, Any]) -> Person:
        _check_form(asked)
        found = self._people.get(patient_key(asked, with_birth_date=False))
        if found is None:
            raise Refusal("PATIENT_UNKNOWN", pointer="/patient/value")
        return found

    def _base_covers(self, person: Person, today: date) -> list[BaseCover]:
        covers = [
            BaseCover(one.insurer, one.fund, *one.period(today))
            for one in person.cover
            if one.insurer not in self._complementary
        ]
        if person.registry_state == "UNREGISTERED":
            return [newborn_cover(one, person.birth_date_on(today)) for one in covers]
        return covers

    def _second_payers(self, person: Person, today: date) -> list[BaseCover]:
        return [
            BaseCover(one.insurer, one.fund, *one.period(today))
            for one in person.cover
            if one.insurer in self._complementary
        ]

    def _issued(self, hid: str) -> Mapping[str, Any] | None:
        with self.config.store.read() as rows:
            row = rows.execute(_ISSUED, {"one": hid}).mappings().first()
        return None if row is None else dict(row)

    def _unused(self, rows: Connection, issuer: str) -> str:
        while True:
            hid = new_hid(issuer)
            taken = rows.execute(select(store.hids.c.hid).where(store.hids.c.hid == hid)).first()
            if taken is None:
                return hid


async def _check_provider(call: Call, provider: Mapping[str, Any]) -> None:
    reply = await call.peer("irimc").get(
        f"/members/{provider['councilKind']}/{provider['councilNumber']}"
    )
    if reply.code is not None:
        raise Refusal("PRESCRIBER_UNKNOWN", pointer="/providerCouncil/councilNumber")
    if not reply.json["privileges"]:
        raise Refusal("PRESCRIBER_NOT_ENTITLED", pointer="/providerCouncil/councilNumber")


def _check_form(patient: Mapping[str, Any]) -> None:
    wrong = identifier_fault(patient["type"], patient["value"])
    if wrong is not None:
        raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer="/patient/value", detail=wrong)


def _world_key(person: Person) -> str:
    known: dict[str, Any] = {"type": person.id_type, "value": person.id_value}
    if person.birth_order is not None:
        known["birthOrder"] = person.birth_order
    return patient_key(known, with_birth_date=False)


def _as_issued(row: Mapping[str, Any]) -> IssuedHid:
    return IssuedHid(
        hid=row["hid"],
        patient=row["patient_key"],
        centre=row["centre"],
        provider=row["provider"],
        insurer=row["insurer"],
        valid_on=date.fromisoformat(row["valid_on"]),
    )


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


def _identity(asked: Mapping[str, Any], person: Person, today: date) -> dict[str, Any]:
    family = person.registry_family_name_fa or person.family_name_fa
    shown: dict[str, Any] = {"id": dict(asked), "state": person.registry_state}
    if person.registry_state in COVERED_STATES | {"DECEASED"}:
        shown |= {
            "givenNameFa": person.given_name_fa,
            "familyNameFa": family,
            "birthDate": person.birth_date_on(today).isoformat(),
            "sex": person.sex,
        }
    return shown
