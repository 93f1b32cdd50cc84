"""Links: a newborn or an unknown person and the code now known are one person.

Nothing is rewritten and both ids keep answering; the other services ask here. [RUL-032]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from reference_impl.identity import store
from reference_impl.identity.domain import (
    NEWBORN_DAYS,
    Registration,
    answer,
    form_fault,
    link_is_late,
    person_key,
    types_fit,
)
from reference_impl.identity.register import Register
from reference_impl.platform.clock import tehran_day, written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work


class Linking:
    """The desk that joins ids."""

    def __init__(self, config: Configuration, register: Register) -> None:
        self.config = config
        self._faults = config.faults
        self._register = register

    async def link(self, call: Call) -> Work:
        """Join two ids; the same link told again is the first one."""
        asked = call.body
        for name in ("former", "current"):
            wrong = form_fault(asked[name])
            if wrong is not None:
                raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer=f"/{name}/value", detail=wrong)
        if not types_fit(asked["cause"], asked["former"]["type"], asked["current"]["type"]):
            raise Refusal("SCHEMA_VIOLATION", pointer="/cause", detail="not for ids of these types")
        self._check_age(asked["former"])

        def commit(rows: Connection) -> Answer:
            return self._joined(rows, call)

        return commit

    async def read(self, call: Call) -> Answer:
        """Answer a link to the centre that told it, and to other services."""
        with self.config.store.read() as rows:
            found = store.link(rows, call.path["linkId"])
        own = found is not None and (
            call.caller.kind == "service" or found["centre"] == call.caller.centre
        )
        if found is None or not (own or self._faults.on("identity.link.read_by_others")):
            # A missing link and somebody else's look alike.
            raise Refusal("NOT_FOUND", pointer="path:linkId")
        return Answer(200, _shown(found))

    async def find(self, call: Call) -> Answer:
        """Tell another service who stands behind an id, and under which ids."""
        person, today = call.body["person"], self._today()
        with self.config.store.read() as rows:
            found = self._register.find(rows, person, today)
            if found is None:
                raise Refusal("IDENTITY_UNKNOWN", pointer="/person/value")
            end = store.link_of(rows, person_key(person))
            current = person if end is None else end["current"]
            leading = store.links_to(rows, person_key(current))
        body: dict[str, Any] = {
            "identity": answer(found, person, names=True),
            "current": dict(current),
            "former": [self._former(row) for row in leading],
        }
        if leading:
            body["linkedAt"] = leading[-1]["linked_at"]
        return Answer(200, body)

    def _former(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a former id; only a seeded fault tells siblings as one child."""
        alike = "birthOrder" in row["former"] and self._faults.on(
            "identity.link.siblings_told_alike"
        )
        return {**row["former"], "birthOrder": 1} if alike else dict(row["former"])

    def _check_age(self, former: Mapping[str, Any]) -> None:
        if former["type"] != "MOTHER_NC":
            return
        days = NEWBORN_DAYS - 1 if self._faults.on("identity.link.day_short") else NEWBORN_DAYS
        born = date.fromisoformat(former["birthDate"])
        if link_is_late(born, self._today(), days):
            raise Refusal("NEWBORN_LINK_EXPIRED", pointer="/former/birthDate")

    def _joined(self, rows: Connection, call: Call) -> Answer:
        asked = call.body
        former = self._known(rows, asked["former"])
        self._check_sibling(former, asked["former"])
        before = store.link_of(rows, former.key)
        current_key = person_key(asked["current"])
        if before is not None:
            told_again = before["current_key"] == current_key
            if told_again and not self._faults.on("identity.link.again_refused"):
                return Answer(201, _shown(before))
            raise Refusal("IDENTITY_LINK_CONFLICT", pointer="/former/value")
        newborn = asked["cause"] == "newborn_registered"
        self._check_current(rows, former, asked)
        values = {
            "former_key": former.key,
            "current_key": current_key,
            "link_id": self.config.ids.uuid(),
            "former": asked["former"],
            "current": asked["current"],
            "cause": asked["cause"],
            "linked_at": written(self.config.clock.now()),
            "centre": call.caller.centre,
            "child_key": current_key if newborn else None,
        }
        if self._faults.on("identity.link.conflict_overlooked"):
            values["child_key"] = None
        if not store.add_link(rows, values):
            raise Refusal("IDENTITY_LINK_CONFLICT", pointer="/current/value")
        return Answer(201, _shown(values))

    def _known(self, rows: Connection, person: Mapping[str, Any]) -> Registration:
        found = self._register.find(rows, person, self._today())
        if found is None:
            raise Refusal("IDENTITY_UNKNOWN", pointer="/former/value")
        return found

    def _check_sibling(self, known: Registration, asked: Mapping[str, Any]) -> None:
        """Refuse a birth order under which a child of another day is registered. [RUL-003]."""
        if asked["type"] != "MOTHER_NC" or self._faults.on("identity.link.siblings_merged"):
            return
        if known.birth_date is not None and known.birth_date.isoformat() != asked["birthDate"]:
            raise Refusal("BIRTH_ORDER_INVALID", pointer="/former/birthOrder")

    def _check_current(
        self, rows: Connection, former: Registration, asked: Mapping[str, Any]
    ) -> None:
        """Refuse a code of somebody else; a newborn's code may be new to the register."""
        current = self._register.find(rows, asked["current"], self._today())
        if asked["cause"] != "newborn_registered":
            if current is None:
                raise Refusal("IDENTITY_UNKNOWN", pointer="/current/value")
            return
        other = current is not None and (
            current.mother is None or current.mother != former.mother or current.sex != former.sex
        )
        if other and not self._faults.on("identity.link.conflict_overlooked"):
            raise Refusal("IDENTITY_LINK_CONFLICT", pointer="/current/value")

    def _today(self) -> date:
        return tehran_day(self.config.clock.now())


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "linkId": row["link_id"],
        "former": row["former"],
        "current": row["current"],
        "linkedAt": row["linked_at"],
    }
