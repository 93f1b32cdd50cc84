"""Signs documents as JWS in flattened JSON serialisation, with the professional's certificate."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import ECKey

from reference_impl.clients.credentials import Identity

MEDIA_TYPE = "application/jose+json"
# The library knows only registered header members; iat and jti are ours by the profile.
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


def sign(kind: str, payload: dict[str, Any], signer: Identity, now: datetime) -> bytes:
    """Return the signed document of this kind (`prescription`, `dispense`, ...) as sent."""
    protected = {
        "alg": "ES256",
        "cty": f"application/erx.{kind}+json;v=1",
        "x5c": [base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in signer.chain[:2]],
        "iat": int(now.timestamp()),
        "jti": payload["documentId"],
    }
    content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem)
    signed = jws.serialize_json({"protected": protected}, content, key, registry=REGISTRY)
    return json.dumps(signed, separators=(",", ":")).encode("ascii")
