"""Consent and emergency access: granted, revoked, opened, and told to the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.centres import has_role
from reference_impl.platform.clock import written
from reference_impl.platform.persons import identity_state, person_key
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Work
from reference_impl.sepas import store
from reference_impl.sepas.access import Access, consent_state
from reference_impl.sepas.desk import Desk
from reference_impl.sepas.documents import utc

EMERGENCY = timedelta(hours=1)
SUPERVISOR = "ministry"
MAX_REPORTS = 1000


def operations(desk: Desk, access: Access) -> tuple[Operation, ...]:
    """Return the operations of consent and emergency access."""
    side = Consents(desk, access)
    return (
        Operation("grantConsent", side.grant),
        Operation("revokeConsent", side.revoke),
        Operation("getConsent", side.read, callers=EVERYONE),
        Operation("openBreakGlass", side.open),
        Operation("listBreakGlass", side.reports),
    )


class Consents:
    """The side of the record that keeps who may look."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self.desk = desk
        self.access = access

    async def grant(self, call: Call) -> Work:
        """Record a consent that the person confirmed on the registered telephone."""
        body, today = call.body, self.desk.today()
        if not self.desk.coding.reason(body["purpose"], today, "consent"):
            raise Refusal("CODE_UNKNOWN", pointer="/purpose/code")
        if body["validUntil"] < today.isoformat():
            raise Refusal("CONSENT_PERIOD_INVALID", pointer="/validUntil")
        await identity_state(call, body["person"])
        confirmed = self.desk.telephones.belongs(body["phone"], body["person"])
        if not confirmed and not self.desk.config.faults.on("sepas.consent.unconfirmed_accepted"):
            raise Refusal("CITIZEN_NOT_IDENTIFIED", pointer="/phone")
        consent_id = self.desk.config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            rows.execute(
                insert(store.consents).values(
                    consent_id=consent_id,
                    person_key=self.desk.key_in_store(person_key(body["person"])),
                    person=self._kept(body["person"]),
                    granted_to=body["grantedTo"],
                    purpose=body["purpose"],
                    scope=body.get("scope"),
                    valid_until=body["validUntil"],
                    recorded_by=call.caller.centre,
                    revoked_at=None,
                )
            )
            return Answer(201, self._shown(rows, consent_id))

        return commit

    async def revoke(self, call: Call) -> Work:
        """End a consent; it counts for nothing from the next reading on. [RM-EHR-OWN]."""
        if not self.desk.coding.reason(call.body["reason"], self.desk.today(), "consent"):
            raise Refusal("CODE_UNKNOWN", pointer="/reason/code")
        consent_id = call.path["consentId"]

        def commit(rows: Connection) -> Answer:
            row = self._visible(rows, call, consent_id)
            again = self.desk.config.faults.on("sepas.consent.ends_again")
            if consent_state(row, self.desk.today().isoformat()) != "active" and not again:
                raise Refusal("CONSENT_STATE_CONFLICT", pointer="path:consentId")
            rows.execute(
                update(store.consents)
                .where(store.consents.c.consent_id == consent_id)
                .values(revoked_at=self.desk.now())
            )
            return Answer(200, self._shown(rows, consent_id))

        return commit

    async def read(self, call: Call) -> Answer:
        """Tell a consent to the centre that recorded or holds it, and to other services."""
        with self.desk.config.store.read() as rows:
            self._visible(rows, call, call.path["consentId"])
            return Answer(200, self._shown(rows, call.path["consentId"]))

    async def open(self, call: Call) -> Work:
        """Open a record without consent for an hour; the person and the supervisor hear of it."""
        body, faults = call.body, self.desk.config.faults
        coded = self.desk.coding.reason(body["reason"], self.desk.today(), "break_glass")
        sound = coded and body["text"].strip()
        if not sound and not faults.on("sepas.break_glass.reason_unchecked"):
            raise Refusal("BREAK_GLASS_REASON_REQUIRED", pointer="/reason/code")
        await identity_state(call, body["person"])
        key = str(self.desk.key_in_store(person_key(body["person"])))
        until = self.desk.config.clock.now() + EMERGENCY
        grant = {
            "grantId": self.desk.config.ids.uuid(),
            "basis": "break_glass",
            "validUntil": written(until),
        }

        def commit(rows: Connection) -> Answer:
            rows.execute(
                insert(store.grants).values(
                    grant_id=grant["grantId"],
                    person_key=key,
                    centre=call.caller.centre,
                    user_id=call.caller.user,
                    at=self.desk.now(),
                    day=self.desk.today().isoformat(),
                    until_utc=utc(until.isoformat()),
                    valid_until=grant["validUntil"],
                    reason=body["reason"],
                    text=body["text"],
                )
            )
            self.access.note(rows, call, key, "break_glass", purpose=body["reason"])
            return Answer(201, grant)

        return commit

    async def reports(self, call: Call) -> Answer:
        """Tell the supervisor of every emergency access, newest last."""
        if not await has_role(call, SUPERVISOR):
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")
        table = store.grants
        query = select(table).order_by(table.c.at, table.c.grant_id)
        if "since" in call.query:
            query = query.where(table.c.day >= call.query["since"])
        if self.desk.config.faults.on("sepas.break_glass.not_reported"):
            query = query.where(table.c.centre == call.caller.centre)
        with self.desk.config.store.read() as rows:
            found = rows.execute(query).all()[-MAX_REPORTS:]
        return Answer(200, {"reports": [_report(row) for row in found]})

    def _kept(self, person: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the person as named; only a seeded fault counts children once too often."""
        counted = self.desk.config.faults.on("sepas.consent.next_child")
        if not counted or "birthOrder" not in person:
            return person
        return {**person, "birthOrder": person["birthOrder"] + 1}

    def _visible(self, rows: Connection, call: Call, consent_id: str) -> Any:
        query = select(store.consents).where(store.consents.c.consent_id == consent_id)
        row = rows.execute(query).one_or_none()
        own = row is not None and (
            call.caller.kind == "service"
            or row.recorded_by == call.caller.centre
            or row.granted_to in {call.caller.centre, call.caller.user}
        )
        if not own:
            raise Refusal("CONSENT_NOT_FOUND", pointer="path:consentId")
        return row

    def _shown(self, rows: Connection, consent_id: str) -> dict[str, Any]:
        query = select(store.consents).where(store.consents.c.consent_id == consent_id)
        row = rows.execute(query).one()
        answer: dict[str, Any] = {
            "consentId": row.consent_id,
            "state": consent_state(row, self.desk.today().isoformat()),
            "purpose": row.purpose,
            "validUntil": row.valid_until,
            "person": row.person,
            "grantedTo": row.granted_to,
        }
        if row.scope is not None:
            answer["scope"] = row.scope
        return answer


def _report(row: Any) -> dict[str, Any]:
    return {
        "grantId": row.grant_id,
        "at": row.at,
        "centre": row.centre,
        "user": row.user_id,
        "reason": row.reason,
        "text": row.text,
        "validUntil": row.valid_until,
    }
