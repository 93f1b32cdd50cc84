"""A caller whose clock moves, and what the tests of trust need: requests, tokens, reasons."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from lab.kit.credentials import Identity
from lab.kit.mutation import Draft
from lab.kit.seal import content_digest, sign_draft
from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.clock import MovableClock
from tests.unit.reference_platform.sealed_caller import (
    Change,
    Heard,
    SealedCaller,
    certificate_header,
)

REASONS = "urn:ir:maksa:reason-synthetic"
CENTRES = "/siam/v1/centres?kind=office"
COMPROMISED = {"system": REASONS, "code": "KEY_COMPROMISED", "display": "key compromised"}
WRONG_REASON = {"system": REASONS, "code": "POWER", "display": "no power"}
PHARMACIST: dict[str, Any] = {"centre": "pharmacy-1", "person": "ph01"}


class TrustCaller(SealedCaller):
    """Seals at the time of the exchange's clock; calls go through the gateway."""

    def __init__(self, state: Path, *faults: str, **settings: Any) -> None:
        self.clock = settings.setdefault("clock", MovableClock())
        super().__init__(state, *faults, **settings)

    def seal(self, draft: Draft, identity: Identity, before: Change | None = None) -> None:
        draft.set_header("ditas-certificate", certificate_header(identity))
        draft.set_header("content-digest", content_digest(draft.body))
        if before is not None:
            before(draft)
        now = int(self.clock.now().timestamp())
        sign_draft(draft, identity, created=now, nonce=secrets.token_urlsafe(18))

    def ask(self, method: str, target: str, body: Any = b"", **options: Any) -> Heard:
        return self.call(method, target, body, gateway=True, **options)

    def ministry(self, method: str, target: str, body: Any = b"", **options: Any) -> Heard:
        return self.ask(method, target, body, centre="ministry", person="op01", **options)

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    def token_id(self, name: str) -> str:
        fingerprint = read_certificate(self.kit.identity(name).leaf_der).fingerprint
        return str(uuid.uuid5(uuid.NAMESPACE_OID, fingerprint))

    def named(self, name: str) -> dict[str, str]:
        """Issuer and serial of an identity of the kit, as revocation asks for them."""
        return named(self.kit.identity(name).leaf_der)


def named(der: bytes) -> dict[str, str]:
    certificate = x509.load_der_x509_certificate(der)
    return {
        "issuer": certificate.issuer.rfc4514_string(),
        "serial": f"{certificate.serial_number:x}",
    }


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def request_for(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, serial_number: str = ""
) -> str:
    """A PKCS #10 request in Base64."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "applicant")]
    if serial_number:
        names.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number))
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    der = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


def spoiled(request: str) -> str:
    """The same request with one bit of its signature turned."""
    der = bytearray(base64.b64decode(request))
    der[-1] ^= 1
    return base64.b64encode(bytes(der)).decode()


def rsa_request() -> str:
    return request_for(rsa.generate_private_key(public_exponent=65537, key_size=2048))
