"""Every fault point of the record changes what is seen on the wire."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.points import POINTS
from tests.component.bench import REASONS
from tests.component.record_bench import RecordBench, fhir_code, keys, later, record_bench

Probe = Callable[[RecordBench], Any]
SERVICES = ("sepas.",)


def summary(table: RecordBench, centre: str = "office-2", **more: Any) -> Any:
    answered = table.ask("summary", centre=centre, **more)
    return answered.code or answered.status


def stranger(table: RecordBench) -> Any:
    return summary(table, person="P03")


def logged(table: RecordBench) -> Any:
    table.ask("summary", hid=table.hid())
    return len(table.accesses()) > 0


def times_logged(table: RecordBench) -> Any:
    table.ask("summary", hid=table.hid())
    return len(table.accesses())


def old_hid(table: RecordBench) -> Any:
    hid = table.hid(centre="office-2")
    later(table, days=1)
    return summary(table, hid=hid)


def emergency_seen(table: RecordBench) -> Any:
    table.glass("P04")
    return "break_glass" in {one["basis"] for one in table.accesses("P04")}


def revoked(table: RecordBench) -> Any:
    table.revoke(table.granted("P05"))
    return summary(table, person="P05")


def ended_twice(table: RecordBench) -> Any:
    consent = table.granted("P05")
    table.revoke(consent)
    return table.revoke(consent).status


def expired(table: RecordBench) -> Any:
    table.granted("P06", validUntil=table.day())
    later(table, days=1)
    return summary(table, person="P06")


def other_grantee(table: RecordBench) -> Any:
    table.granted("P07", to="hospital-1")
    return summary(table, person="P07")


def unconfirmed(table: RecordBench) -> Any:
    body = table.consent(phone="09900000000")
    return table.call("POST", "/sepas/v1/consents", body=body).status


def uncoded_emergency(table: RecordBench) -> Any:
    return table.glass(reason="TREATMENT").status


def supervised(table: RecordBench) -> Any:
    grant = table.glass().json["grantId"]
    listed = table.call("GET", "/sepas/v1/break-glass", centre="ministry-1").json["reports"]
    return grant in {one["grantId"] for one in listed}


def endless(table: RecordBench) -> Any:
    table.glass("P08")
    later(table, hours=2)
    return summary(table, person="P08", centre="hospital-1")


def repeated(table: RecordBench) -> Any:
    submission = table.submission("prescription", table.prescription(table.ids_hid()), "dr01")
    for _ in range(2):
        table.hand_over({**submission, "correlation": str(uuid.uuid4())})
    return len(table.ask("history", hid=table.hid()).json["entries"])


def refused_known(table: RecordBench) -> Any:
    payload = table.prescription(table.ids_hid())
    del payload["hid"]
    submission = table.submission("prescription", payload, "dr01")
    table.hand_over(submission)
    return table.call("GET", f"/sepas/v1/records/{submission['correlation']}").status


def forged(table: RecordBench) -> Any:
    payload = table.prescription(table.ids_hid())
    one, other = (
        table.submission("prescription", {**payload, "note": text}, "dr01") for text in "ab"
    )
    one["document"]["payload"] = other["document"]["payload"]
    return table.hand_over(one).status


def twins(table: RecordBench) -> Any:
    payload = table.prescription(table.ids_hid())
    payload["patient"] = {**payload["patient"], "id": table.twin("NB1")}
    table.hand_over(table.submission("prescription", payload, "dr01"))
    second = table.twin("NB2")
    table.glass_for(second)
    body = {"person": second, "purpose": table.coded(REASONS, "UNCONSCIOUS")}
    answered = table.call("POST", "/sepas/v1/history", body=body, centre="hospital-1")
    return len(answered.json["entries"])


def newborn_history(table: RecordBench) -> Any:
    child = table.twin("NB2")
    payload = table.prescription(table.ids_hid())
    payload["patient"] = {**payload["patient"], "id": child}
    table.hand_over(table.submission("prescription", payload, "dr01"))
    code = {"type": "NC", "value": "9900000374"}
    told = {"former": child, "current": code, "cause": "newborn_registered"}
    table.call("POST", "/identity/v1/links", body=told)
    table.glass_for(code)
    body = {"person": code, "purpose": table.coded(REASONS, "UNCONSCIOUS")}
    answered = table.call("POST", "/sepas/v1/history", body=body, centre="hospital-1")
    return len(answered.json["entries"])


def versions(table: RecordBench) -> Any:
    payload, prescription = table.stored()
    amends = {"prescriptionId": prescription, "version": 1}
    changed = {**payload, "documentId": str(uuid.uuid4()), "amends": amends}
    table.hand_over(table.submission("amendment", changed, "dr01"))
    entries = table.ask("history", hid=table.hid()).json["entries"]
    return len([one for one in entries if one["documentId"] == payload["documentId"]])


def cancelled(table: RecordBench) -> Any:
    _, prescription = table.stored(items=[table.item("99002", 10)])
    made = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": prescription,
        **table.reason("WRONG_ITEM"),
    }
    table.hand_over(table.submission("cancellation", made, "dr01"))
    active = table.ask("summary", hid=table.hid()).json["activeMedicines"]
    return "99002" in {one["code"] for one in active}


def allergic(table: RecordBench) -> Any:
    person = next(one for one in table.world.people.values() if one.allergies)
    table.granted(person.key)
    return len(table.ask("summary", person.key, centre="office-2").json["allergies"])


def result(change: Callable[[RecordBench, Any], None]) -> Probe:
    def probe(table: RecordBench) -> Any:
        body = table.laboratory(table.hid())
        change(table, body)
        return table.result("laboratory", body).status

    return probe


def part(body: Any) -> Any:
    return body["bundle"]["entry"][1]["resource"]


def wrong_unit(_table: RecordBench, body: Any) -> None:
    part(body)["valueQuantity"]["code"] = "mmol/L"


def wrong_code(_table: RecordBench, body: Any) -> None:
    part(body)["code"] = fhir_code("http://loinc.org", "99999-9", "nothing")


def retired_code(_table: RecordBench, body: Any) -> None:
    part(body)["code"] = fhir_code("http://loinc.org", "3173-2", "APTT")
    del part(body)["valueQuantity"]
    part(body)["valueString"] = "31 s"


def foreign_system(_table: RecordBench, body: Any) -> None:
    part(body)["code"] = fhir_code("http://snomed.info/sct", "1558-6", "Fasting glucose")


def dangling(_table: RecordBench, body: Any) -> None:
    report = body["bundle"]["entry"][0]["resource"]
    report["result"] = [{"reference": "urn:uuid:nothing"}]


def other_department(_table: RecordBench, body: Any) -> None:
    table = "http://terminology.hl7.org/CodeSystem/v2-0074"
    body["bundle"]["entry"][0]["resource"]["category"] = [fhir_code(table, "RAD", "Radiology")]


def of_tomorrow(table: RecordBench, body: Any) -> None:
    body["bundle"]["entry"][0]["resource"]["issued"] = table.now(86_400)


def nothing_said(_table: RecordBench, body: Any) -> None:
    del part(body)["valueQuantity"]


def text_kept(table: RecordBench) -> Any:
    body = table.laboratory(table.hid())
    body["bundle"]["entry"][0]["resource"]["conclusion"] = "پي‌گيري"
    taken = table.result("laboratory", body).json
    shown = table.call("GET", f"/sepas/v1/entries/{taken['recordId']}", centre="lab-1")
    return shown.json["bundle"] == body["bundle"]


def other_subject(_table: RecordBench, body: Any) -> None:
    part(body)["subject"] = {"reference": "Patient/9900000021"}


def soft_hid(table: RecordBench, body: Any) -> None:
    body["hid"] = table.ids_hid()


def orphan(_table: RecordBench, body: Any) -> None:
    added = copy.deepcopy(body["bundle"]["entry"][1])
    added["fullUrl"], added["resource"]["id"] = "urn:uuid:orphan", "orphan"
    body["bundle"]["entry"].append(added)


def second_final(table: RecordBench) -> Any:
    body = table.laboratory(table.hid())
    table.result("laboratory", body)
    part(body)["valueQuantity"]["value"] = 300
    body["bundle"]["entry"][0]["resource"]["issued"] = table.now()
    return table.result("laboratory", body).status


def order(table: RecordBench) -> Any:
    for hours in (0, -5):
        table.stored(issuedAt=table.now(hours * 3600))
    entries = table.ask("history", hid=table.hid()).json["entries"]
    days = [one["startedAt"] for one in entries]
    return days == sorted(days)


def pages(table: RecordBench) -> Any:
    for _ in range(21):
        table.stored()
    return "next" in table.ask("history", hid=table.hid(), since=table.day(-1)).json


def kept(*members: str) -> Probe:
    """Look at members of the events a stored prescription has become."""

    def probe(table: RecordBench) -> Any:
        table.stored()
        found = table.ask("history", hid=table.hid()).json["entries"]
        return [[one.get(name) for name in members] for one in found]

    return probe


def receipt_names_it(table: RecordBench) -> Any:
    payload = table.prescription(table.ids_hid())
    taken = table.hand_over(table.submission("prescription", payload, "dr01"))
    return taken.json["documentId"] == payload["documentId"]


def reasons(table: RecordBench) -> Any:
    _, prescription = table.stored()
    made = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": prescription,
        **table.reason("WRONG_ITEM"),
    }
    table.hand_over(table.submission("cancellation", made, "dr01"))
    found = table.ask("history", hid=table.hid()).json["entries"]
    return [one["reason"]["code"] for one in found if "reason" in one]


def versioned(table: RecordBench) -> Any:
    line = table.item()
    table.stored(items=[{**line, "code": {**line["code"], "version": "1"}}])
    found = table.ask("history", hid=table.hid()).json["entries"]
    return ["version" in one["items"][0] for one in found]


def child_of_a_consent(table: RecordBench) -> Any:
    body = {**table.consent("NB1"), "person": table.twin("NB1")}
    told = table.call("POST", "/sepas/v1/consents", body=body).json
    return told["person"]["birthOrder"]


def bundle_told(table: RecordBench) -> Any:
    body = table.laboratory(table.hid())
    return table.result("laboratory", body).json["bundle"] == body["bundle"]


PROBES: dict[str, Probe] = {
    "sepas.submit.reason_generalised": reasons,
    "sepas.submit.code_versions_dropped": versioned,
    "sepas.consent.next_child": child_of_a_consent,
    "sepas.result.bundle_of_first": bundle_told,
    "sepas.history.closed_days_only": kept("state"),
    "sepas.submit.items_dropped": kept("items"),
    "sepas.submit.filed_under_service": kept("centre"),
    "sepas.submit.own_number_told": receipt_names_it,
    "sepas.person.newborns_skipped": newborn_history,
    "sepas.person.birth_order_ignored": twins,
    "sepas.access.without_basis": stranger,
    "sepas.access.not_logged": logged,
    "sepas.access.noted_twice": times_logged,
    "sepas.access.treating_relation_any_day": old_hid,
    "sepas.access.emergencies_hidden": emergency_seen,
    "sepas.consent.revoked_still_counts": revoked,
    "sepas.consent.ends_again": ended_twice,
    "sepas.consent.expired_still_counts": expired,
    "sepas.consent.other_grantee_accepted": other_grantee,
    "sepas.consent.unconfirmed_accepted": unconfirmed,
    "sepas.break_glass.reason_unchecked": uncoded_emergency,
    "sepas.break_glass.not_reported": supervised,
    "sepas.break_glass.never_ends": endless,
    "sepas.submit.repeat_stored_twice": repeated,
    "sepas.submit.refusal_forgotten": refused_known,
    "sepas.submit.signature_unchecked": forged,
    "sepas.person.newborns_merged": twins,
    "sepas.history.links_ignored": newborn_history,
    "sepas.history.amended_version_kept": versions,
    "sepas.summary.cancelled_still_active": cancelled,
    "sepas.summary.allergies_missing": allergic,
    "sepas.result.unit_unchecked": result(wrong_unit),
    "sepas.result.code_unchecked": result(wrong_code),
    "sepas.result.retired_accepted": result(retired_code),
    "sepas.result.any_system": result(foreign_system),
    "sepas.result.dangling_accepted": result(dangling),
    "sepas.result.category_unchecked": result(other_department),
    "sepas.result.future_accepted": result(of_tomorrow),
    "sepas.result.value_missing": result(nothing_said),
    "sepas.result.text_folded": text_kept,
    "sepas.result.other_person_accepted": result(other_subject),
    "sepas.result.hid_unchecked": result(soft_hid),
    "sepas.result.links_unchecked": result(orphan),
    "sepas.result.final_overwrites": second_final,
    "sepas.variant.history_newest_first": order,
    "sepas.variant.small_pages": pages,
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keys(tmp_path_factory)


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_point_shows(point: str, state: Path) -> None:
    seen_by = []
    for faults in ((), (point,)):
        table = record_bench(state, *faults)
        try:
            seen_by.append(PROBES[point](table))
        finally:
            table.close()
    assert seen_by[0] != seen_by[1]


def test_every_point_of_these_services_has_a_probe() -> None:
    declared = {name for name in POINTS if name.startswith(SERVICES)}
    assert declared == set(PROBES)
