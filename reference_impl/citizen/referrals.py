"""Referral along the map, and the feedback that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.citizen import store
from reference_impl.citizen.desk import DIAGNOSES, SPECIALTIES, Desk
from reference_impl.citizen.domain import REFERRAL_LIFE, destination, leads
from reference_impl.platform.centres import centre_record
from reference_impl.platform.persons import identity_state, person_key
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work

OK = 200


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of referral."""
    side = Referrals(desk)
    return (
        Operation("createReferral", side.create),
        Operation("getReferral", side.read),
        Operation("sendFeedback", side.feedback),
    )


class Referrals:
    """The desk that sends patients on."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def create(self, call: Call) -> Work:
        """Refer a patient to a centre of another level. [RM-CIT-REF-A, RM-CIT-LEVEL]."""
        body: Mapping[str, Any] = call.body
        faults = self.desk.config.faults
        foreign = body["fromCentre"] != call.caller.centre
        if foreign and not faults.on("citizen.referral.any_sender"):
            raise Refusal("REFERRAL_CENTRE_MISMATCH", pointer="/fromCentre")
        self._check_codes(body)
        await identity_state(call, body["person"])
        to_centre = await self._destination(call, body)
        now = self.desk.config.clock.now()
        referral_id = self.desk.config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            rows.execute(
                insert(store.referrals).values(
                    referral_id=referral_id,
                    person_key=person_key(body["person"]),
                    from_centre=body["fromCentre"],
                    to_centre=to_centre,
                    to_level=body["toLevel"],
                    specialty=body["specialty"],
                    reason=body["reason"],
                    emergency=body["emergency"],
                    created_at=self.desk.now(),
                    valid_until=self.desk.day_of(now + REFERRAL_LIFE).isoformat(),
                    feedback=None,
                    document_id=None,
                    answered_at=None,
                )
            )
            return Answer(201, self._shown(_referral(rows, referral_id)))

        return commit

    async def read(self, call: Call) -> Answer:
        """Tell a referral to the two centres concerned."""
        with self.desk.config.store.read() as rows:
            return Answer(200, self._shown(self._visible(rows, call)))

    async def feedback(self, call: Call) -> Work:
        """Take the answer of the receiving centre, once. [RM-CIT-REF-B]."""
        body: Mapping[str, Any] = call.body
        faults = self.desk.config.faults

        def commit(rows: Connection) -> Answer:
            row = self._visible(rows, call)
            other = row.to_centre != call.caller.centre
            if other and not faults.on("citizen.referral.feedback_by_anybody"):
                raise Refusal("REFERRAL_CENTRE_MISMATCH", pointer="path:referralId")
            if self._state(row) != "open" and not faults.on("citizen.referral.feedback_twice"):
                raise Refusal("REFERRAL_STATE_CONFLICT", pointer="path:referralId")
            rows.execute(
                update(store.referrals)
                .where(store.referrals.c.referral_id == row.referral_id)
                .values(
                    feedback=body["text"],
                    document_id=body.get("documentId"),
                    answered_at=self.desk.now(),
                )
            )
            return Answer(200, self._shown(_referral(rows, row.referral_id)))

        return commit

    def _check_codes(self, body: Mapping[str, Any]) -> None:
        coding, today = self.desk.coding, self.desk.today()
        coding.require(body["specialty"], today, "/specialty", SPECIALTIES)
        if not coding.reason(body["reason"], today, "referral"):
            coding.require(body["reason"], today, "/reason", DIAGNOSES)

    async def _destination(self, call: Call, body: Mapping[str, Any]) -> str:
        faults = self.desk.config.faults
        sender = await centre_record(call, body["fromCentre"])
        level = int(body["toLevel"])
        emergency = body["emergency"] and not faults.on("citizen.referral.emergency_ignored")
        on_map = sender is not None and leads(sender["level"], level, emergency=emergency)
        if not on_map and not faults.on("citizen.referral.level_skipped"):
            raise Refusal("REFERRAL_LEVEL_INVALID", pointer="/toLevel")
        reply = await call.peer("siam").get("/centres")
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        found = destination(reply.json["centres"], level, body["fromCentre"])
        if found is None:
            raise Refusal("REFERRAL_LEVEL_INVALID", pointer="/toLevel", detail="no centre there")
        return found

    def _visible(self, rows: Connection, call: Call) -> Any:
        row = _referral(rows, call.path["referralId"])
        anybody = self.desk.config.faults.on("citizen.referral.any_centre_reads")
        if row is None or not (anybody or call.caller.centre in {row.from_centre, row.to_centre}):
            raise Refusal("REFERRAL_NOT_FOUND", pointer="path:referralId")
        return row

    def _state(self, row: Any) -> str:
        if row.answered_at is not None:
            return "answered"
        over = self.desk.today().isoformat() > row.valid_until
        endless = self.desk.config.faults.on("citizen.referral.never_ends")
        return "ended" if over and not endless else "open"

    def _coded(self, coded: Mapping[str, Any]) -> dict[str, Any]:
        dropped = self.desk.config.faults.on("citizen.referral.versions_dropped")
        return {name: coded[name] for name in coded if not (dropped and name == "version")}

    def _shown(self, row: Any) -> dict[str, Any]:
        referral: dict[str, Any] = {
            "referralId": row.referral_id,
            "state": self._state(row),
            "fromCentre": row.from_centre,
            "toCentre": row.to_centre,
            "toLevel": row.to_level,
            "specialty": self._coded(row.specialty),
            "reason": self._coded(row.reason),
            "emergency": row.emergency,
            "createdAt": row.created_at,
            "validUntil": row.valid_until,
        }
        optional = {
            "feedback": row.feedback,
            "documentId": row.document_id,
            "answeredAt": row.answered_at,
        }
        return referral | {name: value for name, value in optional.items() if value is not None}


def _referral(rows: Connection, referral_id: str) -> Any:
    query = select(store.referrals).where(store.referrals.c.referral_id == referral_id)
    return rows.execute(query).one_or_none()
