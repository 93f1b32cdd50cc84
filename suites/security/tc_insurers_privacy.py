"""What insurers show to whom."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys import PHARMACY

ROLE = "adjudication_service"


@conformance_case(
    "TC-ADJ-SEC-OTHERS-001",
    verifies=("RM-INS-ADJ",),
    role=ROLE,
    title_fa="نتیجه تنها برای مرکز خود",
)
def tc_results_are_the_centres_own(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows the result of a claim to its centre alone.

    Given a decided claim, when another centre asks for its result, then there is none for it; the
    own centre reads it.
    """
    decided = insurers.decided(sut, data, "own")
    claim = str(decided.required("/claimId"))

    foreign = insurers.result(sut, claim, "stimulus: another centre", PHARMACY)
    own = insurers.result(sut, claim, "stimulus: own centre")

    expect.problem(foreign, status=404, code="CLAIM_NOT_FOUND")
    expect.status(own, 200, fix="The centre of a claim reads its result.")
