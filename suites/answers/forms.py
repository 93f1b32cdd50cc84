"""Comparing an answer with what it should be: values, and forms where a value is the product's.

Members an example does not name may have any value; `name?` is compared where it is there. Lists
are compared without order, unless `$in_order` is said. Instants are compared as instants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lab.kit import same_json, shown
from lab.model.base import JsonValue

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Difference:
    """Where an answer is another one."""

    pointer: str
    expected: str
    observed: str


@dataclass(frozen=True)
class Form:
    """A value that is the product's to choose, within what the pack says of it."""

    told: str
    fits: Callable[[JsonValue], bool]


def instant(value: JsonValue) -> datetime | None:
    """Return the instant a text names, None for everything else."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def difference(expected: JsonValue, found: JsonValue, pointer: str = "") -> Difference | None:
    """Return the first difference between an answer and what it should be, None without one."""
    if isinstance(expected, Form):
        held = expected.fits(found)
        return None if held else Difference(pointer, expected.told, shown(found))
    if isinstance(expected, Mapping):
        if any(key.startswith("$") for key in expected):
            return _list_difference(expected, found, pointer)
        return _object_difference(expected, found, pointer)
    if isinstance(expected, list):
        return _list_difference({"$exactly": expected}, found, pointer)
    if _same(expected, found):
        return None
    return Difference(pointer, f"= {shown(expected)}", shown(found))


def in_order(value: JsonValue) -> JsonValue:
    """Return a value that somebody signed: its lists are compared with their order."""
    if isinstance(value, Mapping):
        return {name: in_order(part) for name, part in value.items()}
    return {"$in_order": [in_order(one) for one in value]} if isinstance(value, list) else value


def _same(expected: JsonValue, found: JsonValue) -> bool:
    moment, other = instant(expected), instant(found)
    if moment is not None and other is not None:
        return abs(moment - other) < _SECOND  # fractions of a second are the writer's
    return same_json(expected, found)


def _object_difference(
    expected: Mapping[str, JsonValue], found: JsonValue, pointer: str
) -> Difference | None:
    if not isinstance(found, Mapping):
        return Difference(pointer, "an object", shown(found))
    for name, value in expected.items():
        member = name.removesuffix("?")
        place = f"{pointer}/{member}"
        if value is ABSENT:
            if found.get(member) is not None:
                return Difference(place, "nothing there", shown(found[member]))
            continue
        if member not in found:
            if member == name:
                return Difference(place, f"= {_told(value)}", "nothing there")
            continue
        problem = difference(value, found[member], place)
        if problem is not None:
            return problem
    return None


def _list_difference(
    laws: Mapping[str, JsonValue], found: JsonValue, pointer: str
) -> Difference | None:
    if not isinstance(found, list):
        return Difference(pointer, "a list", shown(found))
    for law, value in laws.items():
        problem = _LAWS[law](value, found, pointer)
        if problem is not None:
            return problem
    return None


def _exactly(rows: Sequence[JsonValue], found: list[JsonValue], at: str) -> Difference | None:
    if len(rows) != len(found):
        return Difference(
            at, f"{len(rows)} entries: {_told(rows)}", f"{len(found)}: {shown(found)}"
        )
    if len(rows) == 1:
        return difference(rows[0], found[0], f"{at}/0")
    return _among(rows, found, at)


def _in_order(rows: Sequence[JsonValue], found: list[JsonValue], at: str) -> Difference | None:
    if len(rows) != len(found):
        return _exactly(rows, found, at)
    pairs = enumerate(zip(rows, found, strict=True))
    told = (difference(row, entry, f"{at}/{place}") for place, (row, entry) in pairs)
    return next((one for one in told if one is not None), None)


def _among(rows: Sequence[JsonValue], found: list[JsonValue], at: str) -> Difference | None:
    left = list(found)
    for row in rows:
        place = next((n for n, one in enumerate(left) if difference(row, one) is None), None)
        if place is None:
            nearest = _nearest(row, left, found, at)
            return nearest or Difference(at, f"an entry {_told(row)}", shown(found, 400))
        del left[place]
    return None


def _nearest(
    row: JsonValue, left: list[JsonValue], found: list[JsonValue], at: str
) -> Difference | None:
    """Return what is wrong with the only entry of the same name, where there is one."""
    if not isinstance(row, Mapping) or not row:
        return None
    name, value = next(iter(row.items()))
    alike = [one for one in left if isinstance(one, Mapping) and one.get(name) == value]
    return difference(row, alike[0], f"{at}/{found.index(alike[0])}") if len(alike) == 1 else None


def _perhaps(rows: Sequence[JsonValue], found: list[JsonValue], at: str) -> Difference | None:
    """Return what is wrong with entries that need not be there, known by their first member."""
    for row in rows:
        name, value = next(iter(row.items()))
        told = [
            difference(row, one, f"{at}/{place}")
            for place, one in enumerate(found)
            if isinstance(one, Mapping) and one.get(name.removesuffix("?")) == value
        ]
        if told and None not in told:
            return told[0]
    return None


def _every(row: JsonValue, found: list[JsonValue], at: str) -> Difference | None:
    told = (difference(row, entry, f"{at}/{place}") for place, entry in enumerate(found))
    return next((one for one in told if one is not None), None)


def _distinct(name: str, found: list[JsonValue], at: str) -> Difference | None:
    values = [one.get(name) if name and isinstance(one, Mapping) else one for one in found]
    again = next((one for n, one in enumerate(values) if one in values[:n]), None)
    if again is None:
        return None
    return Difference(at, f"every {name or 'entry'} once", f"{shown(again)} twice")


def _rising(name: str, found: list[JsonValue], at: str) -> Difference | None:
    values: list[Any] = [one.get(name) for one in found if isinstance(one, Mapping)]
    try:
        sorted_values = sorted(values)
    except TypeError:
        return Difference(at, f"{name} in order", shown(values))
    return None if values == sorted_values else Difference(at, f"{name} in order", shown(values))


_LAWS: Mapping[str, Callable[..., Difference | None]] = {
    "$exactly": _exactly,
    "$in_order": _in_order,
    "$among": _among,
    "$perhaps": _perhaps,
    "$every": _every,
    "$distinct": _distinct,
    "$rising": _rising,
}
"""What may be said of a list, in the place of its entries."""


def _told(value: JsonValue) -> str:
    return shown(_plain(value))


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, Form):
        return f"<{value.told}>"
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


ANY = Form("something", lambda value: value is not None)
ABSENT = Form("nothing", lambda value: value is None)
