"""Answers for what an item costs whom: tariffs of the pack, cover of the person, kind of centre.

Rules by id: N01 shares, N02 private centres, N03 rural with referral, N05 special
diseases, N12 reference price, N13 not covered.
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

SPECIAL_FUND = "special_disease"
RURAL_FUND = "rural"


@dataclass(frozen=True)
class Shares:
    """The patient's percentages of the tariff year, as the pack publishes them."""

    outpatient: int
    inpatient: int
    rural_visit: int
    rural_drug: int


def shares_of(tariffs: Mapping[str, Any]) -> Shares:
    """Read the patient's percentages from the tariffs of the pack."""
    percent = tariffs["patientPercent"]
    rural = percent["rural_referral"]
    return Shares(
        outpatient=int(percent["outpatient"]),
        inpatient=int(percent["inpatient"]),
        rural_visit=int(rural["visit"]),
        rural_drug=int(rural["drug"]),
    )


@dataclass(frozen=True)
class Circumstances:
    """What the share depends on besides the item."""

    cover: Cover
    inpatient: bool = False
    referred: bool = False


@dataclass(frozen=True)
class _Tariff:
    """The shares, and whether the seeded fault covers what is not covered."""

    shares: Shares
    uncovered_shared: bool


def priced(
    lines: Iterable[Mapping[str, Any]],
    circumstances: Circumstances,
    shares: Shares,
    codes: tuple[CodeBook, date],
    faults: FaultSwitch,
) -> tuple[Priced, ...]:
    """Find the price basis and share of every line `{itemId, code, quantity, unitPrice}`.

    Refuses codes that are not valid on the day; the pointer names the line.
    """
    book, day = codes
    tariff_of = _Tariff(shares, faults.on("purchaser.split.uncovered_shared"))
    found = []
    for index, line in enumerate(lines):
        concept = check_coded(book, line["code"], day, f"/items/{index}/code", faults)
        found.append(_priced(line, concept, circumstances, tariff_of))
    return tuple(found)


def _priced(
    line: Mapping[str, Any], concept: Concept | None, given: Circumstances, tariff_of: _Tariff
) -> Priced:
    row: Mapping[str, Any] = concept.properties if concept is not None else {}
    tariff = row.get("publicTariff")
    reference = tariff if tariff is not None else row.get("referencePrice")
    percent, rules = _share(row, given, tariff_of, is_service=tariff is not None)
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
    row: Mapping[str, Any], given: Circumstances, tariff_of: _Tariff, *, is_service: bool
) -> tuple[int, tuple[str, ...]]:
    """Return the patient's percentage and the rules it comes from."""
    if not given.cover.insured:
        return FULL, ()
    shares = tariff_of.shares
    if row.get("covered", True) is False and not tariff_of.uncovered_shared:
        return FULL, ("N13",)
    if given.cover.fund == SPECIAL_FUND or row.get("specialDisease", False):
        return 0, ("N05",)
    if given.cover.fund == RURAL_FUND and given.referred and not given.inpatient:
        return (shares.rural_visit if is_service else shares.rural_drug), ("N03",)
    return (shares.inpatient if given.inpatient else shares.outpatient), ("N01",)
