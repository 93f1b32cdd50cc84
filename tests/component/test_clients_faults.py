"""Seeded mistakes of the client programs: the exchange refuses them, or the traffic shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.cli.children import Exchange
from reference_impl.clients import his, lis, ris
from reference_impl.clients.archive import PictureArchive
from reference_impl.clients.care_points import CARE
from reference_impl.clients.prescriber import VISITS, prescribe
from tests.component.care_desk import Desk, faulty, ordered, refusal, served


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    yield from served(tmp_path_factory.mktemp("exchange"))


Act = Callable[[Desk], Any]
VISIT_OF = {
    "prescriber.warning.without_reason": "warning",
    "prescriber.rejection.ignored": "rejection",
    "prescriber.amend.without_if_match": "amendment",
    "prescriber.order.as_drug": "laboratory",
}


def acting(running: Exchange, point: str, folder: Path) -> tuple[Desk, Callable[[], Any]]:
    """Sign the program of a point in, with its mistake; return it and what it is going to do."""
    program = point.split(".", maxsplit=1)[0]
    at = faulty(running, program, point)
    if program == "prescriber":
        return at, lambda: prescribe(at.counter, VISITS[VISIT_OF.get(point, "routine")])
    if program == "his":
        return at, lambda: his.stay(at.counter, his.STAY_PLANS["stay"], invoice=False)
    if program == "lis":
        request = lis.request_from(ordered(running, "laboratory"))
        return at, lambda: lis.examine(at.counter, request, invoice=False)
    request = ris.request_from(ordered(running, "imaging"))
    return at, lambda: ris.image(at.counter, request, PictureArchive(folder), invoice=False)


REFUSED = {
    "prescriber.hid.reused": "HID_PATIENT_MISMATCH",
    "prescriber.code.free_text": "CODE_DISPLAY_MISMATCH",
    "prescriber.document.unsigned": "CONTENT_TYPE_UNSUPPORTED",
    "prescriber.amend.without_if_match": "PRECONDITION_MISSING",
    "prescriber.order.as_drug": "ORDER_KIND_MISMATCH",
    "lis.result.other_patient": "RESULT_ORDER_MISMATCH",
    "lis.result.wrong_unit": "RESULT_UNIT_INVALID",
    "lis.result.unknown_code": "CODE_UNKNOWN",
    "lis.result.part_missing": "RESULT_BUNDLE_INVALID",
    "ris.appointment.in_the_past": "APPOINTMENT_SLOT_PAST",
    "ris.report.before_imaging": "RESULT_BUNDLE_INVALID",
    "ris.report.dated_ahead": "RESULT_BUNDLE_INVALID",
    "ris.study.other_patient": "RESULT_ORDER_MISMATCH",
    "ris.study.wrong_modality": "RESULT_BUNDLE_INVALID",
    "his.stay.not_opened": "COST_MISMATCH",
    "his.stay.event_after_discharge": "STAY_STATE_CONFLICT",
    "his.claim.twice": "CLAIM_DUPLICATE",
    "his.claim.without_documents": "CLAIM_INCOMPLETE",
    "his.claim.as_outpatient": "COST_MISMATCH",
    "his.second.without_base": "BASE_RESULT_MISSING",
    "his.second.more_than_left": "COST_MISMATCH",
    "his.second.letter_used_again": "GUARANTEE_STATE_CONFLICT",
}
"""What the exchange answers to a mistake it can see."""


@pytest.mark.parametrize(("point", "code"), REFUSED.items())
def test_the_exchange_refuses_a_mistake(
    running: Exchange, tmp_path: Path, point: str, code: str
) -> None:
    _, act = acting(running, point, tmp_path)
    assert refusal(act) == code


def no_inquiry(at: Desk) -> bool:
    return at.calls("POST", "/eligibility/v1/inquiries") == []


def no_member(at: Desk) -> bool:
    return at.calls("GET", "/irimc/v1/members/") == []


def no_rules(at: Desk) -> bool:
    return at.calls("POST", "/unified-evaluations") == []


def passed_over(at: Desk) -> bool:
    """Say whether an item is prescribed that the rules did not approve, without a reason."""
    (sent,) = at.calls("POST", "/purchaser/v1/prescriptions")
    return any(
        "overrides" not in item and "ruleTrackingId" not in item for item in sent.body["items"]
    )


def no_claim(at: Desk) -> bool:
    return bool(at.calls("POST", "/confirmation")) and not at.calls("POST", "/service-records")


def no_result(at: Desk) -> bool:
    return at.calls("POST", "/sepas/v1/results/") == []


def result_first(at: Desk) -> bool:
    return at.place("POST", "/sepas/v1/results/") < at.place("POST", "/confirmation")


def orderless(at: Desk) -> bool:
    sent = at.calls("POST", "/sepas/v1/results/")
    return all(
        "prescriptionId" not in one.body
        and "basedOn" not in one.body["bundle"]["entry"][0]["resource"]
        for one in sent
    )


def no_appointment(at: Desk) -> bool:
    return at.calls("POST", "/citizen/v1/appointments") == []


def never_discharged(at: Desk) -> bool:
    kinds = {one.body["kind"] for one in at.calls("POST", "/purchaser/v1/stays")}
    return "admitted" in kinds and "discharged" not in kinds


SHOWN: dict[str, Callable[[Desk], bool]] = {
    "prescriber.eligibility.skipped": no_inquiry,
    "prescriber.member.not_inquired": no_member,
    "prescriber.rules.skipped": no_rules,
    "prescriber.warning.without_reason": passed_over,
    "prescriber.rejection.ignored": passed_over,
    "lis.record.missing": no_claim,
    "lis.result.never": no_result,
    "lis.result.before_delivery": result_first,
    "lis.result.without_order": orderless,
    "ris.appointment.skipped": no_appointment,
    "his.stay.never_closed": never_discharged,
}
"""Mistakes no single answer can refuse, and how the traffic shows each."""


@pytest.mark.parametrize(("point", "shows"), SHOWN.items())
def test_the_traffic_shows_a_mistake(
    running: Exchange, tmp_path: Path, point: str, shows: Callable[[Desk], bool]
) -> None:
    at, act = acting(running, point, tmp_path)
    act()
    assert shows(at)


@pytest.mark.parametrize("program", ["prescriber", "lis", "ris", "his"])
def test_an_honest_program_shows_none_of_them(
    running: Exchange, tmp_path: Path, program: str
) -> None:
    point = next(name for name in SHOWN if name.startswith(program))
    at, act = acting(running, point, tmp_path)
    at.counter.faults = at.counter.gateway.faults = type(at.counter.faults)()
    act()
    seen = [name for name, shows in SHOWN.items() if name.startswith(program) and shows(at)]
    assert seen == []


def test_a_study_that_was_not_archived_is_missed_in_the_archive(
    running: Exchange, tmp_path: Path
) -> None:
    _, act = acting(running, "ris.study.not_archived", tmp_path)
    assert not PictureArchive(tmp_path).is_whole(act()["study"])


def test_every_point_is_proven() -> None:
    assert {*REFUSED, *SHOWN, "ris.study.not_archived"} == set(CARE)
