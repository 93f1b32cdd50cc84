"""Services of insurers are reached with the means of the exchange, and in no other way."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case, unsealed
from suites import journeys
from suites import journeys_rules as rules
from suites.journeys_rules import Setting, drug, question


@conformance_case(
    "TC-IRS-SEC-DITAS-001",
    verifies=("ERX-A1-10-6",),
    role="insurance_rule_service",
    title_fa="تنها از راه دیتاس",
)
def tc_rules_through_the_exchange_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers what comes with the seal of the exchange, and nothing else.

    Given a HID that eligibility issued through the gateway, when a question is sent with and
    without its seal, then the first is answered and the second is refused.
    """
    hid = rules.visit(sut, data, Setting())
    body = rules.body_of(data, question(drug("99012")), hid)

    sealed = sut.call("evaluateRules", step="control: sealed", body=body)
    bare = sut.call("evaluateRules", step="stimulus: no seal", body=body, mutate=unsealed())

    expect.control(sealed, 200)
    expect.refused(
        bare,
        status=401,
        fix="Refuse whatever does not come with a valid seal of the exchange.",
        fix_fa="هر پیامی را که مهر معتبر تبادل ندارد رد کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-DITAS-001",
    verifies=("ERX-8-3-B", "ERX-A1-10-10", "RM-P3-G", "ERX-A1-9-19"),
    role="purchaser_system",
    title_fa="تنها از راه دیتاس",
)
def tc_prices_through_the_exchange_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves registered consumers with the seal of the exchange, nobody else.

    Given a question for a price, when it is sent with and without its seal, then the first is
    answered and the second, which comes from no registered consumer, is refused.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, 1900)])

    sealed = sut.call("price", step="control: sealed", body=body, caller=journeys.PHARMACY)
    bare = sut.call(
        "price", step="stimulus: no seal", body=body, caller=journeys.PHARMACY, mutate=unsealed()
    )

    expect.control(sealed, 200)
    expect.seal(sealed, requirement="ERX-A1-9-19")
    expect.refused(
        bare,
        status=401,
        fix="Refuse whatever does not come with a valid seal of the exchange.",
        fix_fa="هر پیامی را که مهر معتبر تبادل ندارد رد کنید.",
    )
