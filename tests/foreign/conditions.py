"""The condition language of `rules/language.yaml`, written from its comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any

_MISSING = object()
_COMPARE: dict[str, Callable[[Json, Json], bool]] = {
    "eq": lambda fact, value: bool(fact == value),
    "ne": lambda fact, value: bool(fact != value),
    "lt": lambda fact, value: bool(fact < value),
    "le": lambda fact, value: bool(fact <= value),
    "gt": lambda fact, value: bool(fact > value),
    "ge": lambda fact, value: bool(fact >= value),
    "in": lambda fact, value: fact in value,
    "has": lambda fact, value: value in fact,
    "hasAny": lambda fact, value: any(one in fact for one in value),
}


@dataclass(frozen=True)
class Situation:
    """All that is known of a question."""

    facts: Mapping[str, Mapping[str, Json]]
    items: Sequence[Mapping[str, Json]]
    active: Sequence[Mapping[str, Json]] = ()
    history: Sequence[Mapping[str, Json]] = ()
    observations: Sequence[Mapping[str, Json]] = ()


@dataclass(frozen=True)
class Place:
    """What `item.`, `this.` and `entry.` mean while a condition is read."""

    situation: Situation
    index: int | None = None
    bound: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)

    def fact(self, path: str) -> Json:
        group, _, name = path.partition(".")
        if group in self.bound:
            return self.bound[group].get(name, _MISSING)
        if group in {"item", "this"}:
            return _MISSING if self.index is None else self._item().get(name, _MISSING)
        return self.situation.facts.get(group, {}).get(name, _MISSING)

    def _item(self) -> Mapping[str, Json]:
        return self.situation.items[self.index or 0]

    def at(self, **bound: Mapping[str, Json]) -> Place:
        return Place(self.situation, self.index, {**self.bound, **bound})

    def others(self, where: Sequence[str]) -> list[Mapping[str, Json]]:
        found: list[Mapping[str, Json]] = []
        if "items" in where:
            found += [one for n, one in enumerate(self.situation.items) if n != self.index]
        if "active" in where:
            found += [one for one in self.situation.active if not one.get("ended")]
        return found


def holds(condition: Json, place: Place) -> bool:
    """Say whether a condition holds at a place."""
    if isinstance(condition, list):
        return _compared(place.fact(condition[0]), condition[1], condition[2], place)
    for name, reading in _FORMS.items():
        if name in condition:
            return reading(condition, place)
    raise ValueError(f"no such condition: {sorted(condition)}")


def _compared(fact: Json, operator: str, value: Json, place: Place) -> bool:
    if operator == "missing":
        return bool((fact is _MISSING) == value)
    wanted = place.fact(value["fact"]) if isinstance(value, Mapping) else value
    if fact is _MISSING or wanted is _MISSING:
        return False
    return _COMPARE[operator](fact, wanted)


def _other(condition: Json, place: Place) -> bool:
    mine = place.bound.get("item") or place._item()
    return any(
        holds(condition["other"], place.at(item=one, this=mine))
        for one in place.others(condition["in"])
    )


def _pair(condition: Json, place: Place) -> bool:
    first, second = condition["pair"]
    others = [place.at(item=one) for one in place.others(condition["in"])]
    return any(
        holds(mine, place) and any(holds(theirs, other) for other in others)
        for mine, theirs in ((first, second), (second, first))
    )


def _recent(wanted: Mapping[str, Json], place: Place) -> list[Mapping[str, Json]]:
    return sorted(
        (
            one
            for one in place.situation.observations
            if one["code"] == wanted["code"]
            and one["ageDays"] <= wanted["withinDays"]
            and wanted.get("unit", one["unit"]) == one["unit"]
        ),
        key=lambda one: int(one["ageDays"]),
    )


def _observation(condition: Json, place: Place) -> bool:
    recent = _recent(condition["observation"], place)
    return bool(recent) and _compared(
        recent[0]["value"], condition["op"], condition["value"], place
    )


def _count(condition: Json, place: Place) -> bool:
    counted = sum(
        1
        for one in place.situation.history
        if one["daysAgo"] <= condition["withinDays"]
        and holds(condition["where"], place.at(entry=one))
    )
    return _compared(counted, condition["op"], condition["value"], place)


def _sum(condition: Json, place: Place) -> bool:
    name = str(condition["sum"]).partition(".")[2]
    rows = [one for one in place.situation.items if holds(condition["where"], place.at(item=one))]
    total = sum(one[name] for one in rows if name in one)
    return _compared(total, condition["op"], condition["value"], place)


_FORMS: dict[str, Callable[[Json, Place], bool]] = {
    "all": lambda condition, place: all(holds(one, place) for one in condition["all"]),
    "any": lambda condition, place: any(holds(one, place) for one in condition["any"]),
    "not": lambda condition, place: not holds(condition["not"], place),
    "other": _other,
    "pair": _pair,
    "observation": _observation,
    "noObservation": lambda condition, place: not _recent(condition["noObservation"], place),
    "count": _count,
    "sum": _sum,
}


@dataclass(frozen=True)
class Hit:
    """A rule that spoke, of the item at `index` or of the whole (None)."""

    rule: Mapping[str, Json]
    index: int | None

    @property
    def kind(self) -> str:
        return str(self.rule["outcome"]["kind"])


def judge(rules: Sequence[Mapping[str, Json]], situation: Situation) -> list[Hit]:
    """Return what rules say, in their order."""
    hits = []
    for rule in rules:
        places: list[int | None] = [None]
        if rule.get("scope") == "item":
            places = list(range(len(situation.items)))
        hits += [Hit(rule, at) for at in places if holds(rule["when"], Place(situation, at))]
    return hits
