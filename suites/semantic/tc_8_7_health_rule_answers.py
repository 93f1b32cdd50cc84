"""Health rules: kinds of answers, overrides and the two positions."""

from __future__ import annotations

import json

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_rules as rules
from suites.journeys_health import FORBIDDEN, WARNED, ask, judged
from suites.journeys_rules import Asked, drug, override, question

ROLE = "health_rule_service"
ENVELOPE = ("cost", "Share", "price", "Price", "rial")


@conformance_case(
    "TC-HRS-SEM-KIND-001",
    verifies=("ERX-8-7-E",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="راهنما، هشدار، رد و شناسه؛ بی هیچ مبلغ",
)
def tc_outcomes_of_health_rules(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells approval, warning and rejection apart, without any amount.

    Given an ordinary medicine, two that need care together and two that are forbidden together,
    when they are evaluated, then the first has a tracking id and the others none, and no cost.
    """
    fine = ask(sut, data, question(drug("99012", unitPrice=1_500)), "stimulus: ordinary")
    warned = ask(sut, data, question(*(drug(code) for code in WARNED)), "stimulus: warned")
    closed = ask(sut, data, question(*(drug(code) for code in FORBIDDEN)), "stimulus: forbidden")

    expect.field(fine, "/trackingId", matches="[0-9]{20}", fix="An approval gets its id.")
    for reply, outcome in ((fine, "approved"), (warned, "warned"), (closed, "rejected")):
        expect.field(
            reply,
            "/outcome",
            equals=outcome,
            fix="The strongest message decides the outcome.",
            fix_fa="قوی‌ترین پیام نتیجه را تعیین می‌کند.",
        )
    for reply in (warned, closed):
        expect.field(
            reply,
            "/trackingId",
            absent=True,
            fix="No id as long as a warning or rejection stands.",
            fix_fa="تا هشدار یا رد پابرجاست شناسه‌ای نیست.",
        )
    text = json.dumps(fine.find("")) if isinstance(fine.find(""), dict) else ""
    expect.that(
        not any(word in text for word in ENVELOPE),
        title="a health rule speaks of money",
        expected="no amount in the answer",
        observed=text[:200],
        pointer="",
        reply=fine,
        fix="Health rules say nothing of cost.",
        fix_fa="قواعد سلامت از هزینه سخن نمی‌گویند.",
    )


@conformance_case(
    "TC-HRS-SEM-KIND-002",
    verifies=("ERX-8-7-E", "ERX-9-1-4-D"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="قوی‌ترین پیام هر قلم",
)
def tc_strongest_message_of_each_item(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges every item of a prescription by its strongest message.

    Given a pregnant patient and two medicines of which one is forbidden in pregnancy and both need
    care together, when they are evaluated, then each item has the outcome of the bank.
    """
    facts = {"patient": {"conditions": ["Z34.9"]}}
    asked = question(*(drug(code) for code in (*WARNED, "99041")), person="P04", facts=facts)

    reply = judged(
        sut,
        data,
        expect,
        asked,
        ("Give every rule that hits, at its items.", "هر قاعدهٔ منطبق را در قلم خود بنویسید."),
    )

    found = rules.hits(data, asked, "clinical")
    for place in range(3):
        own = [hit.kind for hit in found if hit.item in {None, place + 1}]
        strongest = max(own, key=list(rules.WORDS).index, default=None)
        expect.field(
            reply,
            f"/items/{place}/outcome",
            equals=rules.WORDS[strongest],
            fix="reject outweighs warning, warning outweighs advice.",
            fix_fa="رد از هشدار و هشدار از راهنما قوی‌تر است.",
        )


@conformance_case(
    "TC-HRS-SEM-OVERRIDE-001",
    verifies=("ERX-8-7-E", "ERX-9-1-4-E"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="پذیرش هشدار بالینی",
)
def tc_override_of_a_clinical_warning(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives the id of the whole once every warning is overridden with a reason.

    Given a warning at two items, when both override it, then the id is given; a reason of another
    group and an override of a rejection are refused.
    """

    def asked(codes: tuple[str, str], rule: str, reason: str = "PATIENT_INFORMED") -> Asked:
        return question(*(drug(code, overrides=[override(rule, reason)]) for code in codes))

    taken = ask(sut, data, asked(WARNED, "D02"), "stimulus: both overridden")
    wrong = ask(sut, data, asked(WARNED, "D02", "WRONG_ITEM"), "stimulus: reason of another group")
    refused = ask(sut, data, asked(FORBIDDEN, "D01A"), "stimulus: override a rejection")

    expect.field(
        taken,
        "/trackingId",
        matches="[0-9]{20}",
        fix="Overriding every warning opens the id.",
        fix_fa="پذیرش همهٔ هشدارها شناسه را باز می‌کند.",
    )
    expect.problem(wrong, status=422, code="OVERRIDE_REASON_INVALID")
    expect.problem(refused, status=422, code="OVERRIDE_NOT_ALLOWED")


@conformance_case(
    "TC-HRS-SEM-POSITION-001",
    verifies=("ERX-8-7-C", "ERX-9-1-4-C"),
    role=ROLE,
    title_fa="پیش از تجویز",
)
def tc_health_rules_before_prescribing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers before prescribing, in the published format, and not after it.

    Given two medicines that need care together, when they are evaluated before prescribing, then
    the verdict fits its schema; a position after service is refused.
    """
    pair = tuple(drug(code) for code in WARNED)

    reply = ask(sut, data, question(*pair), "stimulus: before prescribing")
    after = ask(sut, data, question(*pair, position="post_service"), "stimulus: after service")

    expect.schema(reply, requirement="ERX-9-1-4-C")
    expect.field(reply, "/outcome", equals="warned", fix="D02 speaks before prescribing.")
    expect.problem(after, status=422, code="RULE_POSITION_INVALID")


@conformance_case(
    "TC-HRS-SEM-POSITION-002",
    verifies=("ERX-8-7-D",),
    role=ROLE,
    title_fa="پیش از خدمت",
)
def tc_health_rules_before_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers before the service as well.

    Given two medicines that need care together, when they are evaluated before service, then the
    same warning is given as before prescribing.
    """
    asked = question(*(drug(code) for code in WARNED), position="pre_service")
    reply = judged(
        sut,
        data,
        expect,
        asked,
        ("Health rules speak at both positions.", "قواعد سلامت در هر دو جایگاه سخن می‌گویند."),
    )
    expect.field(reply, "/outcome", equals="warned", fix="D02 speaks before service.")
