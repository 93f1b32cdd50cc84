"""A second, small evaluator of the rule banks, for the worked examples only.

Written from `rules/language.yaml`; it shares no code with the reference or the oracles.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

Facts = Mapping[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda fact, value: fact in value,
    "has": lambda fact, value: value in fact,
    "hasAny": lambda fact, value: bool(set(fact) & set(value)),
}


class Case:
    """The input of one example; `drugs` completes items that only name a medicine."""

    def __init__(self, given: Facts, drugs: Mapping[str, Facts]) -> None:
        self.given = given
        self.items = [_completed(item, drugs) for item in given.get("items", ())]
        self.active = [
            _completed(item, drugs) for item in given.get("active", ()) if not item["ended"]
        ]

    def hits(self, rules: Iterable[Facts], position: str) -> list[tuple[Facts, int | None]]:
        """Return every rule that hits at a position, with the number of the item from 1."""
        insurer = self.given.get("cover", {}).get("insurer")
        found: list[tuple[Facts, int | None]] = []
        for rule in rules:
            if position not in rule["positions"] or insurer not in rule.get("insurers", [insurer]):
                continue
            if rule.get("scope", "item") == "prescription":
                if self._holds(rule["when"], {}):
                    found.append((rule, None))
                continue
            for number, item in enumerate(self.items, 1):
                if self._holds(rule["when"], {"item": item, "this": item}):
                    found.append((rule, number))
        return found

    def amounts(self, found: list[tuple[Facts, int | None]]) -> dict[str, int]:
        """Return total and shares in rial for the calculations among the hits."""
        total = patient = 0
        for number, item in enumerate(self.items, 1):
            outcomes = [r["outcome"] for r, n in found if n == number]
            shares = [o for o in outcomes if "patientPercent" in o]
            percent = max(shares, key=lambda o: o["rank"])["patientPercent"]
            price = item["unitPrice"]
            basis = price
            if any(o.get("basis") == "tariff" for o in outcomes):
                basis = min(price, item["tariff"])
            part = Fraction(basis * item["quantity"] * percent, 100)
            rounded = int(part + Fraction(1, 2))
            total += price * item["quantity"]
            patient += rounded + (price - basis) * item["quantity"]
        return {"total": total, "insurerShare": total - patient, "patientShare": patient}

    def proposed(self, rule: Facts, item: int) -> Any:
        """Return the value a proposal offers for an item."""
        return self._value(rule["outcome"]["to"], {"item": self.items[item - 1]})

    def _holds(self, condition: Any, scope: Facts) -> bool:
        if isinstance(condition, list):
            path, op, value = condition
            return self._compares(path, op, value, scope)
        if "all" in condition or "any" in condition:
            join = all if "all" in condition else any
            return join(self._holds(c, scope) for c in condition.get("all") or condition["any"])
        if "not" in condition:
            return not self._holds(condition["not"], scope)
        if "other" in condition or "pair" in condition:
            return self._meets(condition, scope)
        return self._aggregates(condition, scope)

    def _meets(self, condition: Facts, scope: Facts) -> bool:
        if "other" in condition:
            return self._another(condition["other"], condition["in"], scope)
        first, second = condition["pair"]
        return any(
            self._holds(mine, scope) and self._another(theirs, condition["in"], scope)
            for mine, theirs in ((first, second), (second, first))
        )

    def _aggregates(self, condition: Facts, scope: Facts) -> bool:
        compare = COMPARE[condition.get("op", "eq")]
        if "count" in condition:
            entries = [
                entry
                for entry in self.given.get("history", ())
                if entry["daysAgo"] <= condition["withinDays"]
                and self._holds(condition["where"], {**scope, "entry": entry})
            ]
            return compare(len(entries), condition["value"])
        if "sum" in condition:
            values = [
                self._fact(condition["sum"], {"item": item})
                for item in self.items
                if self._holds(condition["where"], {"item": item})
            ]
            return compare(sum(v for v in values if v is not None), condition["value"])
        wanted = condition.get("observation") or condition["noObservation"]
        recent = [
            seen
            for seen in self.given.get("patient", {}).get("observations", ())
            if seen["code"] == wanted["code"] and seen["ageDays"] <= wanted["withinDays"]
        ]
        if "noObservation" in condition:
            return not recent
        if not recent:
            return False
        newest = min(recent, key=lambda seen: seen["ageDays"])
        return newest["unit"] == wanted["unit"] and compare(newest["value"], condition["value"])

    def _another(self, condition: Any, places: list[str], scope: Facts) -> bool:
        this = scope["this"]
        others = [i for i in self.items if i is not this] if "items" in places else []
        others += self.active if "active" in places else []
        return any(self._holds(condition, {**scope, "item": other}) for other in others)

    def _compares(self, path: str, op: str, value: Any, scope: Facts) -> bool:
        fact = self._fact(path, scope)
        if op == "missing":
            return (fact is None) is value
        wanted = self._value(value, scope)
        return fact is not None and wanted is not None and COMPARE[op](fact, wanted)

    def _value(self, value: Any, scope: Facts) -> Any:
        return self._fact(value["fact"], scope) if isinstance(value, dict) else value

    def _fact(self, path: str, scope: Facts) -> Any:
        group, name = path.split(".")
        holder = scope.get(group, self.given.get(group, {}))
        return holder.get(name)


def _completed(item: Facts, drugs: Mapping[str, Facts]) -> dict[str, Any]:
    known = drugs.get(item["code"], {})
    atc = known.get("atc", "-")
    return {
        **({"generic": known["generic"]} if known else {}),
        **({"atc": atc} if atc != "-" else {}),
        **item,
    }
