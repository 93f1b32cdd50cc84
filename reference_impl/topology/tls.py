"""Mutual TLS of the exchange: server contexts, and the peer certificate in the ASGI scope."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reference_impl.faults.points import NO_FAULTS
from reference_impl.pki.kit import Authority
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.topology.legal_channels import show_certificate


def server_context(
    authority: Authority,
    identity: str,
    *,
    certificate_required: bool = True,
    faults: FaultSwitch = NO_FAULTS,
) -> ssl.SSLContext:
    """Return a context of TLS 1.2 and later that demands a certificate of the health root."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    folder = authority.credentials
    show_certificate(context, authority, identity, faults)
    # The intermediate is known here, so that clients that send only their leaf are understood.
    context.load_verify_locations(folder / "trust.pem")
    context.load_verify_locations(folder / "intermediate.pem")
    if faults.on("platform.trust.accept_foreign_root"):
        # Such a server believes the issuer that a client brings along; here, the one of the kit.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(folder / "office-1.token-foreign" / "chain.pem")
    context.verify_mode = ssl.CERT_REQUIRED if certificate_required else ssl.CERT_OPTIONAL
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def client_context(authority: Authority, identity: str) -> ssl.SSLContext:
    """Return a context that opens channels to services of this exchange as `identity`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # every process shows the one certificate of the services
    folder = authority.credentials
    context.load_cert_chain(folder / identity / "chain.pem", folder / identity / "key.pem")
    context.load_verify_locations(folder / "trust.pem")
    return context


class PeerCertificateProtocol(HttpToolsProtocol):
    """HTTP protocol that tells the application who is on the channel.

    No server puts the client certificate into the scope; it goes under
    `scope["extensions"]["tls"]`, as in `docs/interfaces.md`.
    """

    _tls: dict[object, object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the parent
        """Read the certificate once per connection."""
        super().connection_made(transport)
        channel = transport.get_extra_info("ssl_object")
        if channel is not None:
            # Resumed sessions report the certificate of their first handshake.
            der = channel.getpeercert(binary_form=True)
            self._tls = {"client_cert_der": der, "client_chain_der": []}

    def on_message_begin(self) -> None:
        """Add the identity to the scope of each request."""
        super().on_message_begin()
        if self._tls is not None:
            # `abort` ends the connection: how a service looks that has gone (doors.py).
            told: dict[str, Any] = {"tls": self._tls, "abort": self.transport.abort}
            self.scope["extensions"] = told
