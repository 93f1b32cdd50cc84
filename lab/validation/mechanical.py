"""The second corpus: mutants made mechanically from the contracts, thousands, sampled by a seed.

Every good answer of every operation is walked along its published schema; each place gives the
changes that make sense for its type. Nothing here knows what the suites look at, so the share that
is noticed says something about them that seeded faults cannot.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence

from lab.kit.contract import Contracts, Operation, load_contracts
from lab.kit.messages import role_messages
from lab.model.base import JsonValue
from lab.model.roles import role_of
from lab.validation.corpus import Subject, SubjectKind

_DEPTH = 5
_OTHER_STATUS = {"200": 201, "201": 200, "202": 200, "204": 200}
_BY_TYPE = {
    "string": ("other", "retype", "empty"),
    "integer": ("one_more", "one_less", "retype"),
    "number": ("one_more", "one_less", "retype"),
    "boolean": ("negate", "retype"),
    "array": ("empty", "twice", "fewer", "reverse", "retype"),
    "object": ("retype",),
}
_TIMES = frozenset({"date", "date-time"})


def enumerate_mutants(role: str, pack: str = "erx-1401") -> tuple[str, ...]:
    """Return every mutant of a role as `service.operation change [argument]`, in order."""
    contracts = load_contracts(pack)
    every = (
        f"{operation.service}.{operation.id} {change}"
        for operation in role_messages(role_of(role)).operations
        for change in _changes(contracts, operation)
    )
    return tuple(dict.fromkeys(every))


def _changes(contracts: Contracts, operation: Operation) -> Iterator[str]:
    root = contracts.document(operation.service)
    responses = operation.definition.get("responses", {})
    code = min(code for code in responses if code.startswith("2"))
    response = _resolved(root, responses[code])
    yield f"status {_OTHER_STATUS[code]}"
    yield "stale"
    if operation.changes_state:
        yield "no_effect"
    for name, row in response.get("headers", {}).items():
        if _resolved(root, row).get("required"):
            yield f"no_header {name.lower()}"
    for media in response.get("content", {}).values():
        yield from _walk(root, media["schema"], "", depth=0)


def _walk(root: JsonValue, schema: JsonValue, pointer: str, depth: int) -> Iterator[str]:
    schema = _resolved(root, schema)
    for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        if depth < _DEPTH:
            yield from _walk(root, branch, pointer, depth + 1)
    kind = _type_of(schema)
    if pointer and kind:
        yield from (f"{change} {pointer}" for change in _of_value(kind, schema, pointer))
    if depth >= _DEPTH:
        return
    required = set(schema.get("required", ()))
    for name, row in schema.get("properties", {}).items():
        below = f"{pointer}/{name}"
        if name in required:
            yield f"drop {below}"
            yield f"null {below}"
        yield from _walk(root, row, below, depth + 1)
    if "items" in schema:
        yield from _walk(root, schema["items"], f"{pointer}/*", depth + 1)


def _of_value(kind: str, schema: JsonValue, pointer: str) -> Iterator[str]:
    if schema.get("format") in _TIMES:
        yield from ("later", "retype")
        return
    if "enum" in schema and kind == "string":
        if any(one != one.lower() for one in schema["enum"] if isinstance(one, str)):
            yield "lower"  # where all values are lower case it would change nothing
        yield from ("other", "retype")
        return
    for change in _BY_TYPE[kind]:
        if not (change == "empty" and pointer.endswith("/*")):
            yield change


def _type_of(schema: JsonValue) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind is None and "enum" in schema:
        kind = "string" if all(isinstance(one, str) for one in schema["enum"]) else None
    return str(kind) if kind in _BY_TYPE else ""


def _resolved(root: JsonValue, node: JsonValue) -> JsonValue:
    while isinstance(node, dict) and "$ref" in node:
        target: JsonValue = root
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def all_mutants(roles: Sequence[str]) -> tuple[Subject, ...]:
    """Return every mutant of the server roles among these, in order."""
    servers = [role for role in roles if role_of(role).is_server]
    return tuple(subject_of(role, mutant) for role in servers for mutant in enumerate_mutants(role))


def sample(roles: Sequence[str], count: int, seed: int) -> tuple[Subject, ...]:
    """Draw `count` mutants of these roles without repetition; the same seed draws the same ones."""
    every = all_mutants(roles)
    return tuple(random.Random(seed).sample(every, min(count, len(every))))  # noqa: S311 - no secret


def subject_of(role: str, mutant: str) -> Subject:
    """Return the subject of one mutant; its id follows from what it changes."""
    digest = hashlib.sha256(mutant.encode()).hexdigest()[:8].upper()
    return Subject(
        id=f"MUT-{role_of(role).prefix}-{digest}",
        kind=SubjectKind.MECHANICAL,
        role=role,
        title=mutant,
        point=mutant,
    )
