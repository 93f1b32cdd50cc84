"""Every fault point of citizen, support and emergency changes what is seen on the wire."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.cycle_points import CYCLE_POINTS
from reference_impl.faults.points import POINTS
from reference_impl.platform.clock import TEHRAN
from tests.component import test_citizen as citizen
from tests.component import test_emergency as emergency
from tests.component import test_support as support
from tests.component.bench import REASONS
from tests.component.record_bench import RecordBench, keys, later, record_bench

Probe = Callable[[RecordBench], Any]
SERVICES = ("citizen.", "support.", "emergency.")
HOUR = 3600


def read_by_stranger(table: RecordBench) -> Any:
    referral = citizen.refer(table).json["referralId"]
    return table.call("GET", f"/citizen/v1/referrals/{referral}", centre="office-2").status


def own_feedback(table: RecordBench) -> Any:
    return citizen.feedback(table, citizen.refer(table).json).status


def two_feedbacks(table: RecordBench) -> Any:
    referral = citizen.refer(table).json
    goal = citizen.receiver(table, referral)
    return [citizen.feedback(table, referral, centre=goal).status for _ in "ab"]


def double_booking(table: RecordBench) -> Any:
    slot = table.now(5 * 86400)
    return [citizen.book(table, person, slot=slot).status for person in ("P01", "P02")]


def moved_up(table: RecordBench) -> Any:
    slot = table.now(5 * 86400)
    first = citizen.book(table, slot=slot).json
    second = citizen.book(table, "P02", slot=slot, waiting=True).json
    citizen.appointment(table, first, "DELETE")
    return second["waitingPosition"], citizen.appointment(table, second).json["state"]


def tariff(table: RecordBench) -> Any:
    return table.call("GET", f"/citizen/v1/centres/{table.siam('office-1')}").json["tariffs"]


def own_accesses(table: RecordBench) -> Any:
    table.ask("summary", hid=table.hid())
    return len(citizen.own(table, "accesses").json["accesses"])


def offered(table: RecordBench) -> Any:
    answered = table.call("GET", f"/citizen/v1/centres/{table.siam('hospital-1')}")
    return [one["code"] for one in answered.json["services"]]


def listed_areas(table: RecordBench) -> Any:
    emergency.declare(table, areas=["one", "other"])
    return table.call("GET", "/emergency/v1/outages").json["outages"][-1]["areas"]


def share(table: RecordBench) -> Any:
    return citizen.find(table, person=table.person_id("P01")).json["patientShare"]


def own_kinds(table: RecordBench) -> Any:
    table.stored()
    return len(citizen.own(table, "results").json["entries"])


def own_costs(table: RecordBench) -> Any:
    cost = {"total": 500_000, "insurerShare": 350_000, "patientShare": 150_000}
    payload = table.visit(table.ids_hid())
    table.hand_over(table.submission("service-record", {**payload, "cost": cost}, "dr01"))
    return [one["cost"] for one in citizen.own(table, "costs").json["entries"]]


def at_night(table: RecordBench) -> Any:
    local = table.clock.now().astimezone(TEHRAN)
    later(table, hours=(23 - local.hour) % 24)
    return hours(support.opened(table, urgency="outage"))


def hours(ticket: Any) -> float:
    due = datetime.fromisoformat(ticket["answerDueAt"])
    return (due - datetime.fromisoformat(ticket["openedAt"])).total_seconds() / HOUR


def late_ticket(table: RecordBench) -> Any:
    ticket = support.opened(table, urgency="outage")
    later(table, hours=2)
    return support.read(table, ticket).json["overdue"]


def closed_note(table: RecordBench) -> Any:
    ticket = support.opened(table)
    support.note(table, ticket, close=True)
    return support.note(table, ticket).status


def answered(table: RecordBench) -> Any:
    return "answer" in support.note(table, support.opened(table), centre="ministry-1").json


def strange_ticket(table: RecordBench) -> Any:
    return support.read(table, support.opened(table), centre="office-2").status


def declared_by(centre: str, **more: Any) -> Probe:
    return lambda table: emergency.declare(table, centre=centre, **more).status


def without_cause(table: RecordBench) -> Any:
    return emergency.declare(table, cause=table.coded(REASONS, "TREATMENT")).status


def ended_twice(table: RecordBench) -> Any:
    return emergency.end(table, emergency.ended(table)).status


def sheet(table: RecordBench, *, area: str = "", wrote: float = -3, hours_on: int = 0) -> Any:
    more = {"areas": [area]} if area else {}
    number = emergency.ended(table, **more)["number"]
    body = emergency.paper(table, number, writtenAt=table.now(wrote * HOUR))
    later(table, hours=hours_on)
    return emergency.ask(table, body).status


def unlisted(table: RecordBench) -> Any:
    return emergency.ask(table, emergency.paper(table)).status


def listed(table: RecordBench) -> Any:
    return emergency.ask(table, emergency.paper(table, at="phc-rural")).status


def used_sheet(table: RecordBench) -> Any:
    body = emergency.paper(table, emergency.ended(table)["number"])
    return [emergency.enter(table, {**body, "documentId": str(uuid.uuid4())}).status for _ in "ab"]


def own_reasons(table: RecordBench) -> Any:
    _, prescription = table.stored()
    made = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": prescription,
        **table.reason("WRONG_ITEM"),
    }
    table.hand_over(table.submission("cancellation", made, "dr01"))
    found = citizen.own(table, "prescriptions").json["entries"]
    return [one["reason"]["code"] for one in found if "reason" in one]


def versioned(table: RecordBench, name: str, code: str) -> Any:
    return {**table.coded(f"urn:ir:maksa:{name}-synthetic", code), "version": "1"}


PROBES: dict[str, Probe] = {
    "citizen.own.cancellations_recoded": own_reasons,
    "citizen.referral.versions_dropped": lambda t: citizen.refer(
        t, specialty=versioned(t, "specialty", "cardiology")
    ).json["specialty"],
    "citizen.appointment.version_dropped": lambda t: citizen.book(
        t, service=versioned(t, "service", "992102")
    ).json["service"],
    "emergency.outage.cause_version_dropped": lambda t: emergency.declare(
        t, cause=versioned(t, "reason", "GATEWAY_DOWN")
    ).json["cause"],
    "citizen.referral.level_skipped": lambda t: citizen.refer(t, "3").status,
    "citizen.referral.emergency_ignored": lambda t: citizen.refer(t, "3", emergency=True).status,
    "citizen.referral.any_sender": lambda t: citizen.refer(t, fromCentre=t.siam("office-2")).status,
    "citizen.referral.any_centre_reads": read_by_stranger,
    "citizen.referral.feedback_by_anybody": own_feedback,
    "citizen.referral.feedback_twice": two_feedbacks,
    "citizen.appointment.booked_twice": double_booking,
    "citizen.appointment.past_accepted": lambda t: citizen.book(t, slot=t.now(-HOUR)).status,
    "citizen.appointment.list_not_moved": moved_up,
    "citizen.appointment.position_from_zero": moved_up,
    "citizen.channel.unchecked": lambda t: citizen.own(t, "results", channel="ivr").status,
    "citizen.identity.telephone_unchecked": lambda t: (
        citizen.own(t, "results", phone="09900000000").status
    ),
    "citizen.information.all_versions": offered,
    "citizen.own.last_access_hidden": own_accesses,
    "citizen.information.tariffs_shifted": tariff,
    "citizen.information.tariff_left_out": tariff,
    "citizen.channel.smartphones_only": lambda t: (
        citizen.own(t, "prescriptions", channel="ussd").status
    ),
    "citizen.finder.city_ignored": lambda t: len(citizen.find(t, city="Shiraz").json["centres"]),
    "citizen.finder.total_as_share": share,
    "citizen.own.share_hidden": own_costs,
    "citizen.own.kind_ignored": own_kinds,
    "support.clock.office_hours_only": at_night,
    "support.clock.urgency_ignored": lambda t: hours(support.opened(t, urgency="outage")),
    "support.clock.never_overdue": late_ticket,
    "support.triage.code_ignored": lambda t: support.opened(t, code="HID_INVALID")["triage"],
    "support.owner.facility_as_vendor": lambda t: support.opened(t, code="PATIENT_UNKNOWN")[
        "owner"
    ],
    "support.owner.vendor_as_facility": lambda t: support.opened(t, code="RESULT_UNIT_INVALID")[
        "owner"
    ],
    "support.note.closed_takes_notes": closed_note,
    "support.note.answer_lost": answered,
    "support.ticket.any_centre_reads": strange_ticket,
    "emergency.outage.anybody_declares": declared_by("office-1"),
    "emergency.outage.area_left_out": listed_areas,
    "emergency.outage.cause_unchecked": without_cause,
    "emergency.outage.ends_twice": ended_twice,
    "emergency.paper.window_ignored": lambda t: sheet(t, wrote=-9),
    "emergency.paper.area_of_outage_ignored": lambda t: sheet(t, area="elsewhere"),
    "emergency.paper.area_unchecked": unlisted,
    "emergency.paper.no_area": listed,
    "emergency.paper.hundred_hours": lambda t: sheet(t, hours_on=80),
    "emergency.paper.late_accepted": lambda t: sheet(t, hours_on=200),
    "emergency.paper.serial_reusable": used_sheet,
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
    # Those of a life's course are seen by the machines: test_courses_and_twins.
    in_course = {point.name for point in CYCLE_POINTS}
    declared = {name for name in POINTS if name.startswith(SERVICES)} - in_course
    assert declared == set(PROBES)
