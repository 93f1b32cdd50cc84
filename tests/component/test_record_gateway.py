"""The whole way through the gateway: admission, roles, outbox; every operation is reachable."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from reference_impl.platform.contract import contract_of
from tests.component.bench import REASONS
from tests.component.gateway_parts import outbox_of
from tests.component.record_bench import RecordBench, keys, record_bench

SERVICES = ("sepas", "sepas_monitor", "viewer", "value_added", "citizen", "support", "emergency")
FOR_SERVICES = {"submitRecord", "listRefusals"}


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory), gateway=True)
    yield made
    made.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_the_contract_is_served(table: RecordBench, service: str) -> None:
    declared = {route.operation_id for route in contract_of(table.exchange._pack, service).routes}
    served = table.exchange.services[service]._operations  # type: ignore[attr-defined]  # its kernel
    assert declared == set(served)


def test_what_the_gateway_accepts_is_history_at_once(table: RecordBench) -> None:
    registered = table.registered()
    given = table.given(registered, 20)
    assert given.status == 200, given.json
    table.settle()
    entries = table.ask("history", hid=table.hid()).json["entries"]
    assert sorted(one["kind"] for one in entries) == ["dispense", "prescription"]
    payload = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": registered["prescriptionId"],
        **table.reason("WRONG_ITEM"),
    }
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/cancellation"
    refused = table.call("POST", path, document=("cancellation", payload, "dr01"))
    table.settle()
    assert refused.status == 409
    assert len(table.ask("history", hid=table.hid()).json["entries"]) == 2


def test_a_cancellation_reaches_the_prescription_in_the_record(table: RecordBench) -> None:
    registered = table.registered()
    payload = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": registered["prescriptionId"],
        **table.reason("WRONG_ITEM"),
    }
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/cancellation"
    assert table.call("POST", path, document=("cancellation", payload, "dr01")).status == 200
    table.settle()
    summary = table.ask("summary", hid=table.hid()).json
    assert summary["activeMedicines"] == []


def test_nothing_is_lost_while_the_record_is_away(table: RecordBench) -> None:
    record = table.exchange.services.pop("sepas")
    registered = [table.registered() for _ in range(3)]
    table.settle()
    table.exchange.services["sepas"] = record
    table.runner.run(outbox_of(table.exchange).deliver(urgent=True))
    entries = table.ask("history", hid=table.hid()).json["entries"]
    assert {one["documentId"] for one in entries} == {
        one["document"]["documentId"] for one in registered
    }


def test_roles_are_kept_at_the_gateway(table: RecordBench) -> None:
    def code(method: str, target: str, body: Any, centre: str) -> str | None:
        return table.call(method, target, body=body, centre=centre).code

    refused = "ADMISSION_ROLE_NOT_ALLOWED"
    bundle = table.laboratory(table.hid())
    assert code("POST", "/sepas/v1/results/laboratory", bundle, "office-1") == refused
    assert code("POST", "/viewer/v1/views", table.question(), "lab-1") == refused
    assert code("GET", "/sepas/v1/break-glass", None, "office-1") == refused
    assert code("GET", "/emergency/v1/outages", None, "business-1") == refused
    outage = {
        "cause": table.coded(REASONS, "POWER"),
        "areas": [],
        "startedAt": table.now(-60),
    }
    assert code("POST", "/emergency/v1/outages", outage, "office-1") == refused
    assert (
        table.call("POST", "/emergency/v1/outages", body=outage, centre="ministry-1").status == 201
    )


def test_one_case_through_all_services(table: RecordBench) -> None:
    """Referral, view, result with a fault, monitor, support, citizen: one patient's week."""
    consent = table.granted(to="hospital-1")
    referral = table.call(
        "POST",
        "/citizen/v1/referrals",
        body={
            "person": table.person_id("P01"),
            "fromCentre": table.siam("office-1"),
            "toLevel": "3",
            "specialty": table.coded("urn:ir:maksa:specialty-synthetic", "cardiology"),
            "reason": table.coded(REASONS, "SPECIALIST_CARE"),
            "emergency": True,
        },
    )
    assert referral.status == 201, referral.json
    view = table.call("POST", "/viewer/v1/views", body=table.question(), centre="hospital-1")
    assert view.status == 200, view.json
    body = table.laboratory(table.hid())
    body["bundle"]["entry"][1]["resource"]["valueQuantity"]["code"] = "mmol/L"
    assert table.result("laboratory", body).code == "RESULT_UNIT_INVALID"
    errors = table.call("GET", "/sepas_monitor/v1/errors", centre="lab-1").json["errors"]
    assert [one["code"] for one in errors] == ["RESULT_UNIT_INVALID"]
    body["bundle"]["entry"][1]["resource"]["valueQuantity"]["code"] = "mg/dL"
    assert table.result("laboratory", body).status == 201
    assert table.revoke(consent).status == 200
    view = table.call("POST", "/viewer/v1/views", body=table.question(), centre="hospital-1")
    assert view.code == "CONSENT_MISSING"
    own = {
        "person": table.person_id("P01"),
        "phone": table.world.person("P01").phone,
        "channel": "web",
        "kind": "results",
    }
    entries = table.call("POST", "/citizen/v1/own-data", body=own).json["entries"]
    assert [one["kind"] for one in entries] == ["laboratory_result"]
    ticket = {"subject": "thanks", "text": "solved", "urgency": "low"}
    assert table.call("POST", "/support/v1/tickets", body=ticket).status == 201


def test_data_reach_a_business_through_the_gateway(table: RecordBench) -> None:
    table.registered()
    table.settle()
    purpose = table.coded(REASONS, "VALUE_ADDED")
    consent = table.granted(to="business-1", purpose=purpose, scope=["prescription"])
    body = {"consentId": consent, "scope": ["prescription"], "receiver": table.siam("business-1")}
    target = "/value_added/v1/deliveries"
    assert len(table.call("POST", target, body=body, centre="business-1").json["entries"]) == 1
    assert table.call("POST", target, body=body).code == "ADMISSION_ROLE_NOT_ALLOWED"


@pytest.mark.parametrize("operation", sorted(FOR_SERVICES))
def test_what_is_for_services_is_not_for_centres(table: RecordBench, operation: str) -> None:
    sample = table.submission("prescription", table.prescription(table.ids_hid()), "dr01")
    calls: dict[str, tuple[str, str, Any]] = {
        "submitRecord": ("POST", "/sepas/v1/records", sample),
        "listRefusals": ("GET", "/sepas/v1/refusals", None),
    }
    method, target, body = calls[operation]
    refused = table.call(method, target, body=body)
    assert (refused.status, refused.code) == (403, "ADMISSION_ROLE_NOT_ALLOWED")


def test_a_key_used_for_another_consent_is_refused(table: RecordBench) -> None:
    key = f"key-{uuid.uuid4().hex}"
    first = table.call("POST", "/sepas/v1/consents", body=table.consent(), key=key)
    again = table.call("POST", "/sepas/v1/consents", body=table.consent(), key=key)
    other = table.call("POST", "/sepas/v1/consents", body=table.consent("P02"), key=key)
    assert first.json["consentId"] == again.json["consentId"]
    assert other.code == "IDEMPOTENCY_KEY_REUSED"
