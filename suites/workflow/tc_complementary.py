"""Complementary insurers: base results, policies, letters, and the state of a claim."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE
from suites.journeys_insurers import Delivered

ROLE = "complementary_insurer_system"


@conformance_case(
    "TC-CMP-WF-BASE-001",
    verifies=("ERX-A1-11-2",),
    role=ROLE,
    rulings=("RUL-061",),
    title_fa="نتیجهٔ واقعی بیمهٔ پایه",
)
def tc_base_result_is_verified(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT exchanges results with adjudication and pays on the decided ones alone.

    Given a decided base claim, when the second claim carries other amounts than were decided, then
    it is refused; with the decided ones it is taken.
    """
    base = insurers.base_result(sut, data, "verified")
    total = base["accepted"]["total"]
    better = {**base["accepted"], "insurerShare": 0, "patientShare": total}
    invented = insurers.second_body({**base, "accepted": better})

    refused = insurers.second(sut, invented, "stimulus: invented result")
    taken = insurers.second(sut, insurers.second_body(base), "stimulus: decided result")

    expect.problem(refused, status={409, 422}, code="BASE_RESULT_MISSING")
    expect.status(taken, 201, fix="Compare the base result with that of adjudication.")


@conformance_case(
    "TC-CMP-WF-POLICY-001",
    verifies=("ERX-8-8-D", "ERX-A1-10-5", "ERX-A1-5-1"),
    role=ROLE,
    title_fa="بیمه‌نامه برای صاحب آن",
)
def tc_policy_of_another_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps whose policy is whose, as the national database has it.

    Given the decided visit of a person without complementary cover, when the policy of somebody
    else is named for it, then the claim is refused.
    """
    base = insurers.base_result(sut, data, "stranger", person="P01")

    reply = insurers.second(sut, insurers.second_body(base))

    expect.problem(
        reply,
        status={404, 422},
        code="POLICY_NOT_FOUND",
        fix="Compare the person of the claim with the holder of the policy.",
        fix_fa="شخص ادعا را با دارندهٔ بیمه‌نامه بسنجید.",
    )


@conformance_case(
    "TC-CMP-WF-POLICY-002",
    verifies=("ERX-8-8-D", "ERX-A1-10-5"),
    role=ROLE,
    title_fa="بیمه‌نامهٔ پایان‌یافته",
)
def tc_policy_that_has_ended(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT issues nothing on a policy that has ended.

    Given a policy that ended yesterday and one in force, when letters are asked for on both, then
    the first is refused and the second is issued.
    """
    former = insurers.letter_body(data, insurers.FORMER, policy=insurers.LAPSED)

    ended = sut.call("issueGuarantee", step="stimulus: ended", body=former, caller=OFFICE)
    valid = sut.call(
        "issueGuarantee", step="stimulus: in force", body=insurers.letter_body(data), caller=OFFICE
    )

    expect.problem(ended, status={409, 422}, code="POLICY_NOT_IN_FORCE")
    expect.status(valid, 201, fix="A policy counts up to and with its last day.")


@conformance_case(
    "TC-CMP-WF-LETTER-001",
    verifies=("ERX-A1-11-3",),
    role=ROLE,
    title_fa="هر معرفی‌نامه یک بار",
)
def tc_letter_pays_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a guarantee letter pay for one claim.

    Given a letter with its limits, when two claims name it, then the first is paid, the letter is
    used, and the second is refused.
    """
    name = insurers.letter(sut, data)
    bases = [insurers.base_result(sut, data, label) for label in ("first", "second")]

    replies = [
        insurers.second(
            sut, insurers.second_body(base, guaranteeId=name), f"stimulus: claim {number}"
        )
        for number, base in enumerate(bases, 1)
    ]
    shown = sut.call("getGuarantee", step="read", path={"guaranteeId": name}, caller=OFFICE)

    expect.status(replies[0], 201, fix="A letter pays the claim it was issued for.")
    expect.field(shown, "/state", equals="used", fix="A letter that paid is used.")
    expect.problem(
        replies[1],
        status=409,
        code="GUARANTEE_STATE_CONFLICT",
        fix="Use a letter in one transaction with the claim it pays.",
        fix_fa="مصرف معرفی‌نامه و ثبت ادعا را در یک تراکنش انجام دهید.",
    )


@conformance_case(
    "TC-CMP-WF-LETTER-002",
    verifies=("ERX-A1-11-3",),
    role=ROLE,
    title_fa="سقف معرفی‌نامه",
)
def tc_letter_up_to_its_ceiling(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT charges no letter above its ceiling.

    Given a letter and a visit whose uncapped share is above its ceiling, when a claim names
    the letter, then it is refused and the letter stays free.
    """
    name = insurers.letter(sut, data)
    dear = Delivered(price=Delivered().tariff + 400_000)
    base = insurers.base_result(sut, data, "dear", dear)

    reply = insurers.second(sut, insurers.second_body(base, guaranteeId=name))
    shown = sut.call("getGuarantee", step="read", path={"guaranteeId": name}, caller=OFFICE)

    expect.problem(reply, status={409, 422}, code="GUARANTEE_CEILING_EXCEEDED")
    expect.field(shown, "/state", equals="issued", fix="A refused claim uses no letter.")


@conformance_case(
    "TC-CMP-WF-STATUS-001",
    verifies=("ERX-A1-10-2", "ERX-8-4-D", "ERX-2-PUR-A"),
    role=ROLE,
    title_fa="وضعیت ادعای تکمیلی",
)
def tc_state_of_a_second_claim(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the state of its own claims: decided, and when it will be paid.

    Given a base claim that only the base insurer has seen and one with a second claim, when both
    are read, then the first is unknown here and the second shows state and day of settlement.
    """
    other = insurers.base_result(sut, data, "base only")
    base = insurers.base_result(sut, data, "both")
    decided = insurers.second(sut, insurers.second_body(base), "preamble: second claim")
    decided.required("/state")

    unknown, shown = (
        sut.call(
            "getSecondClaim",
            step=f"stimulus: {name}",
            path={"claimId": str(claim["claimId"])},
            caller=OFFICE,
        )
        for name, claim in (("base only", other), ("both", base))
    )

    expect.problem(unknown, status=404, code="CLAIM_NOT_FOUND", requirement="ERX-2-PUR-A")
    expect.field(shown, "/state", equals="ADJUDICATED", fix="It is settled after its term.")
    expect.field(shown, "/settlesOn", present=True, fix="Tell the day it will be paid.")
    paid = int(decided.find("/complementaryShare") or 0) + int(decided.find("/patientShare") or 0)
    expect.that(
        paid == base["accepted"]["patientShare"],
        title="the account of a service does not add up",
        expected=f"plan and patient make {base['accepted']['patientShare']}",
        observed=f"{paid}",
        pointer="/patientShare",
        reply=decided,
        requirement="ERX-8-4-D",
        fix="Base insurer, plan and patient make the total of every service.",
        fix_fa="سهم پایه، تکمیلی و بیمار باید با کل هر خدمت برابر باشد.",
    )
