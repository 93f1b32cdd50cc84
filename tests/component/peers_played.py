"""A peer of the exchange played by a test: it answers what it is told, and remembers questions."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from reference_impl.platform.kernel import Receive, Scope, Send
from reference_impl.platform.peers import AsgiApp


@dataclass
class Played:
    """An ASGI application with ready answers by path below `/{service}/v1`; the rest is `real`."""

    real: AsgiApp | None = None
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    seen: list[tuple[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = "/" + str(scope["path"]).split("/", 3)[3]
        if path not in self.answers and self.real is not None:
            await self.real(scope, receive, send)
            return
        message: MutableMapping[str, Any] = await receive()
        status, body = self.answers.get(path, (404, {"code": "NOT_FOUND"}))
        self.seen.append((path, json.loads(message["body"] or b"null")))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})
