"""Who pays how much, in integer rial, from the worked amounts of the synthetic data (section 6).

The insurer pays its share of the covered amount: the price, but never more than the reference
price. The share of the patient in the covered amount is rounded half up per item; what the price
exceeds the reference is the patient's. Parts always add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """One amount and who pays it; all three in rial."""

    total: int
    insurer: int
    patient: int


def split_item(
    *, quantity: int, unit_price: int, reference_price: int | None, patient_percent: int
) -> Split:
    """Split one item; no reference price means the whole price is covered.

    `patient_percent` is 0 to 100; 100 also describes an item or a person without cover.
    """
    total = quantity * unit_price
    covered_unit = unit_price if reference_price is None else min(unit_price, reference_price)
    covered = quantity * covered_unit
    own_part = (covered * patient_percent * 2 + 100) // 200  # round half up on integers
    insurer = covered - own_part
    return Split(total=total, insurer=insurer, patient=total - insurer)


def add_up(parts: Iterable[Split]) -> Split:
    """Return the sum of already rounded items; the sum itself is never rounded again."""
    items = list(parts)
    return Split(
        total=sum(part.total for part in items),
        insurer=sum(part.insurer for part in items),
        patient=sum(part.patient for part in items),
    )


def percent_of(amount: int, percent: int) -> int:
    """Return a percentage of an amount, half a rial rounded up."""
    return (amount * percent * 2 + 100) // 200


def accepted_share(claimed: int, adjustments: Iterable[tuple[str, int]]) -> int:
    """Return what counts of the insurer's share after adjustments, each with reason and amount.

    With the reason APPEAL_ACCEPTED an adjustment gives back what another one took.
    """
    back = "APPEAL_ACCEPTED"
    return claimed - sum(-amount if reason == back else amount for reason, amount in adjustments)
