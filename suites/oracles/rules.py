"""Which rules of a bank hit a case, and what follows for each item and for the amounts.

Written from rules/language.yaml, RUL-056 (order of evaluation) and the sentence at the head of
rules/insurance.yaml (rank of calculations). Rules are data of the pack; the caller passes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from suites.oracles.conditions import Facts, Predicate, Row, View, compiled, value_of
from suites.oracles.pricing import Split, add_up, split_item

STRENGTH = ("calculation", "advice", "proposal", "warning", "reject")
_LISTED = ("items", "active", "history")


@dataclass(frozen=True)
class Hit:
    """One rule that hits; `item` counts from 1 and is None for rules about the prescription."""

    rule: str
    kind: str
    item: int | None = None
    proposed: int | None = None
    outcome: Row | None = None


class Undecided(ValueError):
    """No rule says who pays an item."""


class Bank:
    """The rules of one bank, compiled; `medicines` completes items that only name a code."""

    def __init__(self, rules: Iterable[Row], medicines: Mapping[str, Row]) -> None:
        ordered = sorted(rules, key=lambda rule: ("insurers" in rule, rule["id"]))
        self._rules: list[tuple[Row, Predicate]] = [(r, compiled(r["when"])) for r in ordered]
        self._medicines = medicines

    def facts(self, case: Row) -> Facts:
        """Return the facts of a case as the worked examples write them."""
        patient = dict(case.get("patient", {}))
        observations = tuple(patient.pop("observations", ()))
        groups = {name: row for name, row in case.items() if name not in _LISTED}
        return Facts(
            groups={**groups, "patient": patient},
            items=tuple(self._completed(row) for row in case.get("items", ())),
            active=tuple(
                self._completed(row) for row in case.get("active", ()) if not row.get("ended")
            ),
            history=tuple(case.get("history", ())),
            observations=observations,
        )

    def hits(self, facts: Facts, position: str, day: str | None = None) -> list[Hit]:
        """Return every hit at a position in the order of evaluation; `day` is an ISO date.

        Common rules come first, then those of the insurer of the cover, each by id.
        """
        insurer = facts.groups.get("cover", {}).get("insurer")
        found: list[Hit] = []
        for rule, holds in self._rules:
            if position not in rule["positions"] or not _in_force(rule, day):
                continue
            if "insurers" in rule and insurer not in rule["insurers"]:
                continue
            views: list[tuple[int | None, View]] = [(None, View(facts))]
            if rule.get("scope", "item") == "item":
                views = [(n + 1, View(facts, n, row)) for n, row in enumerate(facts.items)]
            found += [_hit(rule, number, view) for number, view in views if holds(view)]
        return found

    def _completed(self, item: Row) -> Row:
        known = self._medicines.get(str(item.get("code")), {})
        names = ("generic", "atc")
        return {**{n: known[n] for n in names if known.get(n, "-") != "-"}, **item}


def strongest(hits: Iterable[Hit]) -> str | None:
    """Return the strongest kind among hits, None when nothing hits."""
    kinds = [hit.kind for hit in hits]
    return max(kinds, key=STRENGTH.index, default=None)


def amounts(facts: Facts, hits: Iterable[Hit]) -> Split:
    """Return who pays how much for all items.

    The highest rank decides the percent of each item; a `basis: tariff` limits the basis to the
    tariff or reference price. Raises Undecided for an item without a share.
    """
    listed = list(hits)
    parts = []
    for number, item in enumerate(facts.items, 1):
        outcomes = [h.outcome for h in listed if h.item == number and h.outcome is not None]
        parts.append(_split(number, item, [o for o in outcomes if o["kind"] == "calculation"]))
    return add_up(parts)


def _split(number: int, item: Row, outcomes: list[Row]) -> Split:
    shares = [row for row in outcomes if "patientPercent" in row]
    if not shares:
        raise Undecided(f"no rule gives a share for item {number}")
    ranks = [row["rank"] for row in shares]
    percents = {row["patientPercent"] for row in shares if row["rank"] == max(ranks)}
    if len(percents) != 1:
        raise Undecided(f"rules of one rank give item {number} the shares {sorted(percents)}")
    limited = any(row.get("basis") == "tariff" for row in outcomes)
    return split_item(
        quantity=item["quantity"],
        unit_price=item["unitPrice"],
        reference_price=item["tariff"] if limited else None,
        patient_percent=percents.pop(),
    )


def _in_force(rule: Row, day: str | None) -> bool:
    if day is None:
        return True
    return bool(rule["validFrom"] <= day <= rule.get("validUntil", "9999-12-31"))


def _hit(rule: Row, number: int | None, view: View) -> Hit:
    outcome = rule["outcome"]
    proposed: Any = None
    if outcome["kind"] == "proposal":
        proposed = value_of(outcome["to"])(view)
    return Hit(rule["id"], outcome["kind"], number, proposed, outcome)
