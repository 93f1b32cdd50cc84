"""The lines of a claim with what the code book and the tariff say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.adjudication.domain import Line
from reference_impl.platform.codes import CodeBook

VISIT = "visit"
_LIMITS = ("maxQuantity", "maxPerCourse")


@dataclass(frozen=True)
class Ceilings:
    """The most a centre of a sector may ask for a visit, by year; amounts in rial."""

    years: tuple[tuple[date, date, str], ...]
    amounts: Mapping[tuple[str, str, str], int]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Ceilings:
        """Read the tariff years of the pack."""
        return cls(
            tuple(
                (
                    date.fromisoformat(one["validFrom"]),
                    date.fromisoformat(one["validUntil"]),
                    one["year"],
                )
                for one in table["years"]
            ),
            {
                (one["year"], one["code"], one["sector"]): int(one["ceiling"])
                for one in table["visits"]
            },
        )

    def on(self, day: date, code: str, sector: str) -> int | None:
        """Return the ceiling of a visit on a day; None for what has none or no published year."""
        year = next((name for first, last, name in self.years if first <= day <= last), None)
        return None if year is None else self.amounts.get((year, code, sector))


def claimed_lines(
    claim: Mapping[str, Any],
    sector: str,
    book: CodeBook,
    ceilings: Ceilings,
    repeated: frozenset[str],
) -> tuple[Line, ...]:
    """Return the lines of a claim as the rules need them; `repeated` are item ids."""
    day = date.fromisoformat(claim["servedOn"])
    return tuple(
        Line(
            item_ref=one["itemId"],
            quantity=one["quantity"],
            unit_price=one["unitPrice"],
            insurer_share=one["cost"]["insurerShare"],
            most=_most(_properties(one, book)),
            ceiling=ceilings.on(day, one["code"]["code"], sector),
            repeated=one["itemId"] in repeated,
        )
        for one in claim["items"]
    )


def visit_keys(claim: Mapping[str, Any], book: CodeBook) -> tuple[tuple[str, str], ...]:
    """Return item id and code of every visit of a claim: one visit is paid once."""
    return tuple(
        (one["itemId"], one["code"]["code"])
        for one in claim["items"]
        if _properties(one, book).get("kind") == VISIT
    )


def _properties(one: Mapping[str, Any], book: CodeBook) -> Mapping[str, Any]:
    versions = book.versions(one["code"]["system"], one["code"]["code"])
    found: Mapping[str, Any] = versions[-1].properties if versions else {}
    return found


def _most(row: Mapping[str, Any]) -> int | None:
    if row.get("kind") == VISIT:
        return 1
    return next((int(row[name]) for name in _LIMITS if row.get(name) is not None), None)
