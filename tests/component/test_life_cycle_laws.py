"""Laws of the life cycle under parallel, repeated, reordered requests, and under a moved clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Answered, Bench, bench
from tests.component.test_adjudication import record, submission

RX = "/purchaser/v1/prescriptions"
MANY = 50


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def statuses(answers: list[Answered]) -> dict[int, int]:
    return dict(Counter(one.status for one in answers))


def dispensers(table: Bench) -> list[str]:
    """Centres that may dispense and whose licence lets them."""
    return [
        key
        for key, one in table.world.centres.items()
        if "dispensing" in one.roles and one.licence_state == "active"
    ]


def test_fifty_centres_race_for_a_lease_and_one_wins(table: Bench) -> None:
    rx = table.registered()
    centres = dispensers(table)
    racing = [centres[number % len(centres)] for number in range(MANY)]
    body = {"basis": {"hid": rx["document"]["hid"]}}
    target = f"{RX}/{rx['prescriptionId']}/lease"
    answers = table.together(
        *(("POST", target, {"body": body, "centre": centre}) for centre in racing)
    )
    won = [(c, a) for c, a in zip(racing, answers, strict=True) if a.status == 201]
    assert len(racing) == MANY
    assert len({centre for centre, _ in won}) == 1  # its further requests renewed its own lease
    assert {a.code for a in answers if a.status != 201} == {"LEASE_HELD"}
    winner = won[0][0]
    options = {"centre": winner}
    held = [table.call("DELETE", target, lease=a.json["secret"], **options).status for _, a in won]
    assert sorted(held) == [204] + [403] * (len(won) - 1)


def test_fifty_counters_never_give_more_than_ordered(table: Bench) -> None:
    rx = table.registered()
    secret = table.lease(rx).json["secret"]
    target = f"{RX}/{rx['prescriptionId']}/dispenses"
    calls = [
        (
            "POST",
            target,
            {
                "centre": "pharmacy-1",
                "lease": secret,
                "document": ("dispense", table.dispense(rx, 7), "ph01"),
            },
        )
        for _ in range(MANY)
    ]
    answers = table.together(*calls)
    assert statuses(answers) == {201: 60 // 7, 422: MANY - 60 // 7}
    assert {one.code for one in answers if one.status == 422} == {"DISPENSE_QUANTITY_EXCEEDED"}
    confirmed = table.together(
        *(
            ("POST", f"/purchaser/v1/dispenses/{one.json['dispenseId']}/confirmation", options)
            for one in answers
            if one.status == 201
            for options in ({"centre": "pharmacy-1", "body": {}},) * 3
        )
    )
    assert statuses(confirmed) == {200: 3 * (60 // 7)}
    item = table.read(rx)["items"][0]
    assert (item["dispensed"], item["remaining"]) == (56, 4)


def test_one_document_sent_many_times_is_one_prescription(table: Bench) -> None:
    document = ("prescription", table.prescription(table.hid()), "dr01")
    answers = table.together(*[("POST", RX, {"document": document})] * 20)
    assert statuses(answers) == {201: 20}
    assert len({one.json["prescriptionId"] for one in answers}) == 1
    body = {"patient": table.person_id("P01")}
    found = table.call("POST", f"{RX}/query", body=body, centre="pharmacy-1").json
    assert len(found["matches"]) == 1


def test_one_key_is_one_effect(table: Bench) -> None:
    rx = table.registered()
    table.lease(rx)
    body = {"prescriptionId": rx["prescriptionId"], "kind": "dose", "text": "twice?"}
    options = {"body": body, "key": table.ids.token(), "centre": "pharmacy-1"}
    answers = table.together(*[("POST", "/purchaser/v1/questions", options)] * 10)
    assert statuses(answers) == {201: 10}
    assert len({one.json["questionId"] for one in answers}) == 1
    assert len(table.read(rx)["questions"]) == 1


def test_one_service_is_one_claim_and_one_line(table: Bench) -> None:
    document = ("service-record", table.visit(table.hid()), "dr01")
    target = "/purchaser/v1/service-records"
    answers = table.together(*[("POST", target, {"document": document})] * 10)
    assert len({one.json["claimId"] for one in answers}) == 1
    claim = answers[0].json
    submitted = table.together(
        *[("POST", "/adjudication/v1/claims", {"body": submission(claim)})] * 10
    )
    assert statuses(submitted) == {201: 1, 409: 9}


def test_of_parallel_amendments_one_is_written(table: Bench) -> None:
    rx = table.registered()

    def amendment(number: int) -> dict[str, Any]:
        payload = table.prescription(rx["document"]["hid"], table.item(quantity=10 + number))
        payload["amends"] = {"prescriptionId": rx["prescriptionId"], "version": 1}
        return {"document": ("amendment", payload, "dr01"), "if_match": '"1"'}

    target = f"{RX}/{rx['prescriptionId']}"
    answers = table.together(*(("PUT", target, amendment(number)) for number in range(10)))
    assert statuses(answers) == {200: 1, 412: 9}
    won = next(one.json for one in answers if one.status == 200)
    now = table.read(rx)
    assert (now["version"], now["document"]) == (2, won["document"])


def test_reordered_requests_do_not_undo_each_other(table: Bench) -> None:
    rx = table.registered()
    secret = table.lease(rx).json["secret"]
    prepared = table.prepare(rx, secret, 20).json["dispenseId"]
    early = table.dispenses(prepared, "void", body=table.reason("DISPENSED_IN_ERROR"))
    assert early.code == "DISPENSE_STATE_CONFLICT"
    assert table.dispenses(prepared, "confirmation").status == 200
    late = table.dispenses(prepared, "abandonment", body=table.reason("PATIENT_LEFT"))
    assert late.code == "DISPENSE_STATE_CONFLICT"
    voided = table.dispenses(prepared, "void", body=table.reason("DISPENSED_IN_ERROR"))
    assert voided.json["state"] == "VOIDED"
    assert table.dispenses(prepared, "confirmation").code == "DISPENSE_STATE_CONFLICT"
    assert table.read(rx)["items"][0]["remaining"] == 60


def test_parallel_objections_are_decided_once(table: Bench) -> None:
    claim = record(table, code="992110", quantity=12, price=400_000, tariff=400_000)
    table.call("POST", "/adjudication/v1/claims", body=submission(claim))
    target = f"/adjudication/v1/claims/{claim['claimId']}/objections"
    body = {"itemRef": "1", "text": "needed"}
    answers = table.together(*[("POST", target, {"body": body})] * 10)
    assert statuses(answers) == {201: 1, 409: 9}
    shown = table.call("GET", f"/adjudication/v1/claims/{claim['claimId']}/result").json
    assert shown["accepted"]["insurerShare"] == claim["insurerShare"]


def test_a_lease_ends_after_fifteen_minutes_and_another_centre_may_take_it(table: Bench) -> None:
    rx = table.registered()
    secret = table.lease(rx).json["secret"]
    table.clock.advance(timedelta(minutes=14, seconds=50))
    assert table.lease(rx, "pharmacy-2").code == "LEASE_HELD"
    table.clock.advance(timedelta(seconds=11))
    assert table.lease(rx, "pharmacy-2").status == 201
    assert table.prepare(rx, secret, 1).code == "LEASE_INVALID"


def test_a_preparation_ends_after_thirty_minutes_and_frees_its_quantity(table: Bench) -> None:
    rx = table.registered()
    prepared = table.prepare(rx, table.lease(rx).json["secret"], 60).json["dispenseId"]
    table.clock.advance(timedelta(minutes=29, seconds=50))
    assert (
        table.call("GET", f"/purchaser/v1/dispenses/{prepared}", centre="pharmacy-1").json["state"]
        == "PREPARED"
    )
    table.clock.advance(timedelta(seconds=11))
    late = table.dispenses(prepared, "confirmation")
    assert late.code == "DISPENSE_CONFIRMATION_EXPIRED"
    assert table.given(rx, 60).json["state"] == "CONFIRMED"


def test_a_void_is_open_for_ten_days(table: Bench) -> None:
    first = table.given(table.registered(), 10).json["dispenseId"]
    second = table.given(table.registered(), 10).json["dispenseId"]
    reason = table.reason("DISPENSED_IN_ERROR")
    table.clock.advance(timedelta(days=10, seconds=-10))
    assert table.dispenses(first, "void", body=reason).json["state"] == "VOIDED"
    table.clock.advance(timedelta(seconds=20))
    assert table.dispenses(second, "void", body=reason).code == "VOID_WINDOW_CLOSED"


def test_a_prescription_is_valid_for_sixty_days_in_tehran(table: Bench) -> None:
    rx = table.registered()
    now = table.clock.now()
    last = timedelta(days=59)
    table.clock.advance(last)
    shown = table.read(rx)
    assert shown["state"] == "REGISTERED"
    assert table.now()[:10] == shown["validUntil"]
    table.clock.advance(timedelta(days=1))
    assert table.read(rx)["state"] == "EXPIRED"
    assert table.lease(rx).code == "PRESCRIPTION_STATE_CONFLICT"
    assert table.clock.now() > now + last


def test_a_rule_tracking_id_ends_with_its_term(table: Bench) -> None:
    hid = table.hid()
    evaluated = table.call(
        "POST",
        "/insurance_rules/v1/evaluations",
        body={
            "position": "pre_prescription",
            "patient": table.person_id("P01"),
            "prescriber": {"councilKind": "MD", "councilNumber": "990001"},
            "centre": table.world.centre("office-1").siam_id,
            "hid": hid,
            "items": [{"itemId": "1", "code": table.drug("99012"), "quantity": 60}],
        },
    ).json["items"][0]

    def order() -> Answered:
        item = {**table.item(), "ruleTrackingId": evaluated["trackingId"]}
        payload = table.prescription(hid, item)
        return table.call("POST", RX, document=("prescription", payload, "dr01"))

    assert order().status == 201
    table.clock.advance(timedelta(days=2))
    assert order().code == "TRACKING_ID_EXPIRED"
