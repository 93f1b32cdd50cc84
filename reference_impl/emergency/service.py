"""Emergency as a service: outages are declared by the ministry, paper is checked by everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from reference_impl.emergency import store
from reference_impl.emergency.domain import AREAS, LATE_ENTRY, Period, number_of
from reference_impl.emergency.paper import PaperDesk
from reference_impl.faults.meeting import Meeting
from reference_impl.platform.centres import has_role
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.coding import Coding
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

MINISTRY = "ministry"
TOLERANCE = timedelta(minutes=5)
MAX_LISTED = 200


def create(config: Configuration) -> Service:
    """Make the emergency service on its store."""
    config.store.create(store.METADATA)
    coding = Coding(config.pack)
    desk, paper = Outages(config, coding), PaperDesk(config, coding)
    return Service(
        "emergency",
        (
            Operation("declareOutage", desk.declare),
            Operation("listOutages", desk.listed, callers=EVERYONE),
            Operation("endOutage", desk.end),
            Operation("listDeprivedAreas", desk.areas, callers=EVERYONE),
            Operation("checkPaper", paper.check, callers=EVERYONE, replayed=False),
        ),
    )


class Outages:
    """The register of outages."""

    def __init__(self, config: Configuration, coding: Coding) -> None:
        self.config = config
        self.coding = coding
        self.meeting = Meeting()

    async def declare(self, call: Call) -> Work:
        """Declare an outage with a coded cause; it gets its number here. [ERX-12-A, ERX-12-B]."""
        body: Mapping[str, Any] = call.body
        faults = self.config.faults
        await self._check_ministry(call)
        now = self.config.clock.now()
        sound = self.coding.reason(body["cause"], now.astimezone(TEHRAN).date(), "outage")
        if not sound and not faults.on("emergency.outage.cause_unchecked"):
            raise Refusal("CODE_UNKNOWN", pointer="/cause/code")
        if self._instant(body["startedAt"], "/startedAt") > now + TOLERANCE:
            raise Refusal("OUTAGE_PERIOD_INVALID", pointer="/startedAt")
        outage_id = self.config.ids.uuid()
        number = await self._next_number()

        def commit(rows: Connection) -> Answer:
            rows.execute(
                insert(store.outages).values(
                    outage_id=outage_id,
                    cause=self._kept(body["cause"]),
                    areas=body["areas"],
                    started_at=body["startedAt"],
                    ended_at=None,
                    declared_by=call.caller.centre,
                    evidence=body.get("evidence"),
                )
            )
            told = shown(_outage(rows, outage_id))
            return Answer(201, told if number is None else {**told, "number": number})

        return commit

    def _kept(self, cause: Mapping[str, Any]) -> dict[str, Any]:
        dropped = self.config.faults.on("emergency.outage.cause_version_dropped")
        return {name: cause[name] for name in cause if not (dropped and name == "version")}

    async def _next_number(self) -> str | None:
        """Return the number that a seeded race counted before the change; None without one."""
        if not self.config.faults.on("emergency.outage.number_looked_up_before"):
            return None
        with self.config.store.read() as rows:
            last = rows.execute(select(func.max(store.outages.c.sequence))).scalar_one()
        await self.meeting.meet("number")
        return number_of((last or 0) + 1)

    async def end(self, call: Call) -> Work:
        """End an outage, once; from then on its paper may be entered for 72 hours."""
        await self._check_ministry(call)
        ended = self._instant(call.body["endedAt"], "/endedAt")

        def commit(rows: Connection) -> Answer:
            row = _outage(rows, call.path["outageId"])
            if row is None:
                raise Refusal("OUTAGE_NOT_FOUND", pointer="path:outageId")
            again = self.config.faults.on("emergency.outage.ends_twice")
            if row.ended_at is not None and not again:
                raise Refusal("OUTAGE_STATE_CONFLICT", pointer="path:outageId")
            started = datetime.fromisoformat(row.started_at)
            sound = started <= ended <= self.config.clock.now() + TOLERANCE
            if not sound and not self.config.faults.on("emergency.outage.end_unchecked"):
                raise Refusal("OUTAGE_PERIOD_INVALID", pointer="/endedAt")
            change = update(store.outages).where(store.outages.c.outage_id == row.outage_id)
            rows.execute(change.values(ended_at=call.body["endedAt"]))
            told = shown(_outage(rows, row.outage_id))
            if self.config.faults.on("emergency.outage.end_not_kept"):
                rows.execute(change.values(ended_at=None))
            return Answer(200, told)

        return commit

    async def listed(self, _call: Call) -> Answer:
        """List the latest outages, oldest first."""
        query = select(store.outages).order_by(store.outages.c.sequence.desc()).limit(MAX_LISTED)
        with self.config.store.read() as rows:
            found = [shown(row) for row in rows.execute(query)]
        if self.config.faults.on("emergency.outage.area_left_out"):
            found = [{**one, "areas": one["areas"][1:]} for one in found]
        return Answer(200, {"outages": found[::-1]})

    async def areas(self, _call: Call) -> Answer:
        """List the deprived areas with their days, those that left the list included."""
        listed = [
            {
                "area": one.name,
                "validFrom": one.valid_from.isoformat(),
                "validUntil": one.valid_until.isoformat(),
            }
            for one in AREAS
        ]
        return Answer(200, {"areas": listed})

    async def _check_ministry(self, call: Call) -> None:
        anybody = self.config.faults.on("emergency.outage.anybody_declares")
        if not anybody and not await has_role(call, MINISTRY):
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")

    def _instant(self, text: str, pointer: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise Refusal("OUTAGE_PERIOD_INVALID", pointer=pointer) from error


def shown(row: Any) -> dict[str, Any]:
    """Write an outage as the wire has it."""
    outage: dict[str, Any] = {
        "outageId": row.outage_id,
        "number": number_of(row.sequence),
        "cause": row.cause,
        "areas": row.areas,
        "startedAt": row.started_at,
    }
    if row.ended_at is not None:
        ended = datetime.fromisoformat(row.ended_at)
        until = Period(datetime.fromisoformat(row.started_at), ended).enter_until(LATE_ENTRY)
        outage["endedAt"] = row.ended_at
        if until is not None:
            outage["paperUntil"] = written(until)
    return outage


def _outage(rows: Connection, outage_id: str) -> Any:
    query = select(store.outages).where(store.outages.c.outage_id == outage_id)
    return rows.execute(query).one_or_none()
