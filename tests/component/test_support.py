"""The support portal: day and night, triage, status, clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.component.bench import Answered
from tests.component.record_bench import RecordBench, keys, later, record_bench

TICKETS = "/support/v1/tickets"


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def opened(table: RecordBench, **more: Any) -> Any:
    body = {"subject": "no answer", "text": "the gateway is silent", "urgency": "high", **more}
    answered = table.call("POST", TICKETS, body=body)
    assert answered.status == 201, answered.json
    return answered.json


def note(table: RecordBench, ticket: Any, *, close: bool = False, **options: Any) -> Answered:
    body = {"text": "look again", "close": close}
    return table.call("POST", f"{TICKETS}/{ticket['ticketId']}/notes", body=body, **options)


def read(table: RecordBench, ticket: Any, **options: Any) -> Answered:
    return table.call("GET", f"{TICKETS}/{ticket['ticketId']}", **options)


@pytest.mark.parametrize(
    ("urgency", "hours"), [("outage", 1), ("high", 4), ("normal", 24), ("low", 72)]
)
@pytest.mark.parametrize("shift", [0, 6, 12, 18])
def test_the_clock_runs_day_and_night(
    table: RecordBench, urgency: str, hours: int, shift: int
) -> None:
    later(table, hours=shift)
    ticket = opened(table, urgency=urgency)
    due = datetime.fromisoformat(ticket["answerDueAt"])
    assert (due - datetime.fromisoformat(ticket["openedAt"])).total_seconds() == hours * 3600


def test_triage_follows_the_error_named(table: RecordBench) -> None:
    known = opened(table, code="RESULT_UNIT_INVALID")
    assert (known["triage"], known["owner"]) == (2, "vendor")
    unknown = opened(table, code="NO_SUCH_ERROR")
    assert (unknown["triage"], unknown["owner"]) == (17, "ministry")
    assert opened(table)["triage"] == 17


def test_a_ticket_is_answered_taken_up_again_and_closed(table: RecordBench) -> None:
    ticket = opened(table)
    answered = note(table, ticket, centre="ministry-1").json
    assert (answered["state"], answered["answer"]) == ("answered", "look again")
    assert note(table, ticket).json["state"] == "in_work"
    closed = note(table, ticket, close=True).json
    assert (closed["state"], [one["by"] for one in closed["notes"]]) == (
        "closed", ["centre", "support", "centre", "centre"],
    )  # fmt: skip
    assert note(table, ticket).code == "TICKET_STATE_CONFLICT"
    assert read(table, ticket).json == closed


def test_a_late_answer_stays_late(table: RecordBench) -> None:
    ticket = opened(table)
    assert read(table, ticket).json["overdue"] is False
    later(table, hours=4, seconds=5)
    assert read(table, ticket).json["overdue"] is True
    assert note(table, ticket, centre="ministry-1").json["overdue"] is True


def test_tickets_of_others_do_not_exist(table: RecordBench) -> None:
    ticket = opened(table)
    assert read(table, ticket, centre="office-2").code == "TICKET_NOT_FOUND"
    assert note(table, ticket, centre="office-2").code == "TICKET_NOT_FOUND"
    assert read(table, {"ticketId": str(uuid.uuid4())}).code == "TICKET_NOT_FOUND"
    assert read(table, ticket, centre="ministry-1").status == 200


def test_a_repeated_key_opens_one_ticket(table: RecordBench) -> None:
    body = {"subject": "twice", "text": "twice", "urgency": "low"}
    ids = {
        table.call("POST", TICKETS, body=body, key="the-same-key-0001").json["ticketId"]
        for _ in range(2)
    }
    assert len(ids) == 1
