"""Errors of real refused submissions, classified, handed over, followed up to closure (004)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.bench import Answered
from tests.component.record_bench import RecordBench, keys, record_bench

MONITOR = "/sepas_monitor/v1"


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def errors(table: RecordBench, centre: str = "lab-1", query: str = "") -> list[dict[str, Any]]:
    answered = table.call("GET", f"{MONITOR}/errors{query}", centre=centre)
    assert answered.status == 200, answered.json
    found: list[dict[str, Any]] = answered.json["errors"]
    return found


def wrong_unit(table: RecordBench) -> str:
    """Send a result with a unit that does not fit; returns the correlation."""
    body = table.laboratory(table.hid())
    body["bundle"]["entry"][1]["resource"]["valueQuantity"]["code"] = "mmol/L"
    correlation = str(uuid.uuid4())
    assert table.result("laboratory", body, correlation=correlation).status == 422
    return correlation


def report(table: RecordBench, **body: Any) -> Answered:
    centre = body.pop("centre", "lab-1")
    full = {"text": "our result is refused", **body}
    return table.call("POST", f"{MONITOR}/cases", body=full, centre=centre)


def step(table: RecordBench, case: Any, to: str, centre: str = "lab-1") -> Answered:
    target = f"{MONITOR}/cases/{case['caseId']}/steps"
    return table.call("POST", target, body={"to": to, "text": f"to {to}"}, centre=centre)


def test_an_error_runs_from_refusal_to_closure(table: RecordBench) -> None:
    correlation = wrong_unit(table)
    found = errors(table)
    assert [(one["code"], one["triage"], one["owner"]) for one in found] == [
        ("RESULT_UNIT_INVALID", 2, "vendor")
    ]
    assert found[0]["correlation"] == correlation
    entry = table.call("GET", f"{MONITOR}/bank/{found[0]['code']}", centre="lab-1").json
    assert (entry["triage"], entry["owner"]) == (2, "vendor")
    assert entry["solutionFa"] != entry["messageFa"]
    case = report(table, errorId=found[0]["errorId"]).json
    assert (case["state"], case["triage"], case["code"]) == ("open", 2, "RESULT_UNIT_INVALID")
    assert step(table, case, "facility").code == "CASE_STATE_CONFLICT"
    assert step(table, case, "closed").code == "CASE_STATE_CONFLICT"
    assert step(table, case, "vendor").json["state"] == "with_vendor"
    escalated = step(table, case, "ministry").json
    assert (escalated["state"], escalated["trackerKey"][:4]) == ("with_ministry", "MOH-")
    solved = step(table, case, "solved", centre="ministry-1").json
    assert (solved["state"], solved["result"]) == ("solved", "to solved")
    assert step(table, case, "closed").json["state"] == "closed"
    assert step(table, case, "vendor").code == "CASE_STATE_CONFLICT"
    told = table.call("GET", f"{MONITOR}/cases/{case['caseId']}", centre="lab-1").json
    assert told["result"] == "to solved"
    assert [one["to"] for one in told["steps"]] == [
        "open", "vendor", "ministry", "solved", "closed",
    ]  # fmt: skip


def test_refused_documents_of_the_gateway_are_errors_of_their_centre(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    del payload["hid"]
    table.hand_over(table.submission("prescription", payload, "dr01"))
    assert [one["code"] for one in errors(table, "office-1")] == ["RECORD_MANDATORY_MISSING"]
    assert errors(table, "office-2") == []


def test_a_repeated_submission_is_one_error(table: RecordBench) -> None:
    payload = table.prescription(table.ids_hid())
    del payload["hid"]
    submission = table.submission("prescription", payload, "dr01")
    for _ in range(2):
        table.hand_over(submission, key="one-key-for-both-calls")
    assert len(errors(table, "office-1")) == 1


def test_errors_are_listed_since_a_day(table: RecordBench) -> None:
    wrong_unit(table)
    assert len(errors(table, query=f"?since={table.day()}")) == 1
    assert errors(table, query=f"?since={table.day(1)}") == []


def test_what_the_bank_does_not_know_goes_to_the_ministry(table: RecordBench) -> None:
    missing = table.call("GET", f"{MONITOR}/bank/NO_SUCH_ERROR")
    assert missing.code == "ERROR_ENTRY_NOT_FOUND"
    case = report(table, code="NO_SUCH_ERROR").json
    assert (case["state"], case["triage"], case["owner"]) == ("with_ministry", 17, "ministry")
    assert case["trackerKey"].startswith("MOH-")
    assert report(table).json["triage"] == 17


def test_errors_of_others_cannot_be_reported(table: RecordBench) -> None:
    wrong_unit(table)
    foreign = errors(table)[0]["errorId"]
    assert report(table, errorId=foreign, centre="office-1").code == "ERROR_ENTRY_NOT_FOUND"
    assert report(table, errorId=str(uuid.uuid4())).code == "ERROR_ENTRY_NOT_FOUND"


def test_a_case_belongs_to_its_centre_and_the_ministry(table: RecordBench) -> None:
    case = report(table, code="RECORD_NODE_DOWN").json
    assert (case["triage"], case["owner"]) == (12, "ministry")
    target = f"{MONITOR}/cases/{case['caseId']}"
    assert table.call("GET", target, centre="office-1").code == "CASE_NOT_FOUND"
    assert step(table, case, "ministry", "office-1").code == "CASE_NOT_FOUND"
    assert table.call("GET", target, centre="ministry-1").status == 200
    assert table.call("GET", f"{MONITOR}/cases/{uuid.uuid4()}").code == "CASE_NOT_FOUND"
