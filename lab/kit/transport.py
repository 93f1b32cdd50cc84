"""The one seam between a case and the product: send a finished request, get bytes or a failure.

Behind it stand live HTTPS (`lab.kit.live`), in-process ASGI (`lab.kit.asgi`), replay of recorded
evidence (`lab.kit.replay`), and captured traffic (`lab.kit.observed`, read only).
Nothing here judges and nothing raises on what a product does: every misbehaviour on the wire comes
back as a `TransportFailure` with its kind.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

from lab.kit.credentials import Identity
from lab.model.exchange import FailureKind, TransportFailure

MAX_RATIO = 100
"""Largest accepted ratio of decoded to encoded content, beyond one mebibyte of output."""

_FREE_OUTPUT = 1024 * 1024


@dataclass(frozen=True)
class OutgoingRequest:
    """A request as it will stand on the wire, with the limits that hold for its answer."""

    method: str
    url: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    identity: Identity | None  # TLS client identity, None: present no certificate
    deadline_seconds: float
    max_response_bytes: int
    ordinal: int
    step: str


@dataclass(frozen=True)
class IncomingResponse:
    """A response as received; `content` is `raw` after content decoding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    content: bytes
    wire_size: int


@dataclass(frozen=True)
class Outcome:
    """Response or failure, and how long it took."""

    response: IncomingResponse | None
    failure: TransportFailure | None
    elapsed_ms: float


class Transport(Protocol):
    """Sends one request. Safe to call from several threads at once."""

    def send(self, request: OutgoingRequest) -> Outcome:
        """Send and return what came of it; never raises on behaviour of the product."""
        ...

    def close(self) -> None:
        """Give back connections, threads and files."""
        ...


class DecodingProblem(Exception):
    """Content decoding did not succeed within its limits; carries the failure to report."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.failure = TransportFailure(kind=kind, detail=detail)


def decode_content(raw: bytes, encoding: str, limit: int) -> bytes:
    """Undo `content-encoding` with output and ratio limits.

    Raises DecodingProblem: TOO_LARGE for a bomb, DECODING for a coding that is unknown, stacked or
    broken. At most `limit` bytes are ever produced.
    """
    coding = encoding.strip().lower()
    if coding in {"", "identity"} or not raw:
        return raw
    windows = {"gzip": 31, "x-gzip": 31, "deflate": 15}.get(coding)
    if windows is None:
        raise DecodingProblem(
            FailureKind.DECODING, f'content-encoding "{coding[:40]}" was not asked for'
        )
    allowed = min(limit, max(_FREE_OUTPUT, len(raw) * MAX_RATIO))
    unpacker = zlib.decompressobj(windows)
    try:
        content = unpacker.decompress(raw, allowed + 1)
    except zlib.error as error:
        raise DecodingProblem(FailureKind.DECODING, f"{coding} content: {error}") from error
    if len(content) > allowed:
        raise DecodingProblem(
            FailureKind.TOO_LARGE,
            f"{len(raw)} bytes of {coding} unpack to more than {allowed} bytes",
        )
    if not unpacker.eof or unpacker.unused_data:
        raise DecodingProblem(FailureKind.DECODING, f"{coding} content is cut off or has a tail")
    return content
