"""Whether a paper prescription may be entered, and on which ground [ERX-12-C, ERX-12-E]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from reference_impl.emergency import store
from reference_impl.emergency.domain import (
    AREAS,
    CITY,
    LATE_ENTRY,
    LATE_ENTRY_IN_AREA,
    RURAL,
    Period,
    reaches,
    sequence_of,
)
from reference_impl.platform.centres import centre_record
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.coding import Coding
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work

TOO_LONG = timedelta(hours=100)


class PaperDesk:
    """Answers for each sheet of paper."""

    def __init__(self, config: Configuration, coding: Coding) -> None:
        self.config = config
        self.coding = coding
        # The registry of centres has no addresses here; which centre lies where is ours to know.
        self._areas = {
            one.siam_id.lower(): RURAL if one.rural else CITY
            for one in config.world.centres.values()
        }

    async def check(self, call: Call) -> Work:
        """Say whether a sheet may be entered; a service that enters it uses its serial up.

        A centre only asks. The same serial with the same documentId is the same entry again.
        """
        body: Mapping[str, Any] = call.body
        if await centre_record(call, body["centre"]) is None:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN", pointer="/centre")
        ground, until = self._allowed(body)
        verdict: dict[str, Any] = {"allowed": True, "ground": ground}
        if until is not None:
            verdict["enterUntil"] = written(until)
        entering = call.caller.kind == "service"

        def commit(rows: Connection) -> Answer:
            self._check_serial(rows, body, entering=entering)
            return Answer(200, verdict)

        return commit

    def _allowed(self, body: Mapping[str, Any]) -> tuple[str, datetime | None]:
        """Return the ground and the last moment of entry; None while the outage lasts."""
        wrote = self._written_at(body)
        if "outageNumber" in body:
            return "outage", self._of_outage(body, wrote)
        if "cause" in body and "evidence" in body:
            day = wrote.astimezone(TEHRAN).date()
            if not self.coding.reason(body["cause"], day, "outage"):
                raise Refusal("CODE_UNKNOWN", pointer="/cause/code")
            return "local_evidence", self._in_time(wrote + self._late_entry())
        return "deprived_area", self._of_area(body, wrote)

    def _written_at(self, body: Mapping[str, Any]) -> datetime:
        try:
            wrote = datetime.fromisoformat(body["writtenAt"])
        except ValueError as error:
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/writtenAt") from error
        if wrote > self.config.clock.now() + timedelta(minutes=5):
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/writtenAt")
        return wrote

    def _of_outage(self, body: Mapping[str, Any], wrote: datetime) -> datetime | None:
        row = self._numbered(body["outageNumber"])
        if row is None:
            raise Refusal("OUTAGE_NOT_FOUND", pointer="/outageNumber")
        faults = self.config.faults
        ended = None if row.ended_at is None else datetime.fromisoformat(row.ended_at)
        period = Period(datetime.fromisoformat(row.started_at), ended)
        if not period.covers(wrote) and not faults.on("emergency.paper.window_ignored"):
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/writtenAt")
        area = self._areas.get(body["centre"], CITY)
        if not reaches(row.areas, area) and not faults.on("emergency.paper.area_of_outage_ignored"):
            raise Refusal("PAPER_OUTSIDE_OUTAGE", pointer="/centre")
        until = period.enter_until(self._late_entry())
        return None if until is None else self._in_time(until)

    def _of_area(self, body: Mapping[str, Any], wrote: datetime) -> datetime:
        day: date = wrote.astimezone(TEHRAN).date()
        area = self._areas.get(body["centre"], CITY)
        faults = self.config.faults
        listed = any(one.name == area and one.listed_on(day) for one in AREAS)
        listed = listed and not faults.on("emergency.paper.no_area")
        if not listed and not faults.on("emergency.paper.area_unchecked"):
            raise Refusal("AREA_NOT_LISTED", pointer="/centre")
        return self._in_time(wrote + LATE_ENTRY_IN_AREA)

    def _late_entry(self) -> timedelta:
        too_long = self.config.faults.on("emergency.paper.hundred_hours")
        return TOO_LONG if too_long else LATE_ENTRY

    def _in_time(self, until: datetime) -> datetime:
        if self.config.clock.now() > until and not self.config.faults.on(
            "emergency.paper.late_accepted"
        ):
            raise Refusal("PAPER_ENTRY_LATE", pointer="/writtenAt")
        return until

    def _numbered(self, number: str) -> Any:
        sequence = sequence_of(number)
        if sequence is None:
            return None
        query = select(store.outages).where(store.outages.c.sequence == sequence)
        with self.config.store.read() as rows:
            return rows.execute(query).one_or_none()

    def _check_serial(self, rows: Connection, body: Mapping[str, Any], *, entering: bool) -> None:
        """Refuse a sheet that was entered before; note it when it is entered now."""
        query = select(store.papers).where(store.papers.c.serial == body["serial"])
        known = rows.execute(query).one_or_none()
        if known is not None:
            again = known.document_id is not None and known.document_id == body.get("documentId")
            if not again and not self.config.faults.on("emergency.paper.serial_reusable"):
                raise Refusal("PAPER_SERIAL_USED", pointer="/serial")
        elif entering:
            used = insert(store.papers).values(
                serial=body["serial"],
                centre=body["centre"],
                document_id=body.get("documentId"),
                entered_at=written(self.config.clock.now()),
            )
            try:
                rows.execute(used)
            except IntegrityError as error:
                # Entered between the look and the note, by another process.
                raise Refusal("PAPER_SERIAL_USED", pointer="/serial") from error
