"""Tariffs by year and sector, shares by fund, and the second payer, in integer rial.

Written from the heads of tariffs.yaml and tariff-years.yaml, rules N01 to N05, N12, N13, N35, and
RUL-046 (the Jalali year of the day of service in Tehran). Tables are data of the pack.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from suites.oracles.jalali import jalali
from suites.oracles.pricing import Split, add_up, split_item

Row = Mapping[str, Any]
_CONDITIONS = ("fund", "admission", "kind", "referral")


class NoTariff(LookupError):
    """The tables say nothing about this code, sector or day."""


def year_of(tables: Row, day: date) -> str:
    """Return the tariff year of a day: its Jalali year, which the table must hold."""
    year = str(jalali(day)[0])
    if year not in {row["year"] for row in tables["years"]}:
        raise NoTariff(f"{day} falls into {year}, which the tables do not hold")
    return year


def ceiling(tables: Row, year: str, code: str, sector: str) -> int:
    """Return the most a centre of a sector may ask for."""
    for row in tables["visits"]:
        if (row["year"], row["code"], row["sector"]) == (year, code, sector):
            return int(row["ceiling"])
    raise NoTariff(f"no amount for {code} in sector {sector} in {year}")


def patient_percent(tables: Row, year: str, case: Row) -> int:
    """Return the share of the patient: the row with the most members that name the case.

    A row of one insurer goes before all rows without.
    """
    fitting: list[tuple[tuple[bool, bool, int], int]] = []
    for row in tables["shares"]:
        if row["year"] != year or any(row[n] not in ("any", case[n]) for n in _CONDITIONS):
            continue
        if "insurer" in row and row["insurer"] != case.get("insurer"):
            continue
        named = sum(row[n] != "any" for n in _CONDITIONS)
        weight = ("insurer" in row, row["fund"] != "any", named)
        fitting.append((weight, int(row["patientPercent"])))
    if not fitting:
        raise NoTariff(f"no share for {dict(case)} in {year}")
    return max(fitting)[1]


def visit(tables: Row, case: Row) -> Split:
    """Split the price of a visit: basis is the public amount, the rest above it the patient's.

    `case` has day (ISO), code, sector, price and the members a share may name. Raises NoTariff
    when the price is above what the sector may ask for.
    """
    year = year_of(tables, date.fromisoformat(case["day"]))
    most = ceiling(tables, year, case["code"], case["sector"])
    if case["price"] > most:
        raise NoTariff(f"{case['price']} is above {most} of sector {case['sector']}")
    return split_item(
        quantity=1,
        unit_price=case["price"],
        reference_price=ceiling(tables, year, case["code"], "public"),
        patient_percent=patient_percent(tables, year, case),
    )


def bill(percents: Row, prices: Mapping[str, int], covered: Mapping[str, bool], case: Row) -> Split:
    """Split a bill of several items by the shares of tariffs.yaml.

    `prices` are reference prices and public tariffs by code, `covered` says which codes the
    insurers pay at all (a code it does not name is covered).
    """
    parts = [
        split_item(
            quantity=item["quantity"],
            unit_price=item["unitPrice"],
            reference_price=item.get("referencePrice", prices.get(item["code"])),
            patient_percent=_share(percents, covered, case, item),
        )
        for item in case["items"]
    ]
    return add_up(parts)


def _share(percents: Row, covered: Mapping[str, bool], case: Row, item: Row) -> int:
    if not covered.get(item["code"], True):
        return int(percents["not_covered"])
    if case.get("fund") == "none":
        return int(percents["no_cover"])
    if case.get("fund") == "special_disease":
        return int(percents["special_disease"])
    if case.get("fund") == "rural" and case.get("referral"):
        return int(percents["rural_referral"][item.get("kind", "visit")])
    return int(percents[case["admission"]])


def second_payer(case: Row) -> tuple[int, int]:
    """Return (complementary share, what the patient still pays) of the patient's part.

    The percent of the part is rounded half up and never exceeds the cap.
    """
    part = int(case["patientPart"])
    asked = (2 * part * int(case["percent"]) + 100) // 200
    share = min(asked, int(case["cap"]), part)
    return share, part - share
