"""Revocation status over OCSP, with good answers kept for at most an hour (RUL-008)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from reference_impl.platform.certificates import Certificate
from reference_impl.platform.clock import Clock

MAX_AGE = timedelta(hours=1)
SKEW = timedelta(minutes=5)
MAX_RESPONSE_BYTES = 16 * 1024

Ask = Callable[[bytes], Awaitable[bytes]]
"""Send a DER OCSP request, return the DER response; raise StatusUnavailable or OSError."""


class StatusUnavailable(Exception):
    """The status could not be learnt; the message says why and is safe to log."""


class StatusSource(Protocol):
    """Where trust asks about revocation."""

    async def is_revoked(
        self, certificate: Certificate, issuer: x509.Certificate, *, fresh: bool = False
    ) -> bool:
        """Say whether the certificate is revoked; raise StatusUnavailable when nobody knows."""
        ...


class OcspStatus:
    """Ask the responder and check its answer."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: dict[str, tuple[bool, datetime]] = {}

    async def is_revoked(
        self, certificate: Certificate, issuer: x509.Certificate, *, fresh: bool = False
    ) -> bool:
        """Say whether the certificate is revoked; raise StatusUnavailable when nobody knows.

        `fresh` passes over a kept good answer.
        """
        now = self._clock.now()
        kept = self._kept.get(certificate.fingerprint)
        if kept is not None and now < kept[1] and (kept[0] or not fresh):
            return kept[0]
        request = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(certificate.x509, issuer, hashes.SHA256())
            .build()
        )
        try:
            answer = await self._ask(request.public_bytes(serialization.Encoding.DER))
        except OSError as error:
            raise StatusUnavailable(f"OCSP responder not reachable ({error})") from error
        revoked, until = _judge(answer, request, issuer, now)
        self._kept[certificate.fingerprint] = (revoked, until)
        return revoked


def _judge(
    answer: bytes, request: ocsp.OCSPRequest, issuer: x509.Certificate, now: datetime
) -> tuple[bool, datetime]:
    if len(answer) > MAX_RESPONSE_BYTES:
        raise StatusUnavailable("OCSP response too long")
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise StatusUnavailable(f"OCSP responder answers {response.response_status.name}")
        _check_signature(response, issuer)
        matches = (
            response.serial_number == request.serial_number
            and response.issuer_key_hash == request.issuer_key_hash
            and response.issuer_name_hash == request.issuer_name_hash
        )
        produced, following = response.this_update_utc, response.next_update_utc
        status = response.certificate_status
    except (ValueError, x509.ExtensionNotFound) as error:
        raise StatusUnavailable(f"OCSP response not readable ({error})") from error
    if not matches:
        raise StatusUnavailable("OCSP response is about another certificate")
    if produced > now + SKEW or (following is not None and following < now - SKEW):
        raise StatusUnavailable("OCSP response is out of its time")
    if status is ocsp.OCSPCertStatus.UNKNOWN:
        raise StatusUnavailable("OCSP responder does not know the certificate")
    until = min(now + MAX_AGE, following or now + MAX_AGE)
    return status is ocsp.OCSPCertStatus.REVOKED, until.astimezone(UTC)


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    """Accept only a delegated signer that the same issuer named for OCSP (RFC 6960, 4.2.2.2)."""
    if not response.certificates:
        raise StatusUnavailable("OCSP response carries no signer")
    signer = response.certificates[0]
    key = signer.public_key()
    algorithm = response.signature_hash_algorithm
    if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm is None:
        raise StatusUnavailable("OCSP signer has another kind of key")
    try:
        signer.verify_directly_issued_by(issuer)
        usages = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
    except (InvalidSignature, TypeError) as error:
        raise StatusUnavailable("OCSP signature does not verify") from error
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
        raise StatusUnavailable("OCSP signer is not authorised")
