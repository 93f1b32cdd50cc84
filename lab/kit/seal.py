"""The judging side's own seals: HTTP Message Signatures (RFC 9421) and digests (RFC 9530).

Written from the standard and `docs/wire.md`, sharing no code with any product or the reference.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from lab.kit.credentials import CredentialKit, Identity
from lab.kit.mutation import Draft
from lab.kit.reply import Reply

LABEL = "seal"
ALGORITHM = "ecdsa-p256-sha256"
REQUEST_TAG = "ditas-seal"
RESPONSE_TAG = "ditas-response"
WINDOW = timedelta(seconds=300)
SERVICE_SEAL_CLASS = "1.3.6.1.4.1.99999.1.4"

_REQUEST_COMPONENTS = (
    "@method",
    "ditas-target",
    "content-digest",
    "ditas-centre",
    "ditas-software",
    "ditas-user",
    "ditas-correlation",
    "ditas-certificate",
)
_OPTIONAL_COMPONENTS = ("idempotency-key", "if-match")
_RESPONSE_COMPONENTS = ('"@status"', '"content-digest"', '"ditas-correlation"')
_RESPONSE_CERTIFICATE = '"ditas-certificate"'
_REQUEST_SIGNATURE = '"signature";req;key="seal"'
_MEMBER = re.compile(
    r'\s*([a-z*][a-z0-9_.*-]*)=(\((?:[^()"]|"[^"]*")*\)((?:;[^,;"]+(?:"[^"]*")?)*))'
)
_COMPONENT = re.compile(r'"([^"]+)"((?:;[a-z]+(?:="[^"]*")?)*)')
_PARAMETER = re.compile(r';([a-z]+)=("[^"]*"|-?[0-9]+)')
_P256_HALF = 32


def content_digest(content: bytes) -> str:
    """Return the `content-digest` header of these bytes (SHA-256)."""
    encoded = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return f"sha-256=:{encoded}:"


def sign_draft(draft: Draft, identity: Identity, *, created: int, nonce: str) -> None:
    """Add `signature-input` and `signature` to a draft, honouring its seal mutations.

    Every covered header must already stand in the draft; one that a mutation removed is left out of
    the covered components too, so that the seal stays formally valid.
    """
    names = [
        name
        for name in (*_REQUEST_COMPONENTS, *_OPTIONAL_COMPONENTS)
        if name not in draft.seal_components_dropped
        and (name == "@method" or draft.header(name) is not None)
    ]
    values: dict[str, str | int] = {
        "created": created,
        "nonce": nonce,
        "keyid": identity.fingerprint,
        "alg": ALGORITHM,
        "tag": REQUEST_TAG,
        **draft.seal_parameters,
    }
    parameters = "".join(
        f";{key}={value}" if isinstance(value, int) else f';{key}="{value}"'
        for key, value in values.items()
    )
    inner = f"({' '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}){parameters}"
    lines = [
        f'"{name}": {draft.method if name == "@method" else _field(draft.header(name))}'
        for name in names
    ]
    base = "\n".join([*lines, f'"@signature-params": {inner}']).encode()
    encoded = base64.b64encode(sign_raw(identity, base)).decode()
    draft.set_header("signature-input", f"{LABEL}={inner}")
    draft.set_header("signature", f"{LABEL}=:{encoded}:")


def sign_raw(identity: Identity, content: bytes) -> bytes:
    """ECDSA P-256 SHA-256, raw r||s (64 bytes)."""
    r, s = decode_dss_signature(identity.key.sign(content, ECDSA(hashes.SHA256())))
    return r.to_bytes(_P256_HALF, "big") + s.to_bytes(_P256_HALF, "big")


def verify_raw(key: object, signature: bytes, content: bytes) -> str | None:
    """Return None when the raw r||s signature fits, else the reason."""
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        return f"the certificate holds {type(key).__name__}, not a P-256 key"
    if len(signature) != 2 * _P256_HALF:
        return f"the signature has {len(signature)} bytes, r||s of P-256 has 64"
    r = int.from_bytes(signature[:_P256_HALF], "big")
    s = int.from_bytes(signature[_P256_HALF:], "big")
    try:
        key.verify(encode_dss_signature(r, s), content, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return "the signature does not fit what it covers"
    return None


def _field(value: str | None) -> str:
    return " ".join((value or "").split("\n")).strip()


@dataclass(frozen=True)
class SealInput:
    """One member of `Signature-Input`, parsed."""

    label: str
    components: tuple[str, ...]  # serialised, with their parameters
    parameters: dict[str, str | int]
    raw: str  # the value after "label=", as received


def parse_signature_input(value: str) -> tuple[SealInput, ...]:
    """Parse the members of a `Signature-Input` field; ones that do not parse are left out."""
    members = []
    for match in _MEMBER.finditer(value):
        inner = match.group(2)
        listed = inner[1 : inner.index(")")]
        components = tuple(f'"{c.group(1)}"{c.group(2)}' for c in _COMPONENT.finditer(listed))
        parameters: dict[str, str | int] = {
            key: raw[1:-1] if raw.startswith('"') else int(raw)
            for key, raw in _PARAMETER.findall(match.group(3))
        }
        members.append(SealInput(match.group(1), components, parameters, inner))
    return tuple(members)


def parse_signature(value: str, label: str) -> bytes | None:
    """Bytes of one member of a `Signature` field, None when absent or not base64."""
    found = re.search(rf"(?:^|,)\s*{re.escape(label)}=:([A-Za-z0-9+/=]*):", value)
    if found is None:
        return None
    return decode_base64(found.group(1))


def decode_base64(text: str) -> bytes | None:
    """Strict base64, None when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


class SealVerifier:
    """Verifies the seals of answers against the trust anchors of the credential kit."""

    def __init__(self, kit: CredentialKit) -> None:
        self._kit = kit

    def response_problem(  # noqa: PLR0911 - one return per thing that can be wrong
        self, reply: Reply, *, at: datetime | None = None
    ) -> str | None:
        """Return None when the seal of the answer holds, else a sentence on what is wrong.

        Windows and validity are judged at the recorded time of the exchange (or at `at`), so a
        replay years later comes to the same verdict.
        """
        moved = timedelta(seconds=reply.exchange.clock_ahead_seconds)
        at = at or reply.exchange.started_at + moved
        if reply.exchange.response is None:
            return reply.summary()
        member = self._member(reply)
        if isinstance(member, str):
            return member
        certificate = self._certificate(reply)
        if isinstance(certificate, str):
            return certificate
        for problem in (
            self._digest_problem(reply),
            self._coverage_problem(reply, member),
            _parameter_problem(member, certificate, at),
            self._trust_problem(certificate, reply.service, at),
        ):
            if problem is not None:
                return problem
        signature = parse_signature(reply.header("signature") or "", member.label)
        if signature is None:
            return f'no "signature" member labelled "{member.label}"'
        base = _response_base(reply, member)
        if isinstance(base, str):
            return base
        return verify_raw(certificate.public_key(), signature, base)

    def _member(self, reply: Reply) -> SealInput | str:
        value = reply.header("signature-input")
        if value is None:
            return "no signature-input header"
        members = parse_signature_input(value)
        tagged = [member for member in members if member.parameters.get("tag") == RESPONSE_TAG]
        if len(tagged) != 1:
            return f'{len(tagged)} signatures tagged "{RESPONSE_TAG}", one is needed'
        return tagged[0]

    def _certificate(self, reply: Reply) -> x509.Certificate | str:
        value = reply.header("ditas-certificate") or ""
        der = decode_base64(value.strip().strip(":")) if value.strip().startswith(":") else None
        if der is None:
            return "ditas-certificate is absent or not a byte sequence (:base64:)"
        try:
            return x509.load_der_x509_certificate(der)
        except ValueError as error:
            return f"ditas-certificate is not a certificate: {str(error)[:120]}"

    def _digest_problem(self, reply: Reply) -> str | None:
        received = (reply.header("content-digest") or "").replace(" ", "")
        digest = content_digest(reply.wire_content)
        if reply.exchange.request.method == "HEAD" and received:
            return None  # of no content, or of what GET would send: RFC 9110 and 9530 allow both
        if digest not in received.split(","):
            return f"content-digest is {received[:90] or 'absent'}, the body has {digest}"
        return None

    def _coverage_problem(self, reply: Reply, member: SealInput) -> str | None:
        needed = [*_RESPONSE_COMPONENTS, _RESPONSE_CERTIFICATE]
        sent = {header.name.lower() for header in reply.exchange.request.headers}
        if "signature" in sent and "signature-input" in sent:
            needed.append(_REQUEST_SIGNATURE)
        missing = [name for name in needed if name not in member.components]
        if missing:
            return f"the seal does not cover {', '.join(missing)}"
        asked = _request_header(reply, "ditas-correlation")
        echoed = reply.header("ditas-correlation")
        if asked is not None and asked != echoed:
            return f'ditas-correlation is "{(echoed or "absent")[:60]}", the request had "{asked}"'
        return None

    def _trust_problem(
        self, certificate: x509.Certificate, service: str, at: datetime
    ) -> str | None:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return f"the sealing certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
        try:
            usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            classes = {usage.dotted_string for usage in usages}
        except (x509.ExtensionNotFound, ValueError):
            classes = set()
        if SERVICE_SEAL_CLASS not in classes:
            return "the sealing certificate is not of class service_seal"
        units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
        names = {str(unit.value) for unit in units}
        if service and not names & {service, "gateway"}:
            return f"the seal is of {', '.join(sorted(names)) or 'nobody'}, not of {service}"
        return self._chain_problem(certificate, at)

    def _chain_problem(self, certificate: x509.Certificate, at: datetime) -> str | None:
        current = certificate
        issuers = (*self._kit.anchors, *self._kit.intermediates)
        for _ in range(4):
            # Two authorities have one name after a renewal of keys: the signature tells which.
            issuer = next((item for item in issuers if is_issued_by(current, item)), None)
            if issuer is None:
                break
            if not issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc:
                return "an issuing certificate of the seal is out of its validity"
            if issuer in self._kit.anchors:
                return None
            current = issuer
        return "the sealing certificate does not lead to the health root"


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether this issuer signed the certificate, by name and key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _parameter_problem(
    member: SealInput, certificate: x509.Certificate, at: datetime
) -> str | None:
    created = member.parameters.get("created")
    if not isinstance(created, int):
        return "the seal has no created time"
    if abs(created - at.timestamp()) > WINDOW.total_seconds():
        return f"the seal was created {created - int(at.timestamp()):+d} s from now"
    nonce = member.parameters.get("nonce")
    if not isinstance(nonce, str) or len(nonce) < 22:  # noqa: PLR2004 - 128 bits in base64url
        return "the seal has no nonce of 22 characters"
    if member.parameters.get("alg") != ALGORITHM:
        return f'alg is "{str(member.parameters.get("alg"))[:40]}", not "{ALGORITHM}"'
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    if member.parameters.get("keyid") != fingerprint:
        return "keyid is not the SHA-256 of the certificate in ditas-certificate"
    return None


def _request_header(reply: Reply, name: str) -> str | None:
    headers = reply.exchange.request.headers
    return next((item.value for item in headers if item.name.lower() == name), None)


def _response_base(reply: Reply, member: SealInput) -> bytes | str:
    lines = []
    for component in member.components:
        if component == '"@status"':
            value: str | None = str(reply.status)
        elif component == _REQUEST_SIGNATURE:
            signature = parse_signature(_request_header(reply, "signature") or "", LABEL)
            if signature is None:
                return "the seal covers a request signature, but the request carried none"
            value = f":{base64.b64encode(signature).decode()}:"
        elif ";" in component or component.startswith('"@'):
            return f"the seal covers {component[:60]}, which the profile does not know"
        else:
            value = reply.header(component.strip('"'))
        if value is None:
            return f"the seal covers {component[:60]}, which the answer lacks"
        lines.append(f"{component}: {value.strip()}")
    lines.append(f'"@signature-params": {member.raw}')
    return "\n".join(lines).encode("utf-8", "surrogateescape")
