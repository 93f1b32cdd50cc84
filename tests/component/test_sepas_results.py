"""Results as FHIR R4 bundles: what the record takes, refuses, replaces; and what others think."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from tests.component.record_bench import RecordBench, fhir_code, keys, record_bench

Change = Callable[[Any], None]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def made(table: RecordBench, kind: str) -> dict[str, Any]:
    build: Callable[[str], dict[str, Any]] = getattr(table, kind)
    return build(table.hid())


def entry(body: Any, place: int) -> Any:
    return body["bundle"]["entry"][place]["resource"]


@pytest.mark.parametrize("kind", ["laboratory", "imaging", "pathology"])
def test_a_result_is_taken_and_comes_back(table: RecordBench, kind: str) -> None:
    body = made(table, kind)
    taken = table.result(kind, body)
    assert taken.status == 201, taken.json
    assert taken.json["kind"] == f"{kind}_result"
    target = f"/sepas/v1/entries/{taken.json['recordId']}"
    stored = table.call("GET", target, centre="lab-1").json["bundle"]
    assert stored == body["bundle"]
    Bundle.model_validate(stored)
    summary = table.ask("summary", hid=table.hid()).json
    assert taken.json["recordId"] in summary["results"]
    again = table.result(kind, body)
    assert again.json["recordId"] == taken.json["recordId"]


@pytest.mark.parametrize("kind", ["laboratory", "imaging", "pathology"])
def test_the_public_models_accept_every_bundle(table: RecordBench, kind: str) -> None:
    bundle = made(table, kind)["bundle"]
    read: Any = Bundle.model_validate(bundle)
    assert [one.resource.get_resource_type() for one in read.entry] == [
        one["resource"]["resourceType"] for one in bundle["entry"]
    ]
    if kind == "laboratory":
        assert read.entry[1].resource.valueQuantity.value == Decimal(92)


def unit(body: Any) -> None:
    entry(body, 1)["valueQuantity"]["code"] = "mmol/L"


def no_value(body: Any) -> None:
    del entry(body, 1)["valueQuantity"]


def unknown_code(body: Any) -> None:
    entry(body, 1)["code"] = fhir_code("http://loinc.org", "99999-9", "nothing")


def foreign_system(body: Any) -> None:
    entry(body, 0)["code"] = fhir_code("http://snomed.info/sct", "1558-6", "glucose")


def other_subject(body: Any) -> None:
    entry(body, 1)["subject"] = {"reference": "Patient/9900000021"}


def dangling(body: Any) -> None:
    entry(body, 0)["result"] = [{"reference": "urn:uuid:nowhere"}]


def orphan(body: Any) -> None:
    part = copy.deepcopy(body["bundle"]["entry"][1])
    part["fullUrl"] = "urn:uuid:orphan"
    part["resource"]["id"] = "orphan"
    body["bundle"]["entry"].append(part)


def same_url(body: Any) -> None:
    body["bundle"]["entry"][1]["fullUrl"] = "urn:uuid:report-1"


def two_reports(body: Any) -> None:
    part = copy.deepcopy(body["bundle"]["entry"][0])
    body["bundle"]["entry"].append({**part, "fullUrl": "urn:uuid:report-2"})


def no_parts(body: Any) -> None:
    del entry(body, 0)["result"]
    del body["bundle"]["entry"][1]


def wrong_section(body: Any) -> None:
    table = "http://terminology.hl7.org/CodeSystem/v2-0074"
    entry(body, 0)["category"] = [fhir_code(table, "RAD", "RAD")]


def no_such_day(body: Any) -> None:
    entry(body, 0)["effectiveDateTime"] = "2026-02-30T10:00:00+03:30"


def tomorrow(body: Any) -> None:
    entry(body, 0)["issued"] = "2099-01-01T10:00:00+03:30"


def other_basis(body: Any) -> None:
    body["prescriptionId"] = str(uuid.uuid4())
    entry(body, 0)["basedOn"] = [{"reference": f"ServiceRequest/{uuid.uuid4()}"}]


def soft_hid(body: Any) -> None:
    body["hid"] = "1W2AZVAKZQ"


def unknown_person(body: Any) -> None:
    body["person"] = {"type": "NC", "value": "0013542419"}


def wrong_person(body: Any) -> None:
    body["person"] = {"type": "NC", "value": "9900000014"}


def modality(body: Any) -> None:
    entry(body, 1)["modality"][0]["code"] = "MR"


FAULTY: list[tuple[str, Change, str]] = [
    ("laboratory", unit, "RESULT_UNIT_INVALID"),
    ("laboratory", no_value, "RESULT_BUNDLE_INVALID"),
    ("laboratory", unknown_code, "CODE_UNKNOWN"),
    ("laboratory", foreign_system, "CODE_UNKNOWN"),
    ("laboratory", other_subject, "RESULT_ORDER_MISMATCH"),
    ("laboratory", dangling, "RESULT_BUNDLE_INVALID"),
    ("laboratory", orphan, "RESULT_BUNDLE_INVALID"),
    ("laboratory", same_url, "RESULT_BUNDLE_INVALID"),
    ("laboratory", two_reports, "RESULT_BUNDLE_INVALID"),
    ("laboratory", no_parts, "RESULT_BUNDLE_INVALID"),
    ("laboratory", wrong_section, "RESULT_BUNDLE_INVALID"),
    ("laboratory", no_such_day, "SCHEMA_VIOLATION"),
    ("laboratory", tomorrow, "RESULT_BUNDLE_INVALID"),
    ("laboratory", other_basis, "RESULT_ORDER_MISMATCH"),
    ("laboratory", soft_hid, "HID_INVALID"),
    ("laboratory", unknown_person, "PATIENT_UNKNOWN"),
    ("laboratory", wrong_person, "PATIENT_IDENTIFIER_INVALID"),
    ("imaging", modality, "RESULT_BUNDLE_INVALID"),
    ("imaging", soft_hid, "HID_INVALID"),
    ("imaging", other_subject, "RESULT_ORDER_MISMATCH"),
    ("imaging", unknown_person, "PATIENT_UNKNOWN"),
    ("pathology", unknown_code, "CODE_UNKNOWN"),
    ("pathology", wrong_section, "RESULT_BUNDLE_INVALID"),
]


@pytest.mark.parametrize(
    ("kind", "change", "code"), FAULTY, ids=[f"{k}-{c.__name__}" for k, c, _ in FAULTY]
)
def test_faulty_results_are_refused_and_leave_no_event(
    table: RecordBench, kind: str, change: Change, code: str
) -> None:
    body = made(table, kind)
    change(body)
    before = len(table.ask("history", hid=table.hid()).json["entries"])
    assert table.result(kind, body).code == code
    assert len(table.ask("history", hid=table.hid()).json["entries"]) == before


def test_a_hid_of_another_person_is_another_order(table: RecordBench) -> None:
    body = table.laboratory(table.hid("P02", "2"))
    assert table.result("laboratory", body).code == "RESULT_ORDER_MISMATCH"


def test_a_prescription_of_another_person_is_another_order(table: RecordBench) -> None:
    _, prescription = table.stored("P02")
    body = table.laboratory(table.hid(), prescriptionId=prescription)
    assert table.result("laboratory", body).code == "RESULT_ORDER_MISMATCH"


def test_a_correction_replaces_and_a_second_final_does_not(table: RecordBench) -> None:
    body = made(table, "laboratory")
    first = table.result("laboratory", body).json
    second = copy.deepcopy(body)
    entry(second, 1)["valueQuantity"]["value"] = 180
    entry(second, 0)["issued"] = table.now()
    assert table.result("laboratory", second).code == "RECORD_VERSION_CONFLICT"
    entry(second, 0)["status"] = "corrected"
    corrected = table.result("laboratory", second).json
    assert corrected["version"] == 2
    third = copy.deepcopy(second)
    entry(third, 0)["issued"] = table.now(-3600)
    assert table.result("laboratory", third).code == "RECORD_VERSION_CONFLICT"
    shown = {one["recordId"] for one in table.ask("history", hid=table.hid()).json["entries"]}
    assert corrected["recordId"] in shown
    assert first["recordId"] not in shown


def test_a_cancelled_result_is_no_last_result(table: RecordBench) -> None:
    body = made(table, "laboratory")
    table.result("laboratory", body)
    entry(body, 0).update(status="cancelled", issued=table.now())
    cancelled = table.result("laboratory", body).json
    assert cancelled["state"] == "cancelled"
    assert cancelled["recordId"] not in table.ask("summary", hid=table.hid()).json["results"]
