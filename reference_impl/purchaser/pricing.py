"""Answers for what an item costs whom: tariffs of the pack, cover of the person, kind of centre.

Rules by id: N01 shares, N02 private centres, N03 rural with referral, N04 rural visit without it,
N05 special diseases, N12 reference price, N13 not covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.platform.codes import CodeBook, Concept
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.purchaser.checks import check_coded
from reference_impl.purchaser.money import FULL, Priced
from reference_impl.purchaser.persons import Cover
from reference_impl.purchaser.tariff import Need, Tariff, Year

SPECIAL_FUND = "special_disease"
RURAL_FUND = "rural"


@dataclass(frozen=True)
class Circumstances:
    """What the share depends on besides the item."""

    cover: Cover
    inpatient: bool = False
    referred: bool = False


@dataclass(frozen=True)
class _Tariff:
    """The tariff of the day, and whether the seeded fault covers what is not covered."""

    year: Year
    uncovered_shared: bool


def priced(
    lines: Iterable[Mapping[str, Any]],
    circumstances: Circumstances,
    tariff: Tariff,
    codes: tuple[CodeBook, date],
    faults: FaultSwitch,
) -> tuple[Priced, ...]:
    """Find the price basis and share of every line `{itemId, code, quantity, unitPrice}`.

    Refuses codes that are not valid on the day; the pointer names the line.
    """
    book, day = codes
    valid = date.max if faults.on("purchaser.tariff.newest_year") else day
    of_day = _Tariff(tariff.on(valid), faults.on("purchaser.split.uncovered_shared"))
    found = []
    for index, line in enumerate(lines):
        concept = check_coded(book, line["code"], day, f"/items/{index}/code", faults)
        found.append(_priced(line, concept, circumstances, of_day))
    return tuple(found)


def _priced(
    line: Mapping[str, Any], concept: Concept | None, given: Circumstances, of_day: _Tariff
) -> Priced:
    row: Mapping[str, Any] = concept.properties if concept is not None else {}
    tariff = of_day.year.public_amount(line["code"]["code"]) or row.get("publicTariff")
    reference = tariff if tariff is not None else row.get("referencePrice")
    percent, rules = _share(row, given, of_day)
    if percent < FULL and reference is not None and line["unitPrice"] > reference:
        rules += ("N02",) if tariff is not None else ("N12",)
    return Priced(
        item_id=line["itemId"],
        quantity=line["quantity"],
        unit_price=line["unitPrice"],
        reference_price=reference,
        patient_percent=percent,
        rule_ids=rules,
        special_disease="N05" in rules,
        tariff_bound=tariff is not None,
    )


def _share(
    row: Mapping[str, Any], given: Circumstances, of_day: _Tariff
) -> tuple[int, tuple[str, ...]]:
    """Return the patient's percentage and the rules it comes from."""
    if not given.cover.insured:
        return FULL, ()
    if row.get("covered", True) is False and not of_day.uncovered_shared:
        return FULL, ("N13",)
    fund = SPECIAL_FUND if row.get("specialDisease", False) else given.cover.fund
    share = of_day.year.share(
        Need(
            given.cover.insurer,
            fund,
            row.get("kind", "drug"),
            inpatient=given.inpatient,
            referred=given.referred,
        )
    )
    return share.patient_percent, (share.rule,)
