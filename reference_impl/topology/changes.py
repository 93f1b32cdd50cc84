"""How a mechanical mutant changes an answer: members, values, entries, status, headers, age."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Answered:
    """One answer as bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


_REMOVED = object()


def _other_text(value: str) -> str:
    """Return a text of the same form: the last digit or letter is another one."""
    for place in range(len(value) - 1, -1, -1):
        letter = value[place]
        if letter.isdigit() and letter.isascii():
            return value[:place] + str((int(letter) + 1) % 10) + value[place + 1 :]
        if letter.isascii() and letter.isalpha():
            turned = chr(ord(letter) + (-1 if letter in "zZ" else 1))
            return value[:place] + turned + value[place + 1 :]
    return value + "1"


def _retyped(value: Any) -> Any:
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool | int | float):
        return str(value)
    return {"value": value} if isinstance(value, list) else json.dumps(value)


def _later(value: Any) -> Any:
    moment = datetime.fromisoformat(value) + timedelta(days=1)
    return moment.isoformat() if "T" in value else moment.date().isoformat()


VALUES: dict[str, Callable[[Any], Any]] = {
    "drop": lambda _value: _REMOVED,
    "null": lambda _value: None,
    "retype": _retyped,
    "one_more": lambda value: value + 1,
    "one_less": lambda value: value - 1,
    "negate": lambda value: not value,
    "other": _other_text,
    "lower": str.lower,
    "empty": lambda value: type(value)(),
    "twice": lambda value: value + value,
    "fewer": lambda value: value[1:],
    "reverse": lambda value: value[::-1],
    "later": _later,
}
"""Changes of one value of the body, by name."""
_OF: dict[str, tuple[type, ...]] = {
    "one_more": (int, float),
    "one_less": (int, float),
    "negate": (bool,),
    "other": (str,),
    "lower": (str,),
    "empty": (str, list),
    "twice": (list,),
    "fewer": (list,),
    "reverse": (list,),
    "later": (str,),
}
"""Types a change is made for; a null, or the value of another branch of a schema, stays."""


@dataclass
class Change:
    """One change. `status`, `no_header`, `stale` and `no_effect` concern the answer as a whole."""

    name: str
    argument: str = ""
    _first: Answered | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Change:
        """Read `drop /kind`, `status 200`, `stale`; ValueError for anything else."""
        name, _, argument = text.strip().partition(" ")
        if name in VALUES and argument.startswith("/"):
            return cls(name, argument)
        if (name == "status" and argument.isdigit()) or (name == "no_header" and argument):
            return cls(name, argument)
        if name in {"stale", "no_effect"} and not argument:
            return cls(name)
        raise ValueError(f'"{text}" is no change')

    def instead(self) -> Answered | None:
        """Return the answer to give without executing anything, None to execute."""
        return self._first if self.name == "no_effect" else None

    def apply(self, answer: Answered) -> Answered:
        """Return the changed answer; the same when there is nothing to change in it."""
        if self.name in {"stale", "no_effect"}:
            first, self._first = self._first, self._first or answer
            return first or answer
        if self.name == "status":
            return replace(answer, status=int(self.argument))
        if self.name == "no_header":
            kept = tuple(row for row in answer.headers if row[0].lower() != self.argument)
            return replace(answer, headers=kept)
        if not answer.body:
            return answer
        value = json.loads(answer.body)
        changed = _at(copy.deepcopy(value), self.argument.split("/")[1:], self._of_value)
        if changed == value and type(changed) is type(value):
            return answer
        text = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
        return replace(answer, body=text.encode())

    def _of_value(self, value: Any) -> Any:
        fits = isinstance(value, _OF.get(self.name, object))
        return VALUES[self.name](value) if fits else value


def _at(value: Any, path: list[str], change: Callable[[Any], Any]) -> Any:
    """Apply the change below `value`; `*` stands for every entry. What is absent stays so."""
    if not path:
        return change(value)
    head, rest = path[0], path[1:]
    if head == "*" and isinstance(value, list):
        made = [_at(entry, rest, change) for entry in value]
        return [entry for entry in made if entry is not _REMOVED]
    if isinstance(value, dict) and head in value:
        made = _at(value[head], rest, change)
        if made is _REMOVED:
            del value[head]
        else:
            value[head] = made
    return value
