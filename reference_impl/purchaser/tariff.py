"""Answers for the tariff of a day: the public amount of a visit and the patient's percentage.

Rows come from the pack by Jalali year. A row with an insurer holds for that insurer only; of the
rows that fit the most special one counts: insurer, then fund, kind of service, referral. The year
is the one of the day of service in Tehran. [RUL-046]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

ANY = "any"
RULE_LENGTH = 3
"""Answers name the rule by letter and number; the letter behind tells rows of one rule apart."""


@dataclass(frozen=True)
class Share:
    """Who pays how much of the basis: the patient's percentage and the rule that says so."""

    patient_percent: int
    rule: str


@dataclass(frozen=True)
class Need:
    """What a share depends on besides the year."""

    insurer: str
    fund: str
    kind: str
    inpatient: bool = False
    referred: bool = False


@dataclass(frozen=True)
class Year:
    """The tariff of one Jalali year."""

    name: str
    first: date
    last: date
    visits: Mapping[str, int]  # public amount in rial by code
    shares: tuple[Mapping[str, Any], ...]

    def public_amount(self, code: str) -> int | None:
        """Return the public amount of a visit, None for what is priced by its code alone."""
        return self.visits.get(code)

    def share(self, need: Need) -> Share:
        """Return the share of the most special row that fits."""
        fitting = [row for row in self.shares if _fits(row, need)]
        if not fitting:
            message = f"no share of {self.name} fits fund {need.fund} of insurer {need.insurer}"
            raise LookupError(message)
        row = max(fitting, key=_weight)
        return Share(int(row["patientPercent"]), str(row["rule"])[:RULE_LENGTH])


@dataclass(frozen=True)
class Tariff:
    """All published years, the oldest first."""

    years: tuple[Year, ...]

    def on(self, day: date) -> Year:
        """Return the year of a day; outside the published years the nearest one."""
        for year in self.years:
            if day <= year.last:
                return year
        return self.years[-1]


def tariff_of(table: Mapping[str, Any]) -> Tariff:
    """Read the tariff years of the pack."""
    return Tariff(tuple(_year(row, table) for row in table["years"]))


def _year(row: Mapping[str, Any], table: Mapping[str, Any]) -> Year:
    name = row["year"]
    return Year(
        name,
        date.fromisoformat(row["validFrom"]),
        date.fromisoformat(row["validUntil"]),
        {
            one["code"]: int(one["ceiling"])
            for one in table["visits"]
            if one["year"] == name and one["sector"] == "public"
        },
        tuple(one for one in table["shares"] if one["year"] == name),
    )


def _fits(row: Mapping[str, Any], need: Need) -> bool:
    admission = "inpatient" if need.inpatient else "outpatient"
    return (
        row.get("insurer", need.insurer) == need.insurer
        and row["fund"] in {ANY, need.fund}
        and row["admission"] in {ANY, admission}
        and row["kind"] in {ANY, need.kind}
        and row["referral"] in {ANY, need.referred}
    )


def _weight(row: Mapping[str, Any]) -> tuple[bool, ...]:
    return ("insurer" in row, *(row[name] != ANY for name in ("fund", "kind", "referral")))
