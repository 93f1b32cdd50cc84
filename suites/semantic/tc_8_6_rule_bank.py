"""The worked examples of the insurance bank, played over the wire."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.worked_examples import Families, play

ROLE = "insurance_rule_service"


@conformance_case(
    "TC-IRS-SEM-BANK-001",
    verifies=("ERX-8-6-B", "ERX-8-4-B"),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: تخصص تجویزکننده",
)
def tc_examples_of_specialties(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets only the published specialties prescribe what is limited to them.

    Given the worked examples of N14 and N15, when they are evaluated with prescribers of the world,
    then exactly the rules speak that the conditions of the pack give.
    """
    play(sut, data, expect, Families("insurance", ("N14", "N15"), "ERX-8-6-B"))


@conformance_case(
    "TC-IRS-SEM-BANK-002",
    verifies=("RM-EHR-COST",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: سن و جنس",
)
def tc_examples_of_age_and_sex(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT applies the rules about age and sex of the patient.

    Given the worked examples of N16, when they are evaluated for people of the world, then exactly
    the rules speak that the conditions of the pack give.
    """
    play(sut, data, expect, Families("insurance", ("N16",), "RM-EHR-COST"))


@conformance_case(
    "TC-IRS-SEM-BANK-003",
    verifies=("RM-INS-CAP",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: سقف تعداد خدمت",
)
def tc_examples_of_counts(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts earlier services in their window, first and last day included.

    Given the worked examples of N08, N09, N17 and N34, when they are evaluated with the history
    they state, then the service beyond the ceiling is refused and the last one within it is not.
    """
    play(sut, data, expect, Families("insurance", ("N08", "N09", "N17", "N34"), "RM-INS-CAP"))


@conformance_case(
    "TC-IRS-SEM-BANK-004",
    verifies=("RM-INS-SERVICE",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: سهم بیمه و بیمار",
)
def tc_examples_of_shares(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT confirms cover and shares of a requested service as the bank says.

    Given the worked examples of N01 to N05, N12, N13 and N35, when they are evaluated, then rules
    and amounts are those of the oracle, to the rial.
    """
    names = ("N01", "N02", "N03", "N04", "N05", "N12", "N13", "N35")
    play(sut, data, expect, Families("insurance", names, "RM-INS-SERVICE"))


@conformance_case(
    "TC-IRS-SEM-BANK-005",
    verifies=("ERX-8-6-B",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: کالا، مقدار و تاریخ",
)
def tc_examples_of_goods(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT checks quantities, dates, approvals and products of the items asked for.

    Given the worked examples about goods, when they are evaluated, then exactly the rules speak
    that the conditions of the pack give, at, below and above each limit.
    """
    names = (
        "N06", "N07", "N10", "N11", "N18", "N19", "N25", "N26", "N27", "N28", "N30", "N31",
        "N32", "N33",
    )  # fmt: skip
    play(sut, data, expect, Families("insurance", names, "ERX-8-6-B"))


@conformance_case(
    "TC-IRS-SEM-BANK-006",
    verifies=("ERX-8-6-A",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: پوشش و اعتبار طرف‌ها",
)
def tc_examples_of_standing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges covers, prescribers, centres and HIDs as the bank says.

    Given the worked examples of N20 to N24 and N29 that exist in the world, when they are
    evaluated, then exactly the rules speak that the conditions of the pack give.
    """
    names = ("N20", "N21", "N22", "N23", "N24", "N29")
    play(sut, data, expect, Families("insurance", names, "ERX-8-6-A"))
