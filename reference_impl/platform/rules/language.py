"""The closed condition language of the rule banks, compiled to predicates once.

A condition sees a `View`: the facts of the case, the item being looked at (`item`), the item being
judged (`this`) and, inside a count, an entry of the history. A missing fact fulfils no comparison.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

Group = Mapping[str, Any]
EMPTY: Group = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known when rules are asked, in the groups of the language."""

    groups: Mapping[str, Group]
    items: Sequence[Group] = ()
    active: Sequence[Group] = ()
    history: Sequence[Group] = ()
    observations: Sequence[Group] = ()


class View(NamedTuple):
    """What one condition looks at."""

    case: Case
    item: Group = EMPTY
    this: Group = EMPTY
    entry: Group = EMPTY


@dataclass(frozen=True, slots=True)
class Reading:
    """How conditions are read. Anything but the defaults is a seeded mistake of a vendor."""

    limits_reached: bool = False
    windows_exclusive: bool = False
    missing_differs: bool = False
    oldest_measurement: bool = False
    stale_measurements: bool = False
    units_ignored: bool = False
    pairs_one_way: bool = False
    own_duplicate: bool = False
    sums_one_item: bool = False


Test = Callable[[View], bool]
Fact = Callable[[View], Any]
Compare = Callable[[Any, Any], bool]

_PLAIN = Reading()
_LOCAL = frozenset({"item", "this", "entry"})
_COMPARE: dict[str, Compare] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "in": lambda fact, allowed: fact in allowed,
    "has": lambda fact, wanted: wanted in fact,
    "hasAny": lambda fact, wanted: not set(wanted).isdisjoint(fact),
}


class NotOfTheLanguage(ValueError):
    """A condition with a form or operator the language does not have."""


def compiled(condition: Any, reading: Reading = _PLAIN) -> Test:
    """Turn a condition into a predicate. Raises NotOfTheLanguage."""
    return _Compiler(reading).test(condition)


def fact(path: str) -> Fact:
    """Return what reads a fact such as `item.quantity`, None when it is not known."""
    group, _, name = path.partition(".")
    if group in _LOCAL:
        local = operator.attrgetter(group)
        return lambda view: local(view).get(name)
    return lambda view: view.case.groups.get(group, EMPTY).get(name)


def value(stated: Any) -> Fact:
    """Return what yields a literal, or the fact that `{fact: path}` names."""
    if isinstance(stated, Mapping):
        return fact(stated["fact"])
    return lambda _view: stated


class _Compiler:
    """Compiles conditions under one reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def test(self, condition: Any) -> Test:
        if isinstance(condition, list):
            return self._comparison(*condition)
        forms: dict[str, Callable[[Any], Test]] = {
            "all": self._all,
            "any": self._any,
            "not": self._not,
            "other": self._other,
            "pair": self._pair,
            "observation": self._observation,
            "noObservation": self._no_observation,
            "count": self._count,
            "sum": self._sum,
        }
        for name, form in forms.items():
            if name in condition:
                return form(condition)
        raise NotOfTheLanguage(f"no condition has the members {sorted(condition)}")

    def _compare(self, name: str) -> Compare:
        if name not in _COMPARE:
            raise NotOfTheLanguage(f'no operator "{name}"')
        if self.reading.limits_reached:
            name = {"gt": "ge", "lt": "le"}.get(name, name)
        return _COMPARE[name]

    def _comparison(self, path: str, name: str, stated: Any) -> Test:
        known = fact(path)
        if name == "missing":
            return lambda view: (known(view) is None) is stated
        compare, wanted = self._compare(name), value(stated)
        blank = self.reading.missing_differs and name == "ne"

        def holds(view: View) -> bool:
            left, right = known(view), wanted(view)
            if left is None or right is None:
                return blank
            return compare(left, right)

        return holds

    def _all(self, condition: Any) -> Test:
        parts = [self.test(one) for one in condition["all"]]
        return lambda view: all(part(view) for part in parts)

    def _any(self, condition: Any) -> Test:
        parts = [self.test(one) for one in condition["any"]]
        return lambda view: any(part(view) for part in parts)

    def _not(self, condition: Any) -> Test:
        part = self.test(condition["not"])
        return lambda view: not part(view)

    def _other(self, condition: Any) -> Test:
        return self._somewhere(self.test(condition["other"]), condition["in"])

    def _pair(self, condition: Any) -> Test:
        first, second = (self.test(one) for one in condition["pair"])
        other_first = self._somewhere(first, condition["in"])
        other_second = self._somewhere(second, condition["in"])
        if self.reading.pairs_one_way:
            return lambda view: first(view) and other_second(view)
        return lambda view: (
            (first(view) and other_second(view)) or (second(view) and other_first(view))
        )

    def _somewhere(self, test: Test, places: Sequence[str]) -> Test:
        """Hold when another item, or a medicine still taken, fulfils the test."""
        own = self.reading.own_duplicate

        def holds(view: View) -> bool:
            case, this = view.case, view.this
            if "items" in places:
                for other in case.items:
                    if (own or other is not this) and test(View(case, other, this, view.entry)):
                        return True
            if "active" in places:
                for other in case.active:
                    if test(View(case, other, this, view.entry)):
                        return True
            return False

        return holds

    def _observation(self, condition: Any) -> Test:
        wanted, limit = condition["observation"], condition["value"]
        compare, reading = self._compare(condition["op"]), self.reading

        def holds(view: View) -> bool:
            recent = self._recent(view, wanted)
            if not recent:
                return False
            pick = max if reading.oldest_measurement else min
            seen = pick(recent, key=lambda one: one["ageDays"])
            same_unit = reading.units_ignored or seen["unit"] == wanted["unit"]
            return bool(same_unit and compare(seen["value"], limit))

        return holds

    def _no_observation(self, condition: Any) -> Test:
        wanted = condition["noObservation"]
        return lambda view: not self._recent(view, wanted)

    def _recent(self, view: View, wanted: Group) -> list[Group]:
        within = wanted["withinDays"]
        return [
            one
            for one in view.case.observations
            if one["code"] == wanted["code"]
            and (self.reading.stale_measurements or one["ageDays"] <= within)
        ]

    def _count(self, condition: Any) -> Test:
        if condition["count"] != "history":
            raise NotOfTheLanguage(f'nothing to count in "{condition["count"]}"')
        where, compare = self.test(condition["where"]), self._compare(condition["op"])
        within, limit = condition["withinDays"], condition["value"]
        if self.reading.windows_exclusive:
            within -= 1

        def holds(view: View) -> bool:
            number = sum(
                1
                for one in view.case.history
                if one["daysAgo"] <= within and where(View(view.case, view.item, view.this, one))
            )
            return compare(number, limit)

        return holds

    def _sum(self, condition: Any) -> Test:
        where, compare = self.test(condition["where"]), self._compare(condition["op"])
        amount, limit = fact(condition["sum"]), condition["value"]

        def holds(view: View) -> bool:
            items = [view.this] if self.reading.sums_one_item else view.case.items
            views = [View(view.case, one, view.this) for one in items]
            return compare(sum(amount(one) or 0 for one in views if where(one)), limit)

        return holds
