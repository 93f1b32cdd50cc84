"""Clause 8-4 at the complementary insurer: the account of a month, service by service."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE
from suites.journeys_insurers import PHYSIOTHERAPY, Delivered
from suites.oracles.jalali import period_of

ROLE = "complementary_insurer_system"


def _row(statement: Reply, claim: str) -> dict[str, object]:
    """Return the row of a claim in the statement of the month; empty when there is none."""
    found = statement.find("/claims")
    rows = found if isinstance(found, list) else []
    return next((one for one in rows if isinstance(one, dict) and one.get("claimId") == claim), {})


def _month(sut: Sut, data: SyntheticData) -> Reply:
    """Read the invoice of the month at the purchaser."""
    path = {"period": period_of(data.now)}
    step = "environment: invoice of the month"
    return sut.environment("purchaser", "getStatement", path=path, caller=OFFICE, step=step)


@conformance_case(
    "TC-CMP-WF-ACCOUNT-001",
    verifies=("ERX-8-4-D",),
    role=ROLE,
    title_fa="صورتحساب ماه بیمار با سهم تکمیلی",
)
def tc_account_of_a_month_is_complete(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT completes the periodic invoice of a patient, every service once.

    Given a visit and a physiotherapy of one insured person in one month, when the plan decides
    both, then each is read again under its claim of the month's invoice, plan and patient make what
    that invoice leaves to the patient, and a claim of the month that never came has no account.
    """
    other = insurers.base_result(sut, data, "never claimed here")
    bases = [
        insurers.base_result(sut, data, "visit"),
        insurers.base_result(sut, data, "physiotherapy", Delivered(PHYSIOTHERAPY)),
    ]
    decided = [
        insurers.second(sut, insurers.second_body(base), f"stimulus: {base['claimId']}")
        for base in bases
    ]
    month = _month(sut, data)
    unknown = sut.call(
        "getSecondClaim",
        path={"claimId": str(other["claimId"])},
        caller=OFFICE,
        step="read: never claimed",
    )

    fix = "Keep an account of every service of the month; plan and patient make the patient's part."
    fix_fa = "برای هر خدمت ماه یک حساب نگه دارید؛ سهم تکمیلی و بیمار، سهم بیمار صورتحساب است."
    for base, answer in zip(bases, decided, strict=True):
        claim = str(base["claimId"])
        path = {"claimId": claim}
        shown = sut.call("getSecondClaim", path=path, caller=OFFICE, step=f"read: {claim}")
        left = _row(month, claim).get("patientShare")
        plan, patient = answer.find("/complementaryShare"), answer.find("/patientShare")
        expect.that(
            isinstance(plan, int) and isinstance(patient, int) and plan + patient == left,
            title="the account of a service is not what its invoice leaves to the patient",
            expected=f"plan and patient make {left}",
            observed=f"{plan!r} and {patient!r}"[:80],
            pointer="/patientShare",
            reply=answer,
            fix=fix,
            fix_fa=fix_fa,
        )
        expect.field(shown, "/claimId", equals=claim, fix=fix, fix_fa=fix_fa)
        expect.field(shown, "/complementaryShare", equals=answer.find("/complementaryShare"))
    expect.problem(unknown, status=404, code="CLAIM_NOT_FOUND", fix=fix, fix_fa=fix_fa)
