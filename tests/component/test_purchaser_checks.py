"""What the purchaser refuses, and to whom it says nothing; by code of the error bank."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from reference_impl.platform.kernel import Kernel
from reference_impl.purchaser import store
from tests.component.bench import Answered, Bench, bench

PRESCRIPTIONS = "/purchaser/v1/prescriptions"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture(scope="module")
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def send(table: Bench, payload: Any, signer: str = "dr01") -> Answered:
    return table.call("POST", PRESCRIPTIONS, document=("prescription", payload, signer))


def refusal(answered: Answered) -> tuple[int, str | None]:
    return answered.status, answered.code


@pytest.mark.parametrize(
    ("code", "refused"),
    [("99090", "CODE_RETIRED"), ("99091", "CODE_NOT_YET_VALID"), ("99899", "CODE_UNKNOWN")],
)
def test_codes_are_judged_at_the_prescribing_time(table: Bench, code: str, refused: str) -> None:
    item = table.item()
    item["code"] = {**item["code"], "code": code}
    assert refusal(send(table, table.prescription(table.hid(), item))) == (422, refused)


def test_a_display_of_another_product_is_refused_and_folded_persian_is_not(table: Bench) -> None:
    item = table.item("99001")
    item["code"]["display"] = "warfarin 5 mg tablet"
    wrong = send(table, table.prescription(table.hid(), item))
    assert refusal(wrong) == (422, "CODE_DISPLAY_MISMATCH")
    published = table.world.product("99001").concept.fa
    persian = published.replace("ی", "ي")
    assert persian != published
    item["code"]["display"] = persian
    stored = send(table, table.prescription(table.hid(), item))
    assert stored.status == 201
    assert stored.json["document"]["items"][0]["code"]["display"] == persian


def test_the_patient_is_checked_before_the_hid(table: Bench) -> None:
    payload = table.prescription(table.hid())
    payload["patient"]["id"]["value"] = "9900000014"
    assert refusal(send(table, payload)) == (422, "PATIENT_IDENTIFIER_INVALID")


def test_hids_must_be_sound_issued_and_of_this_patient_and_centre(table: Bench) -> None:
    other_patient = table.hid("P02", "2")
    other_centre = table.hid(centre="hospital-1")
    for hid, refused in [
        ("1W2AZVAKQZ", "HID_INVALID"),  # check character
        ("1W2AZVAKZQ", "HID_INVALID"),  # sound, but never issued
        (other_patient, "HID_PATIENT_MISMATCH"),
        (other_centre, "HID_CENTRE_MISMATCH"),
    ]:
        assert refusal(send(table, table.prescription(hid))) == (422, refused)


def test_a_suspended_prescriber_and_a_pharmacist_may_not_prescribe(table: Bench) -> None:
    for key in ("dr11", "ph01"):
        payload = {**table.prescription(table.hid()), "prescriber": table.signer(key)}
        assert refusal(send(table, payload, key)) == (403, "PRESCRIBER_NOT_ENTITLED")


def test_one_document_is_one_prescription(table: Bench) -> None:
    payload = table.prescription(table.hid())
    first, again = send(table, payload), send(table, payload)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    changed = {**payload, "note": "changed"}
    assert refusal(send(table, changed)) == (409, "DOCUMENT_ID_CONFLICT")


def test_an_invented_rule_tracking_id_is_refused(table: Bench) -> None:
    rules = {"evaluationId": table.ids.uuid(), "wholeTrackingId": "99000000000000000017"}
    payload = table.prescription(table.hid(), rules=rules)
    assert refusal(send(table, payload)) == (422, "TRACKING_ID_UNKNOWN")


def query(table: Bench, body: Any, centre: str = "pharmacy-1") -> Answered:
    return table.call("POST", f"{PRESCRIPTIONS}/query", body=body, centre=centre)


def test_a_person_alone_shows_headers_only(table: Bench) -> None:
    registered = table.registered()
    found = query(table, {"patient": table.person_id("P01")}).json
    header = next(
        one for one in found["matches"] if one["prescriptionId"] == registered["prescriptionId"]
    )
    assert found["content"] is None
    assert set(header) == {"prescriptionId", "state", "registeredAt", "validUntil", "kind"}


def test_codes_open_the_content_only_beside_their_person(table: Bench) -> None:
    registered = table.registered()
    person = {"patient": table.person_id("P01")}
    stranger = {"patient": table.person_id("P02")}
    for opener in (
        {"shortCode": registered["shortCode"]},
        {"trackingCode": registered["trackingCode"]},
        {"hid": registered["document"]["hid"]},
    ):
        found = query(table, {**person, **opener}).json
        assert found["content"]["prescriptionId"] == registered["prescriptionId"]
        if "hid" not in opener:
            assert query(table, {**stranger, **opener}).json["matches"] == []
    mismatch = query(table, {**stranger, "hid": registered["document"]["hid"]})
    assert refusal(mismatch) == (422, "HID_PATIENT_MISMATCH")


def test_persian_digits_find_the_same_person(table: Bench) -> None:
    table.registered()
    persian = {"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"}
    assert query(table, {"patient": persian}).json["matches"]


def test_only_author_and_lease_holder_read(table: Bench) -> None:
    registered = table.registered()
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
    for centre in ("hospital-1", "pharmacy-1"):
        stranger = table.call("GET", path, centre=centre)
        assert refusal(stranger) == (403, "PRESCRIPTION_ACCESS_REFUSED")
    secret = table.lease(registered).json["secret"]
    assert table.call("GET", path, centre="pharmacy-1", lease=secret).status == 200
    stolen = table.call("GET", path, centre="pharmacy-2", lease=secret)
    assert refusal(stolen) == (403, "PRESCRIPTION_ACCESS_REFUSED")


def test_two_centres_race_and_one_gets_the_lease(table: Bench) -> None:
    registered = table.registered()
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}/lease"
    body = {"basis": {"hid": registered["document"]["hid"]}}
    answers = table.together(
        *(("POST", path, {"body": body, "centre": f"pharmacy-{n}"}) for n in (1, 2))
    )
    assert sorted(one.status for one in answers) == [201, 423]
    held = next(one for one in answers if one.status == 423)
    assert 0 < int(held.headers["retry-after"]) <= 900


def test_racing_preparations_never_promise_more_than_ordered(table: Bench) -> None:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}/dispenses"
    answers = table.together(
        *(
            (
                "POST",
                path,
                {
                    "document": ("dispense", table.dispense(registered, 25), "ph01"),
                    "centre": "pharmacy-1",
                    "lease": secret,
                },
            )
            for _ in range(4)
        )
    )
    assert sorted(one.status for one in answers) == [201, 201, 422, 422]


def test_a_dispense_needs_the_lease_and_its_secret(table: Bench) -> None:
    registered = table.registered()
    assert refusal(table.prepare(registered, None, 1)) == (428, "LEASE_REQUIRED")
    secret = table.lease(registered).json["secret"]
    assert refusal(table.prepare(registered, "x" * 24, 1)) == (403, "LEASE_INVALID")
    other = table.prepare(registered, secret, 1, centre="pharmacy-2", signer="ph02")
    assert refusal(other) == (403, "LEASE_INVALID")
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}/lease"
    released = table.call("DELETE", path, centre="pharmacy-1", lease=secret)
    assert released.status == 204
    assert refusal(table.prepare(registered, secret, 1)) == (403, "LEASE_INVALID")


def test_a_wrong_split_is_refused(table: Bench) -> None:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    payload = table.dispense(registered, 10)
    cost = {"total": 19_000, "insurerShare": 19_000, "patientShare": 0}
    payload["items"][0]["cost"] = cost
    answered = table.prepare(registered, secret, 10, items=payload["items"], cost=cost)
    assert refusal(answered) == (422, "COST_MISMATCH")


def test_packs_must_be_genuine_and_are_given_once(table: Bench) -> None:
    packs = {one.state: one for one in table.world.packs if one.product == "99005"}
    registered = table.registered(table.item("99005", 2))
    secret = table.lease(registered).json["secret"]

    def prepare(product: dict[str, str] | None) -> Answered:
        line = {**table.dispense(registered, 1)["items"][0]}
        if product is not None:
            line["product"] = product
        return table.prepare(registered, secret, 1, items=[line])

    assert refusal(prepare(None)) == (422, "PRODUCT_NOT_AUTHENTIC")
    unknown = {"type": "uid", "code": "9" * 20}
    assert refusal(prepare(unknown)) == (422, "PRODUCT_NOT_AUTHENTIC")
    genuine = {"type": "uid", "code": packs["VALID"].uid}
    assert prepare(genuine).status == 201
    assert refusal(prepare(genuine)) == (422, "PRODUCT_NOT_AUTHENTIC")


def test_another_centre_sees_no_dispense(table: Bench) -> None:
    registered = table.registered()
    given = table.given(registered, 10).json["dispenseId"]
    path = f"/purchaser/v1/dispenses/{given}"
    assert table.call("GET", path, centre="office-1").status == 200  # the author
    assert refusal(table.call("GET", path, centre="pharmacy-2")) == (404, "DISPENSE_NOT_FOUND")
    body = table.reason("DISPENSED_IN_ERROR")
    voided = table.dispenses(given, "void", body=body, centre="pharmacy-2")
    assert refusal(voided) == (404, "DISPENSE_NOT_FOUND")


def test_leases_and_preparations_run_out(state: Path) -> None:
    table = bench(state)
    try:
        registered = table.registered()
        secret = table.lease(registered).json["secret"]
        prepared = table.prepare(registered, secret, 10).json["dispenseId"]
        table.clock.advance(timedelta(minutes=15))
        assert refusal(table.prepare(registered, secret, 1)) == (409, "LEASE_EXPIRED")
        table.clock.advance(timedelta(minutes=16))
        late = table.dispenses(prepared, "confirmation")
        assert refusal(late) == (409, "DISPENSE_CONFIRMATION_EXPIRED")
    finally:
        table.close()


def backdate(table: Bench, known: Table, column: str, key: tuple[str, str], by: timedelta) -> None:
    """Let something have happened earlier; certificates forbid moving the clock by days."""
    kernel = table.exchange.services["purchaser"]
    assert isinstance(kernel, Kernel)
    with kernel._config.store.transaction() as rows:
        where = known.c[key[0]] == key[1]
        then = store.moment(str(rows.execute(select(known.c[column]).where(where)).scalar_one()))
        rows.execute(update(known).where(where).values({column: store.instant(then - by)}))


def test_voids_close_after_ten_days_and_prescriptions_after_sixty(table: Bench) -> None:
    registered = table.registered()
    given = table.given(registered, 10).json["dispenseId"]
    of_dispense = ("dispense_id", given)
    backdate(table, store.dispenses, "confirmed_at", of_dispense, timedelta(days=10, minutes=1))
    closed = table.dispenses(given, "void", body=table.reason("DISPENSED_IN_ERROR"))
    assert refusal(closed) == (409, "VOID_WINDOW_CLOSED")
    of_prescription = ("prescription_id", registered["prescriptionId"])
    backdate(table, store.prescriptions, "valid_until", of_prescription, timedelta(days=61))
    assert table.read(registered)["state"] == "EXPIRED"
    assert refusal(table.lease(registered)) == (409, "PRESCRIPTION_STATE_CONFLICT")
