"""Answers for policies: the insurers' own list of policies, by number and by person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fixtures.synthetic import Cover, Person, World
from reference_impl.complementary.domain import FULL, NO_CAP, Policy
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.identifiers import ascii_digits
from reference_impl.platform.problem import Refusal

COMPLEMENTARY = "complementary"


def person_key(person: Mapping[str, Any]) -> str:
    """Return the key of a person: type, value, and what tells newborns apart."""
    parts = [str(person["type"]), ascii_digits(str(person["value"]))]
    if "birthOrder" in person:
        parts.append(str(person["birthOrder"]))
    return ":".join(parts)


class Policies:
    """All policies of the complementary insurers, as seen from a day."""

    def __init__(self, world: World, faults: FaultSwitch) -> None:
        self._faults = faults
        self._known: set[str] = set()
        self._covers: list[tuple[str, Cover]] = []
        sold = {code for code, one in world.insurers.items() if one.kind == COMPLEMENTARY}
        for person in world.people.values():
            key = _key(person)
            self._known.add(key)
            self._covers += [(key, one) for one in person.cover if one.insurer in sold]

    def check_person(self, person: Mapping[str, Any], pointer: str) -> str:
        """Return the key of a person; refuse one nobody knows."""
        key = person_key(person)
        if key not in self._known:
            raise Refusal("PATIENT_UNKNOWN", pointer=pointer)
        return key

    def of_number(self, number: str, person: str | None, today: date) -> Policy:
        """Return a policy by its number; refuse one that is not there or is somebody else's.

        `person` None asks for the policy whoever holds it.
        """
        anybody = person is None or self._faults.on("complementary.policy.any_person")
        for key, cover in self._covers:
            if cover.policy == number and (anybody or key == person):
                return _policy(key, cover, today)
        raise Refusal("POLICY_NOT_FOUND", pointer="/policy")

    def of_person(self, person: str, today: date) -> Policy:
        """Return a person's policy, one in force before others; refuse when there is none."""
        found = [_policy(key, cover, today) for key, cover in self._covers if key == person]
        if not found:
            raise Refusal("POLICY_NOT_FOUND", pointer="/patient")
        return max(found, key=lambda one: one.in_force(today))

    def check_in_force(self, policy: Policy, day: date, pointer: str) -> None:
        """Refuse a policy that does not count on a day."""
        if not policy.in_force(day) and not self._faults.on("complementary.policy.lapsed_accepted"):
            raise Refusal("POLICY_NOT_IN_FORCE", pointer=pointer)


def _key(person: Person) -> str:
    known: dict[str, Any] = {"type": person.id_type, "value": person.id_value}
    if person.birth_order is not None:
        known["birthOrder"] = person.birth_order
    return person_key(known)


def _policy(person: str, cover: Cover, today: date) -> Policy:
    first, last = cover.period(today)
    percent = cover.share_of_patient_part_percent
    return Policy(
        number=str(cover.policy),
        person=person,
        insurer=cover.insurer,
        percent=FULL if percent is None else percent,
        cap=NO_CAP if cover.cap is None else cover.cap,
        first=first,
        last=last,
    )
