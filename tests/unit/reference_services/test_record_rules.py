"""Pure rules of the record and the services around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fixtures import load_pack
from reference_impl.citizen.domain import CHANNELS, destination, leads, offered
from reference_impl.emergency.domain import AREAS, Period, number_of, reaches, sequence_of
from reference_impl.platform.persons import person_key, subject_reference
from reference_impl.platform.problem import Refusal
from reference_impl.sepas.documents import event_of, utc
from reference_impl.sepas.summary import Known, summary_of
from reference_impl.sepas_monitor.domain import TRIAGE_CLASSES, Bank, may_step, state_after
from reference_impl.support.domain import answer_due, is_overdue
from reference_impl.support.domain import state_after as ticket_after

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
DRUG = {"system": "urn:ir:maksa:eRx-synthetic", "code": "99012", "display": "losartan"}


# Persons


def test_a_key_folds_digits_and_tells_newborns_apart() -> None:
    persian = {"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"}
    assert person_key(persian) == person_key({"type": "NC", "value": "9900000013"})
    twin = {"type": "MOTHER_NC", "value": "9900000277", "birthDate": "2026-11-01"}
    first, second = ({**twin, "birthOrder": order} for order in (1, 2))
    assert person_key(first) != person_key(second)
    assert subject_reference(second) == "Patient/9900000277-2"
    assert subject_reference(persian) == "Patient/9900000013"


# Events


def payload(**more: Any) -> dict[str, Any]:
    return {
        "documentId": "d",
        "issuedAt": "2026-11-20T10:00:00+03:30",
        "hid": "1W2AZVAKZQ",
        "patient": {"id": {"type": "NC", "value": "9900000013"}},
        "prescriber": {"councilKind": "MD", "councilNumber": "990001", "phone": "0990"},
        "items": [{"code": DRUG}],
        **more,
    }


def test_an_event_keeps_the_core_and_no_more() -> None:
    event = event_of("erx.prescription", payload(note="private", diagnoses=[DRUG]))
    assert (event.kind, event.person, event.version) == ("prescription", "NC:9900000013", 1)
    assert event.core == {
        "provider": {"councilKind": "MD", "councilNumber": "990001"},
        "items": [DRUG],
        "diagnoses": [DRUG],
    }
    dispensed = payload(startedAt="2026-11-20T10:00:00Z", dispensedAt="2026-11-20T10:05:00Z")
    event = event_of("erx.dispense", dispensed)
    assert (event.started_at[:16], event.ended_at[:16]) == ("2026-11-20T10:00", "2026-11-20T10:05")
    amended = payload(amends={"prescriptionId": "p", "version": 3})
    event = event_of("erx.amendment", amended)
    assert (event.prescription_id, event.version) == ("p", 4)


@pytest.mark.parametrize(
    ("without", "pointer"),
    [
        ("documentId", "/documentId"),
        ("issuedAt", "/issuedAt"),
        ("hid", "/hid"),
        ("patient", "/patient/id"),
        ("prescriber", "/prescriber"),
    ],
)
def test_what_the_record_needs_must_be_there(without: str, pointer: str) -> None:
    made = payload()
    del made[without]
    with pytest.raises(Refusal) as refused:
        event_of("erx.prescription", made)
    assert refused.value.code == "RECORD_MANDATORY_MISSING"
    assert refused.value.errors[0].pointer == f"/document/payload{pointer}"


@pytest.mark.parametrize(
    "change",
    [
        {"items": ["x"]},
        {"items": [{}]},
        {"amends": "x"},
        {"amends": {"version": "x"}},
        {"issuedAt": "yesterday"},
        {"patient": "x"},
        {"documentId": 7},
    ],
)
def test_damaged_content_is_refused_not_a_fault(change: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="RECORD_MANDATORY_MISSING"):
        event_of("erx.amendment", payload(**change))


def test_a_type_nobody_knows_is_refused() -> None:
    with pytest.raises(Refusal, match="DOCUMENT_TYPE_MISMATCH"):
        event_of("erx.letter", payload())


def test_instants_of_all_zones_sort() -> None:
    assert utc("2026-11-20T10:00:00+03:30") == utc("2026-11-20T06:30:00Z")
    assert utc("2026-11-20T10:00:00.5Z") > utc("2026-11-20T10:00:00Z")


# Summary


@dataclass
class Row:
    kind: str
    days_ago: int
    state: str = "current"
    core: dict[str, Any] = field(default_factory=dict)

    @property
    def record_id(self) -> str:
        return f"{self.kind}-{self.days_ago}"

    @property
    def started_at(self) -> str:
        return (NOON - timedelta(days=self.days_ago)).isoformat()


def icd(code: str) -> dict[str, str]:
    return {"system": "urn:ir:maksa:icd10-synthetic", "code": code, "display": code}


@pytest.mark.parametrize(("days", "active"), [(0, 1), (60, 1), (61, 0)])
def test_medicines_are_active_for_sixty_days(days: int, active: int) -> None:
    rows = [Row("prescription", days, core={"items": [DRUG]})]
    assert len(summary_of(rows, Known(), TODAY)["activeMedicines"]) == active


@pytest.mark.parametrize(("days", "kept"), [(730, 1), (731, 0)])
def test_diagnoses_are_kept_for_two_years(days: int, kept: int) -> None:
    rows = [Row("service", days, core={"items": [], "diagnoses": [icd("J45.9")]})]
    told = summary_of(rows, Known(), TODAY)
    assert len(told["diagnoses"]) == kept
    assert len(told["sources"]) == kept


@pytest.mark.parametrize(("days", "pregnant"), [(280, True), (281, False)])
def test_a_pregnancy_ends(days: int, pregnant: bool) -> None:
    rows = [Row("service", days, core={"items": [], "diagnoses": [icd("Z34.9")]})]
    assert summary_of(rows, Known(), TODAY)["pregnant"] is pregnant


def test_what_is_named_twice_stands_once_and_the_last_results_stay() -> None:
    rows = [Row("prescription", day, core={"items": [DRUG]}) for day in (3, 2)]
    rows += [Row("laboratory_result", 100 - n, core={"items": []}) for n in range(60)]
    told = summary_of(rows, Known(medicines=(DRUG,), allergies=(icd("x"),)), TODAY)
    assert told["activeMedicines"] == [DRUG]
    assert told["results"][-1] == "laboratory_result-41"
    assert len(told["results"]) == 50


# Monitor


def bank() -> Bank:
    pack = load_pack("erx-1401")
    return Bank(pack.errors, pack.codes[TRIAGE_CLASSES])


def test_every_error_of_the_bank_has_an_owner() -> None:
    found = bank()
    for code in load_pack("erx-1401").errors:
        entry = found.entry(code)
        assert entry is not None
        assert entry["owner"] in {"facility", "vendor", "ministry"}
    assert found.entry("NOTHING") is None
    assert found.interpret("NOTHING").triage == found.interpret(None).triage == 17


@pytest.mark.parametrize(
    ("state", "to", "allowed"),
    [
        ("open", "vendor", True),
        ("open", "facility", False),
        ("open", "solved", False),
        ("with_vendor", "vendor", False),
        ("with_vendor", "ministry", True),
        ("with_vendor", "closed", False),
        ("with_ministry", "solved", True),
        ("solved", "closed", True),
        ("solved", "solved", False),
        ("closed", "vendor", False),
        ("closed", "closed", False),
    ],
)
def test_steps_of_a_case_of_the_vendor(state: str, to: str, allowed: bool) -> None:
    assert may_step(state, to, "vendor") is allowed
    assert state_after("vendor") == "with_vendor"


# Citizen


@pytest.mark.parametrize("emergency", [False, True])
def test_nobody_is_referred_down(emergency: bool) -> None:
    for start in (1, 2, 3):
        for goal in range(1, start):
            assert not leads(start, goal, emergency=emergency)
    assert leads(1, 3, emergency=True)
    assert not leads(1, 3, emergency=False)
    assert leads(2, 2, emergency=False)
    assert not leads(1, 1, emergency=False)


def test_patients_are_sent_to_active_prescribing_centres() -> None:
    fitting = {"siamId": "b", "active": True, "level": 2, "roles": ["prescribing"]}
    rows = [
        {**fitting, "siamId": "a", "active": False},
        {**fitting, "siamId": "0", "roles": ["dispensing"]},
        fitting,
        {**fitting, "siamId": "c"},
    ]
    assert destination(rows, 2, "x") == "b"
    assert destination(rows, 2, "b") == "c"
    assert destination(rows, 3, "x") is None


def test_every_channel_offers_something_and_web_and_app_everything() -> None:
    for channel in ("sms", "ussd", "ivr"):
        assert any(channel in channels for channels in CHANNELS.values())
    assert all({"web", "app"} <= channels for channels in CHANNELS.values())


def test_a_pharmacy_has_no_service_tariff() -> None:
    rows: list[dict[str, Any]] = [
        {"kind": "visit", "publicTariff": 1, "validFrom": "2022-03-21"},
        {"kind": "visit"},
    ]
    assert offered("office", rows, "2026-03-21") == rows[:1]
    assert offered("pharmacy", rows, "2026-03-21") == []


def test_a_service_is_offered_while_its_tariff_is_in_force() -> None:
    old: dict[str, Any] = {
        "kind": "visit",
        "publicTariff": 1,
        "validFrom": "2022-03-21",
        "validUntil": "2026-03-20",
    }
    rows = [old, {**old, "validFrom": "2026-03-21", "validUntil": None}]
    assert offered("office", rows, "2026-03-20") == rows[:1]
    assert offered("office", rows, "2026-03-21") == rows[1:]


# Support


@pytest.mark.parametrize("hour", [0, 7, 12, 20])
def test_the_clock_of_support_never_stands_still(hour: int) -> None:
    now = NOON.replace(hour=hour)
    assert answer_due(now, "outage") - now == timedelta(hours=1)
    assert answer_due(now, "low") - now == timedelta(hours=72)
    assert answer_due(now, "outage", office_hours_only=True) - now > timedelta(hours=1)


def test_lateness_and_states_of_a_ticket() -> None:
    assert not is_overdue(NOON, None, NOON, closed=False)
    assert is_overdue(NOON, None, NOON + timedelta(seconds=1), closed=False)
    assert not is_overdue(NOON, None, NOON + timedelta(days=1), closed=True)
    assert is_overdue(NOON, NOON + timedelta(seconds=1), NOON, closed=True)
    assert ticket_after("open", by="centre", close=False) == "open"
    assert ticket_after("answered", by="centre", close=False) == "in_work"
    assert ticket_after("open", by="support", close=False) == "answered"
    assert ticket_after("in_work", by="support", close=True) == "closed"


# Emergency


def test_an_outage_covers_its_bounds() -> None:
    period = Period(NOON, NOON + timedelta(hours=2))
    assert period.covers(NOON)
    assert period.covers(NOON + timedelta(hours=2))
    assert not period.covers(NOON - timedelta(seconds=1))
    assert not period.covers(NOON + timedelta(hours=2, seconds=1))
    assert period.enter_until() == NOON + timedelta(hours=74)
    assert Period(NOON, None).covers(NOON + timedelta(days=9))
    assert Period(NOON, None).enter_until() is None


def test_numbers_of_outages_have_one_form() -> None:
    assert sequence_of(number_of(7)) == 7
    assert sequence_of(number_of(1_234_567)) == 1_234_567
    for other in ("OUT-7", "7", "out-000007", "OUT-00000000000000007", "OUT-", "OUT-٠٠٠٠٠٧"):
        assert sequence_of(other) is None


def test_areas_leave_the_list_after_their_last_day() -> None:
    island = AREAS[1]
    assert island.listed_on(island.valid_until)
    assert not island.listed_on(island.valid_until + timedelta(days=1))
    assert reaches([], "anywhere")
    assert not reaches(["here"], "there")
