"""Contract of service records, claims and statements."""

from __future__ import annotations

from lab.kit import Expect, Generated, Sut, SyntheticData, conformance_case
from suites.contract.conformance import Exercise
from suites.contract.recipes import RECIPES


@conformance_case(
    "TC-PUR-CON-SERVICE-001",
    verifies=("ERX-10-D", "ERX-10-E", "RM-INS-RECEIPT"),
    role="purchaser_system",
    title_fa="قرارداد: ثبت خدمت",
)
def tc_register_service_record_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `registerServiceRecord` on good and bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["registerServiceRecord"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-CLAIM-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-A1-10-2"),
    role="purchaser_system",
    title_fa="قرارداد: خواندن صورت‌حساب",
)
def tc_get_claim_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `getClaim` on good and bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["getClaim"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-STATEMENT-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-1-8-N-B"),
    role="purchaser_system",
    title_fa="قرارداد: خواندن صورت‌وضعیت",
)
def tc_get_statement_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `getStatement` on good and bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["getStatement"], sut, data, expect, generated).run()
