"""What the tour found: a linked record, paper in the record, the ministry at the monitor."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lab.kit.documents import sign_document
from tests.component.bench import REASONS, Answered
from tests.component.record_bench import RecordBench, keys, record_bench
from tests.component.registry_bench import NEW_CODE


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory), gateway=True)
    yield made
    made.close()


def history(table: RecordBench, person: Any) -> list[str]:
    """Read under an emergency access, as a hospital does."""
    assert table.glass_for(person).status == 201
    body = {"person": person, "purpose": table.coded(REASONS, "UNCONSCIOUS")}
    answered = table.call("POST", "/sepas/v1/history", body=body, centre="hospital-1")
    assert answered.status == 200, answered.json
    return [one["documentId"] for one in answered.json["entries"]]


def written_for(table: RecordBench, person: Any) -> str:
    payload = table.prescription(table.ids_hid())
    payload["patient"] = {**payload["patient"], "id": person}
    table.hand_over(table.submission("prescription", payload, "dr01"))
    return str(payload["documentId"])


def test_a_record_follows_the_link_of_a_newborn(table: RecordBench) -> None:
    first, second = table.twin("NB1"), table.twin("NB2")
    mine, other = written_for(table, first), written_for(table, second)
    current = {"type": "NC", "value": NEW_CODE}
    body = {"former": first, "current": current, "cause": "newborn_registered"}
    linked = table.call("POST", "/identity/v1/links", body=body, centre="hospital-1")
    assert linked.status == 201, linked.json
    assert history(table, current) == [mine]
    later = written_for(table, current)
    assert sorted(history(table, current)) == sorted([mine, later])
    assert history(table, second) == [other]


def entered(table: RecordBench, document: Any, serial: str) -> Answered:
    return table.call(
        "POST",
        "/purchaser/v1/paper-prescriptions",
        body={
            "serial": serial,
            "cause": table.coded(REASONS, "POWER"),
            "writtenAt": table.now(-3600),
            "document": document,
        },
    )


def test_paper_that_was_entered_is_in_the_record_once(table: RecordBench) -> None:
    payload = table.prescription(table.hid())
    issued = int(table.clock.now().timestamp())
    document = sign_document("prescription", payload, table.kit.identity("dr01"), issued_at=issued)
    serial = f"PS-{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        assert entered(table, document, serial).status == 201
        table.settle()
    entries = table.ask("history", hid=table.hid()).json["entries"]
    assert [one["documentId"] for one in entries] == [payload["documentId"]]
    queue = table.call("GET", "/gateway/v1/outbox").json
    assert (queue["waiting"], queue["parked"]) == (0, [])


def test_refused_paper_leaves_no_copy(table: RecordBench) -> None:
    payload = table.prescription(table.hid())
    issued = int(table.clock.now().timestamp())
    document = sign_document("prescription", payload, table.kit.identity("dr01"), issued_at=issued)
    table.clock.advance(timedelta(hours=80))
    late = table.call(
        "POST",
        "/purchaser/v1/paper-prescriptions",
        body={
            "serial": "PS-00000001",
            "cause": table.coded(REASONS, "POWER"),
            "writtenAt": table.now(-80 * 3600),
            "document": document,
        },
    )
    assert late.code == "PAPER_ENTRY_LATE"
    assert table.call("GET", "/gateway/v1/outbox").json["delivered"] == 0


def test_the_ministry_solves_a_case_through_the_gateway(table: RecordBench) -> None:
    case = table.call(
        "POST",
        "/sepas_monitor/v1/cases",
        body={"code": "RECORD_NODE_DOWN", "text": "nothing is taken"},
        centre="lab-1",
    ).json
    steps = f"/sepas_monitor/v1/cases/{case['caseId']}/steps"
    handed = table.call("POST", steps, body={"to": "ministry", "text": "up"}, centre="lab-1")
    assert handed.json["state"] == "with_ministry", handed.json
    solved = table.call(
        "POST", steps, body={"to": "solved", "text": "restarted"}, centre="ministry-1"
    )
    assert solved.json["state"] == "solved", solved.json
    read = table.call("GET", f"/sepas_monitor/v1/cases/{case['caseId']}", centre="ministry-1")
    assert read.json["result"] == "restarted"
