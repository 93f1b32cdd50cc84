"""The register of persons: those of the synthetic world, unique ids, newborns that got a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from fixtures.synthetic import World
from reference_impl.identity import store
from reference_impl.identity.domain import (
    STATE_OF_CAUSE,
    Registration,
    jalali_year,
    of_person,
    of_professional,
    person_key,
)


class Register:
    """Finds the registration behind an id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._people = {
            person_key(_shown(one.id_type, one.id_value, one.birth_order)): one
            for one in world.people.values()
        }
        self._members = {one.key: one for one in map(of_professional, world.professionals.values())}

    def find(self, rows: Connection, person: Mapping[str, Any], today: date) -> Registration | None:
        """Return what is registered under an id, None when nobody is."""
        key = person_key(person)
        if key in self._people:
            return self._of_world(key, today)
        if key in self._members:
            return self._members[key]
        if person["type"] == "UID":
            return _of_unique_id(rows, person)
        return self._of_newborn(rows, person, key, today)

    def blocked_twin(self, key: str) -> str | None:
        """Return the unique id the world already has for a blocked code."""
        known = self._people.get(key)
        if known is None:
            return None
        for one in self._world.people.values():
            if (
                one.id_type == "UID"
                and one.linked_to == known.key
                and one.registry_state == "BLOCKED"
            ):
                return one.id_value
        return None

    def _of_world(self, key: str, today: date) -> Registration:
        one = self._people[key]
        mother = self._world.people[one.mother].id_value if one.mother else None
        return of_person(one, today, mother)

    def _of_newborn(
        self, rows: Connection, person: Mapping[str, Any], key: str, today: date
    ) -> Registration | None:
        """Return the child whose code became known by a link message. [ERX-7-1-N3-C]."""
        for row in store.links_to(rows, key):
            if row["cause"] == "newborn_registered":
                child = self.find(rows, row["former"], today)
                if child is None:
                    return None
                return replace(child, person={"type": person["type"], "value": person["value"]})
        return None


def _of_unique_id(rows: Connection, person: Mapping[str, Any]) -> Registration | None:
    row = store.uid_row(rows, str(person["value"]))
    if row is None:
        return None
    born = date.fromisoformat(row["birth_date"])
    return Registration(
        person=person,
        state=STATE_OF_CAUSE[row["cause"]],
        given_name=None,
        family_name=None,
        birth_date=born,
        birth_year=jalali_year(born),
        sex=row["sex"],
    )


def _shown(kind: str, value: str, order: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": kind, "value": value}
    if order is not None:
        shown["birthOrder"] = order
    return shown
