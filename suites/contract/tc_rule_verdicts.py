"""Verdicts of the rule service in the published format, in time, and through the exchange alone."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_rules as rules
from suites.journeys_rules import drug, question, service

ROLE = "insurance_rule_service"


@conformance_case(
    "TC-IRS-CON-VERDICT-001",
    verifies=("ERX-9-1-4-C",),
    role=ROLE,
    title_fa="قالب نتیجه پیش از تجویز",
)
def tc_verdicts_of_prescribing_fit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT returns every verdict before prescribing in the standard format.

    Given an approval, a proposal, a warning and a rejection, when they are evaluated before
    prescribing, then each answer fits the published schema.
    """
    for item in (drug("99012"), drug("99012", 121), drug("99097", 1), drug("99025")):
        expect.schema(rules.ask(sut, data, question(item)))


@conformance_case(
    "TC-IRS-CON-VERDICT-002",
    verifies=("ERX-9-2-5-B",),
    role=ROLE,
    title_fa="قالب نتیجه پیش و پس از خدمت",
)
def tc_verdicts_of_service_fit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT returns the verdicts of dispensing and audit in the standard format.

    Given a priced medicine and an unpriced service, when they are evaluated before and after
    service, then each answer fits the published schema.
    """
    items = (drug("99012", 10, unitPrice=1_500), service("992112"))
    for position in ("pre_service", "post_service"):
        expect.schema(rules.ask(sut, data, question(*items, position=position)))
