"""Adjudication: submission, result and repetition of claims, outpatient and inpatient."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.kit import shown as short
from suites import journeys_further as further
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE
from suites.journeys_insurers import Delivered, cost_of
from suites.oracles.jalali import period_of

ROLE = "adjudication_service"


@conformance_case(
    "TC-ADJ-WF-RESULT-001",
    verifies=("RM-INS-ADJ", "ERX-8-6-E"),
    role=ROLE,
    title_fa="رسیدگی برخط یک ادعا",
)
def tc_sound_claim_is_adjudicated(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT decides a sound claim online and keeps its result readable.

    Given a registered visit at the tariff, when its claim is submitted, then it is adjudicated in
    full, not yet paid, and reading the result gives the same answer.
    """
    visit = Delivered()
    claim = insurers.registered(sut, data, "sound", visit)

    decided = insurers.submit(sut, insurers.submission(claim), "stimulus: submit")
    shown = insurers.result(sut, str(claim.required("/claimId")), "stimulus: read")

    expect.field(
        decided,
        "/state",
        equals="ADJUDICATED",
        fix="A sound claim is adjudicated; it is settled when the term is over.",
        fix_fa="ادعای درست رسیدگی‌شده است و پس از مهلت تسویه می‌شود.",
    )
    expect.field(
        decided,
        "/accepted",
        equals=cost_of(visit.split()),
        fix="Accept the shares of the rule bank.",
    )
    expect.field(shown, "/accepted", equals=decided.find("/accepted"), fix="Keep the result.")


@conformance_case(
    "TC-ADJ-WF-SUBMIT-001",
    verifies=("RM-INS-POST-A", "ERX-9-2-9-N1"),
    role=ROLE,
    title_fa="ثبت، پیش‌شرط رسیدگی است",
)
def tc_defective_submissions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes complete claims of registered services and returns all others.

    Given a registered visit, when its claim names another payer, lacks its document or belongs to
    no registered service, then it is refused with the reason; the sound one is taken after that.
    """
    claim = insurers.registered(sut, data, "defective")

    def send(step: str, **change: object) -> Reply:
        return insurers.submit(sut, insurers.submission(claim, **change), f"stimulus: {step}")

    payer = send("another payer", insurerCode="2")
    bare = send("no document", documents=[])
    stranger = send("nothing registered", claimId=insurers.UNKNOWN)
    sound = send("sound")

    expect.problem(payer, status=422, code="HID_INVALID")
    expect.problem(bare, status=422, code="CLAIM_INCOMPLETE")
    expect.problem(stranger, status={404, 422}, code="CLAIM_NOT_FOUND", requirement="ERX-9-2-9-N1")
    expect.status(sound, 201, fix="A refused attempt leaves no trace.")


@conformance_case(
    "TC-ADJ-WF-REPEAT-001",
    verifies=("ERX-9-1-8-A",),
    role=ROLE,
    title_fa="یک ویزیت، یک پرداخت",
)
def tc_one_visit_is_paid_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT pays one visit once.

    Given two records of a visit under one HID, when both claims are submitted, then the second is
    deducted in full as a duplicate, and the results of the month say of both what was answered.
    """
    hid, visit = data.hid(sut, "P01", caller=OFFICE), Delivered()
    claims = [insurers.registered(sut, data, name, visit, hid=hid) for name in ("one", "two")]

    replies = [
        insurers.submit(sut, insurers.submission(claim), f"stimulus: claim {number}")
        for number, claim in enumerate(claims, 1)
    ]
    period = {"period": period_of(data.now)}
    month = sut.call("listClaimResults", step="stimulus: month", path=period)

    rows = replies[1].find("/adjustments")
    taken = [
        (one.get("reason", {}).get("code"), one.get("amount"))
        for one in (rows if isinstance(rows, list) else [])
    ]
    expect.that(
        taken == [("DUPLICATE_CLAIM", visit.split().insurer)],
        title="one visit is paid twice",
        expected=f"a deduction of {visit.split().insurer} as DUPLICATE_CLAIM",
        observed=f"{replies[1].summary()} {taken}",
        pointer="/adjustments",
        reply=replies[1],
        fix="Look for earlier claims of the same visit.",
        fix_fa="ادعاهای پیشین همان ویزیت را بررسی کنید.",
    )
    listed = {str(row.get("claimId")): _decided(row) for row in month.required("/results")}
    answered = {
        str(claim.required("/claimId")): _decided(reply.json)
        for claim, reply in zip(claims, replies, strict=True)
    }
    expect.that(
        {name: listed.get(name) for name in answered} == answered,
        title="results of the month are not those that were answered",
        expected=f"both claims in the results of the month: {short(answered, 300)}",
        observed=short({name: listed.get(name) for name in answered}, 300),
        pointer="/results",
        reply=month,
        fix="List every claim of the month for its centre, with the result that was answered.",
        fix_fa="همهٔ ادعاهای ماه را با همان نتیجهٔ اعلام‌شده برای مرکز خود فهرست کنید.",
    )


def _decided(result: object) -> dict[str, object]:
    """Return what a claim result says about money."""
    row = result if isinstance(result, dict) else {}
    return {name: row.get(name) for name in ("accepted", "adjustments", "settlesOn")}


@conformance_case(
    "TC-ADJ-WF-INOUT-001",
    verifies=("RM-INS-INOUT",),
    role=ROLE,
    title_fa="رسیدگی سرپایی و بستری",
)
def tc_outpatient_and_inpatient(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT adjudicates outpatient and inpatient claims, each with its shares.

    Given a visit to an office and one within a stay in a hospital, when both claims are submitted
    with their admission, then both are decided with 30 % and 10 % for the patient.
    """
    outside = insurers.decided(sut, data, "outpatient")
    hid = data.hid(sut, "P01", caller=further.HOSPITAL)
    sut.environment(
        "purchaser",
        "openStay",
        body={"hid": hid, "kind": "admitted", "at": further.at(data)},
        caller=further.HOSPITAL,
        step="preamble: admission",
    ).required("/stayId")
    stay = Delivered(inpatient=True)
    claim = insurers.registered(sut, data, "inpatient", stay, hid=hid)
    body = insurers.submission(claim, admission="inpatient")

    inside = insurers.submit(sut, body, "stimulus: inpatient claim", further.HOSPITAL)

    for reply, given in ((outside, Delivered()), (inside, stay)):
        expect.field(
            reply,
            "/accepted",
            equals=cost_of(given.split()),
            fix="Use the share of the admission of the claim.",
            fix_fa="سهم را مطابق نوع پذیرش ادعا حساب کنید.",
        )
        expect.field(reply, "/state", equals="ADJUDICATED", fix="Nothing is to be deducted.")


@conformance_case(
    "TC-ADJ-WF-PAPER-001",
    verifies=("ERX-12-C",),
    role=ROLE,
    title_fa="نسخهٔ کاغذی اضطراری",
)
def tc_visit_with_a_paper_prescription(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT adjudicates a visit whose prescription was written on paper.

    Given a power failure and the paper form the purchaser has entered after it, when the claim of
    that visit is submitted, then it is adjudicated like any other.
    """
    hid = data.hid(sut, "P01", caller=OFFICE)
    payload = data.prescription(hid, label="paper prescription")
    sut.environment(
        "purchaser",
        "enterPaperPrescription",
        body={
            "serial": f"PS-{data.uuid('serial')[:18]}",
            "cause": data.reason("POWER"),
            "writtenAt": further.at(data, 5),
            "document": sut.signed("prescription", payload, "dr01"),
        },
        caller=OFFICE,
        step="preamble: enter the paper form",
    ).required("/prescriptionId")
    claim = insurers.registered(sut, data, "paper visit", hid=hid)

    decided = insurers.submit(sut, insurers.submission(claim), "stimulus: submit")

    expect.field(
        decided,
        "/state",
        equals="ADJUDICATED",
        fix="Paper of a declared emergency is a document like any other.",
        fix_fa="نسخهٔ کاغذی اضطراری مانند هر سند دیگر رسیدگی می‌شود.",
    )
