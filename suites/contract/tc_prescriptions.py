"""Contract of the operations on prescriptions and leases."""

from __future__ import annotations

from lab.kit import Expect, Generated, Sut, SyntheticData, conformance_case
from suites.contract.conformance import Exercise
from suites.contract.recipes import RECIPES


@conformance_case(
    "TC-PUR-CON-REGISTER-001",
    verifies=("ERX-10-D", "ERX-8-4-G", "ERX-8-4-A"),
    role="purchaser_system",
    title_fa="قرارداد: ثبت نسخه",
)
def tc_register_prescription_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `registerPrescription` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["registerPrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-AMEND-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-1-6-A"),
    role="purchaser_system",
    title_fa="قرارداد: ویرایش نسخه",
)
def tc_amend_prescription_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `amendPrescription` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["amendPrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-CANCEL-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="قرارداد: لغو نسخه",
)
def tc_cancel_prescription_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `cancelPrescription` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["cancelPrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-READ-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="قرارداد: خواندن نسخه",
)
def tc_get_prescription_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `getPrescription` on good and on bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["getPrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-QUERY-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-2-3-A"),
    role="purchaser_system",
    title_fa="قرارداد: پرسش نسخه",
)
def tc_query_prescriptions_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `queryPrescriptions` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["queryPrescriptions"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-LEASE-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-9-2-3-D"),
    role="purchaser_system",
    title_fa="قرارداد: گرفتن نوبت",
)
def tc_lease_prescription_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `leasePrescription` on good and on bad messages.

    Given honest, generated good and generated bad bodies, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["leasePrescription"], sut, data, expect, generated).run()


@conformance_case(
    "TC-PUR-CON-RELEASE-001",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="قرارداد: آزادکردن نوبت",
)
def tc_release_lease_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT keeps the contract of `releaseLease` on good and on bad messages.

    Given honest, generated good and generated bad paths, when they are sent sealed, then good
    ones are answered and bad ones refused as published, and nothing ends in a fault.
    """
    Exercise(RECIPES["releaseLease"], sut, data, expect, generated).run()
