"""The purchaser beyond dispensing: stays, paper, questions, payments, repeats, several insurers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lab.kit.documents import sign_document
from reference_impl.purchaser import service as purchaser_service
from tests.component.bench import REASONS, Bench, bench
from tests.component.insurer_desk import (
    HOSPITAL,
    SERVICES,
    UNKNOWN,
    add,
    answer,
    ask,
    claimed,
    enter,
    give,
    ledger,
    opened,
    paper,
    preferred,
    prepared_with_pack,
    repeated,
    search,
    served,
    signed,
    two_insurers,
)
from tests.component.peers_played import play


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def test_a_stay_is_watched_from_admission_to_discharge(table: Bench) -> None:
    hid = table.hid(centre=HOSPITAL)
    stay = opened(table, hid)
    assert (stay.status, stay.json["state"], stay.json["events"]) == (201, "admitted", 1)
    for kind in ("transferred", "service", "protocol_deviation"):
        assert add(table, stay, hid, kind).json["state"] == "admitted"
    ended = add(table, stay, hid, "discharged").json
    assert (ended["state"], ended["events"], ended["deviations"]) == ("discharged", 5, 1)
    assert add(table, stay, hid, "service").code == "STAY_STATE_CONFLICT"


def test_refusals_of_stays(table: Bench) -> None:
    hid = table.hid(centre=HOSPITAL)
    stay = opened(table, hid)
    own = table.hid(person="P02", insurer="37", centre=HOSPITAL)
    code = {**table.coded(SERVICES, "992112"), "code": "999999"}
    assert [
        opened(table, hid).code,
        opened(table, own).code,
        opened(table, table.hid()).code,
        opened(table, "1W2AZVAKQZ").code,
        opened(table, table.hid(centre=HOSPITAL), kind="service").code,
        add(table, stay, hid, "admitted").code,
        add(table, stay, hid, "service", centre="pharmacy-1").code,
        add(table, stay, hid, "service", named=UNKNOWN).code,
        add(table, stay, table.hid(), "service").code,
        add(table, stay, hid, "service", service=code).code,
        add(table, stay, hid, "service", at=table.now(-7200)).code,
        add(table, stay, hid, "service", at=table.now(7200)).code,
    ] == [
        "STAY_STATE_CONFLICT",
        "PATIENT_NOT_COVERED",
        "HID_CENTRE_MISMATCH",
        "HID_INVALID",
        "SCHEMA_VIOLATION",
        "STAY_STATE_CONFLICT",
        "STAY_NOT_FOUND",
        "STAY_NOT_FOUND",
        "HID_INVALID",
        "CODE_UNKNOWN",
        "SCHEMA_VIOLATION",
        "SCHEMA_VIOLATION",
    ]
    assert add(table, stay, hid, "service").json["events"] == 2


def test_services_of_a_stay_are_shared_as_inpatient(table: Bench) -> None:
    hid = table.hid(centre=HOSPITAL)
    opened(table, hid)
    assert served(table, hid, 30).code == "COST_MISMATCH"
    claim = served(table, hid, 10).json
    assert (claim["admission"], claim["patientShare"]) == ("inpatient", 50_000)


@pytest.mark.parametrize(
    ("person", "insurer", "percent"), [("P01", "1", 30), ("P02", "2", 30), ("S01", "40", 20)]
)
def test_the_insurer_follows_from_the_hid_and_has_its_own_rows(
    table: Bench, person: str, insurer: str, percent: int
) -> None:
    hid = table.hid(person, insurer, HOSPITAL)
    claim = served(table, hid, percent, person=person)
    assert (claim.status, claim.json["insurerCode"]) == (201, insurer)


def test_every_insurer_has_its_own_partition_of_the_ledger(table: Bench) -> None:
    two_insurers(table)
    whole = ledger(table, "statements")
    assert [one["insurerCode"] for one in whole["insurers"]] == ["1", "40"]
    assert whole["insurerShare"] == sum(one["insurerShare"] for one in whole["insurers"])
    for part in whole["insurers"]:
        alone = ledger(table, "statements", part["insurerCode"])
        assert alone["insurerShare"] == part["insurerShare"]
        assert {one["insurerCode"] for one in alone["claims"]} == {part["insurerCode"]}
        paid = ledger(table, "payments", part["insurerCode"])
        assert paid["receivable"] == part["insurerShare"]
    assert ledger(table, "payments")["receivable"] == whole["insurerShare"]
    assert ledger(table, "statements", centre="office-1")["claims"] == []


def test_a_month_to_come_has_no_payments(table: Bench) -> None:
    assert table.call("GET", "/purchaser/v1/payments/1499-01").code == "STATEMENT_PERIOD_INVALID"


def test_a_void_takes_back_what_was_claimed(table: Bench) -> None:
    rx = table.registered()
    first = table.given(rx, 20).json["dispenseId"]
    second = table.given(rx, 10).json["dispenseId"]
    claims = [claimed(table, rx, quantity) for quantity in (20, 10)]
    assert [one.status for one in claims] == [201, 201]
    whole = sum(one.json["insurerShare"] for one in claims)
    table.dispenses(first, "void", body=table.reason("RETURNED_UNOPENED"))
    shown = ledger(table, "statements", centre="pharmacy-1")
    paid = ledger(table, "payments", centre="pharmacy-1")
    left = claims[1].json["insurerShare"]
    assert (shown["insurerShare"], shown["adjusted"]) == (whole, whole - left)
    assert (paid["paid"], paid["receivable"], paid["adjusted"]) == (0, left, whole - left)
    table.dispenses(second, "void", body=table.reason("RETURNED_UNOPENED"))
    paid = ledger(table, "payments", centre="pharmacy-1")
    assert (paid["receivable"], paid["adjusted"]) == (0, whole)
    target = f"/purchaser/v1/claims/{claims[1].json['claimId']}"
    read = table.call("GET", target, centre="pharmacy-1").json
    assert {one["reason"]["code"] for one in read["adjustments"]} == {"NOT_RENDERED"}
    assert read["accepted"]["total"] == 0


def test_paper_becomes_a_prescription_like_any_other(table: Bench) -> None:
    body = paper(table, hours=71)
    entered = enter(table, body)
    assert (entered.status, entered.json["state"]) == (201, "REGISTERED")
    assert entered.headers["location"].endswith(entered.json["prescriptionId"])
    assert enter(table, body).json == entered.json
    assert table.given(entered.json, 60).json["state"] == "CONFIRMED"


def test_a_serial_is_entered_once_and_an_electronic_original_is_the_same(table: Bench) -> None:
    first = paper(table)
    entered = enter(table, first)
    second = {**paper(table), "serial": first["serial"]}
    assert enter(table, second).code == "PAPER_SERIAL_USED"
    payload = table.prescription(table.hid())
    electronic = table.call(
        "POST", "/purchaser/v1/prescriptions", document=("prescription", payload, "dr01")
    )
    issued = int(table.clock.now().timestamp())
    document = sign_document("prescription", payload, table.kit.identity("dr01"), issued_at=issued)
    same = enter(table, {**paper(table), "document": document})
    assert same.json["prescriptionId"] == electronic.json["prescriptionId"]
    assert same.json["prescriptionId"] != entered.json["prescriptionId"]


def test_refusals_of_paper(table: Bench) -> None:
    good = paper(table)
    altered = {**good["document"], "signature": signed(table)["signature"]}
    other = {**table.coded(REASONS, "OUT_OF_STOCK")}
    real = signed(table, testData=False)
    unknown = signed(table, kind="unheard of")
    assert [
        enter(table, paper(table, hours=73)).code,
        enter(table, paper(table, cause="GATEWAY_DOWN")).code,
        enter(table, paper(table) | {"cause": other}).code,
        enter(table, paper(table) | {"writtenAt": table.now(7200)}).code,
        enter(table, good | {"document": altered}).code,
        enter(table, good | {"document": good["document"] | {"protected": "e30"}}).code,
        enter(table, good | {"document": real}).code,
        enter(table, good | {"document": unknown}).code,
        enter(table, good | {"document": signed(table, hid="1W2AZVAKQZ")}).code,
        enter(table, good | {"document": signed(table, hid=table.hid(centre=HOSPITAL))}).code,
        enter(table, good, centre=HOSPITAL).code,
    ] == [
        "PAPER_ENTRY_LATE",
        "PAPER_OUTSIDE_OUTAGE",
        "CODE_UNKNOWN",
        "SCHEMA_VIOLATION",
        "DOCUMENT_SIGNATURE_INVALID",
        "DOCUMENT_MALFORMED",
        "DOCUMENT_NOT_TEST_DATA",
        "SCHEMA_VIOLATION",
        "HID_INVALID",
        "HID_CENTRE_MISMATCH",
        "SEAL_CENTRE_MISMATCH",
    ]
    assert enter(table, good).status == 201


def test_a_declared_outage_is_asked_of_the_emergency_service(table: Bench) -> None:
    played = play(table.exchange, "emergency", whole=True)
    until = table.now(600)
    played.answers["/paper/check"] = (200, {"allowed": True, "enterUntil": until})
    late = paper(table, hours=200, outageNumber="OUT-1", cause="GATEWAY_DOWN")
    assert enter(table, late).status == 201
    assert played.seen[0][1]["outageNumber"] == "OUT-1"
    played.answers["/paper/check"] = (200, {"allowed": False})
    assert enter(table, paper(table, outageNumber="OUT-2")).code == "PAPER_OUTSIDE_OUTAGE"
    played.answers["/paper/check"] = (200, {"allowed": True, "enterUntil": table.now(-1)})
    assert enter(table, paper(table, outageNumber="OUT-3")).code == "PAPER_ENTRY_LATE"
    played.answers["/paper/check"] = (404, {"code": "OUTAGE_NOT_FOUND"})
    assert enter(table, paper(table, outageNumber="OUT-4")).code == "PAPER_OUTSIDE_OUTAGE"


def test_a_dispenser_asks_and_the_prescriber_answers(table: Bench) -> None:
    rx = table.registered()
    table.lease(rx)
    asked = ask(table, rx, itemId="1")
    assert (asked.status, asked.json["state"]) == (201, "open")
    shown = table.read(rx)["questions"][0]
    assert (shown["text"], shown["state"], shown["itemId"]) == ("twice a day?", "open", "1")
    question = asked.json["questionId"]
    told = answer(table, question)
    assert told.json == {"questionId": question, "state": "answered", "answer": "yes"}
    assert table.read(rx)["questions"][0]["answer"] == "yes"
    assert answer(table, question).json == told.json
    assert answer(table, question, text="no").code == "PRESCRIPTION_STATE_CONFLICT"
    assert table.read(rx)["state"] == "REGISTERED"


def test_refusals_of_questions(table: Bench) -> None:
    rx = table.registered()
    assert ask(table, rx).code == "PRESCRIPTION_ACCESS_REFUSED"
    table.lease(rx)
    assert ask(table, rx, centre="pharmacy-2").code == "PRESCRIPTION_ACCESS_REFUSED"
    assert ask(table, rx, itemId="9").code == "DISPENSE_ITEM_UNKNOWN"
    assert ask(table, rx, prescriptionId=UNKNOWN).code == "PRESCRIPTION_NOT_FOUND"
    question = ask(table, rx).json["questionId"]
    assert answer(table, question, HOSPITAL).code == "PRESCRIPTION_QUERY_NOT_FOUND"
    assert answer(table, UNKNOWN).code == "PRESCRIPTION_QUERY_NOT_FOUND"


def test_repeats_are_given_on_their_due_dates_and_not_before(table: Bench) -> None:
    rx = repeated(table)
    assert rx["items"][0]["ordered"] == 120
    assert give(table, rx, 31).code == "DISPENSE_QUANTITY_EXCEEDED"
    assert give(table, rx, 30).status == 200
    assert give(table, rx, 1).code == "DISPENSE_QUANTITY_EXCEEDED"
    table.clock.advance(timedelta(days=14))
    assert give(table, rx, 1).code == "DISPENSE_QUANTITY_EXCEEDED"
    for days in (1, 15, 15):
        table.clock.advance(timedelta(days=days))
        assert give(table, rx, 30).status == 200
    assert table.read(rx)["state"] == "DISPENSED"


def test_a_repeat_that_was_missed_can_be_taken_later(table: Bench) -> None:
    rx = repeated(table)
    table.clock.advance(timedelta(days=30))
    assert give(table, rx, 91).code == "DISPENSE_QUANTITY_EXCEEDED"
    assert give(table, rx, 90).status == 200


def test_the_preferred_pharmacy_reads_by_the_person_alone(table: Bench) -> None:
    table.registered()
    rx = preferred(table)
    found = search(table, "P01", "pharmacy-1")
    assert found["content"]["prescriptionId"] == rx["prescriptionId"]
    assert len(found["matches"]) == 2
    assert search(table, "P01", "pharmacy-2")["content"] is None


def test_packs_are_consumed_at_confirmation_and_given_back_by_a_void(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchaser_service, "consumption_offered", lambda _contracts: True)
    table = bench(state)
    try:
        played = play(table.exchange, "ttac")
        for name in ("/consumptions", "/reactivations"):
            played.answers[name] = (201, {"state": "consumed"})
        rx, dispense = prepared_with_pack(table)
        assert [path for path, _ in played.seen if path == "/consumptions"] == []
        assert table.dispenses(dispense, "confirmation").json["state"] == "CONFIRMED"
        assert table.dispenses(dispense, "confirmation").json["state"] == "CONFIRMED"
        used = [body for path, body in played.seen if path == "/consumptions"]
        assert [(one["dispenseId"], one["count"]) for one in used] == [(dispense, 10)]
        table.dispenses(dispense, "void", body=table.reason("RETURNED_UNOPENED"))
        assert [body for path, body in played.seen if path == "/reactivations"] == used
        played.answers["/consumptions"] = (409, {"code": "PRODUCT_ALREADY_CONSUMED"})
        _, second = prepared_with_pack(table)
        refused = table.dispenses(second, "confirmation")
        assert refused.code == "PRODUCT_NOT_AUTHENTIC"
        reason = table.reason("AUTHENTICITY_FAILED")
        assert table.dispenses(second, "abandonment", body=reason).json["state"] == "ABANDONED"
        assert table.read(rx)["items"][0]["dispensed"] == 0
    finally:
        table.close()


def test_nothing_is_consumed_where_the_service_keeps_no_account(table: Bench) -> None:
    offered = "consumeProduct" in json.dumps(table.exchange._pack.contracts["ttac"])
    played = play(table.exchange, "ttac")
    played.answers["/consumptions"] = (201, {"state": "consumed"})
    _, dispense = prepared_with_pack(table)
    assert table.dispenses(dispense, "confirmation").status == 200
    assert ("/consumptions" in [path for path, _ in played.seen]) is offered
