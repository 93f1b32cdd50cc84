"""Make seals: RFC 9421 signatures and RFC 9530 digests of requests and responses (wire.md, "Seal").

Written for the reference alone; the judging side has its own code from the same page.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.platform.clock import Clock
from reference_impl.platform.signatures import sign_raw
from reference_impl.platform.structured import Item, serialise

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
_RESPONSE_COVERED = " ".join(f'"{name}"' for name in RESPONSE_COMPONENTS)
REQUEST_SIGNATURE = Item("signature", (("req", True), ("key", LABEL)))
_REQUEST_SIGNATURE = serialise(REQUEST_SIGNATURE)


def content_digest(body: bytes) -> str:
    """Return the `content-digest` value of a body."""
    return f"sha-256={byte_sequence(hashlib.sha256(body).digest())}"


def byte_sequence(value: bytes) -> str:
    """Return a byte sequence as a structured field (RFC 8941, 4.1.8)."""
    return f":{base64.b64encode(value).decode('ascii')}:"


def certificate_header(der: bytes) -> str:
    """Return the `ditas-certificate` value of a certificate."""
    return f":{base64.b64encode(der).decode()}:"


class Sealer:
    """Seal messages with one sealing certificate."""

    def __init__(self, certificate: bytes, key: ec.EllipticCurvePrivateKey, clock: Clock) -> None:
        self.certificate = certificate
        self.header = certificate_header(certificate)
        self.keyid = hashlib.sha256(certificate).hexdigest()
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
            "ditas-certificate": self.header,
        }
        names = [*REQUEST_COMPONENTS, *(n for n in OPTIONAL_COMPONENTS if n in headers)]
        lines = [f'"{name}": {sealed.get(name, method)}' for name in names]
        covered = " ".join(f'"{name}"' for name in names)
        return {**sealed, **self._signed(lines, covered, REQUEST_TAG)}

    def response(
        self, status: int, body: bytes, correlation: str, request_signature: bytes | None
    ) -> dict[str, str]:
        """Return the headers that seal a response.

        `request_signature` is the signature labelled seal of the request, None if it had none.
        """
        headers = {
            "content-digest": content_digest(body),
            "ditas-correlation": correlation,
            "ditas-certificate": self.header,
        }
        lines = [f'"{name}": {headers.get(name, status)}' for name in RESPONSE_COMPONENTS]
        covered = _RESPONSE_COVERED
        if request_signature is not None:
            lines.append(f"{_REQUEST_SIGNATURE}: {byte_sequence(request_signature)}")
            covered = f"{covered} {_REQUEST_SIGNATURE}"
        return {**headers, **self._signed(lines, covered, RESPONSE_TAG)}

    def moment(self) -> int:
        """Return the Unix seconds that a seal made now would name."""
        return int(self._clock.now().timestamp())

    def sign(self, base: bytes) -> bytes:
        """Return the raw signature (r||s) over a signature base."""
        return sign_raw(self._key, base)

    def _signed(self, lines: list[str], covered: str, tag: str) -> dict[str, str]:
        """Sign component lines; `covered` names the same components (RFC 9421, 2.5)."""
        created = self.moment()
        parameters = (
            f'({covered});created={created};nonce="{secrets.token_urlsafe(18)}"'
            f';keyid="{self.keyid}";alg="{ALGORITHM}";tag="{tag}"'
        )
        lines.append(f'"@signature-params": {parameters}')
        raw = sign_raw(self._key, "\n".join(lines).encode("utf-8"))
        return {
            "signature-input": f"{LABEL}={parameters}",
            "signature": f"{LABEL}={byte_sequence(raw)}",
        }
