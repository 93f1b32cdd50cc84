"""Who may read a person's record, and the log of who did [RUL-010].

Consent by default; a HID of that day bound to this person and the calling centre is a treating
relation; emergency access is opened with a reason. Every reading is logged for the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.sepas import store
from reference_impl.sepas.desk import Desk
from reference_impl.sepas.documents import utc

OPEN_STATES = frozenset({"ISSUED", "USED"})
"""States in which a HID of today stands for a visit that took or takes place."""
OK = 200


@dataclass(frozen=True)
class Claim:
    """What a caller rests its reading on."""

    person: Mapping[str, Any] | None
    key: str | None
    hid: str | None = None
    consent: str | None = None


@dataclass(frozen=True)
class Basis:
    """The lawful basis of one reading; `kinds` None means the whole record."""

    name: str
    kinds: frozenset[str] | None = None


def consent_state(row: Any, today: str) -> str:
    """Say whether a consent is active, revoked or expired on a day (its last day included)."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.valid_until < today else "active"


class Access:
    """Decides about readings and logs them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def basis(self, call: Call, claim: Claim) -> Basis:
        """Return the basis of a reading; raise Refusal CONSENT_MISSING."""
        if call.caller.service == "citizen":
            return Basis("citizen")
        found = self._consent(call, claim) or self._emergency(call, claim)
        if found is None and await self._treats(call, claim):
            found = Basis("treating_relation")
        if found is None and self.desk.config.faults.on("sepas.access.without_basis"):
            found = Basis("consent")
        if found is None:
            raise Refusal("CONSENT_MISSING")
        return found

    def note(
        self,
        rows: Connection,
        call: Call,
        key: str | None,
        basis: str,
        *,
        purpose: Mapping[str, Any] | None = None,
        record: str | None = None,
    ) -> None:
        """Write one reading down, in the transaction that answers it. [RM-EHR-ACC-CIT]."""
        if key is None or self.desk.config.faults.on("sepas.access.not_logged"):
            return
        noted = insert(store.accesses).values(
            person_key=key,
            at=self.desk.now(),
            day=self.desk.today().isoformat(),
            centre=call.caller.centre,
            user_id=call.caller.user,
            basis=basis,
            operation=call.operation_id,
            purpose=purpose,
            record_id=record,
        )
        rows.execute(noted)
        if self.desk.config.faults.on("sepas.access.noted_twice"):
            rows.execute(noted)

    def _consent(self, call: Call, claim: Claim) -> Basis | None:
        table, faults = store.consents, self.desk.config.faults
        query = select(table).where(table.c.person_key == claim.key)
        if claim.consent is not None:
            query = query.where(table.c.consent_id == claim.consent)
        if not faults.on("sepas.consent.other_grantee_accepted"):
            query = query.where(table.c.granted_to.in_([call.caller.centre, call.caller.user]))
        today = self.desk.today().isoformat()
        counting = {"active"}
        if faults.on("sepas.consent.revoked_still_counts"):
            counting.add("revoked")
        if faults.on("sepas.consent.expired_still_counts"):
            counting.add("expired")
        with self.desk.config.store.read() as rows:
            found = [r for r in rows.execute(query) if consent_state(r, today) in counting]
        if not found:
            return None
        if any(row.scope is None for row in found):
            return Basis("consent")
        return Basis("consent", frozenset(kind for row in found for kind in row.scope))

    def _emergency(self, call: Call, claim: Claim) -> Basis | None:
        table = store.grants
        query = select(table.c.until_utc).where(
            table.c.person_key == claim.key,
            table.c.centre == call.caller.centre,
            table.c.user_id == call.caller.user,
        )
        with self.desk.config.store.read() as rows:
            ends = [row.until_utc for row in rows.execute(query)]
        now = utc(self.desk.config.clock.now().isoformat())
        lasting = bool(ends) and self.desk.config.faults.on("sepas.break_glass.never_ends")
        return Basis("break_glass") if lasting or any(now <= end for end in ends) else None

    async def _treats(self, call: Call, claim: Claim) -> bool:
        if claim.hid is None or claim.person is None:
            return False
        body = {"hid": claim.hid, "patient": claim.person}
        reply = await call.peer("eligibility").post("/hids/verification", body)
        if reply.status != OK or reply.json["state"] not in OPEN_STATES:
            return False
        if reply.json.get("centre") != call.caller.centre:
            return False
        any_day = self.desk.config.faults.on("sepas.access.treating_relation_any_day")
        return any_day or reply.json.get("validOn") == self.desk.today().isoformat()
