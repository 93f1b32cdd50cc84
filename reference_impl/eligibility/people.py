"""The insured persons: who somebody is, and which covers count for him.

Covers start with those of the synthetic world; what an insurer reports replaces its own. Ids that
are not in this database, and ids that can be joined to a code, are asked of the identity service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from fixtures.synthetic import Cover, Person
from reference_impl.eligibility import store
from reference_impl.eligibility.domain import (
    COVERED_STATES,
    BaseCover,
    identifier_fault,
    newborn_cover,
    patient_key,
)
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

JOINABLE = frozenset({"MOTHER_NC", "AF_INS", "UID"})
NEWBORN = frozenset({"MOTHER_NC", "AF_INS"})
UNPROCESSABLE = 422
_STATES: Mapping[str, str] = {
    "alive": "ALIVE",
    "deceased": "DECEASED",
    "blocked": "BLOCKED",
    "unknown": "UNKNOWN",
    "unauthorised": "UNAUTHORISED",
}


@dataclass(frozen=True)
class Insured:
    """A person as eligibility sees him. `keys` are those of all ids he is known under."""

    key: str
    keys: frozenset[str]
    state: str
    given_name: str | None
    family_name: str | None
    born: date | None
    sex: str | None
    covers: tuple[Cover, ...]
    newborn: bool = False
    ended: bool = False  # a newborn's id after the link to its own code

    @property
    def may_have_hid(self) -> bool:
        """Say whether a visit is possible under this id: a blocked code needs a unique id first."""
        blocked = self.state == "BLOCKED" and not self.key.startswith("UID:")
        return not blocked and self.state != "DECEASED"

    def shown(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Write the identity as the answer to an inquiry."""
        written: dict[str, Any] = {"id": dict(asked), "state": self.state}
        if self.state in COVERED_STATES | {"DECEASED"}:
            known = {
                "givenNameFa": self.given_name,
                "familyNameFa": self.family_name,
                "birthDate": self.born.isoformat() if self.born else None,
                "sex": self.sex,
            }
            written |= {name: value for name, value in known.items() if value is not None}
        return written


class InsuredPersons:
    """Finds persons and their covers."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._people = {_world_key(one): one for one in config.world.people.values()}
        self._complementary = frozenset(
            code for code, one in config.world.insurers.items() if one.kind == "complementary"
        )

    async def find(self, call: Call, asked: Mapping[str, Any], today: date) -> Insured:
        """Return a person; raise Refusal PATIENT_IDENTIFIER_INVALID or PATIENT_UNKNOWN."""
        if not self.config.faults.on("eligibility.person.check_digit_ignored"):
            check_form(asked)
        key = patient_key(asked, with_birth_date=False)
        known = self._people.get(key)
        if known is not None and asked["type"] not in JOINABLE:
            return _of_world(known, key, today, frozenset({patient_key(asked)}))
        links = None
        if not self.config.faults.on("eligibility.person.links_unknown"):
            links = await self._links(call, asked)
        if known is None and links is None:
            raise Refusal("PATIENT_UNKNOWN", pointer="/patient/value")
        ids = [asked] if links is None else [asked, links["current"], *links["former"]]
        keys = frozenset(patient_key(one) for one in ids)
        joined = links is not None and patient_key(links["current"]) != patient_key(asked)
        if known is not None:
            found = _of_world(known, key, today, keys)
            return _ended(found) if joined and asked["type"] in NEWBORN else found
        if links is None:
            raise Refusal("PATIENT_UNKNOWN", pointer="/patient/value")
        return self._of_identity(key, keys, links)

    async def keys(self, call: Call, asked: Mapping[str, Any]) -> frozenset[str]:
        """Return the keys of all ids a person is known under; his own one when nobody knows."""
        links = await self._links(call, asked)
        ids = [asked] if links is None else [asked, links["current"], *links["former"]]
        return frozenset(patient_key(one) for one in ids)

    def base_covers(self, rows: Connection, person: Insured, today: date) -> list[BaseCover]:
        """Return the covers of base insurers, whatever day they are for."""
        return self._covers(rows, person, today, complementary=False)

    def second_payers(self, rows: Connection, person: Insured, today: date) -> list[BaseCover]:
        """Return the covers of complementary insurers."""
        return self._covers(rows, person, today, complementary=True)

    def _covers(
        self, rows: Connection, person: Insured, today: date, *, complementary: bool
    ) -> list[BaseCover]:
        if person.ended:
            return []
        told: dict[str, Mapping[str, Any]] = {}
        if not self.config.faults.on("eligibility.covers.reports_ignored"):
            by_end = self.config.faults.on("eligibility.covers.by_end_of_id")
            told = store.reported(rows, person.key, by_end=by_end)
        found = [
            BaseCover(one.insurer, one.fund, *one.period(today))
            for one in person.covers
            if one.insurer not in told
        ]
        found += [
            BaseCover(
                row["insurer"],
                row["fund"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_until"]),
            )
            for row in told.values()
            if not row["ended"]
        ]
        mine = [one for one in found if (one.insurer in self._complementary) is complementary]
        if person.newborn and not complementary and person.born is not None:
            return [newborn_cover(one, person.born) for one in mine]
        return mine

    def _of_identity(self, key: str, keys: frozenset[str], links: Mapping[str, Any]) -> Insured:
        """Read a person only the identity service knows; a newborn's cover goes with the link."""
        told = links["identity"]
        covers: tuple[Cover, ...] = ()
        for former in links["former"]:
            known = self._people.get(patient_key(former, with_birth_date=False))
            if known is not None and former["type"] in NEWBORN:
                covers = known.cover
        return Insured(
            key=key,
            keys=keys,
            state=_STATES[told["state"]],
            given_name=told.get("givenName"),
            family_name=told.get("familyName"),
            born=date.fromisoformat(told["birthDate"]) if "birthDate" in told else None,
            sex=told.get("sex"),
            covers=covers,
        )

    async def _links(self, call: Call, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        reply = await call.peer("identity").post("/links/query", {"person": dict(asked)})
        if reply.code == "IDENTITY_UNKNOWN":
            return None
        if reply.code is not None:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        links: Mapping[str, Any] = reply.json
        return links


def check_form(patient: Mapping[str, Any], pointer: str = "/patient/value") -> None:
    """Refuse an identifier that cannot be one."""
    wrong = identifier_fault(patient["type"], patient["value"])
    if wrong is not None:
        raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer=pointer, detail=wrong)


def _of_world(person: Person, key: str, today: date, keys: frozenset[str]) -> Insured:
    return Insured(
        key=key,
        keys=keys,
        state=person.registry_state,
        given_name=person.given_name_fa,
        family_name=person.registry_family_name_fa or person.family_name_fa,
        born=person.birth_date_on(today),
        sex=person.sex,
        covers=person.cover,
        newborn=person.registry_state == "UNREGISTERED",
    )


def _ended(person: Insured) -> Insured:
    """Return a newborn's id after the link: it answers, and covers nothing. [RUL-003]."""
    return Insured(**{**vars(person), "ended": True})


def _world_key(person: Person) -> str:
    known: dict[str, Any] = {"type": person.id_type, "value": person.id_value}
    if person.birth_order is not None:
        known["birthOrder"] = person.birth_order
    return patient_key(known, with_birth_date=False)
