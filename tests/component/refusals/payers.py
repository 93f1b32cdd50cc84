"""Claims after the service: adjudication, complementary insurers, letters."""

from __future__ import annotations

from typing import Any

from tests.component import test_adjudication as base
from tests.component import test_complementary as plan
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("payers")


@AREA.refused("CLAIM_NOT_FOUND")
def a_claim_nobody_made(desk: Desk) -> Act:
    return lambda: base.result(desk, {"claimId": desk.ids.uuid()})


@AREA.refused("CLAIM_DUPLICATE")
def a_claim_submitted_twice(desk: Desk) -> Act:
    claim = base.record(desk)
    assert base.submit(desk, claim).status == 201
    return lambda: base.submit(desk, claim)


@AREA.refused("CLAIM_INCOMPLETE")
def a_claim_without_its_document(desk: Desk) -> Act:
    claim = base.record(desk)
    return lambda: base.submit(desk, claim, documents=[])


@AREA.refused("CLAIM_STATE_CONFLICT")
def an_objection_to_no_deduction(desk: Desk) -> Act:
    claim = base.record(desk)
    assert base.submit(desk, claim).status == 201
    return lambda: base.objected(desk, claim)


@AREA.refused("APPEAL_WINDOW_CLOSED")
def an_objection_after_thirty_days(desk: Desk) -> Act:
    claim = base.physiotherapy(desk)
    assert base.submit(desk, claim).status == 201
    desk.later(days=31)
    return lambda: base.objected(desk, claim)


@AREA.refused("COST_MISMATCH")
def a_claim_of_another_amount(desk: Desk) -> Act:
    claim = base.record(desk)
    return lambda: base.submit(desk, claim, admission="inpatient")


def _second(desk: Desk, **change: Any) -> Act:
    decided = plan.adjudicated(desk)
    return lambda: plan.second(desk, decided, **change)


@AREA.refused("BASE_RESULT_MISSING")
def a_second_claim_without_its_first(desk: Desk) -> Act:
    return _second(desk, claimId=desk.ids.uuid())


@AREA.refused("POLICY_NOT_FOUND")
def a_policy_nobody_holds(desk: Desk) -> Act:
    return _second(desk, policy="99000000009")


@AREA.refused("POLICY_NOT_IN_FORCE")
def a_letter_of_a_lapsed_policy(desk: Desk) -> Act:
    return lambda: plan.letter(desk, plan.FORMER, policy=plan.LAPSED)


@AREA.refused("GUARANTEE_NOT_FOUND")
def a_letter_nobody_wrote(desk: Desk) -> Act:
    return _second(desk, guaranteeId=desk.ids.uuid())


@AREA.refused("GUARANTEE_CEILING_EXCEEDED")
def a_claim_above_the_letter(desk: Desk) -> Act:
    return _second(desk, guaranteeId=plan.letter(desk).json["guaranteeId"])


@AREA.refused("GUARANTEE_STATE_CONFLICT")
def a_letter_for_other_services(desk: Desk) -> Act:
    dialysis = desk.coded("urn:ir:maksa:service-synthetic", "992111")
    letter = plan.letter(desk, services=[dialysis]).json["guaranteeId"]
    return _second(desk, guaranteeId=letter)
