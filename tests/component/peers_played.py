"""A peer of the exchange played by a test: it answers what it is told, and remembers questions."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from reference_impl.platform.kernel import Receive, Scope
from reference_impl.platform.message import from_scope
from reference_impl.platform.peers import AsgiApp
from reference_impl.platform.seal import request_signature
from reference_impl.platform.sealing import Sealer
from reference_impl.platform.sending import Send
from reference_impl.topology.exchange import Exchange


@dataclass
class Played:
    """An ASGI application with ready answers by path below `/{service}/v1`; the rest is `real`.

    Its answers carry the seal of the service it plays: nobody believes others.
    """

    sealer: Sealer
    real: AsgiApp | None = None
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    seen: list[tuple[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = "/" + str(scope["path"]).split("/", 3)[3]
        if path not in self.answers and self.real is not None:
            await self.real(scope, receive, send)
            return
        message: MutableMapping[str, Any] = await receive()
        status, answer = self.answers.get(path, (404, {"code": "NOT_FOUND"}))
        self.seen.append((path, json.loads(message["body"] or b"null")))
        body = json.dumps(answer).encode()
        incoming = from_scope(scope)
        headers = self.sealer.response(
            status, body, incoming.headers["ditas-correlation"], request_signature(incoming)
        )
        headers["content-type"] = "application/json"
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})


def play(exchange: Exchange, service: str, *, whole: bool = False) -> Played:
    """Put a played peer in the place of a service; `whole` leaves nothing to the real one."""
    real = exchange.services[service]
    played = Played(exchange.configurations[service].sealer, None if whole else real)
    exchange.services[service] = played
    return played
