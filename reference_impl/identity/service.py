"""The identity authorities as a service: inquiry, unique ids, links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from reference_impl.identity import store
from reference_impl.identity.domain import (
    UNIQUE_ID_BODY,
    Registration,
    answer,
    form_fault,
    person_key,
    unique_id,
)
from reference_impl.identity.linking import Linking
from reference_impl.identity.register import Register
from reference_impl.platform.clock import tehran_day, written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.folding import folded
from reference_impl.platform.identifiers import HID_ALPHABET
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

SERVICES_ONLY = frozenset({"service"})


def create(config: Configuration) -> Service:
    """Make the identity service on its store."""
    config.store.create(store.METADATA)
    register = Register(config.world)
    desk, linking = Identity(config, register), Linking(config, register)
    return Service(
        "identity",
        (
            Operation("inquireIdentity", desk.inquire, callers=EVERYONE, replayed=False),
            Operation("inquireForeignIdentity", desk.foreign, callers=EVERYONE, replayed=False),
            Operation("issueUniqueId", desk.issue),
            Operation("linkIdentity", linking.link),
            Operation("getIdentityLink", linking.read, callers=EVERYONE),
            Operation("findLinks", linking.find, callers=SERVICES_ONLY, replayed=False),
        ),
    )


class Identity:
    """The desk that answers who somebody is."""

    def __init__(self, config: Configuration, register: Register) -> None:
        self.config = config
        self._faults = config.faults
        self._register = register

    async def inquire(self, call: Call) -> Answer:
        """Answer a citizen, a newborn or a unique id. [ERX-9-1-2-B]."""
        if call.body["person"]["type"] == "FIDA":
            raise Refusal(
                "PATIENT_IDENTIFIER_INVALID",
                pointer="/person/type",
                detail="foreign nationals are asked for at /foreign-inquiries",
            )
        return self._answered(call.body)

    async def foreign(self, call: Call) -> Answer:
        """Answer a foreign national. [ERX-7-1-B]."""
        other = call.body["person"]["type"] != "FIDA"
        if other and not self._faults.on("identity.foreign.any_type"):
            raise Refusal(
                "PATIENT_IDENTIFIER_INVALID", pointer="/person/type", detail="type FIDA only"
            )
        return self._answered(call.body)

    async def issue(self, call: Call) -> Work:
        """Issue a unique id to a person who has no usable identifier. [RUL-032]."""
        asked = call.body
        claimed = asked.get("claimed")
        if date.fromisoformat(asked["estimatedBirthDate"]) > self._today():
            raise Refusal("SCHEMA_VIOLATION", pointer="/estimatedBirthDate", detail="in the future")
        if claimed is not None:
            _check_form(claimed, "/claimed/value")

        def commit(rows: Connection) -> Answer:
            self._check_need(rows, asked)
            known = self._issued_before(rows, claimed)
            if known is not None:
                return _issued(*known)
            uid, moment = self._unused(rows), written(self.config.clock.now())
            store.add_uid(
                rows,
                {
                    "uid": uid,
                    "cause": asked["cause"],
                    "sex": asked["sex"],
                    "birth_date": asked["estimatedBirthDate"],
                    "issued_at": moment,
                    "centre": call.caller.centre,
                    "claimed_key": self._claim(claimed),
                },
            )
            return _issued(uid, moment)

        return commit

    def _answered(self, asked: Mapping[str, Any]) -> Answer:
        person = asked["person"]
        if not self._faults.on("identity.inquiry.check_digit_ignored"):
            _check_form(person, "/person/value")
        with self.config.store.read() as rows:
            found = self._register.find(rows, person, self._today())
        if found is None and self._faults.on("identity.inquiry.unknown_answered"):
            return Answer(200, {"person": person, "state": "alive", "coverImplied": "never"})
        if found is None:
            raise Refusal("IDENTITY_UNKNOWN", pointer="/person/value")
        differs = found.birth_year != asked["birthYearJalali"]
        if differs and not self._faults.on("identity.inquiry.birth_year_ignored"):
            # Before anything is told: a code alone does not open the register.
            raise Refusal("IDENTITY_MISMATCH", pointer="/birthYearJalali")
        found = self._standing(found, person)
        names = not self._faults.on("identity.variant.names_withheld")
        shown = answer(found, person, names=names)
        if "familyName" in asked and found.family_name:
            always = person["type"] == "FIDA" and self._faults.on(
                "identity.foreign.names_always_match"
            )
            shown["nameMatches"] = always or self._same(asked["familyName"], found.family_name)
        return Answer(200, shown)

    def _standing(self, found: Registration, person: Mapping[str, Any]) -> Registration:
        """Refuse a deceased person and a blocked code; a unique id in its place is answered."""
        if found.state == "deceased" and not self._faults.on("identity.inquiry.deceased_answered"):
            raise Refusal("IDENTITY_DECEASED", pointer="/person/value")
        blocked = found.state == "blocked" and person["type"] != "UID"
        if blocked and not self._faults.on("identity.inquiry.blocked_answered"):
            raise Refusal("IDENTITY_BLOCKED", pointer="/person/value")
        return found

    def _same(self, one: str, other: str) -> bool:
        if self._faults.on("identity.inquiry.name_unfolded"):
            return one == other
        return folded(one) == folded(other)

    def _check_need(self, rows: Connection, asked: Mapping[str, Any]) -> None:
        """Refuse when the person has a usable identifier, or a blocked code is not blocked."""
        if self._faults.on("identity.unique_id.need_unchecked"):
            return
        claimed = asked.get("claimed")
        if claimed is None:
            if asked["cause"] == "blocked_code":
                raise Refusal("UNIQUE_ID_REFUSED", pointer="/claimed", detail="which code?")
            return
        found = self._register.find(rows, claimed, self._today())
        usable = found is not None and found.state == "alive"
        blocked = found is not None and found.state == "blocked"
        if usable or (asked["cause"] == "blocked_code" and not blocked):
            raise Refusal("UNIQUE_ID_REFUSED", pointer="/claimed")

    def _issued_before(
        self, rows: Connection, claimed: Mapping[str, Any] | None
    ) -> tuple[str, str] | None:
        """Return the unique id this person has already, so that one record stays one."""
        if claimed is None or self._faults.on("identity.unique_id.second_for_one_code"):
            return None
        key = person_key(claimed)
        row = store.uid_for(rows, key)
        if row is not None:
            return row["uid"], row["issued_at"]
        twin = self._register.blocked_twin(key)
        return None if twin is None else (twin, written(self.config.clock.now()))

    def _claim(self, claimed: Mapping[str, Any] | None) -> str | None:
        if claimed is None or self._faults.on("identity.unique_id.second_for_one_code"):
            return None
        return person_key(claimed)

    def _unused(self, rows: Connection) -> str:
        size = len(HID_ALPHABET)
        while True:
            uid = unique_id([self.config.ids.below(size) for _ in range(UNIQUE_ID_BODY)])
            if self._faults.on("identity.unique_id.check_character_wrong"):
                uid = uid[:-1] + HID_ALPHABET[(HID_ALPHABET.index(uid[-1]) + 1) % size]
            person = {"type": "UID", "value": uid}
            if self._register.find(rows, person, self._today()) is None:
                return uid

    def _today(self) -> date:
        return tehran_day(self.config.clock.now())


def _check_form(person: Mapping[str, Any], pointer: str) -> None:
    wrong = form_fault(person)
    if wrong is not None:
        raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer=pointer, detail=wrong)


def _issued(uid: str, moment: str) -> Answer:
    return Answer(201, {"person": {"type": "UID", "value": uid}, "issuedAt": moment})
