"""The purchaser from registration to statement, in process, sealed and signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_impl.purchaser.calendar import period_of
from tests.component.bench import Bench


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    made = Bench(Path(tmp_path_factory.mktemp("exchange")), database_url=url)
    yield made
    made.close()


def test_registration_answers_with_codes_version_and_location(table: Bench) -> None:
    answered = table.register()
    assert answered.status == 201, answered
    assert answered.headers["etag"] == '"1"'
    assert answered.headers["location"].endswith(answered.json["prescriptionId"])
    assert len(answered.json["trackingCode"]) == 20
    assert len(answered.json["shortCode"]) == 5
    assert answered.json["state"] == "REGISTERED"
    assert answered.json["items"] == [
        {"itemId": "1", "ordered": 60, "dispensed": 0, "remaining": 60, "state": "ORDERED"}
    ]


def test_a_full_dispense_runs_from_lease_to_dispensed(table: Bench) -> None:
    registered = table.registered()
    leased = table.lease(registered)
    assert leased.status == 201, leased
    assert leased.json["prescription"]["prescriptionId"] == registered["prescriptionId"]
    prepared = table.prepare(registered, leased.json["secret"], 60)
    assert prepared.status == 201, prepared
    assert prepared.json["state"] == "PREPARED"
    assert (prepared.json["total"], prepared.json["insurerShare"]) == (114_000, 79_800)
    assert table.read(registered)["items"][0]["remaining"] == 60
    confirmed = table.dispenses(prepared.json["dispenseId"], "confirmation")
    assert confirmed.status == 200, confirmed
    assert confirmed.json["state"] == "CONFIRMED"
    after = table.read(registered)
    assert after["state"] == "DISPENSED"
    assert after["items"][0] == {
        "itemId": "1",
        "ordered": 60,
        "dispensed": 60,
        "remaining": 0,
        "state": "COMPLETE",
    }
    assert after["dispenses"] == [prepared.json["dispenseId"]]


def test_confirming_twice_is_one_confirmation(table: Bench) -> None:
    registered = table.registered()
    confirmed = table.given(registered, 20)
    again = table.dispenses(confirmed.json["dispenseId"], "confirmation")
    assert (again.status, again.json) == (200, confirmed.json)
    assert table.read(registered)["items"][0]["dispensed"] == 20


def test_partial_dispenses_add_up_and_never_exceed_the_order(table: Bench) -> None:
    registered = table.registered()
    table.given(registered, 20)
    assert table.read(registered)["state"] == "PARTIALLY_DISPENSED"
    secret = table.lease(registered).json["secret"]
    too_much = table.prepare(registered, secret, 41)
    assert (too_much.status, too_much.code) == (422, "DISPENSE_QUANTITY_EXCEEDED")
    assert table.prepare(registered, secret, 30).status == 201
    # Thirty are promised, so only ten are left to promise.
    assert table.prepare(registered, secret, 11).code == "DISPENSE_QUANTITY_EXCEEDED"
    assert table.prepare(registered, secret, 10).status == 201


def test_abandoning_frees_what_was_prepared(table: Bench) -> None:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    prepared = table.prepare(registered, secret, 60).json["dispenseId"]
    gone = table.dispenses(prepared, "abandonment", body=table.reason("PATIENT_LEFT"))
    assert gone.json["state"] == "ABANDONED"
    assert table.dispenses(prepared, "confirmation").code == "DISPENSE_STATE_CONFLICT"
    assert table.prepare(registered, secret, 60).status == 201


def test_a_void_restores_the_remainder_and_no_state_moves_back(table: Bench) -> None:
    registered = table.registered()
    confirmed = table.given(registered, 60).json["dispenseId"]
    voided = table.dispenses(confirmed, "void", body=table.reason("DISPENSED_IN_ERROR"))
    assert (voided.status, voided.json["state"]) == (200, "VOIDED")
    after = table.read(registered)
    assert after["items"][0]["remaining"] == 60
    assert after["state"] == "DISPENSED"
    again = table.dispenses(confirmed, "void", body=table.reason("DISPENSED_IN_ERROR"))
    assert (again.status, again.code) == (409, "DISPENSE_STATE_CONFLICT")
    assert table.given(registered, 60).status == 200


def test_an_item_that_is_not_given_is_closed_with_its_reason(table: Bench) -> None:
    registered = table.registered(table.item(), table.item("99015", 30, "2"))
    secret = table.lease(registered).json["secret"]
    reason = table.reason("OUT_OF_STOCK")["reason"]
    left_out = [{"itemId": "2", "reason": reason}]
    prepared = table.prepare(registered, secret, 60, notGiven=left_out)
    assert prepared.status == 201, prepared
    table.dispenses(prepared.json["dispenseId"], "confirmation")
    after = table.read(registered)
    assert [one["state"] for one in after["items"]] == ["COMPLETE", "NOT_GIVEN"]
    assert after["state"] == "DISPENSED"


def test_amendment_needs_the_current_version(table: Bench) -> None:
    registered = table.registered()
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}"

    def amend(if_match: str | None, version: int, quantity: int = 30) -> tuple[int, str | None]:
        payload = table.prescription(registered["document"]["hid"], table.item(quantity=quantity))
        payload["amends"] = {"prescriptionId": registered["prescriptionId"], "version": version}
        answered = table.call(
            "PUT", path, document=("amendment", payload, "dr01"), if_match=if_match
        )
        return answered.status, answered.code or answered.headers["etag"]

    assert amend(None, 1) == (428, "PRECONDITION_MISSING")
    assert amend('"9"', 1) == (412, "PRECONDITION_FAILED")
    assert amend('"1"', 1) == (200, '"2"')
    assert amend('"1"', 1) == (412, "PRECONDITION_FAILED")
    assert table.read(registered)["items"][0]["ordered"] == 30
    table.lease(registered)
    assert amend('"2"', 2) == (423, "LEASE_HELD")
    assert table.given(registered, 30).status == 200
    assert amend('"2"', 2) == (409, "PRESCRIPTION_STATE_CONFLICT")


def test_cancelling_ends_a_prescription_for_good(table: Bench) -> None:
    registered = table.registered()
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/cancellation"
    payload = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": registered["prescriptionId"],
        **table.reason("WRONG_ITEM"),
    }
    cancelled = table.call("POST", path, document=("cancellation", payload, "dr01"))
    assert (cancelled.status, cancelled.json["state"]) == (200, "CANCELLED")
    assert cancelled.json["items"][0]["state"] == "CANCELLED"
    assert table.lease(registered).code == "PRESCRIPTION_STATE_CONFLICT"
    payload = {**payload, "documentId": table.ids.uuid()}
    again = table.call("POST", path, document=("cancellation", payload, "dr01"))
    assert (again.status, again.code) == (409, "PRESCRIPTION_STATE_CONFLICT")


def test_service_record_becomes_a_claim_on_the_statement_of_its_centre(table: Bench) -> None:
    payload = table.visit(table.hid())
    recorded = table.call(
        "POST", "/purchaser/v1/service-records", document=("service-record", payload, "dr01")
    )
    assert recorded.status == 201, recorded
    claim_id = recorded.json["claimId"]
    assert recorded.json["documentId"] == payload["documentId"]
    shown = table.call("GET", f"/purchaser/v1/claims/{claim_id}")
    assert shown.json == recorded.json
    stranger = table.call("GET", f"/purchaser/v1/claims/{claim_id}", centre="pharmacy-1")
    assert (stranger.status, stranger.code) == (404, "CLAIM_NOT_FOUND")
    month = period_of(table.clock.now())
    own = table.call("GET", f"/purchaser/v1/statements/{month}").json
    assert claim_id in [one["claimId"] for one in own["claims"]]
    assert own["total"] == sum(one["total"] for one in own["claims"])
    other = table.call("GET", f"/purchaser/v1/statements/{month}", centre="pharmacy-1").json
    assert claim_id not in [one["claimId"] for one in other["claims"]]


def test_confirmed_dispense_alone_is_no_claim(table: Bench) -> None:
    month = period_of(table.clock.now())
    path = f"/purchaser/v1/statements/{month}"
    before = table.call("GET", path, centre="pharmacy-1").json["claims"]
    table.given(table.registered(), 10)
    assert table.call("GET", path, centre="pharmacy-1").json["claims"] == before
