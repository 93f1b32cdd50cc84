"""Rules of the mobile signature: who is enrolled, what a device proves, how a request ends.

The device signs the digest of a JWS signing input, so what is collected fits into the document as
a local key's signature would.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.x509.oid import NameOID

from fixtures.synthetic import Professional
from reference_impl.platform.certificates import Certificate

WAITING, APPROVED, DECLINED, EXPIRED = "waiting", "approved", "declined", "expired"
_RAW_SIGNATURE = 64


def council_identity(kind: str, number: str) -> str:
    """Return what the certificate of a professional carries as serialNumber."""
    return f"{kind}-{number}"


def is_applicant(member: Professional | None, body: Mapping[str, Any]) -> bool:
    """Say whether person and telephone are those of the member. [ERX-8-13-A]."""
    if member is None:
        return False
    person = (body["person"]["type"], body["person"].get("value"))
    return person == (member.id_type, member.id_value) and body["phone"] == member.phone


def names_other(request: bytes, wanted: str) -> bool:
    """Say whether a PKCS #10 request states a serialNumber that is not the wanted one.

    Raises ValueError for bytes that are no request.
    """
    stated = x509.load_der_x509_csr(request).subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return any(attribute.value != wanted for attribute in stated)


def declined_digest(request_id: str) -> bytes:
    """Return what the device signs to decline."""
    return hashlib.sha256(f"declined:{request_id}".encode()).digest()


def proves(certificate: Certificate, digest: bytes, proof: str) -> bool:
    """Say whether the device of this certificate signed the digest (r||s, Base64)."""
    key = certificate.public_key
    try:
        raw = base64.b64decode(proof, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(raw) != _RAW_SIGNATURE or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(der, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature:
        return False
    return True


def state_at(state: str, expires_at: int, now: int) -> str:
    """Return the state of a request at a time: an unanswered one ends."""
    return EXPIRED if state == WAITING and now > expires_at else state
