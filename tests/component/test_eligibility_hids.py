"""HIDs beyond the ordinary visit, covers as insurers report them, providers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Bench
from tests.component.hid_desk import (
    bind,
    cancel,
    cover,
    provider,
    reserve,
    reserved,
    upload,
    urgent,
    use,
    verify,
)
from tests.component.registry_bench import (
    inquire,
    licence_event,
    opened,
)
from tests.unit.reference_platform.sealed_caller import SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def test_a_reserved_hid_is_bound_once(table: Bench) -> None:
    batch = reserve(table)
    assert batch.status == 201, batch
    hid, other = batch.json["hids"]
    assert verify(table, hid) == "UNKNOWN"
    assert use(table, hid) == {"hid": hid, "state": "reserved", "useCount": 0}
    bound = bind(table, hid)
    assert (bound.status, bound.json["state"]) == (201, "bound")
    assert verify(table, hid) == "ISSUED"
    again = bind(table, hid, "P03")
    assert (again.status, again.code) == (409, "HID_ALREADY_BOUND")
    assert bind(table, other, centre="pharmacy-1").code == "HID_INVALID"
    assert bind(table, "1W2AZVAKZQ").code == "HID_INVALID"


def test_two_visits_race_for_one_reserved_hid(table: Bench) -> None:
    hid = reserved(table)
    calls = [
        (
            "POST",
            "/eligibility/v1/hids/bindings",
            {
                "body": {
                    "hid": hid,
                    "patient": table.person_id(person),
                    "servedAt": table.now(-60),
                }
            },
        )
        for person in ("P01", "P03", "P04", "P05") * 5
    ]
    answers = table.together(*calls)
    assert sorted(a.status for a in answers) == [201] + [409] * 19


def test_reserved_hids_are_bound_in_time_and_under_a_cover(table: Bench) -> None:
    hid = reserved(table)
    assert bind(table, hid, "P02").code == "PATIENT_NOT_COVERED"
    assert bind(table, hid, "P17").code == "PATIENT_NOT_COVERED"
    future = bind(table, hid, servedAt=table.now(60))
    assert future.code == "SCHEMA_VIOLATION"
    unknown = {"type": "NC", "value": "9900000994"}
    assert bind(table, hid, patient=unknown).code == "PATIENT_UNKNOWN"
    unsound = {"type": "NC", "value": "9900000014"}
    assert bind(table, hid, patient=unsound).code == "PATIENT_IDENTIFIER_INVALID"
    served = table.now(-60)
    table.clock.advance(timedelta(days=2))
    assert bind(table, hid).code == "HID_EXPIRED"  # served after the last day of the batch
    table.clock.advance(timedelta(days=2))
    assert bind(table, hid, servedAt=served).status == 201
    late = reserved(table)
    served = table.now(-60)
    table.clock.advance(timedelta(days=5))
    assert bind(table, late, servedAt=served).code == "HID_EXPIRED"
    assert use(table, late)["state"] == "expired"


def test_the_person_chooses_between_covers(table: Bench) -> None:
    hid = reserved(table, insurer="2")
    undecided = bind(table, hid, "P12")
    assert (undecided.status, undecided.code) == (409, "OVERLAP_UNRESOLVED")
    assert bind(table, hid, "P12", chosenInsurer="3").code == "PATIENT_NOT_COVERED"
    assert bind(table, hid, "P12", chosenInsurer="2").status == 201


def test_a_centre_holds_a_bounded_number_of_reserved_hids(table: Bench) -> None:
    assert reserve(table, 499).status == 201
    refused = reserve(table, 2)
    assert (refused.status, refused.code) == (422, "HID_BATCH_LIMIT")
    last = reserved(table, count=1)
    assert cancel(table, last, "BATCH_UNUSED").status == 201
    assert reserve(table, 1).status == 201
    for insurer in ("90", "99"):
        refused = reserve(table, insurer=insurer)
        assert (refused.status, refused.code) == (403, "INSURER_NOT_ALLOWED")
    assert reserve(table, until=-1).code == "SCHEMA_VIOLATION"


def test_an_urgent_hid_gets_its_patient_later(table: Bench) -> None:
    issued = urgent(table)
    assert (issued.status, issued.json["state"]) == (201, "reserved")
    assert bind(table, issued.json["hid"], "U01").status == 201
    assert urgent(table, "90").code == "PATIENT_NOT_COVERED"
    assert urgent(table, councilNumber="990099").code == "PRESCRIBER_UNKNOWN"
    assert urgent(table, councilNumber="990011").code == "PRESCRIBER_NOT_ENTITLED"
    assert bind(table, urgent(table, "1").json["hid"], "P16").code == "PATIENT_NOT_COVERED"


def test_a_cancelled_hid_does_not_hold(table: Bench) -> None:
    hid = table.hid()
    assert cancel(table, hid, centre="pharmacy-1").code == "HID_INVALID"
    assert cancel(table, hid, "WRONG_PATIENT").code == "CODE_UNKNOWN"
    assert cancel(table, hid, reason={"code": "NOTHING"}).code == "CODE_UNKNOWN"
    assert cancel(table, hid, reason={"display": "other"}).code == "CODE_DISPLAY_MISMATCH"
    cancelled = cancel(table, hid)
    assert (cancelled.status, cancelled.json["state"]) == (201, "cancelled")
    assert verify(table, hid) == "CANCELLED"
    assert use(table, hid)["state"] == "cancelled"
    assert cancel(table, hid).code == "HID_CANCELLED"
    payload = table.prescription(hid)
    refused = table.call(
        "POST", "/purchaser/v1/prescriptions", document=("prescription", payload, "dr01")
    )
    assert refused.code == "HID_INVALID"
    spare = reserved(table)
    cancel(table, spare, "BATCH_UNUSED")
    assert bind(table, spare).code == "HID_INVALID"


def test_a_use_of_a_hid_is_counted_and_keeps_it(table: Bench) -> None:
    hid = table.hid()
    assert use(table, hid) == {"hid": hid, "state": "bound", "useCount": 0}
    payload = table.prescription(hid)
    made = table.call(
        "POST", "/purchaser/v1/prescriptions", document=("prescription", payload, "dr01")
    )
    assert made.status == 201, made
    assert use(table, hid) == {"hid": hid, "state": "used", "useCount": 1}
    kept = cancel(table, hid)
    assert (kept.status, kept.code) == (409, "HID_IN_USE")
    assert use(table, "1W2AZVAKZQ") == "HID_INVALID"


def test_an_uploaded_cover_changes_the_next_answer(table: Bench) -> None:
    before = inquire(table, table.person_id("P16")).json
    receipt = upload(table, cover(table))
    assert (receipt.json["accepted"], receipt.json["stale"]) == (1, 0)
    after = inquire(table, table.person_id("P16")).json
    assert (before["entitled"], after["entitled"]) == (False, True)
    assert table.hid("P16")[0] == "1"
    assert upload(table, cover(table, sequence=2, ended=True)).status == 200
    assert inquire(table, table.person_id("P16")).json["entitled"] is False
    assert upload(table, cover(table, "P01", ended=True)).status == 200
    assert inquire(table, table.person_id("P01")).json["covers"] == []


def test_covers_of_two_insurers_stand_beside_each_other(table: Bench) -> None:
    rural = cover(table, "P01", insurerCode="2", fund="rural")
    assert upload(table, rural, by="insurer-2").status == 200
    told = inquire(table, table.person_id("P01")).json
    assert [one["insurerCode"] for one in told["covers"]] == ["1", "2"]
    assert told["overlap"] is True


def test_older_reports_of_a_cover_are_stale(table: Bench) -> None:
    upload(table, cover(table, sequence=5))
    stale = upload(table, cover(table, sequence=5, ended=True))
    assert (stale.status, stale.code) == (409, "COVER_UPDATE_STALE")
    mixed = upload(table, cover(table, sequence=4), cover(table, "P14", sequence=1))
    assert (mixed.json["accepted"], mixed.json["stale"]) == (1, 1)
    assert inquire(table, table.person_id("P14")).json["entitled"] is True


@pytest.mark.parametrize(
    ("changes", "by", "status", "refusal"),
    [
        ({"insurerCode": "2"}, "insurer-1", 403, "INSURER_NOT_ALLOWED"),
        ({}, "office-1", 403, "INSURER_NOT_ALLOWED"),
        ({"validUntil": "2020-01-01"}, "insurer-1", 422, "COVER_PERIOD_INVALID"),
        ({"fund": "nothing"}, "insurer-1", 422, "CODE_UNKNOWN"),
        (
            {"person": {"type": "NC", "value": "9900000014"}},
            "insurer-1", 422, "PATIENT_IDENTIFIER_INVALID",
        ),
    ],
)  # fmt: skip
def test_reports_that_cannot_be(
    table: Bench, changes: Any, by: str, status: int, refusal: str
) -> None:
    good = cover(table, "P14")
    refused = upload(table, good, cover(table, **changes), by=by)
    assert (refused.status, refused.code) == (status, refusal)
    # Refused as a whole.
    assert inquire(table, table.person_id("P14")).json["entitled"] is False


def test_licence_and_contract_are_told_apart(table: Bench) -> None:
    assert provider(table) == {"licensed": True, "contracted": True, "centreActive": True}
    assert provider(table, "90")["contracted"] is False
    assert provider(table, councilNumber="990011")["licensed"] is False
    assert provider(table, councilNumber="990099") == "PRESCRIBER_UNKNOWN"
    licence_event(table, "lab-1", "suspended")
    assert provider(table, centre="lab-1")["centreActive"] is False
    assert provider(table, day="2032-01-01")["centreActive"] is False


def test_hids_and_covers_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    kept, gone = reserve(first).json["hids"]
    cancel(first, gone, "BATCH_UNUSED")
    upload(first, cover(first, sequence=7))
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert [use(second, hid)["state"] for hid in (kept, gone)] == ["reserved", "cancelled"]
        assert bind(second, kept).status == 201
        assert inquire(second, second.person_id("P16")).json["entitled"] is True
        assert upload(second, cover(second, sequence=6)).code == "COVER_UPDATE_STALE"
    finally:
        second.close()


def test_insurers_upload_through_the_gateway(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        body: dict[str, Any] = {"updates": []}
        path = "/eligibility/v1/cover-updates"
        office = caller.call("POST", path, body, gateway=True)
        assert office.code == "ADMISSION_ROLE_NOT_ALLOWED"
        insurer = caller.call("POST", path, body, centre="insurer-1", person="dr07", gateway=True)
        assert (insurer.status, insurer.json["accepted"]) == (200, 0)
    finally:
        caller.close()
