"""Judges the certificate chain of a laboratory: path to a trusted root, validity, class, usage.

Paths are walked by hand, because the class lives in a private key-usage identifier that the path
builders of the library do not know. Everything that is not understood is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from lab.model.errors import UsageError

LAB_CLASS = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1.6")  # wire.md, "Credential kit"
MAX_CHAIN = 4
_UNDERSTOOD = {
    x509.BasicConstraints.oid,
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
}


class Untrusted(Exception):
    """The chain does not lead from a laboratory to a trusted root; the text says where."""


def load_anchors(path: Path) -> tuple[x509.Certificate, ...]:
    """Read a PEM trust file. Raises UsageError when it holds no certificate."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The trust file cannot be used: {error}.",
            sentence_fa="پروندهٔ اعتماد خوانا نیست یا گواهی در آن نیست.",
            code="MFL-C020",
            where=str(path),
            fix="Give the PEM file with the root of the health authority (trust.pem of the kit).",
        ) from error


def laboratory_of(
    chain: Sequence[bytes], anchors: Sequence[x509.Certificate], at: datetime
) -> x509.Certificate:
    """Return the leaf of a DER chain (leaf first) that is a laboratory trusted at `at`.

    Raises Untrusted with the first reason.
    """
    if not 1 <= len(chain) <= MAX_CHAIN:
        raise Untrusted(f"a chain of {len(chain)} certificates; 1 to {MAX_CHAIN} are accepted")
    try:
        certificates = [x509.load_der_x509_certificate(item) for item in chain]
        _walk(certificates, anchors, at)
        _check_laboratory(certificates[0])
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise Untrusted(f"a certificate of the chain cannot be read: {error}") from error
    return certificates[0]


def _walk(
    certificates: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: datetime
) -> None:
    for depth, certificate in enumerate(certificates):
        _check_time(certificate, at)
        _check_extensions(certificate)
        if depth:
            _check_issuer(certificate, below=depth - 1)
        if certificate in anchors:
            if depth == 0:
                raise Untrusted("the signing certificate is itself a root")
            return
        if depth + 1 < len(certificates):
            _check_signed_by(certificate, certificates[depth + 1])
            continue
        root = _anchor_of(certificate, anchors)
        _check_time(root, at)
        _check_issuer(root, below=depth)


def _anchor_of(
    certificate: x509.Certificate, anchors: Sequence[x509.Certificate]
) -> x509.Certificate:
    for anchor in anchors:
        try:
            _check_signed_by(certificate, anchor)
        except Untrusted:
            continue
        return anchor
    raise Untrusted(
        f'issuer "{certificate.issuer.rfc4514_string()}" is not in the trust file, '
        "or did not sign this certificate"
    )


def _check_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        name = certificate.subject.rfc4514_string()
        raise Untrusted(f'"{name}" was not signed by the next certificate of its chain') from error


def _check_time(certificate: x509.Certificate, at: datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Untrusted(
            f'"{certificate.subject.rfc4514_string()}" is valid '
            f"{certificate.not_valid_before_utc:%Y-%m-%d} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d}, not on {at:%Y-%m-%d %H:%M}Z"
        )


def _check_extensions(certificate: x509.Certificate) -> None:
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise Untrusted(f"critical extension {extension.oid.dotted_string} is not understood")


def _check_issuer(certificate: x509.Certificate, *, below: int) -> None:
    """Check that a certificate may issue; `below` = certificates of authorities under it."""
    name = certificate.subject.rfc4514_string()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if not constraints.ca or not usage.key_cert_sign:
        raise Untrusted(f'"{name}" is no certificate authority')
    if constraints.path_length is not None and below > constraints.path_length:
        raise Untrusted(f'"{name}" allows {constraints.path_length} authorities below it')


def _check_laboratory(leaf: x509.Certificate) -> None:
    extensions = leaf.extensions
    if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise Untrusted("the signing certificate is a certificate authority")
    if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        raise Untrusted("the signing certificate is not for signatures")
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if LAB_CLASS not in usages:
        raise Untrusted("the signing certificate is not of class lab")
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Untrusted("the signing key is not P-256")
