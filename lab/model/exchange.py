"""What passed over the wire: one request with its response or its failure, exactly as seen."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from lab.model.base import Frozen, Instant


class Direction(StrEnum):
    """Who sent the request of an exchange."""

    STIMULUS = "stimulus"  # the laboratory called the SUT
    OBSERVED = "observed"  # the SUT called a peer, seen by the witness
    CONTROL = "control"  # the laboratory asked its own environment (OCSP, read-back, health)


class FailureKind(StrEnum):
    """Why no usable response arrived."""

    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"
    TOO_LARGE = "too_large"
    DECODING = "decoding"
    PROTOCOL = "protocol"


class Header(Frozen):
    """One header field line; order and repetition are kept."""

    name: str
    value: str


class BodyRef(Frozen):
    """Reference to bytes in the content-addressed body store."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class SentRequest(Frozen):
    """The request as sent, after sealing."""

    method: str
    url: str
    target: str  # sealed logical target: path and query without the gateway prefix
    headers: tuple[Header, ...]
    body: BodyRef


class ReceivedResponse(Frozen):
    """The response as received; `body` is the decoded content, `wire_size` what came in."""

    status: int
    headers: tuple[Header, ...]
    body: BodyRef
    wire_size: int = Field(ge=0)
    encoded: BodyRef | None = None  # bytes before content decoding, when there was any


class TransportFailure(Frozen):
    """No usable response, and why, with the detail safe to print."""

    kind: FailureKind
    detail: str


class Exchange(Frozen):
    """One request and what came back. `id` is EV-nnnnnn, unique within a campaign."""

    id: str
    case_id: str
    attempt: int = Field(ge=1)
    ordinal: int = Field(ge=0)
    direction: Direction
    step: str
    service: str = ""
    operation: str = ""  # operationId, or "METHOD /path" for calls outside the contract
    mutations: tuple[str, ...] = ()  # named changes applied to the request, in order
    identity: str
    started_at: Instant
    clock_ahead_seconds: float = 0.0  # how far the product's clock had been moved by then
    example: int = 0  # running number of the generated example it belongs to; 0 outside one
    elapsed_ms: float = Field(ge=0)
    request: SentRequest
    response: ReceivedResponse | None = None
    failure: TransportFailure | None = None
    client_certificate: str | None = None  # sha256 of the DER the client presented, if any
    wire_fault: str | None = None  # what the witness did to this answer on purpose, if anything
