"""The Medical Council as a service over the synthetic professionals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from fixtures.synthetic import Professional
from reference_impl.irimc import store
from reference_impl.irimc.domain import (
    PRIVILEGES,
    SERVICE_KINDS,
    SPECIALTIES,
    formulary,
    in_practice,
    initial_changes,
    may_order,
    privilege_of,
    record,
)
from reference_impl.platform.clock import written
from reference_impl.platform.codes import CodeBook, CodeRefused
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.folding import folded
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service

PAGE, SMALL_PAGE = 200, 1
OK = 200


def create(config: Configuration) -> Service:
    """Make the council."""
    config.store.create(store.METADATA)
    desk = Council(config)
    return Service(
        "irimc",
        (
            Operation("getMember", desk.one, callers=EVERYONE),
            Operation("verifyMember", desk.verify, callers=EVERYONE, replayed=False),
            Operation("checkPrivilege", desk.privilege, callers=EVERYONE, replayed=False),
            Operation("listMemberChanges", desk.changes, callers=EVERYONE),
        ),
    )


class Council:
    """The desk of the members."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._faults = config.faults
        self._members = {
            (one.council_kind, one.council_number): one
            for one in config.world.professionals.values()
        }
        self._book = CodeBook(config.pack.codes.values())
        self._matrix = config.pack.codes[PRIVILEGES]["concepts"]
        self._specialties = {row["code"]: row for row in config.pack.codes[SPECIALTIES]["concepts"]}
        now = config.clock.now()
        past = [
            (kind, number, what, written(now - timedelta(days=days)))
            for kind, number, what, days in initial_changes(self._members.values())
        ]
        with config.store.transaction() as rows:
            store.fill(rows, past)

    async def one(self, call: Call) -> Answer:
        """Answer one member."""
        found = self._find(call.path["kind"], call.path["number"])
        if found is None:
            raise Refusal("NOT_FOUND", pointer="path:number")
        shown = record(found, self._specialty(found))
        if self._faults.on("irimc.member.suspension_hidden"):
            shown |= {"licenceState": "active", "sanctions": []}
        if self._faults.on("irimc.member.latin_names"):
            shown |= {"familyNameFa": found.family_name_en, "givenNameFa": found.given_name_en}
        return Answer(200, shown)

    async def verify(self, call: Call) -> Answer:
        """Say whether a member is this person and may practise today. [ERX-8-12-B].

        The council knows whose number it is; the identity authority knows whether he lives.
        """
        asked = call.body
        member = self._known(asked)
        person = asked["person"]
        same = (member.id_type, member.id_value) == (person["type"], person["value"])
        if not same and not self._faults.on("irimc.verify.person_ignored"):
            raise Refusal("MEMBER_IDENTITY_MISMATCH", pointer="/person/value")
        if not self._same_name(member, asked["familyName"]):
            raise Refusal("MEMBER_IDENTITY_MISMATCH", pointer="/familyName")
        alive = await self._is_alive(call, member)
        practising = in_practice(member) or self._faults.on("irimc.verify.licence_ignored")
        if not (alive and practising):
            raise Refusal("MEMBER_NOT_IN_PRACTICE", pointer="/councilNumber")
        return Answer(200, {"matches": True, "licence": member.licence_state, "mayPractise": True})

    async def privilege(self, call: Call) -> Answer:
        """Say whether a member may order a kind of service on a day. [RUL-020]."""
        asked = call.body
        member = self._known(asked)
        kind = asked["serviceKind"]
        self._check_kind(kind, date.fromisoformat(asked["day"]))
        row = privilege_of(self._matrix, member.specialty, kind["code"])
        if row is None and self._faults.on("irimc.privilege.matrix_ignored"):
            row = {}
        if row is None:
            raise Refusal("MEMBER_PRIVILEGE_MISSING", pointer="/serviceKind/code")
        allowed = may_order(member, kind["code"])
        if self._faults.on("irimc.privilege.sanction_ignored"):
            allowed = True
        shown: dict[str, Any] = {"allowed": allowed}
        only = formulary(member, row)
        if only and not self._faults.on("irimc.privilege.formulary_left_out"):
            shown["formulary"] = only
        return Answer(200, shown)

    async def changes(self, call: Call) -> Answer:
        """Answer what changed after a number, a page at a time. [ERX-8-12-N1-D]."""
        last = int(call.query.get("after", 0))
        size = SMALL_PAGE if self._faults.on("irimc.variant.small_pages") else PAGE
        first = 0 if self._faults.on("irimc.changes.after_ignored") else last
        with self.config.store.read() as rows:
            found = store.feed(rows, first, size)
        shown = [
            {
                "councilKind": row["council_kind"],
                "councilNumber": row["council_number"],
                "sequence": row["sequence"],
                "kind": row["kind"],
                "changedAt": row["changed_at"],
            }
            for row in found
        ]
        return Answer(200, {"changes": shown, "next": found[-1]["sequence"] if found else last})

    def _find(self, kind: str, number: str) -> Professional | None:
        """Return a member; leading zeros of the number do not count. [RUL-037]."""
        if not self._faults.on("irimc.member.zeros_count"):
            number = number.lstrip("0")
        return self._members.get((kind, number))

    def _known(self, asked: Mapping[str, Any]) -> Professional:
        found = self._find(asked["councilKind"], asked["councilNumber"])
        if found is None:
            raise Refusal("PRESCRIBER_UNKNOWN", pointer="/councilNumber")
        return found

    def _same_name(self, member: Professional, family_name: str) -> bool:
        if self._faults.on("irimc.verify.name_unfolded"):
            return family_name == member.family_name_fa
        return folded(family_name) == folded(member.family_name_fa)

    async def _is_alive(self, call: Call, member: Professional) -> bool:
        path = "/foreign-inquiries" if member.id_type == "FIDA" else "/inquiries"
        reply = await call.peer("identity").post(
            path,
            {
                "person": {"type": member.id_type, "value": member.id_value},
                "birthYearJalali": member.birth_year_jalali,
            },
        )
        return reply.status == OK and reply.json["state"] == "alive"

    def _check_kind(self, kind: Mapping[str, Any], day: date) -> None:
        if kind["system"] != SERVICE_KINDS:
            raise Refusal("CODE_UNKNOWN", pointer="/serviceKind/system")
        try:
            self._book.find(kind["system"], kind["code"], day, kind.get("version"))
        except CodeRefused as refused:
            raise Refusal("CODE_UNKNOWN", pointer="/serviceKind/code") from refused

    def _specialty(self, member: Professional) -> dict[str, str]:
        display = self._specialties[member.specialty]["en"]
        if self._faults.on("irimc.member.private_specialty"):
            return {"system": SPECIALTIES, "code": member.specialty[:3].upper(), "display": display}
        return {"system": SPECIALTIES, "code": member.specialty, "display": display}
