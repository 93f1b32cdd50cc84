"""Seals requests and checks the seals of answers (RFC 9421 with RFC 9530, label `seal`)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509 import ObjectIdentifier

from reference_impl.clients.credentials import Identity, Kit

COVERED = (
    "@method",
    "ditas-target",
    "content-digest",
    "ditas-centre",
    "ditas-software",
    "ditas-user",
    "ditas-correlation",
    "ditas-certificate",
)
COVERED_WHEN_PRESENT = ("idempotency-key", "if-match")
REQUIRED_IN_ANSWER = ("@status", "content-digest", "ditas-correlation", "ditas-certificate")
SERVICE_SEAL_CLASS = ObjectIdentifier("1.3.6.1.4.1.99999.1.4")
WINDOW = timedelta(seconds=300)
_INPUT = re.compile(r'^seal=(\((?P<items>[^)]*)\)(?P<params>(?:;[a-z]+=(?:"[^"]*"|-?[0-9]+))*))$')
_ITEM = re.compile(r'"[^"]+"(?:;[a-z]+(?:="[^"]*")?)*')


class SealNotTrusted(Exception):
    """An answer whose seal is missing or does not hold; its content must not be used."""


@dataclass(frozen=True)
class Sealing:
    """What one seal needs besides the headers it covers."""

    identity: Identity
    created: int
    nonce: str

    @staticmethod
    def fresh(identity: Identity, now: datetime) -> Sealing:
        """Return parameters with a new nonce of 128 bits."""
        return Sealing(identity, int(now.timestamp()), secrets.token_urlsafe(16))


def content_digest(body: bytes) -> str:
    """Return the `content-digest` value of these bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def seal_request(method: str, headers: dict[str, str], sealing: Sealing) -> None:
    """Add `signature-input` and `signature`; the covered headers must be there already."""
    names = [*COVERED, *(name for name in COVERED_WHEN_PRESENT if name in headers)]
    params = (
        "("
        + " ".join(f'"{name}"' for name in names)
        + f');created={sealing.created};nonce="{sealing.nonce}"'
        + f';keyid="{sealing.identity.key_id}";alg="ecdsa-p256-sha256";tag="ditas-seal"'
    )
    lines = [f'"{n}": {method if n == "@method" else headers[n]}' for n in names]
    base = "\n".join([*lines, f'"@signature-params": {params}']).encode("ascii")
    r, s = decode_dss_signature(sealing.identity.key.sign(base, ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    headers["signature-input"] = f"seal={params}"
    headers["signature"] = f"seal=:{base64.b64encode(raw).decode()}:"


@dataclass(frozen=True)
class Received:
    """An answer as it came in; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def verify_answer(answer: Received, sent: Mapping[str, str], kit: Kit, now: datetime) -> None:
    """Raise SealNotTrusted, with the reason, unless a service of the exchange sealed this answer.

    Checked: digest, coverage, window, binding to our request, certificate chain and class,
    signature. Revocation is not asked for: service certificates live for days.
    """
    headers = answer.headers
    if headers.get("content-digest") != content_digest(answer.body):
        raise SealNotTrusted("content-digest does not match the received bytes")
    match = _INPUT.match(headers.get("signature-input", ""))
    if match is None:
        raise SealNotTrusted("the answer carries no seal that can be read")
    items = _ITEM.findall(match["items"])
    own = sent.get("signature", "").removeprefix("seal=")
    bound = '"signature";req;key="seal"'
    required = [f'"{name}"' for name in REQUIRED_IN_ANSWER] + ([bound] if own else [])
    missing = [item for item in required if item not in items]
    if missing:
        raise SealNotTrusted(f"the seal does not cover {', '.join(missing)}")
    if headers.get("ditas-correlation") != sent.get("ditas-correlation"):
        raise SealNotTrusted("the answer belongs to another correlation")
    certificate = _service_certificate(headers.get("ditas-certificate", ""), kit, now)
    _check_window(match["params"], now)
    values = {'"@status"': str(answer.status), bound: own}
    lines = []
    for item in items:
        value = values.get(item, headers.get(item.strip('"')))
        if value is None:
            raise SealNotTrusted(f"the seal covers {item}, which the answer does not carry")
        lines.append(f"{item}: {value}")
    base = "\n".join([*lines, f'"@signature-params": {match[1]}']).encode("latin-1")
    _check_signature(certificate, headers.get("signature", ""), base)


def _check_window(params: str, now: datetime) -> None:
    created = re.search(r";created=(\d{1,12})(?:;|$)", params)
    if created is None or abs(now.timestamp() - int(created[1])) > WINDOW.total_seconds():
        raise SealNotTrusted("the seal was not made within five minutes of now")


def _check_signature(certificate: x509.Certificate, signature: str, base: bytes) -> None:
    key = certificate.public_key()
    try:
        raw = base64.b64decode(signature.removeprefix("seal=").strip(":"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealNotTrusted("the signature of the answer is not base64") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(raw) != 64:  # noqa: PLR2004 - r||s
        raise SealNotTrusted("the seal of the answer is not an ECDSA P-256 signature")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(der, base, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SealNotTrusted("the signature of the answer does not hold") from error


def _service_certificate(value: str, kit: Kit, now: datetime) -> x509.Certificate:
    try:
        leaf = x509.load_der_x509_certificate(base64.b64decode(value.strip(":"), validate=True))
    except ValueError as error:
        raise SealNotTrusted("ditas-certificate of the answer is not a certificate") from error
    _check_chain(leaf, kit, now)
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise SealNotTrusted("the sealing certificate has no class") from error
    if SERVICE_SEAL_CLASS not in usage:
        raise SealNotTrusted("the sealing certificate is not one of a service")
    return leaf


def _check_chain(leaf: x509.Certificate, kit: Kit, now: datetime) -> None:
    certificate = leaf
    for _ in range(4):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise SealNotTrusted("a certificate of the answer's seal is outside its validity")
        issuer = next((c for c in kit.trust if c.subject == certificate.issuer), None)
        if issuer is None:
            break
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError):
            break
        if issuer == certificate:
            return
        certificate = issuer
    raise SealNotTrusted("the sealing certificate does not lead to the health root")
