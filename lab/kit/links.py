"""Links of the contracts that lead from an answer to the reading of the same resource.

The pack publishes links between operations (contracts/links.yaml). Those to a reading operation can
be followed with the answer alone; those to a change need a message of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lab.kit.contract import Contracts, Operation
from lab.kit.reply import Reply
from lab.model.base import JsonValue

_BODY = "$response.body#"
_PATH = "$request.path."
NOT_FOLLOWED: Final[Mapping[tuple[str, str], str]] = {
    ("requestSignature", "collectSignature"): "there is nothing to collect before the answer",
    ("queryHistory", "getRecordEntry"): "any entry may stand first, also one that needs a consent",
}
"""Links that lead to a resource the caller may not or cannot read yet, with the reason."""


@dataclass(frozen=True)
class Link:
    """From the answer of `source` to the reading operation `target`."""

    source: Operation
    target: Operation
    parameter: str
    expression: str

    def value(self, path: Mapping[str, str] | None, reply: Reply) -> str:
        """Return what the link puts into the address; INCONCLUSIVE when the answer lacks it."""
        if self.expression.startswith(_PATH):
            return str((path or {}).get(self.expression.removeprefix(_PATH), ""))
        return str(reply.required(self.expression.removeprefix(_BODY)))

    @property
    def success(self) -> int:
        """Status that answers the reading."""
        responses = self.target.definition.get("responses", {})
        return int(min(code for code in responses if code.startswith("2")))

    def member(self, contracts: Contracts) -> str | None:
        """Return the member of the target's answer that must repeat the value, if it has one."""
        root = contracts.document(self.target.service)
        content = self.target.definition["responses"][str(self.success)].get("content", {})
        rows: list[JsonValue] = [media.get("schema", {}) for media in content.values()]
        schema = rows[0] if rows else {}
        while "$ref" in schema:
            schema = root["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return self.parameter if self.parameter in schema.get("required", ()) else None


def reading_links(source: Operation, contracts: Contracts) -> tuple[Link, ...]:
    """Return the links from the good answers of an operation that is not a mere reading itself."""
    if source.method == "GET":
        return ()  # a list may be empty, and its first entry the same one twice
    found = []
    for status, response in source.definition.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        for link in response.get("links", {}).values():
            target = contracts.operation(source.service, link["operationId"])
            if target.method == "GET" and (source.id, target.id) not in NOT_FOLLOWED:
                found += _of_path(source, target, link.get("parameters", {}))
    return tuple(found)


def _of_path(
    source: Operation, target: Operation, parameters: Mapping[str, JsonValue]
) -> list[Link]:
    return [
        Link(source, target, name, str(expression))
        for name, expression in parameters.items()
        if "{" + name + "}" in target.path and str(expression).startswith((_BODY, _PATH))
    ]
