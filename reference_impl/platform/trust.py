"""Whether a certificate may be believed: chain to the health root, validity, revocation.

Verdicts are computed once per certificate; only validity in time is looked at on every use.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import Clock
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.revocation import StatusSource, StatusUnavailable

MAX_SUPPLIED = 4
_UNDERSTOOD = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
}


class Standing(Enum):
    """What trust says about a certificate; the value ends the refusal code."""

    GOOD = "GOOD"
    UNTRUSTED = "UNTRUSTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    UNAVAILABLE = "UNAVAILABLE"  # revocation could not be asked and no fresh answer is cached


class Trust:
    """The health root, the intermediates known beforehand, and the source of revocation status."""

    def __init__(
        self,
        root: x509.Certificate,
        intermediates: Sequence[x509.Certificate],
        status: StatusSource,
        clock: Clock,
        faults: FaultSwitch,
    ) -> None:
        self._root = root
        self._intermediates = tuple(intermediates)
        self._status = status
        self._clock = clock
        self._faults = faults
        self._issuers: dict[str, x509.Certificate | None] = {}

    async def standing(
        self,
        certificate: Certificate,
        supplied: Sequence[bytes] = (),
        *,
        ask_status: bool = True,
        at: datetime | None = None,
        fresh: bool = False,
    ) -> Standing:
        """Judge a certificate now, or its chain and validity at a time `at`.

        `supplied` are DER intermediates that came with it. `fresh` asks the responder even when a
        good answer is kept (controlled drugs, RUL-008).
        """
        issuer = self._issuer(certificate, supplied)
        if issuer is None and not self._faults.on("platform.trust.accept_foreign_root"):
            return Standing.UNTRUSTED
        now = at or self._clock.now()
        late = not certificate.not_before <= now <= certificate.not_after
        if late and not self._faults.on("platform.trust.accept_expired"):
            return Standing.EXPIRED
        if issuer is None or not ask_status:
            return Standing.GOOD
        try:
            revoked = await self._status.is_revoked(certificate, issuer, fresh=fresh)
        except StatusUnavailable:
            return Standing.UNAVAILABLE
        return Standing.REVOKED if revoked else Standing.GOOD

    def _is_in_time(self, certificate: x509.Certificate, now: datetime) -> bool:
        if self._faults.on("platform.trust.accept_expired"):
            return True
        return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc

    def _issuer(
        self, certificate: Certificate, supplied: Sequence[bytes]
    ) -> x509.Certificate | None:
        known = self._issuers.get(certificate.fingerprint)
        if known is None and _is_plain_leaf(certificate.x509):
            known = self._find_issuer(certificate.x509, supplied)
            if known is not None:
                # Only good verdicts are kept: another message may bring the missing intermediate.
                self._issuers[certificate.fingerprint] = known
        return known

    def _find_issuer(
        self, leaf: x509.Certificate, supplied: Sequence[bytes]
    ) -> x509.Certificate | None:
        candidates = [*self._intermediates, *_readable(supplied[:MAX_SUPPLIED])]
        for candidate in candidates:
            if (
                _is_authority(candidate)
                and _signed_by(leaf, candidate)
                and _signed_by(candidate, self._root)
                and self._is_in_time(candidate, self._clock.now())
            ):
                return candidate
        return None


def _readable(supplied: Sequence[bytes]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for der in supplied:
        try:
            found.append(read_certificate(der).x509)
        except UnreadableCertificate:
            # A broken companion cannot help; the leaf is then judged without it.
            continue
    return found


def _signed_by(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _is_authority(candidate: x509.Certificate) -> bool:
    try:
        extensions = candidate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign


def _is_plain_leaf(leaf: x509.Certificate) -> bool:
    """End entity, P-256 or RSA from 2048 bits, nothing critical that we do not understand."""
    try:
        extensions = leaf.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        key = leaf.public_key()
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            return False
    elif getattr(key, "key_size", 0) < 2048:  # noqa: PLR2004 - bits of an RSA modulus
        return False
    strange = any(e.critical and e.oid not in _UNDERSTOOD for e in extensions)
    return usage.digital_signature and not constraints.ca and not strange
