"""What a service author writes against: operations, the call they receive, the answer they give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from reference_impl.platform.peers import Behalf

if TYPE_CHECKING:
    from reference_impl.platform.configuration import Configuration
    from reference_impl.platform.documents import SignedDocument
    from reference_impl.platform.peers import Peer

CENTRES = frozenset({"centre"})
"""Only calls sealed by a centre."""
EVERYONE = frozenset({"centre", "service"})
"""Centres, and other services of the exchange with their service seal."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as proved by seal and channel.

    `kind` is "centre": `centre` is the SIAM id, `software` the GUID, `user` the user id. Or it is
    "service": `service` names the one that sealed, the others are those it says it acts for.
    `channel` is the SHA-256 (hex) of the token that opened the channel, empty for other channels.
    """

    kind: str
    centre: str
    software: str
    user: str
    correlation: str
    certificate: bytes
    service: str = ""
    channel: str = ""

    @property
    def behalf(self) -> Behalf:
        """The context of calls to other services."""
        return Behalf(self.centre, self.software, self.user, self.correlation)


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer. `body` None sends no content. Header names in lower case."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Work = Callable[[Connection], Answer]
"""A state change: runs in one transaction of the service's store, together with the idempotency
record. Raising `Refusal` rolls everything back."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request after all checks of the kernel.

    `path` and `query` are the declared parameters, query values converted to integer, number or
    boolean where the contract says so. `body` is the parsed JSON body (None without one),
    `document` the verified signed document. `headers` has lower-case names; repeated lines are
    joined with ", ".
    """

    config: Configuration
    operation_id: str
    caller: Caller
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None
    document: SignedDocument | None = None
    key: str | None = None

    @property
    def if_match(self) -> str | None:
        """The `if-match` header as sent."""
        return self.headers.get("if-match")

    @property
    def lease(self) -> str | None:
        """The `ditas-lease` header as sent (the lease secret)."""
        return self.headers.get("ditas-lease")

    def peer(self, service: str) -> Peer:
        """Another service, called with this service's seal and this call's correlation."""
        return self.config.peers.to(service, self.caller.behalf)


Handler = Callable[[Call], Awaitable[Answer | Work]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract.

    `callers` is CENTRES or EVERYONE. `replayed` False is for pure questions sent as POST: the key
    is required and its reuse with another body refused, but the answer is computed anew.

    `grouped` lets the change share its flush with others of the same moment. Other requests run
    between the handler and its `Work`, so the `Work` has to look again at whatever it relies on.
    """

    operation_id: str
    handler: Handler
    callers: frozenset[str] = CENTRES
    replayed: bool = True
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its name (as in the contract and the path) and its operations.

    `background`: coroutines started with the server and cancelled at its stop.
    """

    name: str
    operations: tuple[Operation, ...]
    background: tuple[Callable[[], Awaitable[None]], ...] = ()
