"""Contract of stays, paper after an outage, questions to the prescriber and payments."""

from __future__ import annotations

from lab.kit import Expect, Generated, Sut, SyntheticData, conformance_case
from suites.contract.conformance import Exercise
from suites.contract.recipes import RECIPES


@conformance_case(
    "TC-PUR-CON-STAY-001",
    verifies=("ERX-10-D", "ERX-10-E", "RM-INS-DURING"),
    role="purchaser_system",
    title_fa="قرارداد: آغاز بستری",
)
def tc_open_stay_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `openStay` on good and bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["openStay"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-STAY-002",
    verifies=("ERX-10-D", "ERX-10-E", "RM-INS-TRACK"),
    role="purchaser_system",
    title_fa="قرارداد: گزارش رویداد بستری",
)
def tc_add_stay_event_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `addStayEvent` on good and bad messages.

    Given honest, generated good and generated bad messages, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["addStayEvent"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-PAPER-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-12-C"),
    role="purchaser_system",
    title_fa="قرارداد: ثبت نسخهٔ کاغذی",
)
def tc_enter_paper_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `enterPaperPrescription` on good and bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["enterPaperPrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-ASK-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-2-ERX-B"),
    role="purchaser_system",
    title_fa="قرارداد: پرسش از تجویزگر",
)
def tc_ask_prescriber_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `askPrescriber` on good and bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["askPrescriber"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-ASK-002",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-2-ERX-B"),
    role="purchaser_system",
    title_fa="قرارداد: پاسخ تجویزگر",
)
def tc_answer_question_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `answerQuestion` on good and bad messages.

    Given honest, generated good and generated bad messages, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["answerQuestion"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-PAYMENT-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-A1-10-2"),
    role="purchaser_system",
    title_fa="قرارداد: پرداخت‌های ماه",
)
def tc_get_payments_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `getPayments` on good and bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["getPayments"], sut, data, expect, generated).run()
