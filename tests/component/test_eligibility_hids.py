"""HIDs beyond the ordinary visit, covers as insurers report them, providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.eligibility_points import ELIGIBILITY_POINTS
from tests.component.bench import REASONS, Answered, Bench
from tests.component.registry_bench import (
    GENERAL,
    NEW_CODE,
    days,
    inquire,
    licence_event,
    link,
    newborn,
    opened,
    outcome,
    seen,
)
from tests.unit.reference_platform.sealed_caller import SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def reserve(table: Bench, count: int = 2, *, insurer: str = "1", until: int = 1) -> Answered:
    body = {"insurerCode": insurer, "count": count, "validUntil": days(table, until)}
    return table.call("POST", "/eligibility/v1/hids/batches", body=body)


def reserved(table: Bench, **options: Any) -> str:
    return str(reserve(table, **options).json["hids"][0])


def bind(table: Bench, hid: str, person: str = "P01", **options: Any) -> Answered:
    centre = options.pop("centre", "office-1")
    body = {
        "hid": hid, "patient": table.person_id(person), "servedAt": table.now(-60), **options,
    }  # fmt: skip
    return table.call("POST", "/eligibility/v1/hids/bindings", body=body, centre=centre)


def cancel(table: Bench, hid: str, code: str = "VISIT_NOT_HELD", **options: Any) -> Answered:
    body = {"hid": hid, "reason": {**table.coded(REASONS, code), **options.pop("reason", {})}}
    return table.call("POST", "/eligibility/v1/hids/cancellations", body=body, **options)


def use(table: Bench, hid: str) -> Any:
    return outcome(table.call("GET", f"/eligibility/v1/hids/{hid}/use"))


def verify(table: Bench, hid: str) -> Any:
    body = {"hid": hid}
    return table.call("POST", "/eligibility/v1/hids/verification", body=body).json["state"]


def urgent(table: Bench, insurer: str = "37", **council: str) -> Answered:
    body = {"insurerCode": insurer, "providerCouncil": {**GENERAL, **council}}
    return table.call("POST", "/eligibility/v1/hids/urgent", body=body)


def cover(table: Bench, key: str = "P16", **changes: Any) -> dict[str, Any]:
    return {
        "person": table.person_id(key),
        "insurerCode": "1",
        "fund": "main",
        "validFrom": days(table, -10),
        "validUntil": days(table, 10),
        "sequence": 1,
        "ended": False,
        **changes,
    }


def upload(table: Bench, *updates: Any, by: str = "insurer-1") -> Answered:
    body = {"updates": list(updates)}
    return table.call("POST", "/eligibility/v1/cover-updates", body=body, centre=by)


def provider(table: Bench, insurer: str = "1", centre: str = "office-1", **changes: Any) -> Any:
    body = {**GENERAL, "insurerCode": insurer, "day": days(table, 0), **changes}
    return outcome(table.call("POST", "/eligibility/v1/providers/check", body=body, centre=centre))


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


def linked_newborn(table: Bench) -> Any:
    link(table, newborn(table), NEW_CODE)
    return outcome(inquire(table, {"type": "NC", "value": NEW_CODE}))


def reported(table: Bench) -> Any:
    upload(table, cover(table))
    return inquire(table, table.person_id("P16")).json["entitled"]


def entitled(table: Bench, key: str) -> Any:
    return inquire(table, table.person_id(key)).json["entitled"]


def without_cover(table: Bench) -> Any:
    person = table.person_id("P16")
    body = {"patient": person, "insurerCode": "1", "providerCouncil": GENERAL}
    return table.call("POST", "/eligibility/v1/hids", body=body).status


def another_patient(table: Bench) -> Any:
    body = {"hid": table.hid(), "patient": table.person_id("P02")}
    return table.call("POST", "/eligibility/v1/hids/verification", body=body).json["state"]


def stale(table: Bench) -> Any:
    upload(table, cover(table, sequence=5))
    return upload(table, cover(table, sequence=4)).status


def beyond_the_limit(table: Bench) -> Any:
    reserve(table, 400)
    return reserve(table, 400).status


def bound_twice(table: Bench) -> Any:
    hid = reserved(table)
    return bind(table, hid).status, bind(table, hid, "P03").status


def bound_late(table: Bench) -> Any:
    hid = reserved(table)
    table.clock.advance(timedelta(days=6))
    return bind(table, hid).status


def used(table: Bench) -> str:
    return str(table.registered()["document"]["hid"])


def cancelled(table: Bench) -> str:
    hid = table.hid()
    cancel(table, hid)
    return hid


PROBES: dict[str, Callable[[Bench], Any]] = {
    "eligibility.person.links_unknown": linked_newborn,
    "eligibility.person.check_digit_ignored": lambda t: (
        inquire(t, {"type": "NC", "value": "9900000014"}).code
    ),
    "eligibility.person.state_ignored": lambda t: entitled(t, "P17"),
    "eligibility.person.unique_id_covered": lambda t: entitled(t, "U01"),
    "eligibility.person.newborns_unknown": lambda t: inquire(t, t.person_id("AFNB")).status,
    "eligibility.covers.period_ignored": lambda t: entitled(t, "P14"),
    "eligibility.covers.overlap_hidden": lambda t: inquire(t, t.person_id("P11")).json["overlap"],
    "eligibility.covers.private_funds": lambda t: inquire(t, t.person_id("P01")).json["covers"],
    "eligibility.covers.complementary_hidden": lambda t: len(
        inquire(t, t.person_id("P26")).json["covers"]
    ),
    "eligibility.issue.same_hid": lambda t: t.hid() == t.hid(),
    "eligibility.issue.any_insurer": without_cover,
    "eligibility.verify.patient_ignored": another_patient,
    "eligibility.covers.reports_ignored": reported,
    "eligibility.covers.stale_wins": stale,
    "eligibility.covers.of_any_insurer": lambda t: (
        upload(t, cover(t, insurerCode="2", fund="employees")).status
    ),
    "eligibility.reserve.limit_per_batch": beyond_the_limit,
    "eligibility.bind.twice": bound_twice,
    "eligibility.bind.late_accepted": bound_late,
    "eligibility.bind.overlap_ignored": lambda t: bind(t, reserved(t, insurer="2"), "P12").status,
    "eligibility.cancel.used_one": lambda t: cancel(t, used(t)).status,
    "eligibility.cancel.any_reason": lambda t: cancel(t, t.hid(), "WRONG_PATIENT").status,
    "eligibility.hid.of_any_centre": lambda t: cancel(t, t.hid(), centre="pharmacy-1").status,
    "eligibility.use.not_counted": lambda t: use(t, used(t))["useCount"],
    "eligibility.verify.cancelled_valid": lambda t: verify(t, cancelled(t)),
    "eligibility.provider.licence_ignored": lambda t: provider(t, councilNumber="990011"),
    "eligibility.provider.always_contracted": lambda t: provider(t, "90")["contracted"],
    "eligibility.variant.no_message": lambda t: sorted(provider(t, "90")),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in ELIGIBILITY_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
