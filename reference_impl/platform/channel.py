"""Who is on the other end of the TLS channel, looking through a trusted recording proxy."""

from __future__ import annotations

from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.message import Incoming
from reference_impl.platform.problem import Refusal
from reference_impl.platform.structured import Item, MalformedField, parse_dictionary
from reference_impl.platform.trust import Standing

CLIENTS = frozenset({"ditas_token", "proxy", "service_tls", "service_seal"})
"""Classes that may open a channel: centres, proxies, and services of the exchange."""


class Channel:
    """Identify the channel of requests to one service."""

    def __init__(self, config: Configuration) -> None:
        self._config = config

    async def identify(self, incoming: Incoming) -> Certificate | None:
        """Return the certificate of the channel's client; raise Refusal (401).

        Behind a configured proxy it is the certificate the proxy saw and forwards in `Client-Cert`
        (RFC 9440). From anybody else that header is not even read.
        """
        if incoming.tls_certificate is None:
            if self._config.faults.on("platform.tls.accept_without_certificate"):
                return None
            raise Refusal("TRANSPORT_CLIENT_CERTIFICATE_REQUIRED", pointer="tls")
        certificate = await self._accepted(incoming.tls_certificate, incoming.tls_chain)
        if self._believes_header(certificate) and "client-cert" in incoming.headers:
            client = await self._accepted(_forwarded(incoming.headers["client-cert"]), ())
            if client.is_class("proxy"):
                raise _refused("a proxy is not the client of another one")
            return client
        if certificate.is_class("proxy"):
            if certificate.fingerprint not in self._config.trusted_proxies:
                raise _refused("this proxy is not configured here")
            raise Refusal("TRANSPORT_CLIENT_CERTIFICATE_REQUIRED", pointer="header:client-cert")
        return certificate

    def _believes_header(self, certificate: Certificate) -> bool:
        if self._config.faults.on("platform.tls.believe_client_cert_header"):
            return True
        return (
            certificate.is_class("proxy")
            and certificate.fingerprint in self._config.trusted_proxies
        )

    async def _accepted(self, der: bytes, chain: tuple[bytes, ...]) -> Certificate:
        try:
            certificate = read_certificate(der)
        except UnreadableCertificate as error:
            raise _refused(str(error)) from error
        ask = not self._config.faults.on("platform.tls.skip_revocation")
        standing = await self._config.trust.standing(certificate, chain, ask_status=ask)
        if standing is Standing.UNAVAILABLE:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if standing is not Standing.GOOD:
            raise _refused(f"the certificate is {standing.value.lower()}")
        if len(certificate.classes) != 1 or not certificate.classes <= CLIENTS:
            raise _refused("certificates of this class do not open channels")
        return certificate


def _forwarded(header: str) -> bytes:
    try:
        item = parse_dictionary(f"c={header}")["c"]
    except MalformedField as error:
        raise _refused(f"client-cert: {error}") from error
    if not isinstance(item, Item) or not isinstance(item.value, bytes):
        raise _refused("client-cert is not :base64:")
    return item.value


def _refused(detail: str) -> Refusal:
    return Refusal("TRANSPORT_CLIENT_CERTIFICATE_REFUSED", pointer="tls", detail=detail)
