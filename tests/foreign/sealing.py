"""Seals of messages (RFC 9421, RFC 9530) and the trust behind them, from docs/wire.md.

Both directions: checking what a caller or a peer sealed, and sealing what we send and answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

CLASSES = "1.3.6.1.4.1.99999.1."
TOKEN, CENTRE_SEAL, SERVICE_SEAL, PROXY, OCSP_SIGNER = 1, 2, 4, 7, 9
COVERED = (
    "@method", "ditas-target", "content-digest", "ditas-centre", "ditas-software", "ditas-user",
    "ditas-correlation", "ditas-certificate",
)  # fmt: skip
WHEN_PRESENT = ("idempotency-key", "if-match")
ANSWER = ("@status", "content-digest", "ditas-correlation", "ditas-certificate")
WINDOW = 300
STATUS_LIFE = 3600
_MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=((?:\"(?:[^\"\\]|\\.)*\"|[^,\"])*)")
_INPUT = re.compile(r"\(((?:\"[^\"]+\"(?:;[^\s)]+)?\s*)*)\)((?:;[a-z]+=(?:\"[^\"]*\"|[^;]+))*)")
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}")


class NotTrusted(Exception):
    """A seal that does not hold; the argument is the code of the error bank."""


@dataclass(frozen=True)
class Sealed:
    """A seal as it was read."""

    covered: tuple[str, ...]
    parameters: Mapping[str, str]
    raw: str
    signature: bytes


@dataclass(frozen=True)
class Identity:
    """A certificate of ours with its key."""

    leaf: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain_file: Path
    key_file: Path

    @property
    def der(self) -> bytes:
        return self.leaf.public_bytes(serialization.Encoding.DER)


def load_identity(place: Path) -> Identity:
    key = serialization.load_pem_private_key((place / "key.pem").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("keys of the exchange are P-256")
    leaf = x509.load_pem_x509_certificate((place / "cert.pem").read_bytes())
    return Identity(leaf, key, place / "chain.pem", place / "key.pem")


def members(text: str) -> dict[str, str]:
    """Return the members of a structured dictionary, values as they stand."""
    return {m.group(1): m.group(2).strip() for m in _MEMBER.finditer(text)}


def binary(text: str) -> bytes:
    """Read a byte sequence `:BASE64:`."""
    if len(text) < 2 or text[0] != ":" or text[-1] != ":":
        raise NotTrusted("SEAL_MALFORMED")
    try:
        return base64.b64decode(text[1:-1], validate=True)
    except binascii.Error:
        raise NotTrusted("SEAL_MALFORMED") from None


def wrapped(data: bytes) -> str:
    return f":{base64.b64encode(data).decode()}:"


def digest_of(body: bytes) -> str:
    return f"sha-256={wrapped(hashlib.sha256(body).digest())}"


def read_seal(headers: Mapping[str, str], tag: str) -> Sealed:
    """Return the seal with this tag; requests must use the label `seal`."""
    inputs = members(headers.get("signature-input", ""))
    signatures = members(headers.get("signature", ""))
    label = next((one for one in inputs if f'tag="{tag}"' in inputs[one]), None)
    if tag == "ditas-seal" and label != "seal":
        raise NotTrusted("SEAL_MALFORMED" if "seal" in inputs else "SEAL_MISSING")
    if label is None or label not in signatures:
        raise NotTrusted("SEAL_MISSING" if label is None else "SEAL_MALFORMED")
    found = _INPUT.fullmatch(inputs[label])
    if found is None:
        raise NotTrusted("SEAL_MALFORMED")
    covered = tuple(found.group(1).split())
    pairs = [one.split("=", 1) for one in found.group(2).split(";") if one]
    parameters = {name: value.strip('"') for name, value in pairs}
    return Sealed(covered, parameters, inputs[label], binary(signatures[label]))


def base_of(covered: Sequence[str], values: Callable[[str], str], raw: str) -> bytes:
    lines = [f"{name}: {values(name)}" for name in covered]
    return "\n".join([*lines, f'"@signature-params": {raw}']).encode()


def sign(
    identity: Identity, covered: Sequence[str], values: Callable[[str], str], tag: str
) -> tuple[str, str]:
    """Return input and signature of a new seal, without labels."""
    keyid = hashlib.sha256(identity.der).hexdigest()
    raw = (
        f"({' '.join(covered)});created={int(time.time())};"
        f'nonce="{secrets.token_urlsafe(24)}";keyid="{keyid}";alg="ecdsa-p256-sha256";tag="{tag}"'
    )
    r, s = decode_dss_signature(
        identity.key.sign(base_of(covered, values, raw), ec.ECDSA(hashes.SHA256()))
    )
    return raw, wrapped(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def check_signature(leaf: x509.Certificate, sealed: Sealed, base: bytes) -> None:
    key, half = leaf.public_key(), len(sealed.signature) // 2
    if not isinstance(key, ec.EllipticCurvePublicKey) or half != 32:
        raise NotTrusted("SEAL_SIGNATURE_INVALID")
    r = int.from_bytes(sealed.signature[:half], "big")
    s = int.from_bytes(sealed.signature[half:], "big")
    try:
        key.verify(encode_dss_signature(r, s), base, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise NotTrusted("SEAL_SIGNATURE_INVALID") from None


def class_of(leaf: x509.Certificate) -> int:
    """Return the class a certificate carries, 0 when none."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return 0
    numbers = [one.dotted_string for one in usage if one.dotted_string.startswith(CLASSES)]
    return int(numbers[0].removeprefix(CLASSES)) if numbers else 0


def named(leaf: x509.Certificate) -> tuple[str, str]:
    """Return SIAM id and software of the subject."""
    parts = []
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.SERIAL_NUMBER):
        found = leaf.subject.get_attributes_for_oid(oid)
        parts.append(str(found[0].value) if found else "")
    return parts[0], parts[1]


class Trust:
    """The health root, its intermediate, and the status answers we remember."""

    def __init__(self, credentials: Path) -> None:
        self.root = x509.load_pem_x509_certificate((credentials / "trust.pem").read_bytes())
        issuing = (credentials / "intermediate.pem").read_bytes()
        self.issuing = x509.load_pem_x509_certificate(issuing)
        self.issuing.verify_directly_issued_by(self.root)
        self.trust_file = credentials / "trust.pem"
        self._good: dict[int, float] = {}
        self._lock = threading.Lock()

    def check(self, leaf: x509.Certificate, *, classes: set[int], ask_status: bool = True) -> None:
        """Raise NotTrusted unless a certificate is ours, in time, of a class and not revoked."""
        try:
            leaf.verify_directly_issued_by(self.issuing)
        except (ValueError, TypeError, InvalidSignature):
            raise NotTrusted("SEAL_CERTIFICATE_UNTRUSTED") from None
        now = datetime.now(UTC)
        if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
            raise NotTrusted("SEAL_CERTIFICATE_EXPIRED")
        if class_of(leaf) not in classes:
            raise NotTrusted("SEAL_CERTIFICATE_CLASS")
        if ask_status and self.is_revoked(leaf):
            raise NotTrusted("SEAL_CERTIFICATE_REVOKED")

    def is_revoked(self, leaf: x509.Certificate) -> bool:
        """Ask OCSP; a good answer is remembered for an hour. Raises OSError without an answer."""
        serial = leaf.serial_number
        with self._lock:
            if self._good.get(serial, 0.0) > time.monotonic():
                return False
        answer = self._ask(leaf)
        if answer.certificate_status is not ocsp.OCSPCertStatus.GOOD:
            return True
        with self._lock:
            self._good[serial] = time.monotonic() + STATUS_LIFE
        return False

    def _ask(self, leaf: x509.Certificate) -> ocsp.OCSPResponse:
        builder = ocsp.OCSPRequestBuilder()
        question = builder.add_certificate(leaf, self.issuing, hashes.SHA256()).build()
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        url = next(
            one.access_location.value
            for one in access
            if one.access_method == AuthorityInformationAccessOID.OCSP
        )
        request = urllib.request.Request(  # noqa: S310 - address of our own authority
            url,
            question.public_bytes(serialization.Encoding.DER),
            {"content-type": "application/ocsp-request"},
        )
        with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
            answer = ocsp.load_der_ocsp_response(reply.read(65536))
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise OSError("the authority gave no status")
        self._believe(answer)
        if answer.serial_number != leaf.serial_number:
            raise OSError("the status is of another certificate")
        return answer

    def _believe(self, answer: ocsp.OCSPResponse) -> None:
        signer = answer.certificates[0] if answer.certificates else self.issuing
        if signer != self.issuing:
            self.check(signer, classes={OCSP_SIGNER}, ask_status=False)
        key, algorithm = signer.public_key(), answer.signature_hash_algorithm
        if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm is None:
            raise OSError("the status is signed in a way we do not know")
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))


def quoted(name: str) -> str:
    return f'"{name}"'
