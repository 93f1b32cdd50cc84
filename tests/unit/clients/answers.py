"""Makes sealed answers as a service would, written out by hand for the tests of the client."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from reference_impl.clients.credentials import Kit
from reference_impl.clients.seal import Received, content_digest


def sealed_answer(
    kit: Kit, sent: dict[str, str], now: datetime, sealer: str = "ttac.seal"
) -> Received:
    """Return an answer to a sealed request."""
    identity = kit.identity(sealer)
    body = b'{"verdict":"VALID"}'
    certificate = f":{base64.b64encode(identity.der).decode()}:"
    params = (
        '("@status" "content-digest" "ditas-correlation" "ditas-certificate" '
        f'"signature";req;key="seal");created={int(now.timestamp())}'
        f';nonce="{secrets.token_urlsafe(16)}";keyid="{identity.key_id}"'
        ';alg="ecdsa-p256-sha256";tag="ditas-response"'
    )
    base = "\n".join(
        (
            '"@status": 200',
            f'"content-digest": {content_digest(body)}',
            f'"ditas-correlation": {sent["ditas-correlation"]}',
            f'"ditas-certificate": {certificate}',
            f'"signature";req;key="seal": {sent["signature"].removeprefix("seal=")}',
            f'"@signature-params": {params}',
        )
    ).encode()
    r, s = decode_dss_signature(identity.key.sign(base, ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return Received(
        200,
        {
            "content-digest": content_digest(body),
            "ditas-correlation": sent["ditas-correlation"],
            "ditas-certificate": certificate,
            "signature-input": f"seal={params}",
            "signature": f"seal=:{base64.b64encode(raw).decode()}:",
        },
        body,
    )
