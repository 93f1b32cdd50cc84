"""Puts a pen into the hand of the person who is signed in: local key, card, or telephone."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fixtures.synthetic import Professional
from reference_impl.clients.channel import Gateway
from reference_impl.clients.credentials import Identity
from reference_impl.clients.signers import (
    DocumentSigner,
    MobileSignature,
    SignerUnavailable,
    SmartCard,
    Telephone,
)

CHOICES = ("local", "card", "mobile")
CARD_PIN = "1401"
"""The PIN of every simulated card."""
ENROLMENTS = "/esign/v1/enrolments"


@dataclass
class PinPad:
    """A card in its reader: the PIN is typed for every document (RUL-073)."""

    card: SmartCard
    pin: str

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Certificates of the card."""
        return self.card.chain

    @chain.setter
    def chain(self, value: tuple[x509.Certificate, ...]) -> None:
        self.card.chain = value

    def signature(self, digest: bytes, kind: str, display: str) -> bytes:
        """Present the PIN and sign once. Raises SignerUnavailable."""
        self.card.present(self.pin)
        return self.card.signature(digest, kind, display)


def pen_of(
    choice: str,
    gateway: Gateway,
    identity: Identity,
    professional: Professional,
    *,
    pin: str = CARD_PIN,
    approves: bool = True,
) -> DocumentSigner | None:
    """Return the pen of a choice; None for the local key, with which programs sign themselves.

    A telephone is enrolled at once: its key never leaves it, and the exchange issues a certificate.
    Raises Refused, Unreachable, SignerUnavailable.
    """
    if choice == "card":
        return PinPad(SmartCard(identity, CARD_PIN), pin)
    if choice == "mobile":
        return _enrolled(gateway, professional, approves=approves)
    return None


def _enrolled(gateway: Gateway, professional: Professional, *, approves: bool) -> MobileSignature:
    key = ec.generate_private_key(ec.SECP256R1())
    body = {
        "person": {"type": professional.id_type, "value": professional.id_value},
        "councilKind": professional.council_kind,
        "councilNumber": professional.council_number,
        "phone": professional.phone,
        "certificateRequest": _request(key),
    }
    answer = gateway.call("POST", ENROLMENTS, body=body)
    leaf = x509.load_der_x509_certificate(base64.b64decode(answer.text("certificate")))
    issuer = next((one for one in gateway.kit.trust if one.subject == leaf.issuer), None)
    if issuer is None:
        raise SignerUnavailable("the certificate of the telephone leads to no known authority")
    telephone = Telephone(key, approves=approves)
    return MobileSignature(gateway.call, answer.text("enrolmentId"), (leaf, issuer), telephone)


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a PKCS #10 request in Base64; the authority fills in who it is."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "applicant")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name)
    return base64.b64encode(made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)).decode()
