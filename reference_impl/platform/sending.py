"""Hand a finished answer to the server around the application, as ASGI messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from reference_impl.platform.legal_headers import pieces
from reference_impl.platform.rendering import Rendered

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def send_rendered(rendered: Rendered, send: Send) -> None:
    """Send a response as ASGI messages."""
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in rendered.headers]
    await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
    if rendered.body and not any(name.lower() == b"content-length" for name, _ in headers):
        for piece in pieces(rendered.body):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": rendered.body})
