"""An honest message with one mistake each: dropped, retyped, out of bounds, one member too many.

The same for the values in its address. Everything else of the message stays honest, so that a
product can refuse it only for the mistake. The mistakes come from the published schema at each
place; what the second validator allows after all is left out.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

from lab.model.base import JsonValue
from suites.contract.unfolding import (
    allows_text,
    component_schemas,
    content_schema,
    is_valid,
    parameters,
)

_STRANGER: Final = "unknownMember"
_OTHER_TYPES: Final[tuple[JsonValue, ...]] = (None, 7, "seven", True, [], {})
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_BOUNDS: Final = (("maximum", 1), ("minimum", -1))
_NO_NUMBERS: Final = ("seven", "1.5", "1e3", "0x10", "+", "true", "null", "9" * 40)
_NO_WORDS: Final = ("null", "-", "seven words' -- and; more", "7" * 300)
_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
Place = tuple[str | int, ...]


def spoiled_messages(operation_id: str, honest: JsonValue) -> tuple[JsonValue, ...]:
    """Return the honest body with one mistake each, in the order of its members."""
    schema = content_schema(operation_id)
    return tuple(
        one
        for one in edited_messages(operation_id, honest)
        if not is_valid(operation_id, schema, one)
    )


def edited_messages(operation_id: str, honest: JsonValue) -> tuple[JsonValue, ...]:
    """Return the same without asking the second validator, which takes most of the time."""
    schema = content_schema(operation_id)
    schemas = component_schemas(operation_id)
    made = (
        _edited(honest, place, edit)
        for place, value, known in _places(schemas, (), honest, _flat(schemas, schema))
        for edit in _edits(place, value, known)
    )
    # Branches of one schema often set the same bound.
    return tuple({json.dumps(body, sort_keys=True): body for body in made}.values())


def spoiled_values(operation_id: str, where: str, name: str, honest: str | None) -> tuple[str, ...]:
    """Return texts of one parameter (`where` path or query) with one mistake each.

    They stay close to the honest value, where the message has one: cut off, one character longer,
    of the other case, in Persian digits, just out of bounds.
    """
    schema = parameters(operation_id, where)[name]
    made = [
        text
        for one in _flat(component_schemas(operation_id), schema)
        for text in _texts(one, honest)
    ]
    return tuple(
        text
        for text in dict.fromkeys(made)
        if text.strip("./ ") and not allows_text(operation_id, schema, text)
    )


def _texts(schema: dict[str, Any], honest: str | None) -> Iterator[str]:
    numeric = schema.get("type") in {"integer", "number"}
    yield from _NO_NUMBERS if numeric else _NO_WORDS
    yield from (str(schema[bound] + by) for bound, by in _BOUNDS if bound in schema)
    example = next(iter(schema.get("examples", schema.get("enum", ("12",)))))
    base = str(example) if honest is None else honest
    yield from (base[:-1], base + base[-1:], f"{base}!", f" {base}", base.swapcase())
    yield base.translate(_PERSIAN_DIGITS)
    if "maxLength" in schema:
        yield base.ljust(schema["maxLength"] + 1, base[-1:] or "x")


class _Drop:
    """Type of the edit that takes a member away."""


_DROP: Final = _Drop()


def _flat(schemas: dict[str, Any], schema: Any) -> list[dict[str, Any]]:
    """Return a schema and all its branches, references resolved."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    branches = [one for word in _BRANCHES for one in schema.get(word, [])]
    return [schema, *(part for one in branches for part in _flat(schemas, one))]


def _places(
    schemas: dict[str, Any], place: Place, value: JsonValue, known: list[dict[str, Any]]
) -> Iterator[tuple[Place, JsonValue, list[dict[str, Any]]]]:
    """Yield every place of a value with the schemas that speak about it; of a list its first."""
    yield place, value, known
    below: list[tuple[str | int, JsonValue, list[Any]]] = []
    if isinstance(value, dict):
        below = [
            (
                name,
                value[name],
                [one["properties"][name] for one in known if name in one.get("properties", {})],
            )
            for name in sorted(value)
        ]
    elif isinstance(value, list) and value:
        below = [(0, value[0], [one["items"] for one in known if "items" in one])]
    for step, inner, about in below:
        flat = [part for one in about for part in _flat(schemas, one)]
        yield from _places(schemas, (*place, step), inner, flat)


def _edits(place: Place, value: JsonValue, known: list[dict[str, Any]]) -> Iterator[Any]:
    if place and isinstance(place[-1], str):
        yield _DROP
    yield from (other for other in _OTHER_TYPES if type(other) is not type(value))
    for one in known:
        yield from _beyond(value, one)
    if isinstance(value, dict) and place:
        yield {**value, _STRANGER: 1}


def _beyond(value: JsonValue, schema: dict[str, Any]) -> Iterator[JsonValue]:
    """Yield values of the same type just beyond the bounds of one schema."""
    if isinstance(value, str):
        if "maxLength" in schema:
            yield (value or "x").ljust(schema["maxLength"] + 1, "x")
        if schema.get("minLength"):
            yield value[: schema["minLength"] - 1]
        if not schema.keys().isdisjoint({"pattern", "enum", "const"}):
            yield f"{value}!"
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value + 0.5
        yield from (schema[bound] + by for bound, by in _BOUNDS if bound in schema)
    elif isinstance(value, list):
        if schema.get("minItems"):
            yield value[: schema["minItems"] - 1]
        if "maxItems" in schema:
            yield value[:1] * (schema["maxItems"] + 1)


def _edited(honest: JsonValue, place: Place, edit: Any) -> JsonValue:
    """Return a copy of the message in which only this place differs."""
    if not place:
        return edit
    result = copy.deepcopy(honest)
    holder: Any = result
    for step in place[:-1]:
        holder = holder[step]
    if edit is _DROP:
        del holder[place[-1]]
    else:
        holder[place[-1]] = edit
    return result
