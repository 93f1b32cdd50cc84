"""Adjudication: what is deducted, for which reason, and what an objection gives back."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys_insurers import Delivered
from suites.oracles.pricing import Split

ROLE = "adjudication_service"
MOST = 10  # sessions of physiotherapy in a course, N32
SESSIONS = 12


def deductions(expect: Expect, reply: Reply, wanted: list[tuple[str, int]]) -> None:
    """Expect exactly these deductions, as (reason, amount in rial)."""
    rows = reply.find("/adjustments")
    found = [
        (one.get("reason", {}).get("code"), one.get("amount"))
        for one in (rows if isinstance(rows, list) else [])
    ]
    expect.that(
        found == wanted,
        title="other amounts are deducted than the rules give",
        expected=f"{wanted}",
        observed=f"{reply.summary()} {found}",
        pointer="/adjustments",
        reply=reply,
        requirement="RM-INS-POST-B",
        fix="Deduct per item, with its coded reason, what the rule does not cover and no more.",
        fix_fa="برای هر قلم با علت کدشده، تنها آنچه قاعده نمی‌پوشاند کسر کنید.",
    )


def _share_of(split: Split, part: int, whole: int) -> int:
    return (2 * split.insurer * part + whole) // (2 * whole)


@conformance_case(
    "TC-ADJ-SEM-DEDUCT-001",
    verifies=("RM-INS-POST-B",),
    role=ROLE,
    title_fa="کسر مازاد بر سقف تعداد",
)
def tc_excess_is_deducted_in_part(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT confirms what the limit covers and deducts the rest.

    Given twelve sessions of which ten are covered, when the claim is decided, then two twelfths of
    the insurer's share are deducted and the rest is accepted.
    """
    course = Delivered(insurers.PHYSIOTHERAPY, SESSIONS)

    decided = insurers.decided(sut, data, "course", course)

    cut = _share_of(course.split(), SESSIONS - MOST, SESSIONS)
    deductions(expect, decided, [("QUANTITY_ABOVE_LIMIT", cut)])
    expect.field(
        decided,
        "/accepted/insurerShare",
        equals=course.split().insurer - cut,
        fix="Strike what is above the limit, not the item.",
        fix_fa="تنها مازاد بر سقف را کسر کنید، نه کل قلم را.",
    )


@conformance_case(
    "TC-ADJ-SEM-DEDUCT-002",
    verifies=("RM-INS-POST-B",),
    role=ROLE,
    title_fa="کسر مازاد بر تعرفه",
)
def tc_price_above_the_ceiling(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT deducts what is asked above the ceiling of the sector, from the centre.

    Given a private visit 100000 rial above its ceiling, when the claim is decided, then exactly
    that is deducted, and the patient's share stays as it was paid.
    """
    ceiling = insurers.ceiling("992101", "private", data)
    visit = Delivered(price=ceiling + 100_000)

    decided = insurers.decided(sut, data, "dear", visit)

    deductions(expect, decided, [("OVER_TARIFF", 100_000)])
    expect.field(
        decided,
        "/accepted/patientShare",
        equals=visit.split().patient,
        fix="A deduction is the centre's loss; never charge it to the patient.",
        fix_fa="کسور بر عهدهٔ مرکز است و به بیمار منتقل نمی‌شود.",
    )


@conformance_case(
    "TC-ADJ-SEM-OBJECT-001",
    verifies=("RM-INS-POST-B",),
    role=ROLE,
    title_fa="اعتراض به کسور",
)
def tc_objection_gives_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives back what an accepted objection answers.

    Given a deduction for a quantity above the limit, when the centre objects, then the amount is
    given back with its own reason, the whole share counts, and a second objection is refused.
    """
    course = Delivered(insurers.PHYSIOTHERAPY, SESSIONS)
    decided = insurers.decided(sut, data, "objection", course)
    claim = str(decided.required("/claimId"))

    heard = insurers.objection(sut, claim)
    again = insurers.objection(sut, claim, "stimulus: object again")

    cut = _share_of(course.split(), SESSIONS - MOST, SESSIONS)
    deductions(expect, heard, [("QUANTITY_ABOVE_LIMIT", cut), ("APPEAL_ACCEPTED", cut)])
    expect.field(
        heard,
        "/accepted/insurerShare",
        equals=course.split().insurer,
        fix="Add what is given back to the accepted share.",
        fix_fa="مبلغ بازگردانده را به سهم پذیرفته بیفزایید.",
    )
    expect.problem(again, status=409, code="CLAIM_STATE_CONFLICT")
