"""Signed documents: JWS flattened JSON by a professional (wire.md, "Signed documents")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
