"""Every fault point of the eligibility service is seen on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.eligibility_points import ELIGIBILITY_POINTS
from tests.component.bench import Bench
from tests.component.hid_desk import (
    bind,
    cancel,
    cover,
    provider,
    reserve,
    reserved,
    upload,
    use,
    verify,
)
from tests.component.registry_bench import (
    GENERAL,
    NEW_CODE,
    inquire,
    link,
    newborn,
    outcome,
    seen,
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def linked_newborn(table: Bench) -> Any:
    link(table, newborn(table), NEW_CODE)
    return outcome(inquire(table, {"type": "NC", "value": NEW_CODE}))


def reported(table: Bench) -> Any:
    upload(table, cover(table))
    return inquire(table, table.person_id("P16")).json["entitled"]


def entitled(table: Bench, key: str) -> Any:
    return inquire(table, table.person_id(key)).json["entitled"]


def without_cover(table: Bench) -> Any:
    person = table.person_id("P16")
    body = {"patient": person, "insurerCode": "1", "providerCouncil": GENERAL}
    return table.call("POST", "/eligibility/v1/hids", body=body).status


def another_patient(table: Bench) -> Any:
    body = {"hid": table.hid(), "patient": table.person_id("P02")}
    return table.call("POST", "/eligibility/v1/hids/verification", body=body).json["state"]


def stale(table: Bench) -> Any:
    upload(table, cover(table, sequence=5))
    return upload(table, cover(table, sequence=4)).status


def beyond_the_limit(table: Bench) -> Any:
    reserve(table, 400)
    return reserve(table, 400).status


def bound_twice(table: Bench) -> Any:
    hid = reserved(table)
    return bind(table, hid).status, bind(table, hid, "P03").status


def bound_late(table: Bench) -> Any:
    hid = reserved(table)
    table.clock.advance(timedelta(days=6))
    return bind(table, hid).status


def used(table: Bench) -> str:
    return str(table.registered()["document"]["hid"])


def cancelled(table: Bench) -> str:
    hid = table.hid()
    cancel(table, hid)
    return hid


def by_end_of_id(table: Bench) -> Any:
    alike = {"type": "FIDA", "value": f"07{table.person_id('P16')['value']}"}
    upload(table, {**cover(table), "person": alike})
    return entitled(table, "P16")


def unissued(table: Bench) -> str:
    return next(one.value for one in table.world.hids if one.well_formed)


def told_hid(table: Bench) -> Any:
    body = {"patient": table.person_id("P01"), "insurerCode": "1", "providerCouncil": GENERAL}
    return sorted(table.call("POST", "/eligibility/v1/hids", body=body).json)


def ended(table: Bench) -> Any:
    upload(table, cover(table, sequence=1))
    upload(table, cover(table, sequence=2, ended=True))
    return entitled(table, "P16")


PROBES: dict[str, Callable[[Bench], Any]] = {
    "eligibility.issue.hid_not_told": told_hid,
    "eligibility.covers.end_ignored": ended,
    "eligibility.covers.calendar_year": lambda t: inquire(t, t.person_id("P14")).json["covers"],
    "eligibility.covers.dropped_hidden": lambda t: len(
        inquire(t, t.person_id("P11")).json["covers"]
    ),
    "eligibility.person.links_unknown": linked_newborn,
    "eligibility.person.check_digit_ignored": lambda t: (
        inquire(t, {"type": "NC", "value": "9900000014"}).code
    ),
    "eligibility.person.state_ignored": lambda t: entitled(t, "P17"),
    "eligibility.person.unique_id_covered": lambda t: entitled(t, "U01"),
    "eligibility.person.newborns_unknown": lambda t: inquire(t, t.person_id("AFNB")).status,
    "eligibility.covers.period_ignored": lambda t: entitled(t, "P14"),
    "eligibility.covers.overlap_hidden": lambda t: inquire(t, t.person_id("P11")).json["overlap"],
    "eligibility.covers.private_funds": lambda t: inquire(t, t.person_id("P01")).json["covers"],
    "eligibility.covers.complementary_hidden": lambda t: len(
        inquire(t, t.person_id("P26")).json["covers"]
    ),
    "eligibility.covers.by_end_of_id": by_end_of_id,
    "eligibility.inquiry.kept": lambda t: (entitled(t, "P01"), entitled(t, "P16")),
    "eligibility.issue.same_hid": lambda t: t.hid() == t.hid(),
    "eligibility.issue.any_insurer": without_cover,
    "eligibility.verify.unissued_valid": lambda t: t.call(
        "POST", "/eligibility/v1/hids/verification", body={"hid": unissued(t)}
    ).json["valid"],
    "eligibility.verify.patient_ignored": another_patient,
    "eligibility.covers.reports_ignored": reported,
    "eligibility.covers.stale_wins": stale,
    "eligibility.covers.of_any_insurer": lambda t: (
        upload(t, cover(t, insurerCode="2", fund="employees")).status
    ),
    "eligibility.reserve.limit_per_batch": beyond_the_limit,
    "eligibility.bind.twice": bound_twice,
    "eligibility.bind.late_accepted": bound_late,
    "eligibility.bind.overlap_ignored": lambda t: bind(t, reserved(t, insurer="2"), "P12").status,
    "eligibility.cancel.used_one": lambda t: cancel(t, used(t)).status,
    "eligibility.cancel.any_reason": lambda t: cancel(t, t.hid(), "WRONG_PATIENT").status,
    "eligibility.hid.of_any_centre": lambda t: cancel(t, t.hid(), centre="pharmacy-1").status,
    "eligibility.use.not_counted": lambda t: use(t, used(t))["useCount"],
    "eligibility.verify.cancelled_valid": lambda t: verify(t, cancelled(t)),
    "eligibility.provider.licence_ignored": lambda t: provider(t, councilNumber="990011"),
    "eligibility.provider.always_contracted": lambda t: provider(t, "90")["contracted"],
    "eligibility.variant.no_message": lambda t: sorted(provider(t, "90")),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in ELIGIBILITY_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
