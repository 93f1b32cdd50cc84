"""The support portal: tickets day and night, with triage, status and a clock [ERX-14-A]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.centres import has_role
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service, Work
from reference_impl.support import store
from reference_impl.support.domain import answer_due, is_overdue, state_after, triage_of

STAFF = "ministry"
"""Who answers: the ministry keeps the portal, its office acts as the support staff."""
TRIAGE_CLASSES = "urn:ir:maksa:triage-class-synthetic"


def create(config: Configuration) -> Service:
    """Make the portal on its store."""
    config.store.create(store.METADATA)
    desk = Portal(config)
    return Service(
        "support",
        (
            Operation("openTicket", desk.open),
            Operation("getTicket", desk.read),
            Operation("addTicketNote", desk.note),
        ),
    )


class Portal:
    """The one desk for all systems."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        classes = config.pack.codes[TRIAGE_CLASSES]["concepts"]
        self._owners = {int(row["code"]): str(row["owner"]) for row in classes}

    async def open(self, call: Call) -> Work:
        """Take a ticket at any hour; the clock starts at once."""
        body: Mapping[str, Any] = call.body
        faults = self.config.faults
        now = self.config.clock.now()
        urgency = "normal" if faults.on("support.clock.urgency_ignored") else body["urgency"]
        by_day = faults.on("support.clock.office_hours_only")
        due = answer_due(now, urgency, office_hours_only=by_day)
        code = None if faults.on("support.triage.code_ignored") else body.get("code")
        ticket_id = self.config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            rows.execute(
                insert(store.tickets).values(
                    ticket_id=ticket_id,
                    centre=call.caller.centre,
                    state="open",
                    triage=triage_of(code, self.config.pack.errors),
                    urgency=body["urgency"],
                    subject=body["subject"],
                    opened_at=written(now),
                    due_at=written(due),
                    answered_at=None,
                    answer=None,
                    notes=[{"at": written(now), "by": "centre", "text": body["text"]}],
                )
            )
            return Answer(201, self._shown(_ticket(rows, ticket_id)))

        return commit

    async def read(self, call: Call) -> Answer:
        """Tell a ticket to the centre that opened it and to the staff."""
        staff = await has_role(call, STAFF)
        with self.config.store.read() as rows:
            return Answer(200, self._shown(self._visible(rows, call, staff=staff)))

    async def note(self, call: Call) -> Work:
        """Add a note. The staff's first one is the answer; the centre's takes the work up again."""
        body: Mapping[str, Any] = call.body
        staff = await has_role(call, STAFF)
        faults = self.config.faults

        def commit(rows: Connection) -> Answer:
            row = self._visible(rows, call, staff=staff)
            if row.state == "closed" and not faults.on("support.note.closed_takes_notes"):
                raise Refusal("TICKET_STATE_CONFLICT", pointer="path:ticketId")
            now = written(self.config.clock.now())
            by = "support" if staff else "centre"
            answers = staff and not faults.on("support.note.answer_lost")
            rows.execute(
                update(store.tickets)
                .where(store.tickets.c.ticket_id == row.ticket_id)
                .values(
                    state=state_after(row.state, by=by, close=body["close"]),
                    answer=body["text"] if answers else row.answer,
                    answered_at=(row.answered_at or now) if answers else row.answered_at,
                    notes=[*row.notes, {"at": now, "by": by, "text": body["text"]}],
                )
            )
            return Answer(200, self._shown(_ticket(rows, row.ticket_id)))

        return commit

    def _visible(self, rows: Connection, call: Call, *, staff: bool) -> Any:
        row = _ticket(rows, call.path["ticketId"])
        anybody = self.config.faults.on("support.ticket.any_centre_reads")
        if row is None or not (staff or anybody or row.centre == call.caller.centre):
            raise Refusal("TICKET_NOT_FOUND", pointer="path:ticketId")
        return row

    def _owner(self, triage: int) -> str:
        owner = self._owners[triage]
        faults = self.config.faults
        if owner == "facility" and faults.on("support.owner.facility_as_vendor"):
            return "vendor"
        if owner == "vendor" and faults.on("support.owner.vendor_as_facility"):
            return "facility"
        return owner

    def _shown(self, row: Any) -> dict[str, Any]:
        answered = None if row.answered_at is None else datetime.fromisoformat(row.answered_at)
        due = datetime.fromisoformat(row.due_at)
        overdue = is_overdue(due, answered, self.config.clock.now(), closed=row.state == "closed")
        if self.config.faults.on("support.clock.never_overdue"):
            overdue = False
        ticket: dict[str, Any] = {
            "ticketId": row.ticket_id,
            "state": row.state,
            "triage": row.triage,
            "owner": self._owner(row.triage),
            "urgency": row.urgency,
            "subject": row.subject,
            "openedAt": row.opened_at,
            "answerDueAt": row.due_at,
            "overdue": overdue,
            "notes": row.notes,
        }
        if row.answer is not None:
            ticket["answer"] = row.answer
        return ticket


def _ticket(rows: Connection, ticket_id: str) -> Any:
    query = select(store.tickets).where(store.tickets.c.ticket_id == ticket_id)
    return rows.execute(query).one_or_none()
