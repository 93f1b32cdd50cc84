"""Contract of pricing and of the operations on dispenses."""

from __future__ import annotations

from lab.kit import Expect, Generated, Sut, SyntheticData, conformance_case
from suites.contract.conformance import Exercise
from suites.contract.recipes import RECIPES


@conformance_case(
    "TC-PUR-CON-PRICE-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-8-4-C"),
    role="purchaser_system",
    title_fa="قرارداد: محاسبهٔ سهم‌ها",
)
def tc_price_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `price` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["price"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-PREPARE-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-2-6-A"),
    role="purchaser_system",
    title_fa="قرارداد: آماده‌سازی تحویل",
)
def tc_prepare_dispense_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `prepareDispense` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["prepareDispense"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-CONFIRM-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-2-6-A"),
    role="purchaser_system",
    title_fa="قرارداد: تأیید تحویل",
)
def tc_confirm_dispense_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `confirmDispense` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["confirmDispense"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-ABANDON-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-2-6-A"),
    role="purchaser_system",
    title_fa="قرارداد: انصراف از تحویل",
)
def tc_abandon_dispense_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `abandonDispense` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["abandonDispense"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-VOID-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="قرارداد: ابطال تحویل",
)
def tc_void_dispense_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `voidDispense` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["voidDispense"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-DISPENSE-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="قرارداد: خواندن تحویل",
)
def tc_get_dispense_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `getDispense` on good and on bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["getDispense"], sut, data, expect, generated).run()
