"""Named changes of a request, applied at one stage and recorded as data in the evidence.

A mutation changes a `Draft` in place. Stages, in the order in which a request is built:

payload       the document payload, before it is signed
document      the signed document (`payload`, `protected`, `signature`), before it becomes a body
body          the body bytes
before_seal   method, target, headers and seal parameters, before the seal is computed
after_seal    headers and body, after the seal: the seal no longer fits
wire          the request as it leaves, including its URL
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lab.model.base import JsonValue


class Stage(StrEnum):
    """When a mutation applies."""

    PAYLOAD = "payload"
    DOCUMENT = "document"
    BODY = "body"
    BEFORE_SEAL = "before_seal"
    AFTER_SEAL = "after_seal"
    WIRE = "wire"


@dataclass
class Draft:
    """A request under construction; later stages see the work of earlier ones."""

    method: str
    url: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    payload: JsonValue = None
    protected: dict[str, JsonValue] = field(default_factory=dict)  # overrides of the JWS header
    document: dict[str, JsonValue] | None = None
    seal_parameters: dict[str, str | int] = field(default_factory=dict)  # created, nonce, keyid ...
    seal_components_dropped: set[str] = field(default_factory=set)
    sealed: bool = True

    def header(self, name: str) -> str | None:
        """First value of a header, by case-insensitive name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set_header(self, name: str, value: str) -> None:
        """Replace all lines of a header by one, in place of the first."""
        kept = [(key, old) for key, old in self.headers if key.lower() != name.lower()]
        self.headers[:] = [*kept, (name, value)]

    def drop_header(self, name: str) -> None:
        """Remove all lines of a header."""
        self.headers[:] = [row for row in self.headers if row[0].lower() != name.lower()]


@dataclass(frozen=True)
class Mutation:
    """One named change; `note` is what the evidence says about it."""

    name: str
    stage: Stage
    change: Callable[[Draft], None]
    note: str = ""

    def __str__(self) -> str:
        return f"{self.stage.value}:{self.name}{f' {self.note}' if self.note else ''}"


def payload_set(pointer: str, value: JsonValue) -> Mutation:
    """Set one member of the payload (or JSON body) before signing."""

    def change(draft: Draft) -> None:
        parent, last = _parent(draft.payload, pointer)
        if isinstance(parent, list):
            parent[int(last)] = value
        else:
            parent[last] = value

    note = f"{pointer} = {json.dumps(value, ensure_ascii=False)[:120]}"
    return Mutation("payload-set", Stage.PAYLOAD, change, note)


def payload_drop(pointer: str) -> Mutation:
    """Remove one member of the payload (or JSON body) before signing."""

    def change(draft: Draft) -> None:
        parent, last = _parent(draft.payload, pointer)
        if isinstance(parent, list):
            del parent[int(last)]
        else:
            del parent[last]

    return Mutation("payload-drop", Stage.PAYLOAD, change, pointer)


def protected_set(name: str, value: JsonValue) -> Mutation:
    """Override one member of the protected JWS header before signing (None removes it)."""

    def change(draft: Draft) -> None:
        draft.protected[name] = value

    return Mutation("protected-set", Stage.PAYLOAD, change, f"{name} = {str(value)[:80]}")


def signed_payload_altered(pointer: str, value: JsonValue) -> Mutation:
    """Change the payload inside a signed document and keep its old signature."""

    def change(draft: Draft) -> None:
        document = draft.document or {}
        encoded = str(document.get("payload", ""))
        payload = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        parent, last = _parent(payload, pointer)
        if isinstance(parent, list):
            parent[int(last)] = value
        else:
            parent[last] = value
        raw = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        document["payload"] = base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return Mutation("signed-payload-altered", Stage.DOCUMENT, change, pointer)


def signature_altered() -> Mutation:
    """Flip one bit in the middle of the signature of a signed document."""

    def change(draft: Draft) -> None:
        document = draft.document or {}
        encoded = str(document.get("signature", ""))
        raw = bytearray(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        raw[len(raw) // 2] ^= 0x01
        document["signature"] = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")

    return Mutation("signature-altered", Stage.DOCUMENT, change)


def body_replaced(content: bytes, note: str = "") -> Mutation:
    """Send other bytes as the body; the seal covers them."""

    def change(draft: Draft) -> None:
        draft.body = content

    return Mutation("body-replaced", Stage.BODY, change, note or f"{len(content)} bytes")


def body_altered_after_seal(content: bytes) -> Mutation:
    """Send other bytes than the sealed ones."""

    def change(draft: Draft) -> None:
        draft.body = content

    return Mutation("body-altered", Stage.AFTER_SEAL, change, f"{len(content)} bytes")


def header_set(name: str, value: str, stage: Stage = Stage.BEFORE_SEAL) -> Mutation:
    """Set a header before or after the seal."""
    note = f"{name}: {value[:120]}"
    return Mutation("header-set", stage, lambda draft: draft.set_header(name, value), note)


def header_dropped(name: str, stage: Stage = Stage.BEFORE_SEAL) -> Mutation:
    """Remove a header before or after the seal."""
    return Mutation("header-dropped", stage, lambda draft: draft.drop_header(name), name)


def seal_parameter(name: str, value: str | int) -> Mutation:
    """Override `created`, `nonce`, `keyid`, `alg` or `tag` of the seal; the signature covers it."""

    def change(draft: Draft) -> None:
        draft.seal_parameters[name] = value

    return Mutation("seal-parameter", Stage.BEFORE_SEAL, change, f"{name} = {value}")


def seal_without(component: str) -> Mutation:
    """Leave one component out of what the seal covers."""

    def change(draft: Draft) -> None:
        draft.seal_components_dropped.add(component)

    return Mutation("seal-without", Stage.BEFORE_SEAL, change, component)


def unsealed() -> Mutation:
    """Send the request without any seal."""

    def change(draft: Draft) -> None:
        draft.sealed = False

    return Mutation("unsealed", Stage.BEFORE_SEAL, change)


def _parent(document: JsonValue, pointer: str) -> tuple[JsonValue, str]:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    node = document
    for part in parts[:-1]:
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node, parts[-1]
