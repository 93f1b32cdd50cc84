"""The rule service as a partner of inquiries: one answer for each question."""

from __future__ import annotations

from lab.kit import Call, Expect, Sut, SyntheticData, conformance_case
from suites import journeys_rules as rules
from suites.journeys_rules import Setting, drug, question

QUANTITIES = (10, 20, 30, 40)


@conformance_case(
    "TC-IRS-PROP-QUERY-001",
    verifies=("RM-INS-QUERY",),
    role="insurance_rule_service",
    title_fa="هر پرسش یک پاسخ خودش",
)
def tc_every_question_has_its_answer(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers simultaneous questions one by one, each under its correlation.

    Given four questions that differ in quantity, when they are asked at the same instant, then each
    answer carries the correlation and the cost of its own question.
    """
    hid = rules.visit(sut, data, Setting())
    asked = [question(drug("99012", quantity)) for quantity in QUANTITIES]
    calls = [Call("evaluateRules", body=rules.body_of(data, one, hid)) for one in asked]

    replies = sut.parallel(calls, step="stimulus: four questions at once")

    for reply, one in zip(replies, asked, strict=True):
        sent = {row.name.lower(): row.value for row in reply.exchange.request.headers}
        expect.that(
            reply.header("ditas-correlation") == sent["ditas-correlation"],
            title="the answer has another correlation than its question",
            expected=f"ditas-correlation {sent['ditas-correlation']}",
            observed=f"{reply.summary()}, {reply.header('ditas-correlation')}",
            pointer="header:ditas-correlation",
            reply=reply,
            fix="Return the correlation of the request.",
            fix_fa="شناسهٔ همبستگی درخواست را بازگردانید.",
        )
        expect.field(
            reply,
            "/cost",
            equals=rules.cost(data, one),
            fix="Keep simultaneous questions apart.",
            fix_fa="پرسش‌های هم‌زمان را از هم جدا نگه دارید.",
        )
