"""Services for citizens: referral with feedback, appointments, information, own data."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.bench import REASONS, Answered
from tests.component.record_bench import RecordBench, keys, later, record_bench

HOUR, DAY = 3600, 86400


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


# Referral


def refer(table: RecordBench, to_level: str = "2", **more: Any) -> Answered:
    centre = more.pop("centre", "office-1")
    body = {
        "person": table.person_id("P01"),
        "fromCentre": table.siam(centre),
        "toLevel": to_level,
        "specialty": table.coded("urn:ir:maksa:specialty-synthetic", "cardiology"),
        "reason": table.coded(REASONS, "SPECIALIST_CARE"),
        "emergency": False,
        **more,
    }
    return table.call("POST", "/citizen/v1/referrals", body=body, centre=centre)


def feedback(table: RecordBench, referral: Any, **options: Any) -> Answered:
    target = f"/citizen/v1/referrals/{referral['referralId']}/feedback"
    body = {"text": "seen, continue", "documentId": str(uuid.uuid4())}
    return table.call("POST", target, body=body, **options)


def test_a_referral_goes_up_and_its_feedback_comes_back(table: RecordBench) -> None:
    referral = refer(table, "3", emergency=True).json
    hospitals = {table.siam("hospital-1"), table.siam("hospital-2")}
    assert (referral["state"], referral["toCentre"] in hospitals) == ("open", True)
    receiver = "hospital-1" if referral["toCentre"] == table.siam("hospital-1") else "hospital-2"
    options = {"centre": receiver, "user": "dr02"}
    answered = feedback(table, referral, **options).json
    assert (answered["state"], answered["feedback"]) == ("answered", "seen, continue")
    target = f"/citizen/v1/referrals/{referral['referralId']}"
    assert table.call("GET", target).json == answered
    assert feedback(table, referral, **options).code == "REFERRAL_STATE_CONFLICT"


@pytest.mark.parametrize(
    ("centre", "level", "emergency", "code"),
    [
        ("office-1", "2", False, None),
        ("office-1", "3", False, "REFERRAL_LEVEL_INVALID"),
        ("office-1", "1", False, "REFERRAL_LEVEL_INVALID"),
        ("office-1", "3", True, None),
        ("hospital-1", "2", False, "REFERRAL_LEVEL_INVALID"),
        ("hospital-1", "3", False, None),
        ("hospital-1", "3", True, "REFERRAL_LEVEL_INVALID"),
    ],
)
def test_the_map_leads_up(
    table: RecordBench, centre: str, level: str, emergency: bool, code: str | None
) -> None:
    assert refer(table, level, centre=centre, emergency=emergency).code == code


def test_referrals_that_are_none(table: RecordBench) -> None:
    unknown = {"type": "NC", "value": "0013542419"}
    wrong = {"type": "NC", "value": "9900000014"}
    power = table.coded(REASONS, "POWER")
    assert refer(table, person=unknown).code == "PATIENT_UNKNOWN"
    assert refer(table, person=wrong).code == "PATIENT_IDENTIFIER_INVALID"
    assert refer(table, reason=power).code == "CODE_UNKNOWN"
    assert refer(table, specialty=power).code == "CODE_UNKNOWN"
    assert refer(table, fromCentre=table.siam("office-2")).code == "REFERRAL_CENTRE_MISMATCH"
    asthma = table.coded("urn:ir:maksa:icd10-synthetic", "J45.9")
    assert refer(table, reason=asthma).status == 201


def test_only_the_centres_concerned_see_a_referral(table: RecordBench) -> None:
    referral = refer(table).json
    assert feedback(table, referral).code == "REFERRAL_CENTRE_MISMATCH"
    assert feedback(table, referral, centre="office-2").code == "REFERRAL_NOT_FOUND"
    target = f"/citizen/v1/referrals/{referral['referralId']}"
    assert table.call("GET", target, centre="office-2").code == "REFERRAL_NOT_FOUND"
    lost = f"/citizen/v1/referrals/{uuid.uuid4()}"
    assert table.call("GET", lost).code == "REFERRAL_NOT_FOUND"


def test_a_referral_ends_after_thirty_days(table: RecordBench) -> None:
    referral = refer(table, "3", emergency=True).json
    later(table, days=31)
    target = f"/citizen/v1/referrals/{referral['referralId']}"
    assert table.call("GET", target).json["state"] == "ended"
    first = "hospital-1" if referral["toCentre"] == table.siam("hospital-1") else "hospital-2"
    late = feedback(table, referral, centre=first, user="dr02")
    assert late.code == "REFERRAL_STATE_CONFLICT"


def test_without_a_centre_there_is_no_destination(table: RecordBench) -> None:
    refused = refer(table, centre="clinic-1")  # the only one of its level
    assert refused.code == "REFERRAL_DESTINATION_MISSING"


# Appointments


def book(table: RecordBench, person: str = "P01", **more: Any) -> Answered:
    body = {
        "person": table.person_id(person),
        "phone": table.world.person(person).phone,
        "centre": table.siam("hospital-1"),
        "service": table.coded("urn:ir:maksa:service-synthetic", "992102"),
        "slot": table.now(2 * DAY),
        "channel": "app",
        **more,
    }
    return table.call("POST", "/citizen/v1/appointments", body=body)


def appointment(table: RecordBench, made: Any, method: str = "GET", **options: Any) -> Answered:
    return table.call(method, f"/citizen/v1/appointments/{made['appointmentId']}", **options)


def test_who_waits_moves_up(table: RecordBench) -> None:
    slot = table.now(2 * DAY)
    first = book(table, slot=slot).json
    assert first["state"] == "booked"
    assert book(table, "P02", slot=slot).code == "APPOINTMENT_SLOT_TAKEN"
    second, third = (book(table, p, slot=slot, waiting=True).json for p in ("P02", "P03"))
    assert [one["waitingPosition"] for one in (second, third)] == [1, 2]
    assert appointment(table, first, "DELETE").json["state"] == "cancelled"
    assert appointment(table, second).json["state"] == "booked"
    assert appointment(table, third).json["waitingPosition"] == 1
    assert appointment(table, first, "DELETE").json["state"] == "cancelled"
    assert appointment(table, third).json["waitingPosition"] == 1


def test_the_same_moment_in_another_zone_is_the_same_slot(table: RecordBench) -> None:
    assert book(table, slot="2031-01-10T10:00:00+03:30").status == 201
    assert book(table, "P02", slot="2031-01-10T06:30:00Z").code == "APPOINTMENT_SLOT_TAKEN"


def test_two_people_cannot_have_one_time_at_once(table: RecordBench) -> None:
    slot = table.now(3 * DAY)

    def call(person: str) -> tuple[str, str, dict[str, Any]]:
        body = {
            "person": table.person_id(person),
            "phone": table.world.person(person).phone,
            "centre": table.siam("hospital-1"),
            "service": table.coded("urn:ir:maksa:service-synthetic", "992102"),
            "slot": slot,
            "channel": "web",
        }
        return "POST", "/citizen/v1/appointments", {"body": body}

    answers = table.together(*(call(f"P0{n}") for n in range(1, 7)))
    assert sorted(one.status for one in answers) == [201, 409, 409, 409, 409, 409]


def test_appointments_that_are_none(table: RecordBench) -> None:
    assert book(table, slot=table.now(-HOUR)).code == "APPOINTMENT_SLOT_PAST"
    assert book(table, channel="sms").code == "CHANNEL_NOT_SUPPORTED"
    assert book(table, phone="09900000000").code == "CITIZEN_NOT_IDENTIFIED"
    assert book(table, centre=str(uuid.uuid4())).code == "ADMISSION_CENTRE_UNKNOWN"
    assert book(table, centre=table.siam("imaging-2")).code == "ADMISSION_CENTRE_INACTIVE"
    assert book(table, service=table.coded(REASONS, "POWER")).code == "CODE_UNKNOWN"
    deceased = next(p for p in table.world.people.values() if p.registry_state == "DECEASED")
    assert book(table, deceased.key).code == "CITIZEN_NOT_IDENTIFIED"


def test_appointments_of_others_do_not_exist(table: RecordBench) -> None:
    made = book(table).json
    assert appointment(table, made, centre="office-2").code == "APPOINTMENT_NOT_FOUND"
    assert appointment(table, made, "DELETE", centre="office-2").code == "APPOINTMENT_NOT_FOUND"
    assert appointment(table, made, centre="hospital-1").status == 200
    lost = {"appointmentId": str(uuid.uuid4())}
    assert appointment(table, lost).code == "APPOINTMENT_NOT_FOUND"


# Information


def test_a_centre_tells_its_services_with_tariffs(table: RecordBench) -> None:
    told = table.call("GET", f"/citizen/v1/centres/{table.siam('office-1')}").json
    codes = [one["code"] for one in told["services"]]
    assert dict(zip(codes, told["tariffs"], strict=True))["992101"] == 500_000
    pharmacy = table.call("GET", f"/citizen/v1/centres/{table.siam('pharmacy-1')}").json
    assert (pharmacy["services"], pharmacy["tariffs"]) == ([], [])
    lost = table.call("GET", f"/citizen/v1/centres/{uuid.uuid4()}")
    assert lost.code == "ADMISSION_CENTRE_UNKNOWN"


def find(table: RecordBench, **more: Any) -> Answered:
    body = {"drug": table.drug("99012"), "city": "Tehran", "channel": "sms", **more}
    return table.call("POST", "/citizen/v1/drug-finder", body=body)


def test_a_medicine_is_found_with_its_cost(table: RecordBench) -> None:
    told = find(table, person=table.person_id("P01"), quantity=60).json
    assert set(told["centres"]) == {table.siam("pharmacy-1"), table.siam("pharmacy-2")}
    price = table.world.product("99012").reference_price
    assert told["patientShare"] == (60 * price * 3 + 5) // 10
    assert find(table, city="Shiraz").json == {"centres": []}
    inpatient = next(p for p in table.world.products.values() if p.hospital_only)
    only = find(table, drug=table.drug(inpatient.code)).json["centres"]
    assert only == [table.siam("pharmacy-hosp")]


def test_questions_for_medicines_that_are_none(table: RecordBench) -> None:
    assert find(table, channel="ivr").code == "CHANNEL_NOT_SUPPORTED"
    drug = {**table.drug("99012"), "code": "99899"}
    assert find(table, drug=drug).code == "CODE_UNKNOWN"
    retired = table.drug("99090")
    assert find(table, drug=retired).code == "CODE_UNKNOWN"
    unknown = {"type": "NC", "value": "0013542419"}
    assert find(table, person=unknown).code == "PATIENT_UNKNOWN"
    wrong = {"type": "NC", "value": "9900000014"}
    assert find(table, person=wrong).code == "PATIENT_IDENTIFIER_INVALID"


def own(table: RecordBench, kind: str, person: str = "P01", **more: Any) -> Answered:
    body = {
        "person": table.person_id(person),
        "phone": table.world.person(person).phone,
        "channel": "app",
        "kind": kind,
        **more,
    }
    return table.call("POST", "/citizen/v1/own-data", body=body)


def test_a_citizen_sees_the_own_data_and_no_other(table: RecordBench) -> None:
    payload, _ = table.stored()
    table.stored("P02")
    taken = table.result("laboratory", table.laboratory(table.hid())).json
    visit = table.visit(table.ids_hid())
    table.hand_over(table.submission("service-record", visit, "dr01"))
    prescriptions = own(table, "prescriptions").json["entries"]
    assert [one["documentId"] for one in prescriptions] == [payload["documentId"]]
    results = own(table, "results").json["entries"]
    assert [one["recordId"] for one in results] == [taken["recordId"]]
    assert results[0]["bundle"]["resourceType"] == "Bundle"
    costs = own(table, "costs").json["entries"]
    assert [one["cost"]["patientShare"] for one in costs] == [150_000]
    table.granted()
    table.ask("summary", centre="office-2")
    bases = [one["basis"] for one in own(table, "accesses").json["accesses"]]
    assert bases == ["citizen", "citizen", "citizen", "consent"]


def test_nobody_else_sees_them(table: RecordBench) -> None:
    other = table.world.person("P02").phone
    assert own(table, "results", phone=other).code == "CITIZEN_NOT_IDENTIFIED"
    unknown = {"type": "NC", "value": "0013542419"}
    body = {"person": unknown, "phone": other, "channel": "app", "kind": "results"}
    refused = table.call("POST", "/citizen/v1/own-data", body=body)
    assert refused.code == "CITIZEN_NOT_IDENTIFIED"
    assert table.accesses() == []


@pytest.mark.parametrize(
    ("kind", "channel", "code"),
    [
        ("results", "ivr", "CHANNEL_NOT_SUPPORTED"),
        ("accesses", "sms", "CHANNEL_NOT_SUPPORTED"),
        ("prescriptions", "ussd", None),
        ("costs", "sms", None),
        ("results", "web", None),
    ],
)
def test_not_everything_fits_every_channel(
    table: RecordBench, kind: str, channel: str, code: str | None
) -> None:
    assert own(table, kind, channel=channel).code == code
