"""A rule bank that answers which rules hit a case at a position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reference_impl.platform.rules.language import Case, Reading, Test, View, compiled, value

_ANCHORS = ("generic", "code")
"""Facts of an item that most rules ask first; rules are found by their value."""
_TRIPLE = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a bank, ready to be asked."""

    id: str
    positions: frozenset[str]
    per_item: bool
    insurers: frozenset[str] | None  # None: common to all
    kind: str
    outcome: Mapping[str, Any]
    overridable: bool
    valid_from: date
    valid_until: date | None
    text: Mapping[str, Any]  # the row of the pack
    test: Test

    def in_force(self, day: date) -> bool:
        """Say whether the rule is valid on a day, both bounds included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def of(self, insurer: str | None) -> bool:
        """Say whether the rule speaks for an insurer: common rules do, others' rules never."""
        return self.insurers is None or insurer in self.insurers


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that speaks: of one item (its index), or of the whole (None).

    `proposed` is what a proposal offers.
    """

    rule: Rule
    item: int | None = None
    proposed: Any = None


@dataclass(slots=True)
class _Index:
    """The rules of one position, by what an item must be for them to speak."""

    anywhere: list[int] = field(default_factory=list)
    anchored: dict[tuple[str, Any], list[int]] = field(default_factory=dict)

    def add(self, number: int, anchor: set[tuple[str, Any]] | None) -> None:
        if anchor is None:
            self.anywhere.append(number)
        for key in anchor or ():
            self.anchored.setdefault(key, []).append(number)

    def candidates(self, case: Case) -> list[tuple[int, Iterable[int]]]:
        """Return the rules that can speak, in their order, with the items they can speak of."""
        everything = range(len(case.items))
        wanted: dict[int, Iterable[int]] = dict.fromkeys(self.anywhere, everything)
        found: dict[int, list[int]] = {}
        for index, item in enumerate(case.items):
            keys = {(name, item.get(name)) for name in _ANCHORS}
            numbers = {number for key in keys for number in self.anchored.get(key, ())}
            for number in numbers:
                found.setdefault(number, []).append(index)
        wanted.update(found)
        return sorted(wanted.items())


class Bank:
    """The rules of one bank in the order they are told: common ones, then insurers' own. [RUL-056].

    Rules are found by position and by the generic name or code they are about, so that the cost of
    a question follows the rules that can speak, not the size of the bank.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], reading: Reading | None = None) -> None:
        rules = [_rule(row, reading or Reading()) for row in rows]
        self.rules = tuple(sorted(rules, key=lambda one: (one.insurers is not None, one.id)))
        self.by_id = {one.id: one for one in self.rules}
        self._at: dict[str, _Index] = {}
        for number, rule in enumerate(self.rules):
            anchor = _anchor(rule.text["when"]) if rule.per_item else None
            for position in rule.positions:
                self._at.setdefault(position, _Index()).add(number, anchor)

    def hits(
        self, case: Case, position: str, *, insurer: str | None = None, day: date | None = None
    ) -> list[Hit]:
        """Return every hit in order of the rules, then of the items.

        `day` leaves out rules that are not valid then; None asks the whole bank.
        """
        asked = [View(case, item, item) for item in case.items]
        whole = View(case)
        found: list[Hit] = []
        for number, indexes in self._at.get(position, _Index()).candidates(case):
            rule = self.rules[number]
            if not rule.of(insurer) or (day is not None and not rule.in_force(day)):
                continue
            if not rule.per_item:
                found += [Hit(rule)] if rule.test(whole) else []
                continue
            found += [_hit(rule, i, asked[i]) for i in indexes if rule.test(asked[i])]
        return found


def _hit(rule: Rule, index: int, view: View) -> Hit:
    offered = value(rule.outcome["to"])(view) if rule.kind == "proposal" else None
    return Hit(rule, index, offered)


def _rule(row: Mapping[str, Any], reading: Reading) -> Rule:
    insurers = row.get("insurers")
    until = row.get("validUntil")
    return Rule(
        id=row["id"],
        positions=frozenset(row["positions"]),
        per_item=row.get("scope", "item") == "item",
        insurers=None if insurers is None else frozenset(insurers),
        kind=row["outcome"]["kind"],
        outcome=row["outcome"],
        overridable=bool(row.get("overridable", False)),
        valid_from=date.fromisoformat(str(row["validFrom"])),
        valid_until=None if until is None else date.fromisoformat(str(until)),
        text=row,
        test=compiled(row["when"], reading),
    )


def _anchor(condition: Any) -> set[tuple[str, Any]] | None:
    """Return (fact, value) pairs of which an item must have one for the condition to hold."""
    if isinstance(condition, list):
        return _anchor_of(condition)
    if "all" in condition:
        found = [one for part in condition["all"] if (one := _anchor(part)) is not None]
        return min(found, key=len, default=None)
    if "pair" in condition:
        first, second = (_anchor(part) for part in condition["pair"])
        return None if first is None or second is None else first | second
    return None


def _anchor_of(comparison: list[Any]) -> set[tuple[str, Any]] | None:
    path, name, stated = comparison if len(comparison) == _TRIPLE else ("", "", None)
    group, _, field = str(path).partition(".")
    if group != "item" or field not in _ANCHORS or isinstance(stated, Mapping):
        return None
    if name == "eq":
        return {(field, stated)}
    if name == "in" and isinstance(stated, list):
        return {(field, one) for one in stated}
    return None
