"""The services' address of an exchange whose services have their own processes.

Requests go to the process of the service that the path names, over mutual TLS. Who opened the
channel travels in `Client-Cert` (RFC 9440): this front is a proxy that the services trust, and it
passes on the word of those proxies that were configured, of nobody else.
"""

from __future__ import annotations

import base64
import json

from reference_impl.platform.certificates import UnreadableCertificate, read_certificate
from reference_impl.platform.kernel import Receive, Scope
from reference_impl.platform.message import MAX_BODY, Disconnected, Incoming, from_scope
from reference_impl.platform.peers import Transport
from reference_impl.platform.rendering import PROBLEM, Rendered
from reference_impl.platform.sending import Send, send_rendered

_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
GATEWAY = "gateway"


class Front:
    """ASGI application that passes requests on to the processes of the services."""

    def __init__(
        self, services: frozenset[str], transport: Transport, proxies: frozenset[str]
    ) -> None:
        self._services = services
        self._transport = transport
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        incoming = from_scope(scope)
        try:
            body = await _body(receive)
        except Disconnected:
            return
        name = incoming.path.split("/", 2)[1]
        # As in one process, the gateway's kernel refuses services that do not exist.
        service = name if name in self._services else GATEWAY
        try:
            response = await self._transport.send(
                service, incoming.method, incoming.target, self._headers(incoming), body
            )
        except OSError:
            await send_rendered(_unavailable(service), send)
            return
        await send_rendered(Rendered(response.status, response.headers, response.body), send)

    def _headers(self, incoming: Incoming) -> list[tuple[str, str]]:
        lines = [line for line in incoming.header_lines if line[0] not in _HOP]
        if self._is_believed(incoming.tls_certificate):
            return lines
        lines = [line for line in lines if line[0] != "client-cert"]
        if incoming.tls_certificate is not None:
            encoded = base64.b64encode(incoming.tls_certificate).decode()
            lines.append(("client-cert", f":{encoded}:"))
        return lines

    def _is_believed(self, der: bytes | None) -> bool:
        if der is None:
            return False
        try:
            return read_certificate(der).fingerprint in self._proxies
        except UnreadableCertificate:
            # Not believed; the service will say what is wrong with it.
            return False


async def _body(receive: Receive) -> bytes:
    """Read the body; of one that is too long, just enough for the service to refuse it."""
    kept = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        if len(kept) <= MAX_BODY:
            kept += message.get("body", b"")
        if not message.get("more_body", False):
            return kept[: MAX_BODY + 1]


def _unavailable(service: str) -> Rendered:
    body = {
        "type": "urn:ir:mafa:erx:error:DEPENDENCY_UNAVAILABLE",
        "title": f"The process of the service {service} does not answer.",
        "status": 503,
        "code": "DEPENDENCY_UNAVAILABLE",
    }
    content = json.dumps(body).encode()
    headers = (("content-type", PROBLEM), ("content-length", str(len(content))))
    return Rendered(503, headers, content)
