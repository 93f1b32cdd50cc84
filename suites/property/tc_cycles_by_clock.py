"""Steps of life cycles that only time takes. The clock of the product is moved."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case, shown
from suites import citizen_journeys as citizen
from suites import journeys
from suites import journeys_insurers as insurers
from suites.answers.examples import agrees
from suites.journeys_insurers import Delivered
from suites.oracles.jalali import period_of

COURSE = Delivered(insurers.PHYSIOTHERAPY, 12)  # two more than a course may have
SPARE = 2  # days on either side of a term
DAYS_OF_A_REFERRAL = 30  # lifecycles.yaml says it in words


@conformance_case(
    "TC-ADJ-PROP-CLOCK-001",
    verifies=("RM-INS-POST-B",),
    role="adjudication_service",
    moves_clock=True,
    title_fa="تسویهٔ مطالبه در پایان مهلت",
)
def tc_a_claim_is_settled_by_its_term(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT settles a claim when its term is over, with what it accepted.

    Given a claim with a deduction, when the days to its settlement have almost passed, then it is
    not settled; when they have passed, then it is settled with the accepted share, says so in the
    list of its month, and takes neither objection nor another submission.
    """
    days = int(load_pack().lifecycles["claim"]["settlementDays"])
    claim, month = insurers.registered(sut, data, "settled", COURSE), period_of(data.now)
    body, claim_id = insurers.submission(claim), str(claim.required("/claimId"))
    decided = insurers.submit(sut, body, "preamble: submit")
    share = decided.required("/accepted/insurerShare")
    sut.let_pass(days=days - SPARE)
    early = insurers.result(sut, claim_id, "observation: before the term")
    sut.let_pass(days=2 * SPARE)

    late = insurers.result(sut, claim_id, "stimulus: after the term")
    listed = _listed(sut, month)
    heard = insurers.objection(sut, claim_id, "stimulus: object to what is settled")
    again = insurers.submit(sut, body, "stimulus: submit it again")

    fix = "Settle a claim when its term is over, and then for good."
    fix_fa = "مطالبه را در پایان مهلت یک بار تسویه کنید."
    expect.field(early, "/state", equals="ADJUSTED", fix=fix, fix_fa=fix_fa)
    expect.field(early, "/paid", absent=True, fix=fix, fix_fa=fix_fa)
    expect.field(late, "/state", equals="SETTLED", fix=fix, fix_fa=fix_fa)
    expect.that(
        late.find("/paid") == share == late.find("/accepted/insurerShare"),
        title="what is paid is not what was accepted",
        expected=f"{share} accepted and paid",
        observed=f"{shown(late.find('/accepted/insurerShare'))}, {shown(late.find('/paid'))} paid",
        pointer="/paid",
        reply=late,
        fix="Pay what was accepted, no more and no less.",
        fix_fa="همان مبلغ پذیرفته‌شده را بپردازید.",
    )
    agrees(expect, listed, {"results": {"$among": [dict(late.required(""))]}}, "settled")
    closed = ("CLAIM_STATE_CONFLICT", "APPEAL_WINDOW_CLOSED")
    expect.problem(heard, status=409, code=closed, fix=fix, fix_fa=fix_fa)
    expect.problem(again, status=409, code="CLAIM_DUPLICATE", fix=fix, fix_fa=fix_fa)


def _listed(sut: Sut, month: str) -> Reply:
    """Return the list of the month in which the claim was submitted."""
    return insurers.asked(
        sut,
        "adjudication",
        "listClaimResults",
        step="observation: the list of its month",
        path={"period": month},
        caller=journeys.OFFICE,
    )


@conformance_case(
    "TC-CMP-PROP-CLOCK-001",
    verifies=("ERX-A1-11-3", "ERX-A1-10-2"),
    role="complementary_insurer_system",
    rulings=("RUL-061",),
    moves_clock=True,
    title_fa="پایان معرفی‌نامه و تسویهٔ مطالبهٔ دوم",
)
def tc_a_letter_ends_with_its_last_day(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ends a letter with its last day, and settles what was claimed in time.

    Given two letters of ten days, when a claim names one at once and another claim the other one
    twelve days later, then the first is used and its claim settled after its term, and the second
    has expired and pays nothing.
    """
    used, left = insurers.letter(sut, data), insurers.letter(sut, data, "preamble: another letter")
    bases = [insurers.base_result(sut, data, name) for name in ("in time", "late")]
    bodies = [
        insurers.second_body(base, guaranteeId=name)
        for base, name in zip(bases, (used, left), strict=True)
    ]
    paid = insurers.second(sut, bodies[0], "control: in time")
    expect.control(paid, 201)
    sut.let_pass(days=12)

    late = insurers.second(sut, bodies[1], "stimulus: after its last day")

    ended, kept = (
        sut.call("getGuarantee", path={"guaranteeId": name}, caller=journeys.OFFICE, step="read")
        for name in (left, used)
    )
    sut.let_pass(days=int(load_pack().lifecycles["claim"]["settlementDays"]))
    path = {"claimId": str(bases[0]["claimId"])}
    settled = sut.call("getSecondClaim", path=path, caller=journeys.OFFICE, step="read: settled")
    fix = "Compare the last day of a letter with today whenever it is read or used."
    fix_fa = "روز پایان معرفی‌نامه را در هر خواندن و مصرف با امروز بسنجید."
    expect.problem(late, status=409, code="GUARANTEE_STATE_CONFLICT", fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/state", equals="expired", fix=fix, fix_fa=fix_fa)
    expect.field(kept, "/state", equals="used", fix="A letter that paid stays used.")
    expect.field(settled, "/state", equals="SETTLED", fix="Settle a claim by its term.")
    expect.field(settled, "/paid", equals=paid.find("/complementaryShare"), fix="Pay the share.")


@conformance_case(
    "TC-PUR-PROP-CLOCK-001",
    verifies=("ERX-9-N-C",),
    role="purchaser_system",
    moves_clock=True,
    title_fa="پایان اعتبار نسخه و قلم‌های آن",
)
def tc_a_prescription_expires(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a prescription expire with its items when its validity is over.

    Given prescriptions of which nothing and a part was given, when the days of validity have almost
    passed, then the untouched one is open; when they have passed, then both and their items have
    expired and neither can be leased.
    """
    days = int(load_pack().lifecycles["prescription"]["validityDays"])
    whole, part = (journeys.register(sut, data, label) for label in ("whole", "part"))
    journeys.dispense(sut, data, part, {"1": 1})
    sut.let_pass(days=days - SPARE)
    early = journeys.read(sut, whole, step="observation: before the last day")
    sut.let_pass(days=2 * SPARE)

    fix = "Compare the last day of a prescription with today whenever it is read or used."
    fix_fa = "روز پایان نسخه را در هر خواندن و مصرف با امروز بسنجید."
    expect.field(early, "/state", equals="REGISTERED", fix=fix, fix_fa=fix_fa)
    for rx in (whole, part):
        shown_late = journeys.read(sut, rx, step="stimulus: read after the last day")
        leased = journeys.take_lease(sut, rx, step="stimulus: lease after the last day")
        expect.field(shown_late, "/state", equals="EXPIRED", fix=fix, fix_fa=fix_fa)
        expect.field(shown_late, "/items/0/state", equals="EXPIRED", fix=fix, fix_fa=fix_fa)
        expect.problem(
            leased, status=409, code="PRESCRIPTION_STATE_CONFLICT", fix=fix, fix_fa=fix_fa
        )


@conformance_case(
    "TC-CIT-PROP-CLOCK-001",
    verifies=("RM-CIT-REF-B",),
    role="citizen_service",
    moves_clock=True,
    title_fa="پایان ارجاع بی‌پاسخ",
)
def tc_a_referral_ends(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ends a referral that nobody answered, and no answered one.

    Given two referrals, when the receiving centre answers one at once and the other one after its
    30 days, then the first stays answered, the second has ended and takes no answer.
    """
    first, left = (
        citizen.refer(sut, citizen.referral(data, "2"), f"preamble: referral {number}")
        for number in "12"
    )
    at_once = citizen.feedback(sut, data, first, citizen.receiver(data, first), "at once")
    expect.control(at_once, 200)
    sut.let_pass(days=DAYS_OF_A_REFERRAL + SPARE)

    late = citizen.feedback(sut, data, left, citizen.receiver(data, left), "late")

    answered, ended = (citizen.read_referral(sut, one, "read") for one in (first, left))
    fix = "Compare the last day of a referral with today whenever it is read or answered."
    fix_fa = "روز پایان ارجاع را در هر خواندن و پاسخ با امروز بسنجید."
    expect.problem(late, status=409, code="REFERRAL_STATE_CONFLICT", fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/state", equals="ended", fix=fix, fix_fa=fix_fa)
    expect.field(answered, "/state", equals="answered", fix=fix, fix_fa=fix_fa)
