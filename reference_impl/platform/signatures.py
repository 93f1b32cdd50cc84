"""ECDSA on P-256 as raw r and s, the form that seals and documents carry.

One process hears the same signed bytes more than once: the gateway checks a seal that the service
checks again, the record a document that the purchaser has checked. Whether a signature holds is a
function of key, bytes and signature alone, so what held once is remembered by their common hash. A
signature that did not hold is never remembered, and nothing is assumed of one's own signatures.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

RAW_BYTES = 64
REMEMBERED = 4096

_ECDSA = ec.ECDSA(hashes.SHA256())
_held: dict[bytes, None] = {}


def check_raw(key: ec.EllipticCurvePublicKey, fingerprint: str, raw: bytes, signed: bytes) -> None:
    """Check 64 raw bytes over `signed`; `fingerprint` is the SHA-256 of the key's certificate.

    Raises InvalidSignature.
    """
    name = hashlib.sha256(b"%b%b%b" % (fingerprint.encode("ascii"), raw, signed)).digest()
    if name in _held:
        return
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, signed, _ECDSA)
    if len(_held) >= REMEMBERED:
        # The oldest goes: a dict keeps the order in which it was filled.
        del _held[next(iter(_held))]
    _held[name] = None


def sign_raw(key: ec.EllipticCurvePrivateKey, signed: bytes) -> bytes:
    """Return r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(signed, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
