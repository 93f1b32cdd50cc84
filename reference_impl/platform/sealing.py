"""Make seals: RFC 9421 signatures and RFC 9530 digests of requests and responses (wire.md, "Seal").

Written for the reference alone; the judging side has its own code from the same page.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from reference_impl.platform.clock import Clock
from reference_impl.platform.structured import Bare, InnerList, Item, Token, serialise

LABEL = "seal"
ALGORITHM = "ecdsa-p256-sha256"
REQUEST_TAG = "ditas-seal"
RESPONSE_TAG = "ditas-response"
REQUEST_COMPONENTS = (
    "@method",
    "ditas-target",
    "content-digest",
    "ditas-centre",
    "ditas-software",
    "ditas-user",
    "ditas-correlation",
    "ditas-certificate",
)
OPTIONAL_COMPONENTS = ("idempotency-key", "if-match")
RESPONSE_COMPONENTS = ("@status", "content-digest", "ditas-correlation", "ditas-certificate")
REQUEST_SIGNATURE = Item("signature", (("req", True), ("key", LABEL)))


def content_digest(body: bytes) -> str:
    """Return the `content-digest` value of a body."""
    return serialise_dictionary("sha-256", hashlib.sha256(body).digest())


def serialise_dictionary(key: str, value: bytes) -> str:
    """Return a dictionary of one byte sequence."""
    return f"{key}={serialise(Item(value))}"


def certificate_header(der: bytes) -> str:
    """Return the `ditas-certificate` value of a certificate."""
    return f":{base64.b64encode(der).decode()}:"


def signature_base(covered: InnerList, values: Mapping[Item, str]) -> bytes:
    """Return the bytes that are signed (RFC 9421, 2.5). KeyError for a component without value."""
    lines = [f"{serialise(item)}: {values[item]}" for item in covered.items]
    lines.append(f'"@signature-params": {serialise(covered)}')
    return "\n".join(lines).encode("utf-8")


class Sealer:
    """Seal messages with one sealing certificate."""

    def __init__(self, certificate: bytes, key: ec.EllipticCurvePrivateKey, clock: Clock) -> None:
        self.certificate = certificate
        self._header = certificate_header(certificate)
        self._keyid = hashlib.sha256(certificate).hexdigest()
        self._key = key
        self._clock = clock

    def request(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> dict[str, str]:
        """Return `headers` with the seal of a request added.

        `headers` holds the four ditas headers of the caller and, where used, `idempotency-key` and
        `if-match`.
        """
        sealed = {
            **headers,
            "content-digest": content_digest(body),
            "ditas-target": target,
            "ditas-certificate": self._header,
        }
        names = [*REQUEST_COMPONENTS, *(n for n in OPTIONAL_COMPONENTS if n in headers)]
        covered = self._covered([Item(name) for name in names], REQUEST_TAG)
        values = {Item(name): sealed.get(name, method) for name in names}
        return {**sealed, **self._signed(covered, values)}

    def response(
        self, status: int, body: bytes, correlation: str, request_signature: bytes | None
    ) -> dict[str, str]:
        """Return the headers that seal a response.

        `request_signature` is the signature labelled seal of the request, None if it had none.
        """
        headers = {
            "content-digest": content_digest(body),
            "ditas-correlation": correlation,
            "ditas-certificate": self._header,
        }
        items = [Item(name) for name in RESPONSE_COMPONENTS]
        values = {Item(name): headers.get(name, str(status)) for name in RESPONSE_COMPONENTS}
        if request_signature is not None:
            items.append(REQUEST_SIGNATURE)
            values[REQUEST_SIGNATURE] = serialise(Item(request_signature))
        covered = self._covered(items, RESPONSE_TAG)
        return {**headers, **self._signed(covered, values)}

    def _covered(self, items: list[Item], tag: str) -> InnerList:
        parameters: tuple[tuple[str, Bare | Token], ...] = (
            ("created", int(self._clock.now().timestamp())),
            ("nonce", secrets.token_urlsafe(18)),
            ("keyid", self._keyid),
            ("alg", ALGORITHM),
            ("tag", tag),
        )
        return InnerList(tuple(items), parameters)

    def _signed(self, covered: InnerList, values: Mapping[Item, str]) -> dict[str, str]:
        der = self._key.sign(signature_base(covered, values), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return {
            "signature-input": f"{LABEL}={serialise(covered)}",
            "signature": serialise_dictionary(LABEL, raw),
        }
