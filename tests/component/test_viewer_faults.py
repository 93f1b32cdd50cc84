"""Every fault point of monitor, viewer and value-added changes what is seen on the wire."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.points import POINTS
from tests.component.bench import REASONS
from tests.component.record_bench import RecordBench, keys, record_bench

Probe = Callable[[RecordBench], Any]
SERVICES = ("sepas_monitor.", "viewer.", "value_added.")

# Monitor

MONITOR = "/sepas_monitor/v1"


def faulty(table: RecordBench) -> None:
    body = table.laboratory(table.hid())
    body["bundle"]["entry"][1]["resource"]["valueQuantity"]["code"] = "mmol/L"
    assert table.result("laboratory", body).status == 422


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


def cost_of_a_visit(table: RecordBench) -> Any:
    table.hand_over(table.submission("service-record", table.visit(table.ids_hid()), "dr01"))
    told = delivery(table, covered=["service"], scope=["service"]).json["entries"]
    return [one["cost"] for one in told]


def versions_seen(table: RecordBench) -> Any:
    line = table.item()
    table.stored("P12", items=[{**line, "code": {**line["code"], "version": "1"}}])
    table.granted("P12")
    return [one.get("version") for one in view(table, person="P12").json["activeMedicines"]]


PROBES: dict[str, Probe] = {
    "viewer.view.versions_of_system": versions_seen,
    "value_added.data.paid_by_insurer": cost_of_a_visit,
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
