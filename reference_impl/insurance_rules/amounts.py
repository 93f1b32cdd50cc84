"""What an item costs and who pays: the calculations of the rule bank, to the rial. [RUL-055]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reference_impl.platform.rules.bank import Hit

FULL = 100


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How amounts are computed. Anything but the defaults is a seeded mistake of a vendor."""

    rounds_down: bool = False
    tariff_ignored: bool = False
    lowest_rank: bool = False
    one_unit: bool = False


@dataclass(frozen=True, slots=True)
class Amounts:
    """Total and share of the patient in rial; the rest is the insurer's."""

    total: int
    patient: int

    def __add__(self, other: Amounts) -> Amounts:
        """Add item by item; nothing is rounded on a sum."""
        return Amounts(self.total + other.total, self.patient + other.patient)

    def shown(self) -> dict[str, int]:
        """Return the amounts as the wire shows them."""
        return {
            "total": self.total,
            "insurerShare": self.total - self.patient,
            "patientShare": self.patient,
        }


def split(
    item: Mapping[str, Any], hits: Iterable[Hit], arithmetic: Arithmetic | None = None
) -> Amounts | None:
    """Return the amounts of an item, None without a price.

    The highest rank that hits decides the percentage; without any the insurer pays nothing. A basis
    of tariff limits the shared part to the tariff, the rest is the patient's. Half a rial goes up.
    """
    price = item.get("unitPrice")
    if price is None:
        return None
    how = arithmetic or Arithmetic()
    outcomes = [one.rule.outcome for one in hits if one.rule.kind == "calculation"]
    shares = [one for one in outcomes if "patientPercent" in one]
    pick = min if how.lowest_rank else max
    deciding = pick(shares, key=lambda one: one["rank"], default=None)
    percent = FULL if deciding is None else deciding["patientPercent"]
    limited = any(one.get("basis") == "tariff" for one in outcomes) and not how.tariff_ignored
    basis = min(price, item["tariff"]) if limited else price
    quantity = 1 if how.one_unit else item.get("quantity", 1)
    half = 0 if how.rounds_down else FULL // 2
    part = (basis * quantity * percent + half) // FULL
    return Amounts(price * quantity, part + (price - basis) * quantity)
