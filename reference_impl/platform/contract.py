"""The contract of a service, compiled: routes, parameters, body schemas, document types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema_rs

from fixtures import Pack
from reference_impl.platform.message import Incoming
from reference_impl.platform.problem import FieldError, Refusal

METHODS = ("get", "put", "post", "delete", "patch")
MAX_ERRORS = 20
_CONTRACT = "urn:contract"
_DOCUMENT_SCHEMAS = {
    "prescription": "PrescriptionDocument",
    "amendment": "AmendmentDocument",
    "cancellation": "CancellationDocument",
    "dispense": "DispenseDocument",
    "service-record": "ServiceRecordDocument",
}
# The seal has its own refusals for these; the parameters of the contract only describe them.
_SEALED = frozenset(
    {"ditas-centre", "ditas-software", "ditas-user", "ditas-correlation", "idempotency-key"}
)


class _Schema:
    """A compiled schema; instance values never appear in its messages."""

    def __init__(self, schema: Mapping[str, Any], registry: jsonschema_rs.Registry) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(
            dict(schema), registry=registry, validate_formats=True, mask="the value"
        )

    def errors(self, value: Any, *, accept_unknown: bool = False) -> tuple[FieldError, ...]:
        if self._validator.is_valid(value):
            return ()
        found: list[FieldError] = []
        for error in self._validator.iter_errors(value):
            if accept_unknown and error.kind.name == "additionalProperties":
                continue
            found.append(FieldError(pointer(error.instance_path), str(error.message)[:300]))
            if len(found) == MAX_ERRORS:
                break
        return tuple(found)


def pointer(path: list[str | int]) -> str:
    """Write a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter in path, query or header."""

    name: str
    place: str
    required: bool
    kind: str
    schema: _Schema


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the contract, ready to match and to check.

    `media_type` is None for operations without a body; `document` the document type, if signed;
    `record` the type under which an accepted document is copied to the record, None for no copy.
    """

    operation_id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    media_type: str | None
    body: _Schema | None
    document: str | None
    payload: _Schema | None
    roles: frozenset[str]
    record: str | None


class Contract:
    """All operations of one service, found by method and path below `/{service}/v1`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        registry = jsonschema_rs.Registry([(_CONTRACT, dict(document))])
        self._document = document
        self.routes = tuple(
            self._route(path, method, item, registry)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        )

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and its raw path parameters; raise Refusal 404 or 405 (with `allow`)."""
        for route in self.routes:
            found = route.pattern.fullmatch(path)
            if found is not None and route.method == method:
                return route, found.groupdict()
        allowed = self.methods(path)
        if allowed:
            raise Refusal("METHOD_NOT_ALLOWED", headers={"allow": ", ".join(allowed)})
        raise Refusal("NOT_FOUND")

    def methods(self, path: str) -> list[str]:
        """Return the methods of an address in their order; none when it does not exist."""
        return sorted({r.method for r in self.routes if r.pattern.fullmatch(path)})

    def _route(
        self,
        path: str,
        method: str,
        item: Mapping[str, Any],
        registry: jsonschema_rs.Registry,
    ) -> Route:
        operation = item[method]
        declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
        parameters = [self._resolved(parameter) for parameter in declared]
        content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
        media_type = next(iter(content), None)
        document = operation.get("x-ditas-document")
        body = content[media_type].get("schema") if media_type else None
        return Route(
            operation_id=operation["operationId"],
            method=method.upper(),
            template=path,
            pattern=_pattern(path),
            parameters=tuple(
                Parameter(
                    name=parameter["name"],
                    place=parameter["in"],
                    required=bool(parameter.get("required")),
                    kind=str(parameter["schema"].get("type", "string")),
                    schema=_compiled(parameter["schema"], registry),
                )
                for parameter in parameters
                if parameter["name"] not in _SEALED
            ),
            media_type=media_type,
            body=_compiled(body, registry) if body is not None else None,
            document=document,
            payload=_document_schema(document, registry) if document else None,
            roles=frozenset(operation.get("x-ditas-roles", ())),
            record=_record(operation),
        )

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = node.get("$ref")
        if reference is None:
            return node
        found: Any = self._document
        for part in str(reference).removeprefix("#/").split("/"):
            found = found[part]
        resolved: Mapping[str, Any] = found
        return resolved


def _record(operation: Mapping[str, Any]) -> str | None:
    """Read `x-ditas-record`: a type, or false; signed documents are copied unless it says false."""
    stated = operation.get("x-ditas-record")
    if stated is None and "x-ditas-document" in operation:
        return f"erx.{operation['x-ditas-document']}"
    return str(stated) if stated else None


def _compiled(schema: Mapping[str, Any], registry: jsonschema_rs.Registry) -> _Schema:
    return _Schema(_absolute(schema), registry)


def _document_schema(document: str, registry: jsonschema_rs.Registry) -> _Schema:
    name = _DOCUMENT_SCHEMAS[document]
    return _compiled({"$ref": f"#/components/schemas/{name}"}, registry)


def _absolute(node: Any) -> Any:
    """Point local references at the registered contract."""
    if isinstance(node, dict):
        return {
            key: f"{_CONTRACT}{value}" if key == "$ref" else _absolute(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_absolute(value) for value in node]
    return node


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([A-Za-z]+)\}", path)
    # Odd parts are parameter names; a parameter is one non-empty path segment.
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )


def path_and_query(
    route: Route,
    raw: Mapping[str, str],
    incoming: Incoming,
    *,
    unchecked: bool = False,
    tidied: bool = False,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return path and query parameters; raise Refusal PARAMETER_INVALID unless `unchecked`.

    `tidied` is the mistake of bringing texts into order instead of refusing them.
    """
    path = {name: _unquoted(name, text) for name, text in raw.items()}
    query = _query(route, incoming.query)
    if tidied:
        path = {name: text.strip(" !") for name, text in path.items()}
        query = {
            name: value.strip(" !") if isinstance(value, str) else value
            for name, value in query.items()
        }
    errors: list[FieldError] = []
    for parameter in route.parameters:
        source: Mapping[str, Any] = {"path": path, "query": query, "header": incoming.headers}[
            parameter.place
        ]
        if parameter.name not in source:
            if parameter.required:
                errors.append(FieldError(f"{parameter.place}:{parameter.name}", "is missing"))
            continue
        errors += [
            FieldError(f"{parameter.place}:{parameter.name}", error.detail)
            for error in parameter.schema.errors(source[parameter.name])
        ]
    if errors and not unchecked:
        raise Refusal("PARAMETER_INVALID", errors=tuple(errors))
    return path, query


def _query(route: Route, text: str) -> dict[str, Any]:
    declared = {p.name: p for p in route.parameters if p.place == "query"}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise Refusal("PARAMETER_INVALID", pointer="query:", detail=str(error)[:200]) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in declared or name in found:
            reason = "is given twice" if name in found else "is not a parameter of this operation"
            raise Refusal("PARAMETER_INVALID", pointer=f"query:{name[:60]}", detail=reason)
        found[name] = _converted(declared[name].kind, value)
    return found


def _converted(kind: str, text: str) -> Any:
    """Read numbers and booleans; what cannot be read stays text and fails its schema."""
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _unquoted(name: str, text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Refusal("PARAMETER_INVALID", pointer=f"path:{name}", detail="not UTF-8") from error


_COMPILED: dict[tuple[str, str], Contract] = {}


def contract_of(pack: Pack, service: str) -> Contract:
    """Return the compiled contract of a service; compiled once per pack and process."""
    key = (pack.hash, service)
    if key not in _COMPILED:
        _COMPILED[key] = Contract(pack.contracts[service])
    return _COMPILED[key]
