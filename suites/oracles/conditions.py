"""Conditions of the rule banks, written from the closed language of the pack (rules/language.yaml).

`compiled` turns a condition once into a function of the facts. What the language does not have is
refused when it is compiled, never guessed when it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What is known about one case.

    `groups` are patient, prescription, prescriber, centre, cover, covers, hid and context;
    `items` the items asked for, `active` the medicines still taken, `history` past entries.
    """

    groups: Mapping[str, Row]
    items: tuple[Row, ...] = ()
    active: tuple[Row, ...] = ()
    history: tuple[Row, ...] = ()
    observations: tuple[Row, ...] = ()


@dataclass(frozen=True)
class View:
    """One look at the facts: the item judged (`this`), the item a comparison speaks of."""

    facts: Facts
    judged: int | None = None
    item: Row = field(default_factory=dict)
    entry: Row = field(default_factory=dict)

    def read(self, path: str) -> Any:
        """Return a fact, None when it is not known."""
        group, _, name = path.partition(".")
        if group == "item":
            return self.item.get(name)
        if group == "this":
            return None if self.judged is None else self.facts.items[self.judged].get(name)
        if group == "entry":
            return self.entry.get(name)
        return self.facts.groups.get(group, {}).get(name)

    def of_item(self, item: Row) -> View:
        """Return the same view with comparisons about another item."""
        return View(self.facts, self.judged, item, self.entry)

    def of_entry(self, entry: Row) -> View:
        """Return the same view with comparisons about an entry of the history."""
        return View(self.facts, self.judged, self.item, entry)


Predicate = Callable[[View], bool]
Comparison = Callable[[Any, Any], bool]

_COMPARISONS: dict[str, Comparison] = {
    "eq": lambda known, wanted: bool(known == wanted),
    "ne": lambda known, wanted: bool(known != wanted),
    "lt": lambda known, wanted: bool(known < wanted),
    "le": lambda known, wanted: bool(known <= wanted),
    "gt": lambda known, wanted: bool(known > wanted),
    "ge": lambda known, wanted: bool(known >= wanted),
    "in": lambda known, wanted: known in wanted,
    "has": lambda known, wanted: wanted in known,
    "hasAny": lambda known, wanted: any(one in known for one in wanted),
}


class NotInLanguage(ValueError):
    """A condition the closed language does not have."""


def compiled(condition: Any) -> Predicate:
    """Return the condition as a function; raises NotInLanguage for anything unknown."""
    if isinstance(condition, list):
        return _comparison(condition)
    if not isinstance(condition, Mapping):
        raise NotInLanguage(f"{condition!r} is no condition")
    for members, builder in _FORMS:
        if set(condition) == members:
            return builder(condition)
    raise NotInLanguage(f"no condition has the members {sorted(condition)}")


def value_of(value: Any) -> Callable[[View], Any]:
    """Return a literal, or a fact named by `{fact: path}`, as a function."""
    if isinstance(value, Mapping):
        path = value["fact"]
        return lambda view: view.read(path)
    return lambda _view: value


def _comparison(triple: list[Any]) -> Predicate:
    if len(triple) != 3:  # noqa: PLR2004 - fact, operator, value
        raise NotInLanguage(f"{triple} is not [fact, operator, value]")
    path, operator, value = triple
    if operator == "missing":
        return lambda view: (view.read(path) is None) == value
    compare, wanted = _operator(operator), value_of(value)

    def holds(view: View) -> bool:
        known, against = view.read(path), wanted(view)
        # An unknown fact fulfils no comparison, not even "known and not equal".
        return known is not None and against is not None and compare(known, against)

    return holds


def _operator(name: str) -> Comparison:
    if name not in _COMPARISONS:
        raise NotInLanguage(f'there is no operator "{name}"')
    return _COMPARISONS[name]


def _all(condition: Row) -> Predicate:
    parts = [compiled(part) for part in condition["all"]]
    return lambda view: all(part(view) for part in parts)


def _any(condition: Row) -> Predicate:
    parts = [compiled(part) for part in condition["any"]]
    return lambda view: any(part(view) for part in parts)


def _not(condition: Row) -> Predicate:
    part = compiled(condition["not"])
    return lambda view: not part(view)


def _others(view: View, places: Iterable[str]) -> list[Row]:
    found: list[Row] = []
    for place in places:
        if place == "items":
            found += [row for n, row in enumerate(view.facts.items) if n != view.judged]
        elif place == "active":
            found += view.facts.active
        else:
            raise NotInLanguage(f'there is no place "{place}"')
    return found


def _other(condition: Row) -> Predicate:
    part, places = compiled(condition["other"]), tuple(condition["in"])
    return lambda view: any(part(view.of_item(row)) for row in _others(view, places))


def _pair(condition: Row) -> Predicate:
    one, two = (compiled(part) for part in condition["pair"])
    places = tuple(condition["in"])

    def holds(view: View) -> bool:
        for mine, theirs in ((one, two), (two, one)):
            if mine(view) and any(theirs(view.of_item(row)) for row in _others(view, places)):
                return True
        return False

    return holds


def _newest(facts: Facts, code: str, days: int) -> Row | None:
    recent = [row for row in facts.observations if row["code"] == code and row["ageDays"] <= days]
    return min(recent, key=lambda row: row["ageDays"], default=None)


def _observation(condition: Row) -> Predicate:
    asked, compare = condition["observation"], _operator(condition["op"])

    def holds(view: View) -> bool:
        newest = _newest(view.facts, asked["code"], asked["withinDays"])
        if newest is None or newest["unit"] != asked["unit"]:
            return False  # a value in another unit says nothing, and an older one is outdated by it
        return compare(newest["value"], condition["value"])

    return holds


def _no_observation(condition: Row) -> Predicate:
    asked = condition["noObservation"]
    return lambda view: _newest(view.facts, asked["code"], asked["withinDays"]) is None


def _count(condition: Row) -> Predicate:
    if condition["count"] != "history":
        raise NotInLanguage(f'"{condition["count"]}" cannot be counted')
    part, compare = compiled(condition["where"]), _operator(condition["op"])

    def holds(view: View) -> bool:
        number = sum(
            row["daysAgo"] <= condition["withinDays"] and part(view.of_entry(row))
            for row in view.facts.history
        )
        return compare(number, condition["value"])

    return holds


def _sum(condition: Row) -> Predicate:
    part, compare = compiled(condition["where"]), _operator(condition["op"])
    path = condition["sum"]

    def holds(view: View) -> bool:
        looks = [view.of_item(row) for row in view.facts.items]
        known = [look.read(path) for look in looks if part(look)]
        return compare(sum(value for value in known if value is not None), condition["value"])

    return holds


_FORMS: tuple[tuple[set[str], Callable[[Row], Predicate]], ...] = (
    ({"all"}, _all),
    ({"any"}, _any),
    ({"not"}, _not),
    ({"other", "in"}, _other),
    ({"pair", "in"}, _pair),
    ({"observation", "op", "value"}, _observation),
    ({"noObservation"}, _no_observation),
    ({"count", "where", "withinDays", "op", "value"}, _count),
    ({"sum", "where", "op", "value"}, _sum),
)
