"""The physician's view under consent, and data to businesses under consent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.bench import REASONS, Answered
from tests.component.record_bench import RecordBench, keys, record_bench


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def view(table: RecordBench, centre: str = "office-2", **more: Any) -> Answered:
    return table.call("POST", "/viewer/v1/views", body=table.question(**more), centre=centre)


def test_a_view_opens_under_consent_and_closes_with_it(table: RecordBench) -> None:
    table.stored()
    assert view(table).code == "CONSENT_MISSING"
    consent = table.granted()
    seen = view(table)
    assert [one["code"] for one in seen.json["activeMedicines"]] == ["99012"]
    table.revoke(consent)
    assert view(table).code == "CONSENT_MISSING"
    told = table.accesses()[0]
    assert (told["basis"], told["centre"]) == ("consent", table.siam("office-2"))
    assert told["operation"] == "querySummary"


def test_a_view_opens_to_who_treats_today_and_in_an_emergency(table: RecordBench) -> None:
    assert view(table, hid=table.hid(centre="office-2")).status == 200
    assert view(table, "hospital-1").code == "CONSENT_MISSING"
    table.glass()
    reason = table.coded(REASONS, "UNCONSCIOUS")
    assert view(table, "hospital-1", purpose=reason).status == 200
    assert [one["basis"] for one in table.accesses()] == [
        "treating_relation", "break_glass", "break_glass",
    ]  # fmt: skip


def test_a_view_needs_a_purpose_and_a_person(table: RecordBench) -> None:
    table.granted()
    power = table.coded(REASONS, "POWER")
    assert view(table, purpose=power).code == "VIEW_PURPOSE_REQUIRED"
    unknown = {"type": "NC", "value": "0013542419"}
    assert view(table, person="P01").status == 200
    body = {**table.question(), "person": unknown}
    refused = table.call("POST", "/viewer/v1/views", body=body, centre="office-2")
    assert refused.code == "PATIENT_UNKNOWN"
    body["person"] = {"type": "NC", "value": "9900000014"}
    refused = table.call("POST", "/viewer/v1/views", body=body, centre="office-2")
    assert refused.code == "PATIENT_IDENTIFIER_INVALID"


def test_the_view_needs_the_record(table: RecordBench) -> None:
    table.exchange.services.pop("sepas")
    assert view(table).code == "DEPENDENCY_UNAVAILABLE"


# Value added


def business_consent(table: RecordBench, *scope: str, **more: Any) -> str:
    purpose = table.coded(REASONS, "VALUE_ADDED")
    more = {"purpose": purpose, "scope": list(scope or ("prescription",)), **more}
    return table.granted(to="business-1", **more)


def deliver(table: RecordBench, consent: str, *scope: str, **more: Any) -> Answered:
    centre = more.pop("centre", "business-1")
    body = {
        "consentId": consent,
        "scope": list(scope or ("prescription",)),
        "receiver": table.siam("business-1"),
        **more,
    }
    return table.call("POST", "/value_added/v1/deliveries", body=body, centre=centre)


def test_a_business_gets_what_the_consent_covers(table: RecordBench) -> None:
    table.stored()
    table.result("laboratory", table.laboratory(table.hid()))
    consent = business_consent(table, "prescription", "laboratory_result")
    both = deliver(table, consent, "prescription", "laboratory_result").json["entries"]
    assert {one["kind"] for one in both} == {"prescription", "laboratory_result"}
    assert all("provider" not in one and "document" not in one for one in both)
    some = deliver(table, consent, "laboratory_result").json["entries"]
    assert [one["kind"] for one in some] == ["laboratory_result"]
    told = [one for one in table.accesses() if one["centre"] == table.siam("business-1")]
    assert [(one["basis"], one["purpose"]["code"]) for one in told] == [
        ("consent", "VALUE_ADDED"),
        ("consent", "VALUE_ADDED"),
    ]


def test_a_long_history_comes_whole(table: RecordBench) -> None:
    for _ in range(203):
        table.stored()
    assert len(deliver(table, business_consent(table)).json["entries"]) == 203


def test_a_business_gets_nothing_else(table: RecordBench) -> None:
    consent = business_consent(table)
    assert deliver(table, consent, "dispense").code == "DATA_SCOPE_EXCEEDED"
    treatment = table.granted(to="business-1")
    assert deliver(table, treatment).code == "DATA_SCOPE_EXCEEDED"
    assert deliver(table, table.granted()).code == "CONSENT_NOT_FOUND"
    assert deliver(table, str(uuid.uuid4())).code == "CONSENT_NOT_FOUND"
    other = table.siam("business-2")
    assert deliver(table, consent, receiver=other).code == "DATA_LICENCE_MISSING"
    office = {"receiver": table.siam("office-1"), "centre": "office-1"}
    assert deliver(table, consent, **office).code == "DATA_LICENCE_MISSING"
    assert table.revoke(consent).status == 200
    assert deliver(table, consent).code == "CONSENT_STATE_CONFLICT"
