"""A received request as bytes and header lines, before anybody believes any of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from reference_impl.platform.problem import Refusal

MAX_BODY = 1024 * 1024
DRAIN = 8 * MAX_BODY
"""How much of an oversized body is read and dropped so that the sender can hear the answer."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request. `target` is path and query as sent; header names are lower case.

    `header_lines` keeps order and repetition; `headers` joins repeated lines with ", ".
    `tls_certificate` is the DER client certificate of the channel, None without one.
    """

    method: str
    target: str
    header_lines: tuple[tuple[str, str], ...]
    body: bytes = b""
    tls_certificate: bytes | None = None
    tls_chain: tuple[bytes, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query as sent, without the question mark."""
        return self.target.partition("?")[2]

    def with_body(self, body: bytes) -> Incoming:
        """Return the same request with its body."""
        return replace(self, body=body)

    def with_target(self, target: str) -> Incoming:
        """Return the same request addressed differently."""
        return replace(self, target=target)


def from_scope(scope: Mapping[str, Any]) -> Incoming:
    """Read method, target, headers and TLS identity from an ASGI scope."""
    raw_path = scope.get("raw_path")
    path = raw_path.decode("latin-1") if raw_path else quote(str(scope["path"]))
    query = scope.get("query_string", b"").decode("latin-1")
    lines = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t"))
        for name, value in scope["headers"]
    )
    tls = (scope.get("extensions") or {}).get("tls") or {}
    return Incoming(
        method=str(scope["method"]),
        target=f"{path}?{query}" if query else path,
        header_lines=lines,
        tls_certificate=tls.get("client_cert_der"),
        tls_chain=tuple(tls.get("client_chain_der") or ()),
        headers=joined(lines),
    )


def from_process(
    method: str, target: str, lines: tuple[tuple[str, str], ...], body: bytes, certificate: bytes
) -> Incoming:
    """Return a request of the same process as it would come over a channel of `certificate`.

    `lines` have lower-case names and values without surrounding blanks, all in Latin-1. Raises
    UnicodeEncodeError for a target that cannot be sent.
    """
    path, _, query = target.partition("?")
    target.encode("latin-1")
    headers = dict(lines)
    if len(headers) != len(lines):
        headers = joined(lines)
    return Incoming(
        method=method,
        target=f"{path}?{query}" if query else path,
        header_lines=lines,
        body=body,
        tls_certificate=certificate,
        headers=headers,
    )


def joined(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join repeated header lines (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in lines:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def read_body(incoming: Incoming, receive: Any, limit: int = MAX_BODY) -> bytes:
    """Read at most `limit` bytes, 1 MiB by default; raise Refusal BODY_TOO_LARGE beyond."""
    declared = incoming.headers.get("content-length", "")
    too_large = declared.isascii() and declared.isdigit() and int(declared[:20]) > limit
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit and not too_large:
            chunks.append(chunk)
        if not message.get("more_body", False) or size > DRAIN:
            break
    if too_large or size > limit:
        raise Refusal("BODY_TOO_LARGE", detail=f"more than {limit} bytes", pointer="")
    return b"".join(chunks)


class Disconnected(Exception):
    """The client went away before its request was complete."""
