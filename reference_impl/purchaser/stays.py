"""Operations of the inpatient stay: opened at admission, followed event by event, ended once.

During-service surveillance: the insurer sees transfers, services and deviations while they happen.
Services delivered under the HID of a stay are shared as inpatient. [RM-INS-DURING, RUL-027]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import presentation, store
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.checks import (
    check_coded,
    check_hid_centre,
    check_time,
    check_visit,
    instant_of,
)
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.persons import SELF_PAY, ask_cover
from reference_impl.purchaser.transaction import Transaction

ADMITTED, DISCHARGED = "admitted", "discharged"
DEVIATION = "protocol_deviation"
_NEEDS = {"transferred": "ward", "service": "service", DEVIATION: "note"}
"""What an event of a kind is worth nothing without."""


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Stays(desk)
    return (Operation("openStay", side.open), Operation("addStayEvent", side.add))


def is_inpatient(rows: Connection, hid: str) -> bool:
    """Say whether a stay was opened under a HID."""
    found = rows.execute(select(store.stays.c.stay_id).where(store.stays.c.hid == hid)).first()
    return found is not None


class Stays:
    """The desk that watches a stay."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def open(self, call: Call) -> Work:
        """Open the stay of a HID; the first event is the admission."""
        event = call.body
        if event["kind"] != ADMITTED:
            raise Refusal("SCHEMA_VIOLATION", pointer="/kind", detail="a stay begins with admitted")
        check_time(event["at"], "/at", self.desk.config.clock.now())
        visit = await check_visit(call, event["hid"])
        check_hid_centre(visit.facts, call.caller.centre)
        insurer = visit.facts.insurer
        if not self.desk.faults.on("purchaser.stay.without_cover"):
            cover = await ask_cover(call, visit.patient, insurer)
            if insurer == SELF_PAY or not cover.insured:
                raise Refusal("PATIENT_NOT_COVERED", pointer="/hid")

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            if is_inpatient(rows, event["hid"]):
                raise Refusal("STAY_STATE_CONFLICT", pointer="/hid", detail="opened before")
            stay_id = within.ids.uuid()
            rows.execute(
                insert(store.stays).values(
                    stay_id=stay_id,
                    hid=event["hid"],
                    centre=call.caller.centre,
                    insurer=insurer,
                    state=ADMITTED,
                )
            )
            _append(within, stay_id, 0, event)
            self.desk.notices.relied(within, call, event["hid"], stay_id)
            return Answer(201, self._shown(rows, stay_id, ADMITTED))

        return commit

    async def add(self, call: Call) -> Work:
        """Add an event to an open stay; the discharge ends it."""
        event = call.body
        moment = instant_of(event["at"])
        check_time(event["at"], "/at", self.desk.config.clock.now())
        self._check_content(event, moment)

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            stay = self._own(rows, call)
            if event["hid"] != stay.hid:
                raise Refusal("HID_INVALID", pointer="/hid", detail="not the HID of this stay")
            over = stay.state == DISCHARGED and not self.desk.faults.on(
                "purchaser.stay.after_discharge"
            )
            if over or event["kind"] == ADMITTED:
                raise Refusal("STAY_STATE_CONFLICT", pointer="/kind")
            before = _events(rows, stay.stay_id)
            self._check_order(before, event, moment)
            _append(within, stay.stay_id, len(before), event)
            state = DISCHARGED if event["kind"] == DISCHARGED else stay.state
            rows.execute(
                update(store.stays).where(store.stays.c.stay_id == stay.stay_id).values(state=state)
            )
            return Answer(201, self._shown(rows, stay.stay_id, state))

        return commit

    def _shown(self, rows: Connection, stay_id: str, state: str) -> dict[str, Any]:
        kinds = [one.kind for one in _events(rows, stay_id)]
        if self.desk.faults.on("purchaser.stay.services_uncounted"):
            kinds = [one for one in kinds if one != "service"]
        return presentation.stay(stay_id, state, kinds, self.desk.faults)

    def _check_content(self, event: Mapping[str, Any], moment: datetime) -> None:
        needed = _NEEDS.get(event["kind"])
        if needed is not None and needed not in event:
            raise Refusal("SCHEMA_VIOLATION", pointer=f"/{needed}", detail="is missing")
        if "service" in event:
            day = tehran_day(moment)
            check_coded(self.desk.book, event["service"], day, "/service", self.desk.faults)

    def _own(self, rows: Connection, call: Call) -> Row[Any]:
        """Return the caller's stay; another centre's looks as if it did not exist."""
        query = select(store.stays).where(store.stays.c.stay_id == call.path["stayId"])
        stay = rows.execute(query).first()
        anybody = self.desk.faults.on("purchaser.stay.any_centre")
        if stay is None or (stay.centre != call.caller.centre and not anybody):
            raise Refusal("STAY_NOT_FOUND")
        return stay

    def _check_order(
        self, before: list[Row[Any]], event: Mapping[str, Any], moment: datetime
    ) -> None:
        """Refuse what lies before the admission, and a discharge before what happened.

        Between the two, events may come late and in any order.
        """
        if self.desk.faults.on("purchaser.stay.order_ignored"):
            return
        times = [store.moment(one.at) for one in before]
        earliest = max(times) if event["kind"] == DISCHARGED else times[0]
        if moment < earliest:
            raise Refusal("SCHEMA_VIOLATION", pointer="/at", detail="too early for this stay")


def _append(within: Transaction, stay_id: str, position: int, event: Mapping[str, Any]) -> None:
    within.rows.execute(
        insert(store.stay_events).values(
            stay_id=stay_id,
            position=position,
            kind=event["kind"],
            at=store.instant(instant_of(event["at"])),
            received_at=store.instant(within.now),
            ward=event.get("ward"),
            service=dict(event["service"]) if "service" in event else None,
            note=event.get("note"),
        )
    )


def _events(rows: Connection, stay_id: str) -> list[Row[Any]]:
    table = store.stay_events
    query = select(table).where(table.c.stay_id == stay_id).order_by(table.c.position)
    return list(rows.execute(query).all())
