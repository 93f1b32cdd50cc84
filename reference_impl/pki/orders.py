"""Orders for certificates: who may ask, which key, which subject."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.synthetic.world import World
from reference_impl.pki import authority as leaves
from reference_impl.pki.identities import Identity
from reference_impl.pki.kit import Authority
from reference_impl.platform.certificates import Certificate, read_certificate
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Caller

PublicKey = ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Subject:
    """Holder and class of a certificate."""

    kind: str
    common_name: str
    organisation: str
    serial_number: str
    title: str


def ordered(body: Mapping[str, Any]) -> Subject:
    """Read the subject of an order of a registration authority."""
    return Subject(
        body["class"],
        body["commonName"],
        body.get("organisation", ""),
        body["serialNumber"],
        body.get("title", ""),
    )


def same_again(certificate: Certificate) -> Subject:
    """Return the subject of an existing certificate."""
    titles = certificate.x509.subject.get_attributes_for_oid(NameOID.TITLE)
    return Subject(
        next(iter(certificate.classes)),
        certificate.common_name,
        certificate.organisation,
        certificate.serial_number,
        str(titles[0].value) if titles else "",
    )


def requested_key(request: bytes, *, unchecked: bool = False) -> PublicKey:
    """Return the P-256 key of a PKCS #10 request (DER) whose own signature holds.

    Raises Refusal CERTIFICATE_REQUEST_INVALID. `unchecked` is a seeded fault.
    """
    try:
        asked = x509.load_der_x509_csr(request)
        key = asked.public_key()
        possessed = unchecked or asked.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise _invalid("not a readable PKCS #10 request") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _invalid("the key is not P-256")
    if not possessed:
        raise _invalid("the signature of the request does not verify")
    return key


def issue(
    authority: Authority, subject: Subject, key: PublicKey, now: datetime, *, shorter: bool
) -> x509.Certificate:
    """Issue a leaf of the intermediate; `shorter` is a legal variant of twelve months."""
    identity = Identity(
        name="",
        kind=subject.kind,
        state="good",
        common_name=subject.common_name,
        subject=(),
        organisation=subject.organisation,
        serial_number=subject.serial_number,
        title=subject.title,
    )
    life = leaves.YEAR if shorter else leaves.LEAF_LIFE
    return leaves.issue(authority.intermediate, identity, key, now, authority.status_url, life=life)


def may_act(world: World, caller: Caller, certificate: Certificate) -> bool:
    """Say whether the caller may renew or revoke: holder, exchange centre, or a service."""
    if caller.kind == "service":
        return True
    places = (*world.authorities.values(), *world.centres.values())
    if any(place.siam_id == caller.centre and "ministry" in place.roles for place in places):
        return True
    if certificate.is_class("professional"):
        return certificate.serial_number == _council_identity(world, caller)
    return certificate.organisation == caller.centre


def _council_identity(world: World, caller: Caller) -> str | None:
    """Return "KIND-NUMBER" of the professional whose user id the caller sealed."""
    for user in world.users:
        person = world.professionals.get(user.person)
        if user.user_id == caller.user and person is not None:
            return f"{person.council_kind}-{person.council_number}"
    return None


def parsed(certificate: x509.Certificate) -> Certificate:
    """Return a certificate with its class and subject read."""
    return read_certificate(der(certificate))


def der(certificate: x509.Certificate) -> bytes:
    """Return the DER bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


def sha256(content: bytes) -> bytes:
    """Return the digest of some bytes."""
    return hashlib.sha256(content).digest()


def _invalid(detail: str) -> Refusal:
    return Refusal("CERTIFICATE_REQUEST_INVALID", pointer="/certificateRequest", detail=detail)
