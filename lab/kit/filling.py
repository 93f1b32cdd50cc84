"""Fills the places of a message written as data: `$person P01` becomes the id of that person."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lab.kit.data import SyntheticData
from lab.kit.reply import MISSING, Reply, look_up
from lab.model.base import JsonValue
from lab.model.errors import HarnessDefect

if TYPE_CHECKING:
    from lab.kit.messages import Message

Done = tuple["Message", Reply]
First = Mapping[str, Done]


def fill(value: JsonValue, data: SyntheticData, label: str, first: First) -> JsonValue:
    """Return the value with every place filled; `first` holds what was done before, by name."""
    if isinstance(value, Mapping):
        return {key: fill(item, data, label, first) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, data, label, first) for item in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    word, *rest = shlex.split(value[1:])
    if word in MEMORY:
        return MEMORY[word](first[rest[0]], *rest[1:])
    if word in LABELLED:
        return LABELLED[word](data, f"{' '.join(rest)} {label}")
    if word not in WORDS:
        known = ", ".join(sorted({*MEMORY, *LABELLED, *WORDS}))
        raise HarnessDefect(f'"{value}" is no place a message can have', fix=f"Words: {known}.")
    return WORDS[word](data, *rest)


def _sent(done: Done, pointer: str) -> JsonValue:
    found = look_up(done[0].body, pointer)
    if found is MISSING:
        raise HarnessDefect(f"the message of {done[0].operation} has nothing at {pointer}")
    return found


def _known(done: Done, pointer: str) -> JsonValue:
    found = look_up(done[0].known, pointer)
    if found is MISSING:
        raise HarnessDefect(f"the builder of {done[0].operation} tells nothing at {pointer}")
    return found


def _address(done: Done, name: str) -> JsonValue:
    return (done[0].path or {})[name]


def _question(done: Done, name: str) -> JsonValue:
    return (done[0].query or {})[name]


def _correlation(done: Done) -> str:
    rows = done[1].exchange.request.headers
    return next(row.value for row in rows if row.name.lower() == "ditas-correlation")


def _council(data: SyntheticData, key: str) -> JsonValue:
    person = data.professional(key)
    return {"councilKind": person.council_kind, "councilNumber": person.council_number}


def _pack(data: SyntheticData, number: str, what: str = "uid") -> JsonValue:
    pack = data.world.packs[int(number)]
    return data.drug(pack.product) if what == "product" else getattr(pack, what)


WORDS: dict[str, Callable[..., JsonValue]] = {
    "person": SyntheticData.person_id,
    "patient": SyntheticData.patient,
    "signer": SyntheticData.signer,
    "phone": lambda data, key: data.person(key).phone,
    "council": _council,
    "drug": SyntheticData.drug,
    "diagnosis": SyntheticData.diagnosis,
    "concept": SyntheticData.concept,
    "versioned": lambda data, *which: data.versioned(data.concept(*which)),
    "reason": SyntheticData.reason,
    "frequency": SyntheticData.frequency,
    "route": SyntheticData.route,
    "siam": lambda data, key: data.centre(key).siam_id,
    "software": lambda data, key: data.world.software_of(key).software_id,
    "user": lambda data, person, centre: data.world.user_id(person, centre),
    "terminal": lambda data, key: data.centre(key).terminal_id,
    "pack": _pack,
    "now": lambda data, seconds="0": data.instant(seconds=float(seconds)),
    "day": lambda data, days="0": data.day(int(days)),
}
"""Words that know the synthetic world and the clock of the case."""

LABELLED: dict[str, Callable[[SyntheticData, str], JsonValue]] = {
    "uuid": SyntheticData.uuid,
    "key": SyntheticData.key,
}
"""Words whose value differs from message to message."""

MEMORY: dict[str, Callable[..., JsonValue]] = {
    "from": lambda done, pointer: done[1].required(pointer),
    "header": lambda done, name: done[1].header(name),
    "sent": _sent,
    "known": _known,
    "path": _address,
    "query": _question,
    "correlation": _correlation,
}
"""Words about what was done first: member or header of its answer, member of what was sent."""


def message_word(
    name: str, *, memory: bool = False
) -> Callable[[Callable[..., JsonValue]], Callable[..., JsonValue]]:
    """Register a word `$name`: its function gets the data of the case and the rest as texts.

    With `memory` it gets, instead of the data, the message and the answer its first text names.
    """
    words = MEMORY if memory else WORDS

    def register(function: Callable[..., JsonValue]) -> Callable[..., JsonValue]:
        if name in WORDS or name in LABELLED or name in MEMORY:
            raise HarnessDefect(f'the word "${name}" means something already')
        words[name] = function
        return function

    return register
