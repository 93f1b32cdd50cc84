"""Verifies what a client under test sealed and signed, from the recorded bytes alone.

Revocation is judged by the credential kit, which is part of the evidence: what it calls revoked was
revoked before the campaign. Of later revocations the evidence holds nothing; the exchange refuses
those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lab.kit.credentials import CredentialKit
from lab.kit.documents import DecodedDocument
from lab.kit.seal import (
    ALGORITHM,
    LABEL,
    REQUEST_TAG,
    WINDOW,
    SealInput,
    content_digest,
    decode_base64,
    is_issued_by,
    parse_signature,
    parse_signature_input,
    verify_raw,
)
from lab.model.exchange import Exchange, Header

CENTRE_SEAL_CLASS = "1.3.6.1.4.1.99999.1.2"
PROFESSIONAL_CLASS = "1.3.6.1.4.1.99999.1.3"
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
GATEWAY_PREFIX = "/ditas"
MIN_NONCE = 22


@dataclass(frozen=True)
class SealFacts:
    """Parameters of a request seal as sent; absent ones are None."""

    nonce: str | None
    created: int | None
    keyid: str | None


def header_of(headers: Sequence[Header], name: str) -> str | None:
    """Value of a header (repeated lines joined by a comma), None when absent."""
    values = [item.value for item in headers if item.name.lower() == name]
    return ", ".join(values) if values else None


def seal_member(headers: Sequence[Header]) -> SealInput | None:
    """Return the member labelled `seal` of Signature-Input, None when there is none."""
    value = header_of(headers, "signature-input") or ""
    return next((m for m in parse_signature_input(value) if m.label == LABEL), None)


def seal_facts(headers: Sequence[Header]) -> SealFacts | None:
    """Read the parameters of a request seal without verifying anything."""
    member = seal_member(headers)
    if member is None:
        return None
    nonce, created = member.parameters.get("nonce"), member.parameters.get("created")
    keyid = member.parameters.get("keyid")
    return SealFacts(
        nonce=nonce if isinstance(nonce, str) else None,
        created=created if isinstance(created, int) else None,
        keyid=keyid if isinstance(keyid, str) else None,
    )


class RequestSealVerifier:
    """Checks seals and document signatures of a client against the kit's trust anchors."""

    def __init__(self, kit: CredentialKit) -> None:
        self._kit = kit

    def request_problem(self, exchange: Exchange, body: bytes) -> str | None:
        """Return None when the centre's seal holds at the time of the request, else the reason."""
        headers = exchange.request.headers
        member = seal_member(headers)
        if member is None:
            return "no signature labelled seal in signature-input"
        certificate = _certificate(header_of(headers, "ditas-certificate"))
        if isinstance(certificate, str):
            return certificate
        base = _signature_base(exchange, member)
        if isinstance(base, str):
            return base
        problems = (
            _digest_problem(headers, body),
            _target_problem(exchange),
            _parameter_problem(member, certificate, exchange.started_at),
            _binding_problem(headers, certificate),
            self._class_problem(certificate, CENTRE_SEAL_CLASS, "centre_seal"),
            self._chain_problem(certificate, exchange.started_at),
            self._revocation_problem(certificate),
        )
        found = next((problem for problem in problems if problem is not None), None)
        if found is not None:
            return found
        signature = parse_signature(header_of(headers, "signature") or "", LABEL)
        if signature is None:
            return "no signature labelled seal in signature"
        return verify_raw(certificate.public_key(), signature, base)

    def document_problem(self, document: DecodedDocument, at: datetime) -> str | None:
        """Return None when a professional of the health root signed these bytes, else why not."""
        if document.protected.get("alg") != "ES256":
            return f"alg is {str(document.protected.get('alg'))[:40]}, judged here is ES256"
        chain = document.protected.get("x5c")
        first = chain[0] if isinstance(chain, list) and chain else None
        certificate = _certificate(f":{first}:" if isinstance(first, str) else None)
        if isinstance(certificate, str):
            return certificate.replace("ditas-certificate", "x5c")
        return (
            self._class_problem(certificate, PROFESSIONAL_CLASS, "professional")
            or self._chain_problem(certificate, at)
            or self._revocation_problem(certificate)
            or verify_raw(certificate.public_key(), document.signature, document.signing_input)
        )

    def _class_problem(self, certificate: x509.Certificate, oid: str, name: str) -> str | None:
        try:
            usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (x509.ExtensionNotFound, ValueError):
            return f"the certificate has no class, {name} is needed"
        if oid not in {usage.dotted_string for usage in usages}:
            return f"the certificate is not of class {name}"
        return None

    def _revocation_problem(self, certificate: x509.Certificate) -> str | None:
        if certificate.fingerprint(hashes.SHA256()).hex() in self._kit.revoked:
            return "the certificate is revoked"
        return None

    def _chain_problem(self, certificate: x509.Certificate, at: datetime) -> str | None:
        known = (*self._kit.intermediates, *self._kit.anchors)
        current = certificate
        for _ in range(4):
            if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
                return f"a certificate was valid until {current.not_valid_after_utc:%Y-%m-%d}"
            issuer = next((item for item in known if is_issued_by(current, item)), None)
            if issuer is None:
                break
            if issuer in self._kit.anchors:
                return None
            current = issuer
        return "the certificate does not lead to the health root"


def subject_of(document: DecodedDocument) -> str | None:
    """Return KIND-NUMBER of the council from the certificate that signed, None when unreadable."""
    chain = document.protected.get("x5c")
    first = chain[0] if isinstance(chain, list) and chain else None
    certificate = _certificate(f":{first}:" if isinstance(first, str) else None)
    if isinstance(certificate, str):
        return None
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
    return str(found[0].value) if found else None


def _certificate(value: str | None) -> x509.Certificate | str:
    text = (value or "").strip()
    der = decode_base64(text[1:-1]) if text.startswith(":") and text.endswith(":") else None
    if der is None:
        return "ditas-certificate is absent or not a byte sequence (:base64:)"
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        return f"ditas-certificate is not a certificate: {str(error)[:120]}"


def _signature_base(exchange: Exchange, member: SealInput) -> bytes | str:
    headers = exchange.request.headers
    needed = [*COVERED, *(n for n in COVERED_WHEN_PRESENT if header_of(headers, n) is not None)]
    missing = [name for name in needed if f'"{name}"' not in member.components]
    if missing:
        return f"the seal does not cover {', '.join(missing)}"
    lines = []
    for component in member.components:
        name = component.strip('"')
        value = exchange.request.method if name == "@method" else header_of(headers, name)
        if value is None or ";" in component:
            return f"the seal covers {component[:60]}, which the request does not carry"
        lines.append(f"{component}: {value.strip()}")
    lines.append(f'"@signature-params": {member.raw}')
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _digest_problem(headers: Sequence[Header], body: bytes) -> str | None:
    sent = (header_of(headers, "content-digest") or "").replace(" ", "")
    if content_digest(body) not in sent.split(","):
        return f"content-digest is {sent[:90] or 'absent'}, the body has {content_digest(body)}"
    return None


def _target_problem(exchange: Exchange) -> str | None:
    target = header_of(exchange.request.headers, "ditas-target")
    if target != exchange.request.target.removeprefix(GATEWAY_PREFIX):
        return f'ditas-target is "{(target or "absent")[:120]}", the request went elsewhere'
    return None


def _parameter_problem(
    member: SealInput, certificate: x509.Certificate, at: datetime
) -> str | None:
    created, nonce = member.parameters.get("created"), member.parameters.get("nonce")
    if not isinstance(created, int):
        return "the seal has no created time"
    if abs(created - at.timestamp()) > WINDOW.total_seconds():
        return f"the seal was created {created - int(at.timestamp()):+d} s from the time it came"
    if not isinstance(nonce, str) or len(nonce) < MIN_NONCE:
        return f"the seal has no nonce of {MIN_NONCE} characters"
    for name, wanted in (("alg", ALGORITHM), ("tag", REQUEST_TAG)):
        if member.parameters.get(name) != wanted:
            return f'{name} is "{str(member.parameters.get(name))[:40]}", not "{wanted}"'
    if member.parameters.get("keyid") != certificate.fingerprint(hashes.SHA256()).hex():
        return "keyid is not the SHA-256 of the certificate in ditas-certificate"
    return None


def _binding_problem(headers: Sequence[Header], certificate: x509.Certificate) -> str | None:
    pairs = (
        ("ditas-centre", x509.NameOID.ORGANIZATION_NAME),
        ("ditas-software", x509.NameOID.SERIAL_NUMBER),
    )
    for name, oid in pairs:
        said = header_of(headers, name)
        held = {str(item.value) for item in certificate.subject.get_attributes_for_oid(oid)}
        if said not in held:
            return f'{name} is "{(said or "absent")[:60]}", the seal belongs to {", ".join(held)}'
    return None
