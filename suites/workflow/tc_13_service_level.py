"""Service levels seen by one client: the median of a few questions; load has own plans."""

from __future__ import annotations

from statistics import median

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import journeys
from suites import journeys_rules as rules
from suites.journeys_rules import Setting, drug, question

QUESTIONS = 5


def in_time(expect: Expect, replies: list[Reply]) -> None:
    """Expect that the median of the answers keeps p50 of the class `rules`."""
    for reply in replies:
        expect.schema(reply)  # a fast answer that says nothing keeps no service level
    limit = int(load_pack().sla["smoke"]["classes"]["rules"]["p50"])
    took = median(reply.exchange.elapsed_ms for reply in replies)
    answered = all(reply.status == 200 for reply in replies)  # noqa: PLR2004 - as published
    expect.that(
        answered and took <= limit,
        title="a single client is not answered within the service level",
        expected=f"{len(replies)} answers, half of them within {limit} ms",
        observed=f"{replies[-1].summary()}, median {took:.0f} ms",
        pointer="elapsed",
        reply=replies[-1],
        fix="Answer questions about rules and prices within p50 of sla.yaml without any load.",
        fix_fa="به پرسش‌های قاعده و قیمت بدون بار، در میانهٔ زمان sla.yaml پاسخ دهید.",
    )


@conformance_case(
    "TC-IRS-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="insurance_rule_service",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ تحلیل قواعد",
    alone=True,  # measures times
)
def tc_rules_are_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service level of rule questions.

    Given no other load, when five prescriptions are evaluated one after the other, then half of the
    answers come within the published median.
    """
    hid = rules.visit(sut, data, Setting())
    asked = question(drug("99012"))

    replies = [
        rules.ask(sut, data, asked, hid=hid, step=f"stimulus: question {number}")
        for number in range(1, QUESTIONS + 1)
    ]

    in_time(expect, replies)


@conformance_case(
    "TC-GTW-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="gateway",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ از راه درگاه",
    purpose="Ensure that the IUT brings a single client an answer within the service level.",
)
@conformance_case(
    "TC-PUR-WF-SLA-001",
    verifies=("ERX-13-A", "RM-PRE-SLA"),
    role="purchaser_system",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ محاسبهٔ سهم‌ها",
    alone=True,  # measures times
)
def tc_prices_are_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service level of prices.

    Given no other load, when five questions for a price are asked one after the other, then half of
    the answers come within the published median, measured at the IUT itself.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, 1900)])

    replies = [
        sut.call("price", body=body, caller=journeys.PHARMACY, step=f"stimulus: price {number}")
        for number in range(1, QUESTIONS + 1)
    ]

    in_time(expect, replies)
