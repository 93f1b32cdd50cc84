"""The published contracts as the kit uses them: where an operation lives, what it may answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs

from fixtures import load_pack
from lab.kit.reply import JsonProblem, Reply, shown
from lab.kit.signals import HarnessProblem
from lab.model.base import JsonValue
from lab.model.errors import PackError
from lab.model.requirement import Level
from lab.model.verdict import Severity

_METHODS = ("get", "post", "put", "delete", "patch", "head", "options")


@dataclass(frozen=True)
class Operation:
    """One operation of one service; `path` is relative to `/{service}/v1`."""

    service: str
    id: str
    method: str
    path: str
    document: str | None  # document kind of the signed request body, if any
    definition: dict[str, JsonValue]

    @property
    def changes_state(self) -> bool:
        """Whether the profile demands an idempotency key."""
        return self.method in {"POST", "PUT", "DELETE"}


@dataclass(frozen=True)
class ContractProblem:
    """How an answer departs from the contract."""

    pointer: str
    expected: str
    observed: str


class Contracts:
    """All service contracts of one pack."""

    def __init__(self, documents: dict[str, dict[str, JsonValue]]) -> None:
        self._documents = documents
        self._validators: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @cached_property
    def _operations(self) -> dict[tuple[str, str], Operation]:
        found: dict[tuple[str, str], Operation] = {}
        for service, document in self._documents.items():
            prefix = f"/{service}/v1"
            for path, item in document.get("paths", {}).items():
                for method in _METHODS:
                    if method not in item:
                        continue
                    definition = item[method]
                    operation = Operation(
                        service=service,
                        id=definition["operationId"],
                        method=method.upper(),
                        path=path.removeprefix(prefix),
                        document=definition.get("requestBody", {}).get("x-ditas-document"),
                        definition=definition,
                    )
                    found[service, operation.id] = operation
        return found

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services with a contract."""
        return tuple(self._documents)

    def operation(self, service: str, operation_id: str) -> Operation:
        """Return one operation; HarnessProblem names the known ones when there is none."""
        try:
            return self._operations[service, operation_id]
        except KeyError:
            known = sorted(name for owner, name in self._operations if owner == service)
            raise HarnessProblem(
                f'the contract of "{service}" has no operation "{operation_id}"; '
                f"it has {', '.join(known) or 'none'}",
                pointer="contract",
            ) from None

    def owner(self, services: tuple[str, ...], operation_id: str) -> str:
        """Return the first of these services that has the operation, else the first of all."""
        having = (name for name in services if (name, operation_id) in self._operations)
        return next(having, services[0])

    def operations(self, service: str) -> tuple[Operation, ...]:
        """All operations of a service in the order of the contract."""
        return tuple(op for (owner, _), op in self._operations.items() if owner == service)

    def document(self, service: str) -> dict[str, JsonValue]:
        """Return the parsed OpenAPI document of a service."""
        return self._documents[service]

    def response_problem(self, reply: Reply) -> ContractProblem | None:
        """Return None when status, content type and body are as published."""
        if reply.exchange.response is None:
            return ContractProblem("status", "an answer", reply.summary())
        operation = self.operation(reply.service, reply.operation)
        root = self._documents[reply.service]
        declared = operation.definition.get("responses", {})
        response = declared.get(str(reply.status)) or declared.get("default")
        if response is None:
            statuses = ", ".join(sorted(declared))
            return ContractProblem("status", f"one of status {statuses}", reply.summary())
        response = _resolve(root, response)
        content = response.get("content", {})
        if not content:
            if reply.content:
                return ContractProblem("", "an empty body", f"{len(reply.content)} bytes")
            return None
        if reply.media_type not in content:
            return ContractProblem(
                "header:content-type", " or ".join(content), reply.media_type[:80] or "absent"
            )
        schema = content[reply.media_type].get("schema")
        return None if schema is None else self._body_problem(reply, schema)

    def _body_problem(self, reply: Reply, schema: JsonValue) -> ContractProblem | None:
        try:
            body = reply.parse()
        except JsonProblem as problem:
            return ContractProblem("", "strict JSON", str(problem))
        key = f"{reply.operation} {reply.status} {reply.media_type}"
        return self.schema_problem(reply.service, key, schema, body)

    def schema_problem(
        self, service: str, key: str, schema: JsonValue, value: JsonValue
    ) -> ContractProblem | None:
        """Validate a value against a schema of a service's document; `key` names the schema."""
        validator = self._validator(service, key, schema)
        errors = sorted(validator.iter_errors(value), key=lambda error: str(error.instance_path))
        if not errors:
            return None
        first = errors[0]
        pointer = "".join(
            f"/{str(p).replace('~', '~0').replace('/', '~1')}" for p in first.instance_path
        )
        rest = f" ({len(errors)} departures in all)" if len(errors) > 1 else ""
        rule = "/".join(str(part) for part in first.schema_path)
        return ContractProblem(
            pointer,
            f"the published schema ({rule})"[:300],
            f"{shown(first.instance)}: {first.message}"[:400] + rest,
        )

    def _validator(self, service: str, key: str, schema: JsonValue) -> Any:
        with self._lock:
            validator = self._validators.get((service, key))
            if validator is None:
                # Components travel along so that "#/components/..." references resolve.
                root = {"components": self._documents[service].get("components", {}), **schema}
                validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
                self._validators[service, key] = validator
            return validator


def _resolve(root: dict[str, JsonValue], node: JsonValue) -> JsonValue:
    while isinstance(node, dict) and "$ref" in node:
        target: JsonValue = root
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def fill_path(path: str, values: dict[str, str]) -> str:
    """Put percent-encoded values into a path template."""
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    if "{" in path:
        raise HarnessProblem(f"path {path} still has an empty place", pointer="contract")
    return path


def with_query(path: str, query: dict[str, str] | None) -> str:
    """Append an encoded query."""
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


@lru_cache(maxsize=4)
def load_contracts(pack: str) -> Contracts:
    """Contracts of a pack, read once per process."""
    return Contracts(dict(load_pack(pack).contracts))


@lru_cache(maxsize=4)
def _register(pack: str) -> Mapping[str, Any]:
    """Return requirements by id, once per process: the pack itself looks at all its files."""
    return load_pack(pack).requirements


def severity_of(pack: str, requirement_id: str) -> Severity:
    """Return the severity of one requirement; PackError when the register lacks it."""
    row = _register(pack).get(requirement_id)
    if row is None:
        raise PackError(
            f'requirement "{requirement_id}" is not in the register of {pack}',
            fix="Correct verifies= of the case, or add the requirement to the register.",
        )
    return Level(row["level"]).severity
