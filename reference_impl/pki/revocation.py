"""Status of issued certificates: OCSP answers (RFC 6960) by a delegated signer, and CRLs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from reference_impl.pki.authority import Issuer
from reference_impl.pki.kit import Authority
from reference_impl.pki.ledger import Ledger, Revocation
from reference_impl.platform.clock import Clock, SystemClock

ANSWER_LIFE = timedelta(hours=1)
CRL_LIFE = timedelta(days=1)
MAX_REQUEST_BYTES = 4096


class OcspResponder:
    """Answer OCSP requests about leaves of the intermediate."""

    def __init__(
        self, authority: Authority, clock: Clock | None = None, ledger: Ledger | None = None
    ) -> None:
        self._ledger = ledger or Ledger(authority)
        self._clock = clock or SystemClock()
        self._issuer = authority.intermediate.certificate
        self._signer = authority.credential("ocsp")

    def respond(self, request: bytes) -> bytes:
        """Return a DER OCSP response for DER request bytes; never raises on bad bytes."""
        if len(request) > MAX_REQUEST_BYTES:
            return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        try:
            # A request for several certificates raises NotImplementedError in the library.
            asked = ocsp.load_der_ocsp_request(request)
            return self._answer(asked)
        except (ValueError, NotImplementedError):
            return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)

    def _answer(self, asked: ocsp.OCSPRequest) -> bytes:
        now = self._clock.now().replace(microsecond=0)
        certificate = self._ledger.certificate(asked.serial_number)
        if certificate is None or not self._is_ours(asked):
            # RFC 5019, 2.2.3: a certificate this responder does not know.
            return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        revocation = self._ledger.published(asked.serial_number)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                certificate,
                self._issuer,
                asked.hash_algorithm,
                ocsp.OCSPCertStatus.REVOKED if revocation else ocsp.OCSPCertStatus.GOOD,
                now - timedelta(minutes=1),
                now + ANSWER_LIFE,
                revocation.at if revocation else None,
                revocation.reason if revocation else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self._signer.certificate)
            .certificates([self._signer.certificate])
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self._signer.key, hashes.SHA256()).public_bytes(
            serialization.Encoding.DER
        )

    def _is_ours(self, asked: ocsp.OCSPRequest) -> bool:
        name, key = _issuer_hashes(self._issuer, asked.hash_algorithm)
        return asked.issuer_key_hash == key and asked.issuer_name_hash == name


def _issuer_hashes(
    issuer: x509.Certificate, algorithm: hashes.HashAlgorithm
) -> tuple[bytes, bytes]:
    name = hashes.Hash(algorithm)
    name.update(issuer.subject.public_bytes())
    key = hashes.Hash(algorithm)
    # RFC 6960, 4.1.1: the key hash covers the bit string without tag, length and unused bits.
    key.update(
        issuer.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    )
    return name.finalize(), key.finalize()


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(
        serialization.Encoding.DER
    )


def crl(
    authority: Authority,
    issuer_name: str,
    now: datetime | None = None,
    ledger: Ledger | None = None,
) -> bytes | None:
    """Return the DER CRL of "root" or "intermediate"; None for another name."""
    issuer: Issuer | None = {
        "root": authority.root,
        "intermediate": authority.intermediate,
    }.get(issuer_name)
    if issuer is None:
        return None
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(moment - timedelta(minutes=1))
        .next_update(moment + CRL_LIFE)
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value),
            critical=False,
        )
    )
    if issuer_name == "intermediate":
        for revocation in (ledger or Ledger(authority)).all_published():
            builder = builder.add_revoked_certificate(_revoked(revocation))
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _revoked(revocation: Revocation) -> x509.RevokedCertificate:
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(revocation.serial)
        .revocation_date(revocation.at)
        .add_extension(x509.CRLReason(revocation.reason), critical=False)
        .build()
    )
