"""Races at the insurers: one visit claimed twice, one claim sent twice, one letter used twice."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Call, Expect, Reply, Sut, SyntheticData, conformance_case, shown
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_insurers as insurers
from suites.journeys_insurers import Delivered

COURSE = Delivered(insurers.PHYSIOTHERAPY, 12)  # two more than a course may have
ROUNDS = 2


def _submissions(sut: Sut, bodies: list[JsonValue]) -> list[Reply]:
    calls = [Call("submitClaim", body=one, caller=journeys.OFFICE) for one in bodies]
    return sut.parallel(calls, step="stimulus: at once")


def _told(replies: list[Reply]) -> str:
    return "; ".join(one.summary() for one in replies)


@conformance_case(
    "TC-ADJ-PROP-RACE-001",
    verifies=("ERX-9-1-8-A", "RM-INS-POST-B"),
    role="adjudication_service",
    title_fa="رقابت دو مطالبهٔ یک خدمت",
)
def tc_two_claims_of_one_visit_race(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT pays a visit once when two claims of it arrive at the same moment.

    Given two records of a visit under one HID, when both claims are submitted at once, then both
    are decided, one is paid in full and the other deducted in full as a duplicate.
    """
    visit = Delivered()
    share = visit.split().insurer
    for number in range(ROUNDS):
        hid = data.hid(sut, "P01", caller=journeys.OFFICE, step=f"environment: HID {number}")
        claims = [
            insurers.registered(sut, data, f"{number} {name}", visit, hid=hid) for name in "ab"
        ]

        replies = _submissions(sut, [insurers.submission(one) for one in claims])

        paid = sorted(shown(one.find("/accepted/insurerShare")) for one in replies)
        reasons = [one.find("/adjustments/0/reason/code") for one in replies]
        expect.that(
            paid == sorted(["0", str(share)]) and reasons.count("DUPLICATE_CLAIM") == 1,
            title="a visit claimed twice at the same moment is not paid once",
            expected=f"one claim accepted with {share}, the other with 0 as DUPLICATE_CLAIM",
            observed=f"{_told(replies)}; accepted {paid}",
            pointer="/accepted/insurerShare",
            reply=replies[1],
            fix="Look for earlier claims of a visit in the transaction that keeps the claim.",
            fix_fa="ادعای پیشین را در همان تراکنش ثبت بجویید.",
        )


@conformance_case(
    "TC-ADJ-PROP-RACE-002",
    verifies=("RM-INS-POST-B", "ERX-9-1-8-N-C"),
    role="adjudication_service",
    title_fa="رقابت دو ارسال یک مطالبه",
)
def tc_one_claim_sent_twice_at_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT decides a claim once that arrives twice at the same moment.

    Given a claim of too many sessions, when it is submitted at once under two keys, then one is
    decided, the other told that it was, and the result read has each deduction once.
    """
    for number in range(ROUNDS):
        claim = insurers.registered(sut, data, f"course {number}", COURSE)
        body = insurers.submission(claim)

        replies = _submissions(sut, [body, body])

        result = insurers.result(sut, str(claim.required("/claimId")))
        rows = result.find("/adjustments")
        codes = [one.problem_code for one in replies if one.status != HTTPStatus.CREATED]
        expect.that(
            codes == ["CLAIM_DUPLICATE"] and isinstance(rows, list) and len(rows) == 1,
            title="a claim sent twice at the same moment is not decided once",
            expected="one 201, one CLAIM_DUPLICATE, one deduction",
            observed=f"{_told(replies)}; {shown(rows)}",
            pointer="/adjustments",
            reply=replies[0],
            fix="Let a unique index on the claim decide, not a look-up before.",
            fix_fa="یکتایی مطالبه را به شاخص یکتای پایگاه داده بسپارید.",
        )


@conformance_case(
    "TC-CMP-PROP-RACE-001",
    verifies=("ERX-A1-11-3",),
    role="complementary_insurer_system",
    rulings=("RUL-061",),
    title_fa="رقابت دو مصرف یک معرفی‌نامه",
)
def tc_two_claims_race_for_a_letter(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets one of two claims use a letter that name it at the same moment.

    Given a letter and two decided base claims, when both second claims name it at once, then one is
    paid, the other refused for the state of the letter, and the refused one is unknown afterwards.
    """
    for number in range(ROUNDS):
        name = insurers.letter(sut, data, f"preamble: letter {number}")
        bases = [insurers.base_result(sut, data, f"{number} {label}") for label in "ab"]
        calls = [
            Call(
                "submitSecondClaim",
                body=insurers.second_body(base, guaranteeId=name),
                caller=journeys.OFFICE,
            )
            for base in bases
        ]

        replies = sut.parallel(calls, step="stimulus: at once")

        lost = [
            (base, one)
            for base, one in zip(bases, replies, strict=True)
            if one.status != HTTPStatus.CREATED
        ]
        expect.that(
            [one.problem_code for _, one in lost] == ["GUARANTEE_STATE_CONFLICT"],
            title="a letter is used twice at the same moment",
            expected="one 201 and one GUARANTEE_STATE_CONFLICT",
            observed=_told(replies),
            pointer="status",
            reply=replies[0],
            fix="Let one conditional write use the letter up.",
            fix_fa="معرفی‌نامه را با یک نوشتن شرطی مصرف کنید.",
        )
        for base, _ in lost:
            path = {"claimId": str(base["claimId"])}
            left = sut.call("getSecondClaim", path=path, caller=journeys.OFFICE, step="effect")
            expect.problem(left, status=404, code="CLAIM_NOT_FOUND", fix="Keep no refused claim.")
