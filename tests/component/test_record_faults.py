"""Every fault point of record, monitor, viewer and value-added changes what is seen on the wire."""

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
SERVICES = ("sepas.", "sepas_monitor.", "viewer.", "value_added.")


def summary(table: RecordBench, centre: str = "office-2", **more: Any) -> Any:
    answered = table.ask("summary", centre=centre, **more)
    return answered.code or answered.status


def stranger(table: RecordBench) -> Any:
    return summary(table, person="P03")


def logged(table: RecordBench) -> Any:
    table.ask("summary", hid=table.hid())
    return len(table.accesses()) > 0


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


# Monitor

MONITOR = "/sepas_monitor/v1"


def faulty(table: RecordBench) -> None:
    result(wrong_unit)(table)


def others_errors(table: RecordBench) -> Any:
    faulty(table)
    return len(table.call("GET", f"{MONITOR}/errors", centre="pharmacy-1").json["errors"])


def errors_since(table: RecordBench) -> Any:
    faulty(table)
    query = f"?since={table.day(2)}"
    return len(table.call("GET", f"{MONITOR}/errors{query}", centre="lab-1").json["errors"])


def solution(table: RecordBench) -> Any:
    entry = table.call("GET", f"{MONITOR}/bank/HID_INVALID").json
    return entry["solutionEn"] == entry["messageEn"]


def case(table: RecordBench, code: str = "RESULT_UNIT_INVALID") -> Any:
    body = {"text": "help", "code": code}
    return table.call("POST", f"{MONITOR}/cases", body=body).json


def step(table: RecordBench, made: Any, *ways: str) -> Any:
    target = f"{MONITOR}/cases/{made['caseId']}/steps"
    for to in ways:
        answered = table.call("POST", target, body={"to": to, "text": to})
    return answered


def first_step(to: str) -> Probe:
    return lambda table: step(table, case(table), to).status


def reopened(table: RecordBench) -> Any:
    return step(table, case(table), "vendor", "solved", "closed", "vendor").status


def told(table: RecordBench) -> Any:
    return "result" in step(table, case(table), "vendor", "solved").json


def strange_case(table: RecordBench) -> Any:
    target = f"{MONITOR}/cases/{case(table)['caseId']}"
    return table.call("GET", target, centre="office-2").status


# Viewer


def view(table: RecordBench, centre: str = "office-2", **more: Any) -> Any:
    body = table.question(**more)
    return table.call("POST", "/viewer/v1/views", body=body, centre=centre)


def purposeless(table: RecordBench) -> Any:
    hid = table.hid(centre="office-2")
    return view(table, hid=hid, purpose=table.coded(REASONS, "POWER")).code


def by_hid(table: RecordBench) -> Any:
    return view(table, hid=table.hid(centre="office-2")).status


def unseen(table: RecordBench) -> Any:
    return view(table, person="P09").status


def seen(member: str, person: str = "P01") -> Probe:
    def probe(table: RecordBench) -> Any:
        table.stored()
        table.result("laboratory", table.laboratory(table.hid()))
        allergic_one = next(k for k, one in table.world.people.items() if one.allergies)
        who = allergic_one if member == "allergies" else person
        table.granted(who)
        return len(view(table, person=who).json[member]) > 0

    return probe


def after_revocation(table: RecordBench) -> Any:
    consent = table.granted("P10")
    view(table, person="P10")
    table.revoke(consent)
    return view(table, person="P10").status


def next_centre(table: RecordBench) -> Any:
    table.granted("P11")
    view(table, person="P11")
    return view(table, "hospital-1", person="P11").status


# Value added


def delivery(table: RecordBench, **more: Any) -> Any:
    purpose = table.coded(REASONS, "VALUE_ADDED")
    kinds = more.pop("covered", ["prescription"])
    to = more.pop("to", "business-1")
    consent = table.granted(to=to, purpose=purpose, scope=kinds)
    if more.pop("revoked", False):
        table.revoke(consent)
    body = {
        "consentId": consent,
        "scope": more.pop("scope", ["prescription"]),
        "receiver": table.siam(more.pop("receiver", to)),
    }
    return table.call("POST", "/value_added/v1/deliveries", body=body, centre=to)


def delivered_kinds(table: RecordBench) -> Any:
    table.stored()
    answered = delivery(table, covered=["prescription", "dispense"], scope=["dispense"])
    return [one["kind"] for one in answered.json["entries"]]


def named_providers(table: RecordBench) -> Any:
    table.stored()
    return "provider" in delivery(table).json["entries"][0]


def long_delivery(table: RecordBench) -> Any:
    for _ in range(201):
        table.stored()
    return len(delivery(table).json["entries"]) > 200


PROBES: dict[str, Probe] = {
    "sepas.access.without_basis": stranger,
    "sepas.access.not_logged": logged,
    "sepas.access.treating_relation_any_day": old_hid,
    "sepas.access.emergencies_hidden": emergency_seen,
    "sepas.consent.revoked_still_counts": revoked,
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
    "sepas.history.amended_version_kept": versions,
    "sepas.summary.cancelled_still_active": cancelled,
    "sepas.summary.allergies_missing": allergic,
    "sepas.result.unit_unchecked": result(wrong_unit),
    "sepas.result.code_unchecked": result(wrong_code),
    "sepas.result.other_person_accepted": result(other_subject),
    "sepas.result.hid_unchecked": result(soft_hid),
    "sepas.result.links_unchecked": result(orphan),
    "sepas.result.final_overwrites": second_final,
    "sepas.variant.history_newest_first": order,
    "sepas.variant.small_pages": pages,
    "sepas_monitor.errors.of_all_centres": others_errors,
    "sepas_monitor.errors.since_ignored": errors_since,
    "sepas_monitor.bank.solution_missing": solution,
    "sepas_monitor.triage.always_unknown": lambda table: case(table)["triage"],
    "sepas_monitor.triage.unknown_stays_open": lambda table: case(table, "NOTHING")["state"],
    "sepas_monitor.case.owner_ignored": first_step("facility"),
    "sepas_monitor.case.closed_unsolved": first_step("closed"),
    "sepas_monitor.case.reopens": reopened,
    "sepas_monitor.case.result_not_told": told,
    "sepas_monitor.case.any_centre_reads": strange_case,
    "viewer.purpose.unchecked": purposeless,
    "viewer.basis.hid_not_passed_on": by_hid,
    "viewer.refusal.shown_as_empty": unseen,
    "viewer.view.allergies_left_out": seen("allergies"),
    "viewer.view.medicines_left_out": seen("activeMedicines"),
    "viewer.view.results_left_out": seen("results"),
    "viewer.view.kept_after_revocation": after_revocation,
    "viewer.view.kept_for_everybody": next_centre,
    "value_added.licence.receiver_unchecked": lambda t: delivery(t, receiver="office-1").status,
    "value_added.licence.licence_unchecked": lambda t: delivery(t, to="office-2").status,
    "value_added.consent.ended_consent_shown_as_empty": lambda t: delivery(t, revoked=True).status,
    "value_added.data.scope_unchecked": lambda t: delivery(t, scope=["dispense"]).status,
    "value_added.data.whole_consent_delivered": delivered_kinds,
    "value_added.data.providers_shown": named_providers,
    "value_added.data.first_page_only": long_delivery,
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
