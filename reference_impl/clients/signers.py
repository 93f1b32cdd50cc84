"""Where a professional's key lives: in a file, on a card, or in a telephone. The document is equal.

`signed` builds the JWS of `clients.documents` around any of them: what differs is only who computes
the ES256 signature of the signing input (RFC 7515, 5.1).
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.credentials import Identity

PIN_TRIES = 3
PENDING = "SIGNATURE_PENDING"
REQUESTS = "/esign/v1/signature-requests"


class SignerUnavailable(Exception):
    """The key cannot be used now; the message says why and is meant for the person."""


class DocumentSigner(Protocol):
    """Something that signs documents of one professional."""

    chain: tuple[x509.Certificate, ...]

    def signature(self, digest: bytes, kind: str, display: str) -> bytes:
        """Return r||s over a SHA-256 digest. Raises SignerUnavailable, Refused."""
        ...


def signed(
    kind: str, payload: dict[str, Any], signer: DocumentSigner, now: datetime, display: str = ""
) -> bytes:
    """Return the signed document of this kind as sent; `display` is what a telephone shows."""
    protected = {
        "alg": "ES256",
        "cty": f"application/erx.{kind}+json;v=1",
        "x5c": [base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in signer.chain[:2]],
        "iat": int(now.timestamp()),
        "jti": payload["documentId"],
    }
    parts = [_encoded(json.dumps(p, ensure_ascii=False).encode()) for p in (protected, payload)]
    digest = hashlib.sha256(".".join(parts).encode("ascii")).digest()
    raw = signer.signature(digest, kind, display or kind)
    document = {"protected": parts[0], "payload": parts[1], "signature": _encoded(raw)}
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _raw(key: EllipticCurvePrivateKey, digest: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(digest, ECDSA(Prehashed(hashes.SHA256()))))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class LocalKey:
    """A key in the credential kit."""

    def __init__(self, identity: Identity) -> None:
        self.chain = identity.chain
        self._key = identity.key

    def signature(self, digest: bytes, kind: str, display: str) -> bytes:  # noqa: ARG002 - one protocol for all
        """Sign at once."""
        return _raw(self._key, digest)


class SmartCard:
    """A simulated card: signs only after its PIN, gives no key away, locks after three tries."""

    def __init__(self, identity: Identity, pin: str) -> None:
        self.chain = identity.chain
        self.__key = identity.key
        self.__pin = pin
        self._tries = PIN_TRIES
        self._open = False

    def present(self, pin: str) -> None:
        """Open the card for one signature; raise SignerUnavailable for a wrong PIN."""
        if self._tries == 0:
            raise SignerUnavailable("the card is locked after three wrong PINs")
        if pin != self.__pin:
            self._tries -= 1
            raise SignerUnavailable(f"wrong PIN; {self._tries} tries left")
        self._tries, self._open = PIN_TRIES, True

    def signature(self, digest: bytes, kind: str, display: str) -> bytes:  # noqa: ARG002 - one protocol for all
        """Sign once per PIN: a deliberate act for each document (RUL-073)."""
        if not self._open:
            raise SignerUnavailable("present the PIN first")
        self._open = False
        return _raw(self.__key, digest)


class Telephone:
    """A simulated telephone with the signer's key; `approves` is the finger on the screen."""

    def __init__(self, key: EllipticCurvePrivateKey, *, approves: bool = True) -> None:
        self._key = key
        self._approves = approves

    def answer(self, request_id: str, digest: bytes) -> dict[str, Any]:
        """Return what the telephone sends for a request it was shown."""
        shown = (
            digest if self._approves else hashlib.sha256(f"declined:{request_id}".encode()).digest()
        )
        proof = base64.b64encode(_raw(self._key, shown)).decode("ascii")
        return {"requestId": request_id, "approved": self._approves, "deviceProof": proof}


Call = Callable[..., Answer]
"""`Gateway.call` of `clients.channel`."""


@dataclass
class MobileSignature:
    """Signs through the exchange: request, answer of the telephone, collection."""

    call: Call
    enrolment: str
    chain: tuple[x509.Certificate, ...]
    telephone: Telephone
    seconds: int = 120
    pause: Callable[[float], None] = field(default=time.sleep)

    def signature(self, digest: bytes, kind: str, display: str) -> bytes:
        """Ask, let the telephone answer, collect. Raises Refused when the signer declines."""
        question = {
            "enrolmentId": self.enrolment,
            "documentType": f"erx.{kind}",
            "digest": base64.b64encode(digest).decode("ascii"),
            "displayText": display,
            "expiresInSeconds": self.seconds,
        }
        request_id = self.call("POST", REQUESTS, body=question).text("requestId")
        answer = self.telephone.answer(request_id, digest)
        self.call("POST", f"{REQUESTS}/{request_id}/approval", body=answer)
        return base64.b64decode(self._collected(request_id).text("signature"))

    def _collected(self, request_id: str) -> Answer:
        for _ in range(self.seconds):
            try:
                return self.call("GET", f"{REQUESTS}/{request_id}")
            except Refused as refused:
                if refused.code != PENDING:
                    raise
            self.pause(1.0)
        raise SignerUnavailable("the signer did not answer in time")
