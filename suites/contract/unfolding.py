"""One operation of the published contract as a document that input generators understand.

A signed body is unfolded: in place of the JWS stands the schema of its content. What the seal adds
(context headers, keys) is left out; the kit adds it to every call. Path values are a document of
their own, because a wrong path and a wrong body are different mistakes.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.config import GenerationConfig
from schemathesis.generation import GenerationMode

from fixtures import load_pack
from fixtures.kept import Kept, content_key
from lab.model.base import JsonValue

JSON = "application/json"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
CONTENT = "payload"  # the generated thing, whatever it becomes on the wire


@lru_cache(maxsize=1024)
def _contract(name: str) -> tuple[dict[str, Any], str]:
    """Return contract and operation id of `service.operationId`; a bare id is the purchaser's."""
    service, _, operation_id = name.rpartition(".")
    return _contracts()[service or "purchaser"], operation_id


@lru_cache(maxsize=1)
def _contracts() -> Mapping[str, dict[str, Any]]:
    return load_pack("erx-1401").contracts


@lru_cache(maxsize=256)
def _definition(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    contract, operation_id = _contract(name)
    for item in contract["paths"].values():
        for definition in item.values():
            if isinstance(definition, dict) and definition.get("operationId") == operation_id:
                return definition, contract["components"]["schemas"]
    raise LookupError(f'no contract has an operation "{name}"')


def content_schema(operation_id: str) -> JsonValue:
    """Return the schema of the body or of its signed content, None without body."""
    definition, schemas = _definition(operation_id)
    for media in definition.get("requestBody", {}).get("content", {}).values():
        schema = media["schema"]
        if "x-ditas-document" in definition:
            outer = schemas[schema["$ref"].rsplit("/", 1)[1]]
            return outer["properties"][CONTENT]["contentSchema"]
        return schema
    return None


def path_schema(operation_id: str) -> tuple[str, JsonValue] | None:
    """Return name and schema of the path parameter, None when the path has none."""
    found = parameters(operation_id, "path")
    return next(iter(found.items()), None)


def parameters(operation_id: str, place: str) -> dict[str, JsonValue]:
    """Return the schemas of the parameters of one place (path, query), by name."""
    definition, _ = _definition(operation_id)
    rows = _contract(operation_id)[0].get("components", {}).get("parameters", {})
    full = [
        rows[row["$ref"].rsplit("/", 1)[1]] if "$ref" in row else row
        for row in definition.get("parameters", [])
    ]
    return {row["name"]: row["schema"] for row in full if row["in"] == place}


def required_headers(operation_id: str, status: int) -> tuple[str, ...]:
    """Return the header names the contract requires of an answer with this status."""
    definition, _ = _definition(operation_id)
    rows = _contract(operation_id)[0].get("components", {}).get("headers", {})
    found = definition.get("responses", {}).get(str(status), {}).get("headers", {})
    full = {
        name: rows[row["$ref"].rsplit("/", 1)[1]] if "$ref" in row else row
        for name, row in found.items()
    }
    return tuple(sorted(name for name, row in full.items() if row.get("required")))


def component_schemas(operation_id: str) -> dict[str, Any]:
    """Return the named schemas of the contract of an operation."""
    return _definition(operation_id)[1]


def is_valid(operation_id: str, schema: JsonValue, value: JsonValue) -> bool:
    """Give a second opinion on a generated value, by another validator than the generator's."""
    return _second_validator(operation_id, json.dumps(schema, sort_keys=True)).is_valid(value)


def allows_text(operation_id: str, schema: JsonValue, text: str) -> bool:
    """Whether a parameter written as this text is allowed; 12 is a number in an address too."""
    if is_valid(operation_id, schema, text):
        return True
    return bool(_INTEGER.fullmatch(text)) and is_valid(operation_id, schema, int(text))


@lru_cache(maxsize=1024)
def _second_validator(operation_id: str, schema: str) -> Draft202012Validator:
    """Return the validator of a schema written as text; making one costs more than asking it."""
    _, schemas = _definition(operation_id)
    return Draft202012Validator({"components": {"schemas": schemas}, **json.loads(schema)})


def _partial(schemas: dict[str, Any], schema: JsonValue, free: tuple[str, ...]) -> JsonValue:
    """Return the schema of the free members alone; generating the rest would only cost time."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in schema:
        schema = schema["oneOf"][0]
    if schema.get("type") == "array":
        return {**schema, "items": _partial(schemas, schema["items"], free), "maxItems": 2}
    heads = {path.split("/")[0] for path in free}
    below = {
        head: tuple(p.split("/", 1)[1] for p in free if p.startswith(head + "/")) for head in heads
    }
    members = {
        head: _partial(schemas, schema["properties"][head], below[head])
        if below[head]
        else schema["properties"][head]
        for head in sorted(heads)
    }
    required = [name for name in schema.get("required", []) if name in heads]
    return {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


def _document(operation_id: str, free: tuple[str, ...], place: str) -> dict[str, Any]:
    _, schemas = _definition(operation_id)
    operation: dict[str, Any] = {"responses": {"200": {"description": "any"}}}
    path = "/content"
    if place:
        where, _, name = place.partition(":")
        schema = parameters(operation_id, where)[name]
        # A query value is generated as a path value too: what is wrong with it is the same.
        path = "/content/{" + name + "}"
        operation["parameters"] = [{"name": name, "in": "path", "required": True, "schema": schema}]
    else:
        schema = content_schema(operation_id)
        if free:
            schema = _partial(schemas, schema, free)
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": operation_id, "version": "1"},
        "paths": {path: {"post": operation}},
        "components": {"schemas": copy.deepcopy(schemas)},
    }


@lru_cache(maxsize=256)
def _operation(operation_id: str, *, place: str = "", free: tuple[str, ...] = ()) -> Any:
    document = _document(operation_id, free, place)
    loaded = schemathesis.openapi.from_dict(document)
    return loaded[next(iter(document["paths"]))]["POST"]


@lru_cache(maxsize=1024)
def _made(
    operation_id: str, mode: GenerationMode, *, place: str = "", free: tuple[str, ...] = ()
) -> st.SearchStrategy[Any]:
    """Return the generator of an operation; making one costs far more than drawing from it."""
    operation = _operation(operation_id, place=place, free=free)
    return cast("st.SearchStrategy[Any]", operation.as_strategy(generation_mode=mode))


@lru_cache(maxsize=256)
def spoiled_bodies(operation_id: str) -> tuple[JsonValue, ...]:
    """Return bodies that break a single keyword of the schema each, listed rather than drawn.

    Members dropped, of another type, out of bounds, unknown. What the second validator allows is
    left out. A listed body costs a fifth of a drawn one, and none comes twice.
    """
    return _kept("spoiled", operation_id, "", lambda: _spoiled(operation_id))


def _spoiled(operation_id: str) -> list[JsonValue]:
    operation = _operation(operation_id)
    cases = operation.schema.iter_coverage_cases(
        operation,
        generation_modes=[GenerationMode.NEGATIVE],
        generation_config=GenerationConfig(),
    )
    schema = content_schema(operation_id)
    listed: dict[str, JsonValue] = {}
    for case in cases:
        if _is_body(case.body):
            body = whole(case.body)
            listed.setdefault(json.dumps(body, sort_keys=True), body)
    return [body for body in listed.values() if not is_valid(operation_id, schema, body)]


def _kept(
    kind: str, operation_id: str, further: str, make: Callable[[], list[JsonValue]]
) -> tuple[JsonValue, ...]:
    """Return a list that an earlier process made of the same contract in the same way, or make it.

    Listing takes up to a second for an operation and comes out the same in every process.
    """
    kept = Kept(f"{kind}-{operation_id}")
    key = content_key(f"{_makers()} {further}", (Path(__file__),))
    stored = kept.read(key)
    if stored is None:
        stored = json.dumps(make()).encode()
        kept.write(key, stored)
    return tuple(json.loads(stored))


@lru_cache(maxsize=1)
def _makers() -> str:
    """Return what a list depends on beside this file: the pack and the tools that make it."""
    tools = (f"{name} {version(name)}" for name in ("schemathesis", "hypothesis", "jsonschema"))
    return " ".join((load_pack("erx-1401").hash, *tools))


def get_ready(operation_id: str, free: tuple[str, ...]) -> None:
    """Make the generators of an operation beforehand, for processes that fork afterwards."""
    if free:
        _made(operation_id, GenerationMode.POSITIVE, free=free).validate()
    if content_schema(operation_id) is not None:
        _made(operation_id, GenerationMode.NEGATIVE, free=free).validate()
        spoiled_bodies(operation_id)
    for where in ("path", "query"):
        for name in parameters(operation_id, where):
            _made(operation_id, GenerationMode.NEGATIVE, place=f"{where}:{name}").validate()


def good_bodies(operation_id: str, free: tuple[str, ...]) -> st.SearchStrategy[JsonValue]:
    """Return values for the free members of a body, as the published schema allows them."""
    made = _made(operation_id, GenerationMode.POSITIVE, free=free)
    return made.map(lambda case: whole(case.body))


def bad_bodies(
    operation_id: str, free: tuple[str, ...], honest: JsonValue
) -> st.SearchStrategy[JsonValue]:
    """Return bodies that the published schema forbids, drawn beyond the listed `spoiled_bodies`.

    They spoil the free members of an honest message, or the whole of one without free members.
    """
    spoiled = _made(operation_id, GenerationMode.NEGATIVE, free=free)
    bodies = spoiled.map(lambda case: case.body).filter(_is_body)
    if free:
        bodies = bodies.map(lambda body: mix(honest, body, free))
    return bodies.map(whole)


def bad_paths(operation_id: str) -> st.SearchStrategy[str]:
    """Return path values that the published schema forbids."""
    name, _ = path_schema(operation_id) or ("", None)
    return bad_values(operation_id, "path", name)


def bad_values(operation_id: str, where: str, name: str) -> st.SearchStrategy[str]:
    """Return values of one parameter (`where` path or query) that the schema forbids."""
    made = _made(operation_id, GenerationMode.NEGATIVE, place=f"{where}:{name}")
    values = made.map(lambda case: unquote(str(case.path_parameters[name])))
    return values.filter(lambda text: text.strip("./ ") != "")


def whole(value: JsonValue) -> JsonValue:
    """Write 30.0 as 30: they are one number, and how it is spelled is disputed."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return value


def _is_body(value: JsonValue) -> bool:
    return value is None or isinstance(value, (dict, list, str, int, float, bool))


def mix(honest: JsonValue, made: JsonValue, free: tuple[str, ...]) -> JsonValue:
    """Return the honest message with the generated values of its free members.

    `free` are paths such as `note` or `items/instruction`; below a list every honest entry takes
    its value from the generated entry at the same place, the last one serving for the rest.
    """
    result = copy.deepcopy(honest)
    for path in free:
        _mix(result, made, path.split("/"))
    return result


def _mix(target: JsonValue, source: JsonValue, path: list[str]) -> None:
    if isinstance(target, list):
        if isinstance(source, list) and source:
            for place, entry in enumerate(target):
                _mix(entry, source[min(place, len(source) - 1)], path)
        return
    if not isinstance(target, dict) or not isinstance(source, dict):
        return
    name = path[0]
    if len(path) > 1:
        _mix(target.get(name), source.get(name), path[1:])
    elif name in source:
        target[name] = source[name]
    else:
        target.pop(name, None)


@lru_cache(maxsize=256)
def good_boundaries(operation_id: str, free: tuple[str, ...], most: int) -> tuple[JsonValue, ...]:
    """Return values at the bounds of the free members, at most so many, spread over all of them.

    Shortest and longest text, smallest and largest number, every value of an enumeration.
    """
    return _kept(
        "bounds", operation_id, f"{free} {most}", lambda: _bounds(operation_id, free, most)
    )


def _bounds(operation_id: str, free: tuple[str, ...], most: int) -> list[JsonValue]:
    operation = _operation(operation_id, free=free)
    cases = operation.schema.iter_coverage_cases(
        operation,
        generation_modes=[GenerationMode.POSITIVE],
        generation_config=GenerationConfig(),
    )
    bodies = [whole(case.body) for case in cases if isinstance(case.body, (dict, list))]
    step = max(1, -(-len(bodies) // most))
    return bodies[::step]
