"""How a service reaches another one: always HTTP semantics with its own service seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class PeerReply:
    """Answer of a peer: status and parsed JSON (None without content)."""

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        """The error-bank code when the peer refused."""
        return self.json.get("code") if isinstance(self.json, dict) else None


class Peer(Protocol):
    """One other service of the exchange.

    A peer that cannot answer (or answers 5xx) raises Refusal DEPENDENCY_UNAVAILABLE; a refusal
    (4xx) comes back as a reply.
    """

    async def get(self, path: str) -> PeerReply:
        """GET `path` (below `/{service}/v1`, with query if any)."""
        ...

    async def post(self, path: str, body: Any, *, key: str | None = None) -> PeerReply:
        """POST a JSON body; `key` is the idempotency key, a new one by default."""
        ...


class Peers(Protocol):
    """All services of the exchange as one of them sees them."""

    def to(self, service: str, correlation: str) -> Peer:
        """Return the peer, calls carrying this correlation."""
        ...
