"""Complementary insurers: letters, second claims with the base result, own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.complementary_points import COMPLEMENTARY_POINTS
from reference_impl.platform.clock import TEHRAN
from tests.component.bench import Answered, Bench, bench

POLICY, LAPSED = "99000000001", "99000000002"
HOLDER, FORMER = "P26", "S02"
BASE = "/complementary/v1"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def adjudicated(table: Bench, price: int = 900_000, person: str = HOLDER) -> Any:
    """Deliver a visit at a private price and have the base claim decided."""
    payload = table.visit(table.hid(person), person=person)
    cost = {"total": price, "insurerShare": 350_000, "patientShare": price - 350_000}
    payload["services"][0] |= {"unitPrice": price, "cost": cost}
    payload["cost"] = cost
    claim = table.call(
        "POST", "/purchaser/v1/service-records", document=("service-record", payload, "dr01")
    ).json
    decided = table.call(
        "POST",
        "/adjudication/v1/claims",
        body={
            "claimId": claim["claimId"],
            "insurerCode": "1",
            "admission": "outpatient",
            "documents": [claim["documentId"]],
            "cost": cost,
        },
    )
    assert decided.status == 201, decided
    return decided.json


def second(table: Bench, base: Any, **change: Any) -> Answered:
    body = {
        "claimId": base["claimId"],
        "policy": POLICY,
        "baseResult": base,
        "patientPart": base["accepted"]["patientShare"],
        **change,
    }
    return table.call("POST", f"{BASE}/claims", body=body)


def day(table: Bench, days: int = 10) -> str:
    return (table.clock.now().astimezone(TEHRAN).date() + timedelta(days=days)).isoformat()


def letter(table: Bench, person: str = HOLDER, **change: Any) -> Answered:
    body = {
        "person": table.person_id(person),
        "policy": POLICY,
        "services": [],
        "validUntil": day(table),
        **change,
    }
    return table.call("POST", f"{BASE}/guarantees", body=body)


def read_letter(table: Bench, issued: Answered, **options: Any) -> Answered:
    return table.call("GET", f"{BASE}/guarantees/{issued.json['guaranteeId']}", **options)


def read_claim(table: Bench, base: Any, **options: Any) -> Answered:
    return table.call("GET", f"{BASE}/claims/{base['claimId']}", **options)


def evaluated(table: Bench, *codes: tuple[str, str, int], **change: Any) -> Answered:
    items = [
        {
            "itemId": str(number),
            "code": table.coded(f"urn:ir:maksa:{system}-synthetic", code),
            "quantity": 1,
            "unitPrice": price,
        }
        for number, (system, code, price) in enumerate(codes, start=1)
    ]
    body = {
        "position": "pre_service",
        "patient": table.person_id(HOLDER),
        "prescriber": {"councilKind": "MD", "councilNumber": "990001"},
        "centre": table.world.centre("office-1").siam_id,
        "hid": table.hid(HOLDER),
        "items": items,
        **change,
    }
    return table.call("POST", f"{BASE}/evaluations", body=body)


VISIT = ("service", "992101", 500_000)


def test_the_plan_pays_its_percentage_up_to_the_cap(table: Bench) -> None:
    base = adjudicated(table, price=500_000)
    paid = second(table, base).json
    assert (paid["complementaryShare"], paid["patientShare"]) == (120_000, 30_000)
    dear = adjudicated(table)
    capped = second(table, dear).json
    assert (capped["complementaryShare"], capped["patientShare"]) == (300_000, 250_000)


@pytest.mark.parametrize("price", [500_000, 500_001, 733_333, 900_000, 1_200_000])
def test_base_plan_and_patient_make_the_total(table: Bench, price: int) -> None:
    base = adjudicated(table, price)
    paid = second(table, base).json
    parts = paid["complementaryShare"] + paid["patientShare"] + base["accepted"]["insurerShare"]
    assert parts == base["accepted"]["total"]
    assert read_claim(table, base).json == paid


def test_a_claim_is_decided_once_and_a_repeated_request_answered_again(table: Bench) -> None:
    base = adjudicated(table)
    assert second(table, base).status == 201
    assert second(table, base).code == "CLAIM_DUPLICATE"


def test_it_is_paid_when_the_term_is_over(table: Bench) -> None:
    base = adjudicated(table)
    assert second(table, base).json["state"] == "ADJUDICATED"
    table.clock.advance(timedelta(days=46))
    settled = read_claim(table, base).json
    assert (settled["state"], settled["paid"]) == ("SETTLED", 300_000)


def test_refusals_of_second_claims(table: Bench) -> None:
    base = adjudicated(table)
    submitted = {**base, "state": "SUBMITTED"}
    better = {**base["accepted"], "insurerShare": 0, "patientShare": 900_000}
    stranger = adjudicated(table, person="P01")
    former = adjudicated(table, person=FORMER)
    unknown = "00000000-0000-4000-8000-000000000000"
    refused = {
        "state": second(table, base, baseResult=submitted).code,
        "other": second(table, base, claimId=unknown).code,
        "amounts": second(table, base, baseResult={**base, "accepted": better}).code,
        "no claim": second(
            table, base, claimId=unknown, baseResult={**base, "claimId": unknown}
        ).code,
        "policy": second(table, base, policy="99000000009").code,
        "person": second(table, stranger).code,
        "lapsed": second(table, former, policy=LAPSED).code,
        "part": second(table, base, patientPart=550_001).code,
        "letter": second(table, base, guaranteeId=unknown).code,
        "read": read_claim(table, base).code,
    }
    assert refused == {
        "state": "BASE_RESULT_MISSING",
        "other": "BASE_RESULT_MISSING",
        "amounts": "BASE_RESULT_MISSING",
        "no claim": "BASE_RESULT_MISSING",
        "policy": "POLICY_NOT_FOUND",
        "person": "POLICY_NOT_FOUND",
        "lapsed": "POLICY_NOT_IN_FORCE",
        "part": "COST_MISMATCH",
        "letter": "GUARANTEE_NOT_FOUND",
        "read": "CLAIM_NOT_FOUND",
    }


def test_a_letter_pays_one_claim_up_to_its_ceiling(table: Bench) -> None:
    issued = letter(table)
    assert issued.json | {"guaranteeId": ""} == {
        "guaranteeId": "",
        "insurerCode": "90",
        "ceiling": 300_000,
        "percent": 80,
        "state": "issued",
        "validUntil": day(table),
    }
    name = issued.json["guaranteeId"]
    base = adjudicated(table)
    above = second(table, base, guaranteeId=name)
    assert above.code == "GUARANTEE_CEILING_EXCEEDED"
    paid = second(table, base, guaranteeId=name, patientPart=375_000)
    assert (paid.json["complementaryShare"], paid.json["patientShare"]) == (300_000, 250_000)
    assert read_letter(table, issued).json["state"] == "used"
    again = second(table, adjudicated(table, 500_000), guaranteeId=name)
    assert again.code == "GUARANTEE_STATE_CONFLICT"


def test_a_letter_is_for_its_services_its_day_and_its_centre(table: Bench) -> None:
    dialysis = table.coded("urn:ir:maksa:service-synthetic", "992111")
    base = adjudicated(table, 500_000)
    named = letter(table, services=[dialysis]).json["guaranteeId"]
    assert second(table, base, guaranteeId=named).code == "GUARANTEE_STATE_CONFLICT"
    issued = letter(table)
    assert read_letter(table, issued, centre="hospital-1").code == "GUARANTEE_NOT_FOUND"
    table.clock.advance(timedelta(days=11))
    assert read_letter(table, issued).json["state"] == "expired"
    late = second(table, base, guaranteeId=issued.json["guaranteeId"])
    assert late.code == "GUARANTEE_STATE_CONFLICT"


def test_refusals_of_letters(table: Bench) -> None:
    nobody = {"type": "NC", "value": "9900000994"}
    unknown = {**table.drug("99012"), "code": "99899"}
    assert [
        letter(table, person="P01").code,
        letter(table, policy="99000000009").code,
        letter(table, person=FORMER, policy=LAPSED).code,
        letter(table, validUntil=day(table, -1)).code,
        letter(table, validUntil="2099-01-01").code,
        letter(table, services=[unknown]).code,
        table.call("GET", f"{BASE}/guarantees/{table.ids.uuid()}").code,
    ] == [
        "POLICY_NOT_FOUND",
        "POLICY_NOT_FOUND",
        "POLICY_NOT_IN_FORCE",
        "POLICY_NOT_IN_FORCE",
        "POLICY_NOT_IN_FORCE",
        "CODE_UNKNOWN",
        "GUARANTEE_NOT_FOUND",
    ]
    body = {"person": nobody, "policy": POLICY, "services": [], "validUntil": day(table)}
    asked = table.call("POST", f"{BASE}/guarantees", body=body)
    assert asked.code == "PATIENT_UNKNOWN"


def test_two_claims_race_for_one_letter(table: Bench) -> None:
    name = letter(table).json["guaranteeId"]
    bases = [adjudicated(table, 500_000) for _ in range(5)]
    bodies = [
        {
            "claimId": base["claimId"],
            "policy": POLICY,
            "guaranteeId": name,
            "baseResult": base,
            "patientPart": 150_000,
        }
        for base in bases
    ]
    answers = table.together(*(("POST", f"{BASE}/claims", {"body": one}) for one in bodies))
    assert sorted(one.status for one in answers) == [201, 409, 409, 409, 409]


def test_the_plan_evaluates_what_the_base_insurer_leaves(table: Bench) -> None:
    answer = evaluated(table, VISIT, ("eRx", "99058", 9_000)).json
    visit, uncovered = answer["items"]
    assert visit["outcome"] == "approved"
    assert visit["cost"] == {"total": 150_000, "insurerShare": 120_000, "patientShare": 30_000}
    assert (uncovered["outcome"], uncovered["messages"][0]["ruleId"]) == ("rejected", "C04")
    assert answer["outcome"] == "rejected"
    assert answer["cost"]["total"] == 159_000


def test_the_cap_of_a_case_is_used_up_by_the_first_items(table: Bench) -> None:
    private = ("service", "992101", 900_000)
    first, other = evaluated(table, ("service", "992101", 500_000), private).json["items"]
    assert first["cost"]["insurerShare"] == 120_000
    assert other["cost"]["insurerShare"] == 180_000
    assert (other["outcome"], other["messages"][-1]["ruleId"]) == ("advice", "C02")


def test_an_admission_needs_a_letter_before_it_begins(table: Bench) -> None:
    stay = ("service", "992130", 1_000_000)
    before = evaluated(table, stay).json
    assert before["outcome"] == "warning"
    after = evaluated(table, stay, position="post_service").json
    assert after["outcome"] == "approved"


def test_refusals_of_evaluations(table: Bench) -> None:
    nobody = {"type": "NC", "value": "9900000994"}
    assert evaluated(table, VISIT, patient=table.person_id("P01")).code == "POLICY_NOT_FOUND"
    assert evaluated(table, VISIT, patient=table.person_id(FORMER)).code == "POLICY_NOT_IN_FORCE"
    assert evaluated(table, VISIT, patient=nobody).code == "PATIENT_UNKNOWN"
    code = {**table.drug("99012"), "code": "99899"}
    items = [{"itemId": "1", "code": code, "quantity": 1}]
    assert evaluated(table, items=items).code == "CODE_UNKNOWN"


def _shares(table: Bench) -> Any:
    paid = second(table, adjudicated(table)).json
    return paid["complementaryShare"], paid["patientShare"]


def _unverified(table: Bench) -> Any:
    base = adjudicated(table)
    better = {**base["accepted"], "insurerShare": 0, "patientShare": 900_000}
    return second(table, base, baseResult={**base, "accepted": better}).status


def _twice(table: Bench) -> Any:
    name = letter(table).json["guaranteeId"]
    second(table, adjudicated(table, 500_000), guaranteeId=name)
    return second(table, adjudicated(table, 500_000), guaranteeId=name).status


def _above(table: Bench) -> Any:
    name = letter(table).json["guaranteeId"]
    return second(table, adjudicated(table), guaranteeId=name).status


def _foreign_claim(table: Bench) -> Any:
    base = adjudicated(table)
    second(table, base)
    return read_claim(table, base, centre="hospital-1").status


PROBES: dict[str, Callable[[Bench], Any]] = {
    "share.cap_ignored": _shares,
    "share.of_total": lambda t: second(t, adjudicated(t, 500_000)).json["complementaryShare"],
    "share.not_deducted": _shares,
    "base.unverified": _unverified,
    "policy.any_person": lambda t: second(t, adjudicated(t, person="P01")).status,
    "policy.lapsed_accepted": lambda t: letter(t, person=FORMER, policy=LAPSED).status,
    "guarantee.any_centre": lambda t: read_letter(t, letter(t), centre="hospital-1").status,
    "guarantee.used_twice": _twice,
    "guarantee.above_ceiling": _above,
    "claim.any_centre": _foreign_claim,
    "rules.own_words": lambda t: evaluated(t, VISIT).json["outcome"],
    "rules.named_as_base": lambda t: evaluated(t, VISIT).json["items"][0]["messages"][0]["insurer"],
    "rules.uncovered_paid": lambda t: evaluated(t, ("eRx", "99058", 9_000)).json["outcome"],
}


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, table: Bench, state: Path) -> None:
    faulty = bench(state, f"complementary.{point}")
    try:
        assert PROBES[point](table) != PROBES[point](faulty)
    finally:
        faulty.close()


def test_every_fault_of_the_complementary_insurers_has_a_probe() -> None:
    assert {f"complementary.{one}" for one in PROBES} == {one.name for one in COMPLEMENTARY_POINTS}
