"""Words of examples for values that are the product's to choose within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from lab.kit import Message, Reply, SyntheticData, look_up, message_word, same_json, shown
from lab.model.base import JsonValue
from suites.answers.forms import ABSENT, ANY, Form, instant

TOLERANCE = 300
"""Seconds by which clocks may differ, as for seals (docs/wire.md)."""
_ROUNDED = 0.001
_PARTS = ("p50", "p95", "p99")


@message_word("any")
def anything(_data: SyntheticData) -> Form:
    """Whatever the schema allows, but something."""
    return ANY


@message_word("absent")
def nothing(_data: SyntheticData) -> Form:
    """No such member, or null."""
    return ABSENT


@message_word("about")
def about(data: SyntheticData, seconds: str = "0", tolerance: str = str(TOLERANCE)) -> Form:
    """Return the form of an instant close to the case clock moved by `seconds`."""
    wanted = data.now + timedelta(seconds=float(seconds))
    allowed = timedelta(seconds=float(tolerance))

    def fits(value: JsonValue) -> bool:
        moment = instant(value)
        return moment is not None and abs(moment - wanted) <= allowed

    return Form(f"an instant within {tolerance} s of {data.instant(seconds=float(seconds))}", fits)


@message_word("until")
def until(data: SyntheticData, seconds: str) -> Form:
    """Return the form of an instant from now on, `seconds` away at most."""
    first = data.now - timedelta(seconds=TOLERANCE)
    last = data.now + timedelta(seconds=float(seconds) + TOLERANCE)

    def fits(value: JsonValue) -> bool:
        moment = instant(value)
        return moment is not None and first <= moment <= last

    return Form(f"an instant within the next {seconds} s", fits)


@message_word("between")
def between(_data: SyntheticData, least: str, most: str) -> Form:
    """Return the form of a number within bounds."""

    def fits(value: JsonValue) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and float(least) <= value <= float(most)

    return Form(f"a number from {least} to {most}", fits)


@message_word("like")
def like(_data: SyntheticData, pattern: str) -> Form:
    """Return the form of a text that matches a regular expression as a whole."""

    def fits(value: JsonValue) -> bool:
        return isinstance(value, str) and re.fullmatch(pattern, value) is not None

    return Form(f"a text like {pattern}", fits)


def exactly(value: JsonValue) -> Form:
    """Return the form of a value that comes back as it was, entries in their order."""
    return Form(f"exactly {shown(value)}", lambda found: same_json(value, found))


@message_word("whole", memory=True)
def whole(done: tuple[Message, Reply], pointer: str) -> Form:
    """Return the form of what was sent, as it was sent: `$whole asked /bundle`."""
    return exactly(look_up(done[0].body, pointer))


@message_word("highest", memory=True)
def highest(done: tuple[Message, Reply], pointer: str, member: str) -> JsonValue:
    """Return the highest value of a member of a list: `$highest asked /changes sequence`.

    A page of a feed that is empty leads to where it was asked from.
    """
    rows = done[1].required(pointer)
    entries = rows if isinstance(rows, list) else []
    values = [row.get(member) for row in entries if isinstance(row, dict)]
    numbers = [value for value in values if type(value) is int]
    return max(numbers, default=int((done[0].query or {}).get("after", 0)))


@message_word("counted")
def counted(_data: SyntheticData) -> Form:
    """Counters of traffic that agree with each other: parts of a whole, shares of it, limits."""
    return Form("counters that agree with each other", _agree)


_COUNTERS = ("calls", "faults", "refusals", "p50Ms", "p95Ms", "errorShare", "errorShareLimit")


def _agree(row: JsonValue) -> bool:
    if not isinstance(row, dict) or not _numbers(row, _COUNTERS):
        return False
    calls, faults = row.get("calls", 0), row.get("faults", 0)
    parts = faults + row.get("refusals", 0)
    whole = faults / calls if calls else 0
    in_order = row.get("p50Ms", 0) <= row.get("p95Ms", 0)
    as_shared = abs(row.get("errorShare", whole) - whole) <= _ROUNDED
    return bool(parts <= calls and in_order and as_shared and _within(row))


def _numbers(row: dict[str, JsonValue], names: Iterable[str]) -> bool:
    return all(type(row[name]) in {int, float} for name in names if name in row)


def _within(row: dict[str, JsonValue]) -> bool:
    """Say whether what was observed rises, and whether it is rightly said to keep the limits."""
    seen, limits = row.get("observedMs"), row.get("limitMs")
    if seen is None or "within" not in row:
        return True
    if not isinstance(seen, dict) or not isinstance(limits, dict):
        return False
    if not set(_PARTS) <= seen.keys() & limits.keys():
        return False
    if not _numbers(seen, _PARTS) or not _numbers(limits, _PARTS):
        return False
    rising = seen["p50"] <= seen["p95"] <= seen["p99"]
    kept = all(seen[part] <= limits[part] for part in _PARTS)
    share = row.get("errorShare", 0) <= row.get("errorShareLimit", 1)
    return bool(rising and row["within"] is (kept and share))


@message_word("one_of")
def one_of(_data: SyntheticData, *texts: str) -> Form:
    """One of several texts."""
    return Form(" or ".join(texts), lambda value: value in texts)


@message_word("by_today")
def by_today(data: SyntheticData) -> Form:
    """Return the form of a day that has come."""
    today = data.day()
    return Form(f"a day until {today}", lambda value: isinstance(value, str) and value <= today)


@message_word("from_today")
def from_today(data: SyntheticData) -> Form:
    """Return the form of a day that is not over yet."""
    today = data.day()
    return Form(f"a day from {today} on", lambda value: isinstance(value, str) and value >= today)
