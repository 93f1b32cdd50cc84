"""Certificate classes of the exchange and what a certificate says about its holder.

The class is an extended key usage below the private synthetic arc 1.3.6.1.4.1.99999.1 (ADR 0005).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

CLASS_ARC = "1.3.6.1.4.1.99999.1"
CLASSES: dict[str, int] = {
    "ditas_token": 1,
    "centre_seal": 2,
    "professional": 3,
    "service_seal": 4,
    "service_tls": 5,
    "lab": 6,
    "proxy": 7,
    "tsa": 8,
    "ocsp": 9,
}
_CLASS_OF_OID = {f"{CLASS_ARC}.{number}": name for name, number in CLASSES.items()}


def class_oid(name: str) -> x509.ObjectIdentifier:
    """Return the extended key usage that marks a class."""
    return x509.ObjectIdentifier(f"{CLASS_ARC}.{CLASSES[name]}")


class UnreadableCertificate(ValueError):
    """Bytes that are not a certificate of this exchange; the message is safe to print."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed certificate. `classes` may be empty (a certificate without our class usage).

    `organisation` is the SIAM id and `serial_number` the software id of tokens and centre seals;
    `serial_number` is "KIND-NUMBER" of the council for professionals; `unit` is the service name.
    """

    der: bytes
    fingerprint: str
    x509: x509.Certificate
    public_key: CertificatePublicKeyTypes
    classes: frozenset[str]
    common_name: str
    organisation: str
    unit: str
    serial_number: str
    not_before: datetime
    not_after: datetime

    def is_class(self, name: str) -> bool:
        """Say whether the certificate carries this class and no other."""
        return self.classes == {name}


@lru_cache(maxsize=4096)
def read_certificate(der: bytes) -> Certificate:
    """Parse a DER certificate; raise UnreadableCertificate. Cached: the bytes decide everything."""
    try:
        parsed = x509.load_der_x509_certificate(der)
        classes = _classes(parsed)
        return Certificate(
            der=der,
            fingerprint=hashlib.sha256(der).hexdigest(),
            x509=parsed,
            public_key=parsed.public_key(),
            classes=classes,
            common_name=_attribute(parsed, NameOID.COMMON_NAME),
            organisation=_attribute(parsed, NameOID.ORGANIZATION_NAME),
            unit=_attribute(parsed, NameOID.ORGANIZATIONAL_UNIT_NAME),
            serial_number=_attribute(parsed, NameOID.SERIAL_NUMBER),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise UnreadableCertificate(f"not a readable X.509 certificate ({error})") from error


def _classes(parsed: x509.Certificate) -> frozenset[str]:
    try:
        usages = parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    found = (_CLASS_OF_OID.get(usage.dotted_string) for usage in usages)
    return frozenset(name for name in found if name is not None)


def _attribute(parsed: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = parsed.subject.get_attributes_for_oid(oid)
    if len(values) > 1:
        # Two values would let verifier and reader pick different ones.
        raise ValueError(f"subject attribute {oid.dotted_string} appears {len(values)} times")
    return str(values[0].value) if values else ""
