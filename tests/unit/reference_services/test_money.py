from __future__ import annotations

import pytest

from reference_impl.faults.points import NO_FAULTS, FaultSet
from reference_impl.purchaser.money import Priced, invoice, percent_half_up, split


@pytest.mark.parametrize(
    ("quantity", "prices", "percent", "insurer", "patient"),
    [
        (1, (500_000, 500_000), 30, 350_000, 150_000),
        (1, (900_000, 500_000), 30, 350_000, 550_000),
        (1, (500_000, 500_000), 10, 450_000, 50_000),
        (60, (15_000, 12_000), 30, 504_000, 396_000),
        (60, (10_000, 12_000), 30, 420_000, 180_000),
        (1, (80_000_000, 80_000_000), 10, 72_000_000, 8_000_000),
        (1, (335, 500), 30, 234, 101),
        (1, (9_000_000, 9_000_000), 0, 9_000_000, 0),
        (8, (9_000, 9_000), 100, 0, 72_000),
    ],
)
def test_worked_amounts(
    quantity: int, prices: tuple[int, int], percent: int, insurer: int, patient: int
) -> None:
    price, reference = prices
    whole = split(Priced("1", quantity, price, reference, percent), NO_FAULTS)
    assert (whole.insurer_share, whole.patient_share) == (insurer, patient)
    assert whole.total == insurer + patient == quantity * price


def test_three_odd_items_are_rounded_one_by_one() -> None:
    items = [Priced(str(n), 1, 335, None, 30) for n in range(3)]
    _, amounts = invoice(items, NO_FAULTS)
    assert (amounts.total, amounts.insurer_share, amounts.patient_share) == (1005, 702, 303)


def test_half_a_rial_goes_up() -> None:
    assert [percent_half_up(amount, 50) for amount in (1, 2, 3)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("point", "broken"),
    [
        ("purchaser.split.rounds_patient_share_down", (235, 100)),
        ("purchaser.split.total_off_by_one", (233, 101)),
        ("purchaser.split.special_disease_ignored", (234, 101)),
    ],
)
def test_seeded_faults_change_the_split(point: str, broken: tuple[int, int]) -> None:
    percent = 0 if "special" in point else 30
    item = Priced("1", 1, 335, 500, percent, special_disease=percent == 0)
    wrong = split(item, FaultSet(frozenset({point})))
    assert (wrong.insurer_share, wrong.patient_share) == broken
    assert split(item, NO_FAULTS) != wrong


def test_rounding_the_sum_contradicts_the_items() -> None:
    items = [Priced(str(n), 1, 335, None, 30) for n in range(3)]
    _, amounts = invoice(items, FaultSet(frozenset({"purchaser.split.rounds_the_sum"})))
    assert amounts.patient_share == 301  # 301.5 with the insurer's half rounded up
