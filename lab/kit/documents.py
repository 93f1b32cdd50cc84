"""The judging side's own signed documents: JWS flattened JSON serialisation (RFC 7515, 7.2.2).

Signing is written on bare cryptography, so that neither the reference's nor a vendor's library sets
the expectation.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from lab.kit.credentials import Identity
from lab.kit.reply import JsonProblem, parse_json
from lab.kit.seal import sign_raw
from lab.model.base import JsonValue

MEDIA_TYPE = "application/jose+json"


def content_type_of(kind: str) -> str:
    """`cty` of a document kind: prescription, amendment, cancellation, dispense, service-record."""
    return f"application/erx.{kind}+json;v=1"


def encode_base64url(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_base64url(text: str) -> bytes:
    """Undo base64url without padding; ValueError when it is none."""
    if any(character in text for character in "+/="):
        raise ValueError("base64url has no '+', '/' or '='")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64url: {error}") from error


def sign_document(
    kind: str,
    payload: JsonValue,
    signer: Identity,
    *,
    issued_at: int,
    overrides: dict[str, JsonValue] | None = None,
) -> dict[str, JsonValue]:
    """Sign a payload; `jti` is its documentId. An override of None removes a header member."""
    document_id = payload.get("documentId") if isinstance(payload, dict) else None
    header: dict[str, JsonValue] = {
        "alg": "ES256",
        "cty": content_type_of(kind),
        "x5c": [base64.b64encode(der).decode() for der in signer.chain_der],
        "iat": issued_at,
        "jti": document_id,
        **(overrides or {}),
    }
    header = {key: value for key, value in header.items() if value is not None}
    protected = encode_base64url(_compact(header))
    encoded = encode_base64url(_compact(payload))
    signature = sign_raw(signer, f"{protected}.{encoded}".encode())
    return {"payload": encoded, "protected": protected, "signature": encode_base64url(signature)}


def document_bytes(document: JsonValue) -> bytes:
    """Body bytes of a signed document."""
    return _compact(document)


@dataclass(frozen=True)
class DecodedDocument:
    """A signed document taken apart; nothing is verified here."""

    payload: JsonValue
    protected: dict[str, JsonValue]
    signature: bytes
    signing_input: bytes


def decode_document(content: bytes) -> DecodedDocument:
    """Take a signed document apart; JsonProblem with the reason when it is none."""
    document = parse_json(content)
    if not isinstance(document, dict):
        raise JsonProblem("a signed document is a JSON object")
    parts = [document.get(name) for name in ("payload", "protected", "signature")]
    if not all(isinstance(part, str) for part in parts):
        raise JsonProblem("a signed document has the strings payload, protected and signature")
    payload, protected, signature = (str(part) for part in parts)
    try:
        header = parse_json(decode_base64url(protected))
        body = parse_json(decode_base64url(payload))
        raw = decode_base64url(signature)
    except ValueError as error:
        raise JsonProblem(f"signed document: {error}") from error
    if not isinstance(header, dict):
        raise JsonProblem("the protected header is not an object")
    return DecodedDocument(body, header, raw, f"{protected}.{payload}".encode())


def _compact(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
