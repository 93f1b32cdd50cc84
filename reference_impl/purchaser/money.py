"""Answers for the split of a cost between insurer and patient, in integer rial.

The order is fixed: price per item, insured basis per item (never above the reference price or the
public tariff), the patient's percentage of the basis rounded half up per item, everything above
the basis to the patient. Sums are sums of the rounded items, so parts always add up. [ERX-7-10]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reference_impl.platform.configuration import FaultSwitch

FULL = 100


@dataclass(frozen=True)
class Priced:
    """What has to be known of one item to split its cost. Money in rial, shares in percent."""

    item_id: str
    quantity: int
    unit_price: int
    reference_price: int | None  # highest price or tariff the insurer counts with, None: no limit
    patient_percent: int  # 0..100 of the basis; 100 when there is no cover
    rule_ids: tuple[str, ...] = ()
    special_disease: bool = False
    tariff_bound: bool = False  # a service with a public tariff, not a product


@dataclass(frozen=True)
class Split:
    """The cost of one item, split. `total == insurer_share + patient_share`."""

    item_id: str
    quantity: int
    total: int
    insurer_share: int
    patient_share: int
    rule_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Amounts:
    """Sums of one invoice, in rial."""

    total: int
    insurer_share: int
    patient_share: int


def percent_half_up(amount: int, percent: int) -> int:
    """Return `percent` of a non-negative amount, half a rial rounded up."""
    return (2 * amount * percent + FULL) // (2 * FULL)


def _basis(priced: Priced, faults: FaultSwitch) -> int:
    if priced.reference_price is None or faults.on("purchaser.split.reference_price_ignored"):
        return priced.unit_price * priced.quantity
    if priced.tariff_bound and faults.on("purchaser.split.private_as_public"):
        return priced.unit_price * priced.quantity
    return min(priced.unit_price, priced.reference_price) * priced.quantity


def split(priced: Priced, faults: FaultSwitch) -> Split:
    """Split the cost of one item."""
    total = priced.unit_price * priced.quantity
    basis = _basis(priced, faults)
    percent = priced.patient_percent
    if priced.special_disease and faults.on("purchaser.split.special_disease_ignored"):
        percent = 30
    patient_of_basis = percent_half_up(basis, percent)
    if faults.on("purchaser.split.rounds_patient_share_down"):
        patient_of_basis = basis * percent // FULL
    insurer = basis - patient_of_basis
    patient = total - insurer
    if insurer > 0 and faults.on("purchaser.split.total_off_by_one"):
        insurer -= 1
    return Split(priced.item_id, priced.quantity, total, insurer, patient, priced.rule_ids)


def invoice(items: Iterable[Priced], faults: FaultSwitch) -> tuple[tuple[Split, ...], Amounts]:
    """Split every item and add the parts up."""
    priced = tuple(items)
    splits = tuple(split(one, faults) for one in priced)
    if faults.on("purchaser.split.rest_on_last_item"):
        splits = _rest_on_last(priced, splits, faults)
    amounts = Amounts(
        total=sum(one.total for one in splits),
        insurer_share=sum(one.insurer_share for one in splits),
        patient_share=sum(one.patient_share for one in splits),
    )
    if faults.on("purchaser.split.rounds_the_sum"):
        amounts = _rounded_on_the_sum(priced, amounts, faults)
    return splits, amounts


def _rest_on_last(
    priced: tuple[Priced, ...], splits: tuple[Split, ...], faults: FaultSwitch
) -> tuple[Split, ...]:
    """Seeded fault: the patient's half rials are cut off and gathered in the last item."""
    cut = [_basis(one, faults) * one.patient_percent // FULL for one in priced]
    exact = sum(_basis(one, faults) * one.patient_percent for one in priced)
    cut[-1] += (2 * exact + FULL) // (2 * FULL) - sum(cut)
    made = []
    for one, known, patient in zip(priced, splits, cut, strict=True):
        insurer = _basis(one, faults) - patient
        made.append(replace(known, insurer_share=insurer, patient_share=known.total - insurer))
    return tuple(made)


def _rounded_on_the_sum(
    priced: tuple[Priced, ...], amounts: Amounts, faults: FaultSwitch
) -> Amounts:
    """Seeded fault: percentages of the summed bases, rounded once."""
    exact = sum(_basis(one, faults) * (FULL - one.patient_percent) for one in priced)
    insurer = (2 * exact + FULL) // (2 * FULL)
    return Amounts(amounts.total, insurer, amounts.total - insurer)
