"""What insurers show to whom."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE, PHARMACY

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


@conformance_case(
    "TC-CMP-SEC-OTHERS-001",
    verifies=("ERX-A1-11-3",),
    role="complementary_insurer_system",
    title_fa="معرفی‌نامه تنها برای مرکز خود",
)
def tc_letters_are_the_centres_own(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows a guarantee letter to the centre it was issued for alone.

    Given a letter of an office, when a pharmacy asks for it, then there is none for it; the office
    reads it.
    """
    path = {"guaranteeId": insurers.letter(sut, data)}

    foreign = sut.call("getGuarantee", step="stimulus: other centre", path=path, caller=PHARMACY)
    own = sut.call("getGuarantee", step="stimulus: own centre", path=path, caller=OFFICE)

    expect.problem(foreign, status=404, code="GUARANTEE_NOT_FOUND")
    expect.field(own, "/state", equals="issued", fix="The centre of a letter reads it.")


@conformance_case(
    "TC-CMP-SEC-OTHERS-002",
    verifies=("ERX-8-4-F",),
    role="complementary_insurer_system",
    title_fa="نتیجهٔ تکمیلی تنها برای مرکز خود",
)
def tc_second_claims_are_the_centres_own(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shares the result of a second claim with its centre alone.

    Given a decided second claim of an office, when a pharmacy asks for it, then there is none for
    it; the office reads the result.
    """
    base = insurers.base_result(sut, data, "own")
    insurers.second(sut, insurers.second_body(base), "preamble: claim").required("/state")
    path = {"claimId": str(base["claimId"])}

    foreign = sut.call("getSecondClaim", step="stimulus: other centre", path=path, caller=PHARMACY)
    own = sut.call("getSecondClaim", step="stimulus: own centre", path=path, caller=OFFICE)

    expect.problem(foreign, status=404, code="CLAIM_NOT_FOUND")
    expect.status(own, 200, fix="The centre of a claim reads its result.")
