"""Insurance rules at their positions, and the tracking ids of approved items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Bench, bench


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def evaluate(
    table: Bench, *items: tuple[str, int], person: str = "P01", insurer: str = "1", **more: Any
) -> Any:
    body = {
        "position": "pre_prescription",
        "patient": table.person_id(person),
        "prescriber": {"councilKind": "MD", "councilNumber": "990001"},
        "centre": table.world.centre("office-1").siam_id,
        "hid": table.hid(person, insurer),
        "items": [
            {"itemId": str(n), "code": table.drug(code), "quantity": quantity}
            for n, (code, quantity) in enumerate(items, 1)
        ],
        **more,
    }
    answered = table.call("POST", "/insurance_rules/v1/evaluations", body=body)
    assert answered.status == 200, answered
    return answered.json


def rules_of(item: Any) -> set[tuple[str, str]]:
    return {(one["ruleId"], one["kind"]) for one in item["messages"]}


def test_an_approved_prescription_gets_item_ids_a_whole_id_and_its_cost(table: Bench) -> None:
    answer = evaluate(table, ("99012", 60), ("99015", 30))
    assert answer["outcome"] == "approved"
    assert answer["cost"] == {"total": 141_000, "insurerShare": 98_700, "patientShare": 42_300}
    ids = {one["trackingId"] for one in answer["items"]} | {answer["wholeTrackingId"]}
    assert len(ids) == 3
    assert all(len(one) == 20 and one.isdigit() for one in ids)
    assert ("N01A", "calculation") in rules_of(answer["items"][0])


def test_too_much_is_answered_with_the_maximum_and_no_id(table: Bench) -> None:
    answer = evaluate(table, ("99012", 121), ("99015", 30))
    first, second = answer["items"]
    assert ("N11", "proposal") in rules_of(first)
    assert first["proposed"] == {"quantity": 120}
    assert "trackingId" not in first
    assert "trackingId" in second
    assert "wholeTrackingId" not in answer


def test_what_is_not_covered_is_advice_and_costs_the_patient_all(table: Bench) -> None:
    answer = evaluate(table, ("99096", 10))
    assert answer["outcome"] == "advice"
    assert answer["cost"] == {"total": 30_000, "insurerShare": 0, "patientShare": 30_000}
    assert "wholeTrackingId" in answer


@pytest.mark.parametrize(
    ("code", "person", "insurer", "rule"),
    [("99049", "P01", "1", "N15B"), ("99058", "P04", "1", "N16H")],
)
def test_specialty_and_sex_limits_reject(
    table: Bench, code: str, person: str, insurer: str, rule: str
) -> None:
    answer = evaluate(table, (code, 4), person=person, insurer=insurer)
    assert answer["outcome"] == "rejected"
    assert (rule, "reject") in rules_of(answer["items"][0])
    assert "trackingId" not in answer["items"][0]


def test_a_suspended_prescriber_is_rejected_by_rule(table: Bench) -> None:
    suspended = {"councilKind": "MD", "councilNumber": "990011"}
    answer = evaluate(table, ("99012", 10), prescriber=suspended)
    assert ("N20B", "reject") in rules_of(answer["items"][0])


def test_rules_before_prescribing_are_silent_before_service(table: Bench) -> None:
    pharmacy = table.world.centre("pharmacy-1").siam_id
    answer = evaluate(table, ("99012", 121), position="pre_service", centre=pharmacy)
    assert answer["outcome"] == "approved"


def test_a_foreign_hid_is_rejected_before_service(table: Bench) -> None:
    pharmacy = table.world.centre("pharmacy-1").siam_id
    answer = evaluate(
        table, ("99012", 10), position="pre_service", centre=pharmacy, hid=table.hid("P02", "2")
    )
    assert ("N29B", "reject") in rules_of(answer["items"][0])


def test_a_prescription_with_its_approval_is_registered_and_with_anothers_not(table: Bench) -> None:
    hid = table.hid()
    answer = evaluate(table, ("99012", 60), hid=hid)
    approval = {
        "evaluationId": answer["evaluationId"],
        "wholeTrackingId": answer["wholeTrackingId"],
    }
    item = {**table.item(), "ruleTrackingId": answer["items"][0]["trackingId"]}

    def register(hid: str) -> tuple[int, str | None]:
        payload = table.prescription(hid, item, rules=approval)
        document = ("prescription", payload, "dr01")
        answered = table.call("POST", "/purchaser/v1/prescriptions", document=document)
        return answered.status, answered.code

    assert register(hid) == (201, None)
    assert register(table.hid()) == (422, "TRACKING_ID_UNKNOWN")
