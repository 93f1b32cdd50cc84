"""Signed documents: JWS flattened JSON by a professional (wire.md, "Signed documents").

`read` checks form and content type (400, 422); `Documents.verify` checks signature, certificate and
signer (401, 403). The kernel validates the payload schema between the two.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import Clock
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.problem import Refusal
from reference_impl.platform.signatures import RAW_BYTES, check_raw
from reference_impl.platform.strict_json import read_json
from reference_impl.platform.trust import Standing, Trust

HEADER = frozenset({"alg", "cty", "x5c", "iat", "jti"})
MEMBERS = frozenset({"payload", "protected", "signature"})
ALGORITHMS = ("ES256", "PS256")
MAX_CHAIN = 4
FUTURE = timedelta(minutes=5)
MAX_PART = 1 << 21
"""The kernel bounds the whole body; the library's own limits are meant for short tokens."""


class _Registry(jws.JWSRegistry):
    max_header_length = MAX_PART
    max_payload_length = MAX_PART


# `read` has checked the closed set of members; the library does not know iat and jti as headers.
_REGISTRY = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document as received and, unless a fault says otherwise, verified.

    `payload` is the parsed content, `payload_bytes` the signed bytes, `raw` the whole body,
    `signer` the council identity "KIND-NUMBER" of the certificate (for example "MD-990001").
    """

    type: str
    document_id: str
    payload: Mapping[str, Any]
    payload_bytes: bytes
    raw: bytes
    signer: str
    signer_certificate: bytes
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document whose form is right; nothing is believed yet."""

    type: str
    algorithm: str
    payload: Mapping[str, Any]
    payload_bytes: bytes
    raw: bytes
    parts: Mapping[str, str]
    chain: tuple[bytes, ...]
    document_id: str
    signed_at: datetime


def content_type(kind: str) -> str:
    """Return the `cty` of a document type ("prescription", "service-record", ...)."""
    return f"application/erx.{kind}+json;v=1"


def read(raw: bytes, kind: str, now: datetime, faults: FaultSwitch) -> ReadDocument:
    """Parse a flattened JWS.

    Raises Refusal DOCUMENT_MALFORMED, DOCUMENT_ALGORITHM_REFUSED or DOCUMENT_TYPE_MISMATCH, and the
    refusals of `read_json`.
    """
    outer = read_json(raw)
    if not isinstance(outer, dict) or set(outer) != MEMBERS:
        raise _malformed("", f"expected exactly the members {', '.join(sorted(MEMBERS))}")
    if not all(isinstance(value, str) for value in outer.values()):
        raise _malformed("", "every member is a text")
    header = _header(_decoded(outer["protected"], "/protected"))
    algorithm = header["alg"]
    unsigned = algorithm == "none" and faults.on("platform.document.accept_none")
    if algorithm not in ALGORITHMS and not unsigned:
        raise Refusal(
            "DOCUMENT_ALGORITHM_REFUSED",
            pointer="/protected",
            detail=f"alg must be one of {', '.join(ALGORITHMS)}",
        )
    if header["cty"] != content_type(kind) and not faults.on("platform.document.any_type"):
        raise Refusal(
            "DOCUMENT_TYPE_MISMATCH",
            pointer="/protected",
            detail=f"cty is not {content_type(kind)}",
        )
    signed_at = datetime.fromtimestamp(header["iat"], UTC)
    if signed_at > now + FUTURE:
        raise _malformed("/protected", "iat is in the future")
    payload_bytes = _decoded(outer["payload"], "/payload")
    payload = read_json(payload_bytes)
    if not isinstance(payload, dict):
        raise _malformed("/payload", "the payload is not a JSON object")
    return ReadDocument(
        type=kind,
        algorithm=algorithm,
        payload=payload,
        payload_bytes=payload_bytes,
        raw=raw,
        parts=outer,
        chain=tuple(_standard_base64(entry) for entry in header["x5c"]),
        document_id=header["jti"],
        signed_at=signed_at,
    )


class Documents:
    """Verify what was read."""

    def __init__(
        self,
        trust: Trust,
        clock: Clock,
        faults: FaultSwitch,
        controlled: frozenset[str] = frozenset(),
    ) -> None:
        self._controlled = controlled
        self._trust = trust
        self._clock = clock
        self._faults = faults

    def read(self, raw: bytes, kind: str) -> ReadDocument:
        """Parse a document of a kind, see `read`."""
        return read(raw, kind, self._clock.now(), self._faults)

    async def verify(self, document: ReadDocument) -> SignedDocument:
        """Return the believed document; raise Refusal (401, 403, 400 for a foreign jti)."""
        if document.payload.get("documentId") != document.document_id:
            raise _malformed("/protected", "jti is not the documentId of the payload")
        signed = document.algorithm != "none"
        if not document.chain:
            return _unproved(document)
        try:
            leaf = read_certificate(document.chain[0])
        except UnreadableCertificate as error:
            raise _malformed("/protected", f"x5c: {error}") from error
        if signed and not self._faults.on("platform.document.skip_signature"):
            _check_signature(document, leaf)
        await self._check_certificate(leaf, document)
        signer = leaf.serial_number
        stated = stated_signer(document.payload)
        if stated != signer and not self._faults.on("platform.document.skip_signer_match"):
            raise Refusal(
                "DOCUMENT_SIGNER_MISMATCH",
                pointer="/payload",
                detail=f"the document names {stated}, its signature belongs to {signer}",
            )
        return _believed(document, signer, leaf.der)

    async def _check_certificate(self, leaf: Certificate, document: ReadDocument) -> None:
        ask = not self._faults.on("platform.document.skip_revocation")
        fresh = names_any(document.payload, self._controlled)
        fresh = fresh and not self._faults.on("platform.document.kept_status")
        standing = await self._trust.standing(leaf, document.chain[1:], ask_status=ask, fresh=fresh)
        if standing is Standing.UNAVAILABLE:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if standing is not Standing.GOOD:
            raise Refusal(f"DOCUMENT_CERTIFICATE_{standing.value}", pointer="/protected")
        if not leaf.is_class("professional") and not self._faults.on(
            "platform.document.skip_signer_class"
        ):
            raise Refusal("DOCUMENT_SIGNER_CLASS", pointer="/protected")


def _believed(document: ReadDocument, signer: str, certificate: bytes) -> SignedDocument:
    return SignedDocument(
        type=document.type,
        document_id=document.document_id,
        payload=document.payload,
        payload_bytes=document.payload_bytes,
        raw=document.raw,
        signer=signer,
        signer_certificate=certificate,
        signed_at=document.signed_at,
    )


def _unproved(document: ReadDocument) -> SignedDocument:
    """Return what a service believes that takes unsigned documents (only behind its fault)."""
    return _believed(document, stated_signer(document.payload) or "", b"")


def check_integrity(document: ReadDocument) -> None:
    """Check that the signature fits the certificate carried along, and id and header agree.

    For those who keep what another service accepted: whether the certificate was good is that
    service's question, at its time. Raises Refusal as `Documents.verify` does.
    """
    if document.payload.get("documentId") != document.document_id:
        raise _malformed("/protected", "jti is not the documentId of the payload")
    try:
        leaf = read_certificate(document.chain[0])
    except UnreadableCertificate as error:
        raise _malformed("/protected", f"x5c: {error}") from error
    _check_signature(document, leaf)


def stated_signer(payload: Mapping[str, Any]) -> str | None:
    """Return "KIND-NUMBER" of the professional the document names as its signer."""
    for member in ("prescriber", "provider"):
        named = payload.get(member)
        if isinstance(named, dict):
            kind, number = named.get("councilKind"), named.get("councilNumber")
            return f"{kind}-{number}"
    return None


def names_any(payload: Mapping[str, Any], codes: frozenset[str]) -> bool:
    """Say whether an item of the document carries one of these product codes."""
    items = payload.get("items")
    for item in items if isinstance(items, list) else ():
        coded = item.get("code") if isinstance(item, dict) else None
        if isinstance(coded, dict) and coded.get("code") in codes:
            return True
    return False


def _header(raw: bytes) -> dict[str, Any]:
    header = read_json(raw)
    if not isinstance(header, dict):
        raise _malformed("/protected", "not a JSON object")
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS and isinstance(algorithm, str) and set(header) <= HEADER:
        # Named before the rest, so that "none" without a certificate gets its own refusal.
        header = {"cty": "", "x5c": [], "iat": 0, "jti": "", **header}
    if set(header) != HEADER:
        raise _malformed("/protected", f"expected exactly {', '.join(sorted(HEADER))}")
    x5c, iat = header["x5c"], header["iat"]
    chain_ok = isinstance(x5c, list) and all(isinstance(entry, str) for entry in x5c)
    if not chain_ok or (algorithm in ALGORITHMS and not 1 <= len(x5c) <= MAX_CHAIN):
        raise _malformed("/protected", "x5c is not [leaf, intermediate]")
    if not isinstance(iat, int) or isinstance(iat, bool) or not 0 <= iat < 1 << 33:
        raise _malformed("/protected", "iat is not Unix seconds")
    if not all(isinstance(header[name], str) for name in ("alg", "cty", "jti")):
        raise _malformed("/protected", "alg, cty and jti are texts")
    return header


def _decoded(text: str, pointer: str) -> bytes:
    """Decode base64url strictly: no padding, no spare bits, nothing outside the alphabet."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed(pointer, "not base64url") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise _malformed(pointer, "not base64url in its only form")
    return raw


def _standard_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("/protected", "x5c is not base64") from error


@lru_cache(maxsize=1024)
def _key(der: bytes) -> RSAKey | None:
    key = read_certificate(der).public_key
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return RSAKey.import_key(pem) if isinstance(key, rsa.RSAPublicKey) else None


def _check_signature(document: ReadDocument, leaf: Certificate) -> None:
    parts = document.parts
    if document.algorithm == "ES256":
        _check_es256(parts, leaf)
        return
    key = _key(leaf.der)
    if not isinstance(key, RSAKey):
        raise Refusal("DOCUMENT_ALGORITHM_REFUSED", pointer="/protected")
    try:
        flattened: jws.FlattenedJSONSerialization = {
            "payload": parts["payload"],
            "protected": parts["protected"],
            "signature": parts["signature"],
        }
        jws.deserialize_json(flattened, key, registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise Refusal("DOCUMENT_SIGNATURE_INVALID", pointer="/signature") from error


def _check_es256(parts: Mapping[str, str], leaf: Certificate) -> None:
    """Check ECDSA on P-256 over the two parts as received (RFC 7518, 3.4)."""
    key = leaf.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Refusal("DOCUMENT_ALGORITHM_REFUSED", pointer="/protected")
    invalid = Refusal("DOCUMENT_SIGNATURE_INVALID", pointer="/signature")
    try:
        raw = _decoded(parts["signature"], "/signature")
    except Refusal as error:
        raise invalid from error
    if len(raw) != RAW_BYTES:
        # A shorter one could stand for the same numbers; only one form is a signature.
        raise invalid
    signed = f"{parts['protected']}.{parts['payload']}".encode("ascii")
    try:
        check_raw(key, leaf.fingerprint, raw, signed)
    except InvalidSignature as error:
        raise invalid from error


def _malformed(pointer: str, detail: str) -> Refusal:
    return Refusal("DOCUMENT_MALFORMED", pointer=pointer, detail=detail)
