"""Appointments and the waiting list [RM-CIT-APPT, RM-CIT-WAIT]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from reference_impl.citizen import store
from reference_impl.citizen.desk import SERVICES, Desk
from reference_impl.platform.centres import centre_record
from reference_impl.platform.persons import person_key
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work

BOOKED, WAITING, CANCELLED = "booked", "waiting", "cancelled"


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of booking."""
    side = Appointments(desk)
    return (
        Operation("bookAppointment", side.book),
        Operation("getAppointment", side.read),
        Operation("cancelAppointment", side.cancel),
    )


class Appointments:
    """The calendar of all centres."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def book(self, call: Call) -> Work:
        """Book a time; who agrees to wait gets a place in the list when it is taken."""
        body: Mapping[str, Any] = call.body
        self.desk.check_channel("appointment", body["channel"])
        await self.desk.identify(call, body)
        self.desk.coding.require(body["service"], self.desk.today(), "/service", SERVICES)
        slot = self._slot(body["slot"])
        await self._check_centre(call, body["centre"])
        appointment_id = self.desk.config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            taken = _holder(rows, body["centre"], slot) is not None
            doubled = self.desk.config.faults.on("citizen.appointment.booked_twice")
            if taken and not body.get("waiting", False) and not doubled:
                raise Refusal("APPOINTMENT_SLOT_TAKEN", pointer="/slot")
            values = {
                "appointment_id": appointment_id,
                "person_key": person_key(body["person"]),
                "centre": body["centre"],
                "booked_by": call.caller.centre,
                "service": body["service"],
                "slot": body["slot"],
                "slot_utc": slot,
                "channel": body["channel"],
                "state": WAITING if taken and not doubled else BOOKED,
                "holds": appointment_id if taken else BOOKED,
            }
            try:
                rows.execute(insert(store.appointments).values(values))
            except IntegrityError as error:
                # Taken between the look and the booking, by another process.
                raise Refusal("APPOINTMENT_SLOT_TAKEN", pointer="/slot") from error
            return Answer(201, self._shown(rows, _appointment(rows, appointment_id)))

        return commit

    async def read(self, call: Call) -> Answer:
        """Tell an appointment with the place in the waiting list."""
        with self.desk.config.store.read() as rows:
            return Answer(200, self._shown(rows, self._visible(rows, call)))

    async def cancel(self, call: Call) -> Work:
        """Cancel, and let the first in the list move up. Cancelling again changes nothing."""

        def commit(rows: Connection) -> Answer:
            row = self._visible(rows, call)
            _become(rows, row.appointment_id, CANCELLED)
            waits = not self.desk.config.faults.on("citizen.appointment.list_not_moved")
            if row.state == BOOKED and waits:
                first = _waiting(rows, row.centre, row.slot_utc)
                if first is not None:
                    _become(rows, first.appointment_id, BOOKED)
            return Answer(200, self._shown(rows, _appointment(rows, row.appointment_id)))

        return commit

    async def _check_centre(self, call: Call, siam_id: str) -> None:
        record = await centre_record(call, siam_id)
        if record is None:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN", pointer="/centre")
        if not record["active"]:
            raise Refusal("ADMISSION_CENTRE_INACTIVE", pointer="/centre")

    def _slot(self, text: str) -> str:
        try:
            slot = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refusal("APPOINTMENT_SLOT_PAST", pointer="/slot", detail="no day") from error
        past = slot <= self.desk.config.clock.now()
        if past and not self.desk.config.faults.on("citizen.appointment.past_accepted"):
            raise Refusal("APPOINTMENT_SLOT_PAST", pointer="/slot")
        return slot.astimezone(UTC).isoformat(timespec="seconds")

    def _visible(self, rows: Connection, call: Call) -> Any:
        row = _appointment(rows, call.path["appointmentId"])
        if row is None or call.caller.centre not in {row.booked_by, row.centre}:
            raise Refusal("APPOINTMENT_NOT_FOUND", pointer="path:appointmentId")
        return row

    def _shown(self, rows: Connection, row: Any) -> dict[str, Any]:
        appointment: dict[str, Any] = {
            "appointmentId": row.appointment_id,
            "state": row.state,
            "slot": row.slot,
            "centre": row.centre,
            "service": dict(row.service),
            "channel": row.channel,
        }
        if self.desk.config.faults.on("citizen.appointment.version_dropped"):
            appointment["service"].pop("version", None)
        if row.state == WAITING:
            ahead = _ahead(rows, row)
            from_zero = self.desk.config.faults.on("citizen.appointment.position_from_zero")
            appointment["waitingPosition"] = ahead if from_zero else ahead + 1
        return appointment


def _appointment(rows: Connection, appointment_id: str) -> Any:
    query = select(store.appointments).where(store.appointments.c.appointment_id == appointment_id)
    return rows.execute(query).one_or_none()


def _at(centre: str, slot: str, state: str) -> Any:
    table = store.appointments
    return and_(table.c.centre == centre, table.c.slot_utc == slot, table.c.state == state)


def _holder(rows: Connection, centre: str, slot: str) -> Any:
    query = select(store.appointments).where(_at(centre, slot, BOOKED)).limit(1)
    return rows.execute(query).one_or_none()


def _waiting(rows: Connection, centre: str, slot: str) -> Any:
    query = (
        select(store.appointments)
        .where(_at(centre, slot, WAITING))
        .order_by(store.appointments.c.sequence)
        .limit(1)
    )
    return rows.execute(query).one_or_none()


def _ahead(rows: Connection, row: Any) -> int:
    """Count who waits for the same time since longer."""
    earlier = store.appointments.c.sequence < row.sequence
    query = select(func.count()).where(_at(row.centre, row.slot_utc, WAITING), earlier)
    return int(rows.execute(query).scalar_one())


def _become(rows: Connection, appointment_id: str, state: str) -> None:
    table = store.appointments
    holds = BOOKED if state == BOOKED else appointment_id
    rows.execute(
        update(table)
        .where(table.c.appointment_id == appointment_id)
        .values(state=state, holds=holds)
    )
