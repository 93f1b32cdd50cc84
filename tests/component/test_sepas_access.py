"""Who may read a record: consent, treating relation, emergency; and who learns of it (RUL-010)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.bench import REASONS
from tests.component.record_bench import RecordBench, keys, later, record_bench


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def code(table: RecordBench, what: str = "summary", centre: str = "office-2", **more: Any) -> Any:
    answered = table.ask(what, centre=centre, **more)
    return answered.code or answered.status


def test_consent_opens_and_its_end_closes_at_once(table: RecordBench) -> None:
    assert code(table) == "CONSENT_MISSING"
    consent = table.granted()
    assert code(table) == code(table, consentId=consent) == 200
    assert code(table, centre="hospital-1") == "CONSENT_MISSING"
    revoked = table.revoke(consent)
    assert (revoked.status, revoked.json["state"]) == (200, "revoked")
    assert code(table) == "CONSENT_MISSING"
    assert table.revoke(consent).code == "CONSENT_STATE_CONFLICT"


def test_consent_to_a_user_is_not_to_the_centre(table: RecordBench) -> None:
    user = table.world.user_id("dr02", "office-2")
    table.granted(grantedTo=user)
    assert code(table) == 200
    body = table.question()
    other = table.call("POST", "/sepas/v1/summary", body=body, centre="office-2", user="dr01")
    assert other.code == "CONSENT_MISSING"


def test_consent_counts_to_the_end_of_its_last_day(table: RecordBench) -> None:
    consent = table.granted(validUntil=table.day())
    assert code(table) == 200
    later(table, days=1)
    assert code(table) == "CONSENT_MISSING"
    read = table.call("GET", f"/sepas/v1/consents/{consent}", centre="office-2")
    assert read.json["state"] == "expired"
    assert table.revoke(consent).code == "CONSENT_STATE_CONFLICT"


def test_consent_to_some_kinds_opens_only_those(table: RecordBench) -> None:
    table.stored()
    table.granted(scope=["laboratory_result"])
    assert table.ask("history", centre="office-2").json["entries"] == []
    assert code(table) == "CONSENT_MISSING"
    record = table.ask("history", hid=table.hid()).json["entries"][0]["recordId"]
    entry = table.call("GET", f"/sepas/v1/entries/{record}", centre="office-2")
    assert entry.code == "CONSENT_MISSING"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"validUntil": "2020-01-01"}, "CONSENT_PERIOD_INVALID"),
        ({"phone": "09900000000"}, "CITIZEN_NOT_IDENTIFIED"),
        ({"person": {"type": "NC", "value": "0013542419"}}, "PATIENT_UNKNOWN"),
        ({"person": {"type": "NC", "value": "9900000014"}}, "PATIENT_IDENTIFIER_INVALID"),
        ({"purpose": "POWER"}, "CODE_UNKNOWN"),
    ],
)
def test_consents_that_are_none(table: RecordBench, change: Any, refusal: str) -> None:
    if "purpose" in change:
        change = {"purpose": table.coded(REASONS, change["purpose"])}
    body = {**table.consent(), **change}
    refused = table.call("POST", "/sepas/v1/consents", body=body)
    assert refused.code == refusal
    assert code(table) == "CONSENT_MISSING"


def test_consents_of_others_do_not_exist(table: RecordBench) -> None:
    consent = table.granted()
    strange = {"centre": "hospital-1"}
    assert table.revoke(consent, **strange).code == "CONSENT_NOT_FOUND"
    assert table.revoke(str(uuid.uuid4())).code == "CONSENT_NOT_FOUND"
    target = f"/sepas/v1/consents/{consent}"
    assert table.call("GET", target, **strange).code == "CONSENT_NOT_FOUND"
    body = table.reason("POWER")
    assert table.call("POST", f"{target}/revocation", body=body).code == "CODE_UNKNOWN"
    assert table.call("GET", target).json["state"] == "active"


def test_the_hid_of_the_day_is_a_treating_relation(table: RecordBench) -> None:
    hid = table.hid(centre="office-2")
    assert code(table, hid=hid) == 200
    assert code(table, centre="hospital-1", hid=hid) == "CONSENT_MISSING"
    assert code(table, hid=table.hid("P02", "2", "office-2")) == "CONSENT_MISSING"
    later(table, days=1)
    assert code(table, hid=hid) == "CONSENT_MISSING"


def test_an_emergency_is_logged_and_reported(table: RecordBench) -> None:
    granted = table.glass()
    assert (granted.status, granted.json["basis"]) == (201, "break_glass")
    assert code(table, centre="hospital-1") == 200
    assert code(table, centre="office-1") == "CONSENT_MISSING"
    told = table.accesses()
    assert [(one["basis"], one["operation"]) for one in told[:2]] == [
        ("break_glass", "openBreakGlass"),
        ("break_glass", "querySummary"),
    ]
    assert told[0]["purpose"]["code"] == "UNCONSCIOUS"
    reports = table.call("GET", "/sepas/v1/break-glass", centre="ministry-1").json["reports"]
    assert [one["grantId"] for one in reports] == [granted.json["grantId"]]
    tomorrow = f"/sepas/v1/break-glass?since={table.day(1)}"
    assert table.call("GET", tomorrow, centre="ministry-1").json["reports"] == []
    later(table, minutes=61)
    assert code(table, centre="hospital-1") == "CONSENT_MISSING"


def test_only_the_supervisor_reads_emergencies(table: RecordBench) -> None:
    refused = table.call("GET", "/sepas/v1/break-glass")
    assert (refused.status, refused.code) == (403, "ADMISSION_ROLE_NOT_ALLOWED")


def test_an_emergency_needs_a_coded_reason_and_a_text(table: RecordBench) -> None:
    assert table.glass(reason="TREATMENT").code == "BREAK_GLASS_REASON_REQUIRED"
    assert table.glass(text=" ").code == "BREAK_GLASS_REASON_REQUIRED"
    unknown = {"type": "NC", "value": "0013542419"}
    assert table.glass_for(unknown).code == "PATIENT_UNKNOWN"
    wrong = {"type": "NC", "value": "9900000014"}
    assert table.glass_for(wrong).code == "PATIENT_IDENTIFIER_INVALID"
    assert table.accesses() == []


def test_every_reading_stands_in_the_log_with_its_basis(table: RecordBench) -> None:
    table.stored()
    hid = table.hid()
    entries = table.ask("history", hid=hid).json["entries"]
    table.call("GET", f"/sepas/v1/entries/{entries[0]['recordId']}")
    table.granted()
    table.ask("summary", centre="office-2")
    table.ask("summary", centre="hospital-1")  # refused: nothing was read
    told = table.accesses()
    assert [(one["operation"], one["basis"]) for one in told] == [
        ("queryHistory", "treating_relation"),
        ("getRecordEntry", "author"),
        ("querySummary", "consent"),
    ]
    assert told[1]["recordId"] == entries[0]["recordId"]
    assert told[0]["centre"] == table.siam("office-1")
    assert [one["basis"] for one in table.accesses()][-1] == "citizen"


def test_the_log_is_the_citizens_and_of_those_who_may_read(table: RecordBench) -> None:
    def log(person: Any, **more: Any) -> Any:
        body = {"person": person, **more}
        return table.call("POST", "/sepas/v1/accesses", body=body, centre="office-2")

    mine = table.person_id("P01")
    assert log(mine).code == "CONSENT_MISSING"
    table.granted()
    table.ask("summary", centre="office-2")
    assert len(log(mine).json["accesses"]) == 1
    assert log(mine, since=table.day(1)).json["accesses"] == []
    assert log({"type": "NC", "value": "0013542419"}).code == "PATIENT_UNKNOWN"
    assert log({"type": "NC", "value": "9900000014"}).code == "PATIENT_IDENTIFIER_INVALID"


def test_persian_digits_name_the_same_person(table: RecordBench) -> None:
    persian = table.person_id("P01")["value"].translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    table.granted(person="P01")
    body = {**table.question(), "person": {"type": "NC", "value": persian}}
    assert table.call("POST", "/sepas/v1/summary", body=body, centre="office-2").status == 200
