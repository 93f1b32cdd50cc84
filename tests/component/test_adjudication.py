"""Adjudication: claims decided after the service, deductions, objections, settlement, ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.adjudication_points import ADJUDICATION_POINTS
from reference_impl.purchaser.calendar import period_of
from tests.component.bench import Answered, Bench, bench
from tests.component.insurer_desk import claimed

CLAIMS = "/adjudication/v1/claims"
PHYSIO = "992110"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def split(total: int, basis: int, percent: int = 30) -> dict[str, int]:
    own = (2 * basis * percent + 100) // 200
    return {"total": total, "insurerShare": basis - own, "patientShare": total - basis + own}


def record(table: Bench, **change: Any) -> Any:
    """Register a service; `quantity`, `price`, `code`, `tariff` and `hid` may be told."""
    hid = change.get("hid") or table.hid()
    quantity, price = change.get("quantity", 1), change.get("price", 500_000)
    payload = table.visit(hid)
    code, tariff = change.get("code", "992101"), change.get("tariff", 500_000)
    cost = split(quantity * price, quantity * min(price, tariff))
    line = payload["services"][0]
    line |= {"quantity": quantity, "unitPrice": price, "cost": cost}
    line["code"] = table.coded("urn:ir:maksa:service-synthetic", code)
    payload["cost"] = cost
    registered = table.call(
        "POST", "/purchaser/v1/service-records", document=("service-record", payload, "dr01")
    )
    assert registered.status == 201, registered
    return registered.json


def submission(claim: Any, **change: Any) -> dict[str, Any]:
    return {
        "claimId": claim["claimId"],
        "insurerCode": claim["insurerCode"],
        "admission": "outpatient",
        "documents": [claim["documentId"]],
        "cost": {name: claim[name] for name in ("total", "insurerShare", "patientShare")},
        **change,
    }


def submit(table: Bench, claim: Any, **change: Any) -> Answered:
    return table.call("POST", CLAIMS, body=submission(claim, **change))


def result(table: Bench, claim: Any, **options: Any) -> Answered:
    return table.call("GET", f"{CLAIMS}/{claim['claimId']}/result", **options)


def objected(table: Bench, claim: Any, item: str = "1") -> Answered:
    body = {"itemRef": item, "text": "medically needed"}
    return table.call("POST", f"{CLAIMS}/{claim['claimId']}/objections", body=body)


def ledger(table: Bench, name: str = "payments", **options: Any) -> Any:
    month = period_of(table.clock.now())
    return table.call("GET", f"/purchaser/v1/{name}/{month}", **options).json


def deductions(answer: Answered) -> list[tuple[str, int]]:
    return [(one["reason"]["code"], one["amount"]) for one in answer.json["adjustments"]]


def physiotherapy(table: Bench) -> Any:
    """Twelve sessions of which ten are paid."""
    return record(table, code=PHYSIO, quantity=12, price=400_000, tariff=400_000)


def test_a_sound_claim_is_adjudicated_without_deduction(table: Bench) -> None:
    claim = record(table)
    decided = submit(table, claim)
    assert (decided.status, decided.json["state"]) == (201, "ADJUDICATED")
    assert decided.json["accepted"] == {
        "total": 500_000,
        "insurerShare": 350_000,
        "patientShare": 150_000,
    }
    assert result(table, claim).json == decided.json


def test_the_same_request_is_answered_again_and_another_one_is_a_duplicate(table: Bench) -> None:
    claim = record(table)
    key = table.ids.token()
    first = table.call("POST", CLAIMS, body=submission(claim), key=key)
    again = table.call("POST", CLAIMS, body=submission(claim), key=key)
    assert (first.status, first.json) == (again.status, again.json)
    assert submit(table, claim).code == "CLAIM_DUPLICATE"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"insurerCode": "2"}, "HID_INVALID"),
        ({"documents": []}, "CLAIM_INCOMPLETE"),
        ({"admission": "inpatient"}, "COST_MISMATCH"),
        (
            {"cost": {"total": 500_000, "insurerShare": 400_000, "patientShare": 100_000}},
            "COST_MISMATCH",
        ),
        ({"claimId": "00000000-0000-4000-8000-000000000000"}, "CLAIM_NOT_FOUND"),
    ],
)
def test_what_differs_from_the_claim_is_refused(
    table: Bench, change: dict[str, Any], code: str
) -> None:
    claim = record(table)
    assert submit(table, claim, **change).code == code
    assert result(table, claim).code == "CLAIM_NOT_FOUND"
    assert submit(table, claim).status == 201


def test_another_centre_neither_submits_nor_reads(table: Bench) -> None:
    claim = record(table)
    foreign = table.call("POST", CLAIMS, body=submission(claim), centre="hospital-1")
    assert foreign.code == "CLAIM_NOT_FOUND"
    assert submit(table, claim).status == 201
    assert result(table, claim, centre="hospital-1").code == "CLAIM_NOT_FOUND"


def test_a_price_above_the_ceiling_of_the_sector_is_deducted(table: Bench) -> None:
    decided = submit(table, record(table, price=1_000_000))
    assert decided.json["state"] == "ADJUSTED"
    assert deductions(decided) == [("OVER_TARIFF", 100_000)]
    assert decided.json["adjustments"][0]["ruleId"] == "N02"
    assert decided.json["accepted"]["insurerShare"] == 250_000
    assert decided.json["accepted"]["total"] == 900_000


def test_a_quantity_above_the_limit_is_deducted_in_parts(table: Bench) -> None:
    decided = submit(table, physiotherapy(table))
    share = 12 * 280_000
    assert deductions(decided) == [("QUANTITY_ABOVE_LIMIT", share // 6)]
    assert decided.json["accepted"]["insurerShare"] == share - share // 6


def test_one_visit_is_paid_once(table: Bench) -> None:
    hid = table.hid()
    first, second = record(table, hid=hid), record(table, hid=hid)
    assert deductions(submit(table, first)) == []
    assert deductions(submit(table, second)) == [("DUPLICATE_CLAIM", 350_000)]
    assert result(table, second).json["accepted"]["insurerShare"] == 0


def test_an_objection_gives_back_what_a_need_can_answer(table: Bench) -> None:
    claim = physiotherapy(table)
    assert submit(table, claim).json["state"] == "ADJUSTED"
    heard = objected(table, claim)
    assert heard.status == 201
    assert deductions(heard)[-1] == ("APPEAL_ACCEPTED", 560_000)
    assert heard.json["accepted"]["insurerShare"] == claim["insurerShare"]
    assert objected(table, claim).code == "CLAIM_STATE_CONFLICT"


def test_an_objection_to_arithmetic_changes_nothing(table: Bench) -> None:
    claim = record(table, price=1_000_000)
    decided = submit(table, claim)
    assert objected(table, claim).json["accepted"] == decided.json["accepted"]


def test_there_is_nothing_to_object_to_without_a_deduction(table: Bench) -> None:
    claim = record(table)
    assert objected(table, claim).code == "CLAIM_NOT_FOUND"
    submit(table, claim)
    assert objected(table, claim).code == "CLAIM_STATE_CONFLICT"


def test_a_prescription_is_closed_when_its_claims_are_settled(table: Bench) -> None:
    rx = table.registered()
    assert table.given(rx, 60).status == 200
    claim = claimed(table, rx, 60).json
    pharmacy = {"centre": "pharmacy-1"}
    decided = table.call("POST", CLAIMS, body=submission(claim), **pharmacy)
    assert decided.json["state"] == "ADJUDICATED"
    target = f"/purchaser/v1/claims/{claim['claimId']}"
    table.call("GET", target, **pharmacy)
    assert table.read(rx)["state"] == "DISPENSED"
    table.clock.advance(timedelta(days=46))
    assert table.call("GET", target, **pharmacy).json["state"] == "SETTLED"
    assert table.read(rx)["state"] == "CLOSED"


def test_the_window_closes_after_thirty_days_and_the_claim_after_forty_five(table: Bench) -> None:
    claim = physiotherapy(table)
    submit(table, claim)
    table.clock.advance(timedelta(days=31))
    assert objected(table, claim).code == "APPEAL_WINDOW_CLOSED"
    assert result(table, claim).json["state"] == "ADJUSTED"
    table.clock.advance(timedelta(days=15))
    settled = result(table, claim).json
    assert (settled["state"], settled["paid"]) == ("SETTLED", settled["accepted"]["insurerShare"])
    assert objected(table, claim).code == "CLAIM_STATE_CONFLICT"


def test_the_purchaser_tells_what_became_of_a_claim(table: Bench) -> None:
    claim = record(table, price=1_000_000)
    target = f"/purchaser/v1/claims/{claim['claimId']}"
    assert table.call("GET", target).json["state"] == "SUBMITTED"
    decided = submit(table, claim).json
    shown = table.call("GET", target).json
    assert shown["state"] == "ADJUSTED"
    assert (shown["accepted"], shown["adjustments"]) == (
        decided["accepted"],
        decided["adjustments"],
    )
    line = ledger(table, "statements")["claims"][0]
    assert (line["state"], line["adjustments"]) == ("ADJUSTED", decided["adjustments"])


def test_statement_and_payments_reconcile_to_zero(table: Bench) -> None:
    claims = [record(table), record(table, price=1_000_000), physiotherapy(table), record(table)]
    for claim in claims[:3]:
        submit(table, claim)
    objected(table, claims[2])
    month = period_of(table.clock.now())
    for days in (0, 46):
        table.clock.advance(timedelta(days=days))
        shown = table.call("GET", f"/purchaser/v1/statements/{month}").json
        paid = table.call("GET", f"/purchaser/v1/payments/{month}").json
        assert len(shown["claims"]) == len(claims)
        assert shown["insurerShare"] == sum(one["insurerShare"] for one in claims)
        assert paid["paid"] + paid["receivable"] + paid["adjusted"] == shown["insurerShare"]
        assert paid["adjusted"] == shown["adjusted"] == 100_000
    decided = [result(table, one).json for one in claims[:3]]
    assert paid["paid"] == sum(one["paid"] for one in decided)
    assert paid["receivable"] == claims[3]["insurerShare"]


def test_results_of_a_month_are_the_centres_own(table: Bench) -> None:
    claim = record(table)
    submit(table, claim)
    month = period_of(table.clock.now())
    mine = table.call("GET", f"/adjudication/v1/results/{month}").json
    assert [one["claimId"] for one in mine["results"]] == [claim["claimId"]]
    other = table.call("GET", f"/adjudication/v1/results/{month}", centre="hospital-1").json
    assert other["results"] == []


def _two_visits(table: Bench) -> Any:
    hid = table.hid()
    first, second = record(table, hid=hid), record(table, hid=hid)
    submit(table, first)
    return deductions(submit(table, second))


def _read_by_others(table: Bench) -> Any:
    claim = record(table)
    submit(table, claim)
    return result(table, claim, centre="hospital-1").status


def _late(table: Bench) -> Any:
    claim = physiotherapy(table)
    submit(table, claim)
    table.clock.advance(timedelta(days=31))
    status = objected(table, claim).status
    table.clock.advance(timedelta(days=-31))
    return status


def _heard(table: Bench) -> Any:
    claim = physiotherapy(table)
    submit(table, claim)
    return objected(table, claim).json["accepted"]["insurerShare"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "submission.insurer_unchecked": lambda t: submit(t, record(t), insurerCode="2").status,
    "submission.documents_unchecked": lambda t: submit(t, record(t), documents=[]).status,
    "rules.limits_ignored": lambda t: deductions(submit(t, physiotherapy(t))),
    "rules.whole_item_struck": lambda t: deductions(submit(t, physiotherapy(t))),
    "rules.ceiling_ignored": lambda t: deductions(submit(t, record(t, price=1_000_000))),
    "rules.repeats_unseen": _two_visits,
    "result.any_centre": _read_by_others,
    "result.deduction_to_patient": lambda t: submit(t, record(t, price=1_000_000)).json["accepted"],
    "result.settled_at_once": lambda t: submit(t, record(t)).json["state"],
    "objection.no_effect": _heard,
    "objection.window_ignored": _late,
}


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, table: Bench, state: Path) -> None:
    faulty = bench(state, f"adjudication.{point}")
    try:
        assert PROBES[point](table) != PROBES[point](faulty)
    finally:
        faulty.close()


def test_every_fault_of_adjudication_has_a_probe() -> None:
    assert {f"adjudication.{name}" for name in PROBES} == {one.name for one in ADJUDICATION_POINTS}
