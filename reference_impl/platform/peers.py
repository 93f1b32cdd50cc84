"""How a service reaches another one: always HTTP semantics with its own service seal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from reference_impl.platform.codings import uncoded
from reference_impl.platform.ids import Ids
from reference_impl.platform.message import from_process, joined
from reference_impl.platform.problem import Refusal
from reference_impl.platform.sealing import Sealer

PLAIN = ("accept-encoding", "identity")
"""Who reads answers here unpacks nothing, and says so (RUL-102)."""

if TYPE_CHECKING:
    from reference_impl.platform.response_seal import ResponseSeals

MAX_RESPONSE = 4 * 1024 * 1024
SERVER_FAULT = 500

Headers = Sequence[tuple[str, str]]
AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


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


@dataclass(frozen=True, slots=True)
class Behalf:
    """The centre's message in whose course one service calls another."""

    centre: str
    software: str
    user: str
    correlation: str


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

    def to(self, service: str, behalf: Behalf) -> Peer:
        """Return the peer, called in the context of a centre's message."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """A response as bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Transport(Protocol):
    """Carries a finished request to a service. Raises OSError when it cannot be reached."""

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Send and return the response; `target` is path and query below the host."""
        ...


@dataclass
class InProcess:
    """Transport to ASGI applications of the same process.

    `certificate` is what the calling side presents on the channel (DER). `apps` is filled by the
    topology once all services exist.
    """

    certificate: bytes
    apps: dict[str, AsgiApp] = field(default_factory=dict)

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Call the application; an unknown service is a peer that cannot be reached."""
        app = self.apps.get(service)
        if app is None:
            raise ConnectionRefusedError(f"service {service} is not part of this exchange")
        hear = getattr(app, "hear", None)
        if hear is not None:
            # A kernel: the same checks without writing and reading the messages of a server.
            lines = tuple((name.lower(), value.strip(" \t")) for name, value in headers)
            heard = await hear(from_process(method, target, lines, body, self.certificate))
            return Response(heard.status, heard.headers, heard.body)
        path, _, query = target.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers],
            "extensions": {"tls": {"client_cert_der": self.certificate, "client_chain_der": []}},
        }
        collected = _Collected()

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, receive, collected.send)
        return collected.response()


class _Collected:
    """Collects the messages of an ASGI response."""

    def __init__(self) -> None:
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            )
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))

    def response(self) -> Response:
        if not self._status:
            raise ConnectionResetError("the service closed without an answer")
        return Response(self._status, self._headers, b"".join(self._chunks))


class SealedPeers:
    """Peers of one service, called with its service seal; their answers are checked by theirs.

    `seals` None believes answers as they come (for tests of single parts).
    """

    def __init__(
        self,
        service: str,
        sealer: Sealer,
        transport: Transport,
        ids: Ids,
        seals: ResponseSeals | None = None,
    ) -> None:
        self.seals = seals
        self.service = service
        self.sealer = sealer
        self.transport = transport
        self.ids = ids

    def to(self, service: str, behalf: Behalf) -> Peer:
        """Return the peer, called in the context of a centre's message."""
        return _SealedPeer(self, service, behalf)


class _SealedPeer:
    def __init__(self, peers: SealedPeers, service: str, behalf: Behalf) -> None:
        self._peers = peers
        self._service = service
        self._behalf = behalf

    async def get(self, path: str) -> PeerReply:
        return await self._call("GET", path, b"", {})

    async def post(self, path: str, body: Any, *, key: str | None = None) -> PeerReply:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        chosen = key or self._peers.ids.token()
        return await self._call("POST", path, content, {"idempotency-key": chosen})

    async def _call(
        self, method: str, path: str, body: bytes, extra: Mapping[str, str]
    ) -> PeerReply:
        peers = self._peers
        target = f"/{self._service}/v1{path}"
        # The service seals; the context headers name the centre it acts for.
        headers = {
            "ditas-centre": self._behalf.centre,
            "ditas-software": self._behalf.software,
            "ditas-user": self._behalf.user,
            "ditas-correlation": self._behalf.correlation,
            **extra,
        }
        sealed = peers.sealer.request(method, target, body, headers)
        lines = [*sealed.items(), ("content-type", "application/json"), PLAIN]
        try:
            response = await peers.transport.send(self._service, method, target, lines, body)
        except OSError as error:
            raise Refusal("DEPENDENCY_UNAVAILABLE") from error
        if response.status >= SERVER_FAULT or len(response.body) > MAX_RESPONSE:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        names = joined((name.lower(), text) for name, text in response.headers)
        if peers.seals is not None:
            await peers.seals.check(self._service, sealed, response.status, names, response.body)
        try:
            content = uncoded(response.body, names.get("content-encoding", ""), MAX_RESPONSE)
            value = json.loads(content) if content else None
        except ValueError as error:
            raise Refusal("DEPENDENCY_UNAVAILABLE") from error
        return PeerReply(response.status, value, names)
