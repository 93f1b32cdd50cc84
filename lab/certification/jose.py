"""Signs and opens the compact JWS of certificates and status entries (ES256, chain in the header).

The header is a closed set, so that no algorithm, key or critical member can be chosen by a forger.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from jwcrypto import jwk, jws
from jwcrypto.common import JWException

from lab.certification.trust import Untrusted, laboratory_of
from lab.model.base import JsonValue

MAX_TOKEN = 1024 * 1024
_MEMBERS = {"alg", "typ", "iat", "x5c"}


class Forged(Exception):
    """The token was not signed by a trusted laboratory, or was altered after signing."""


@dataclass(frozen=True)
class Signer:
    """The laboratory's key with its chain, DER, leaf first."""

    key: EllipticCurvePrivateKey
    chain: tuple[bytes, ...]


@dataclass(frozen=True)
class Opened:
    """A token whose signature and chain hold."""

    payload: JsonValue
    signed_at: datetime
    leaf: x509.Certificate


def canonical(payload: JsonValue) -> bytes:
    """Return the one byte form in which a payload is signed: sorted, compact, UTF-8."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def sign(payload: JsonValue, kind: str, signer: Signer, at: datetime) -> str:
    """Return the compact JWS of a payload; `kind` becomes the `typ` of the header."""
    header = {
        "alg": "ES256",
        "typ": kind,
        "iat": int(at.timestamp()),
        "x5c": [base64.b64encode(item).decode("ascii") for item in signer.chain],
    }
    token = jws.JWS(canonical(payload))
    token.add_signature(
        jwk.JWK.from_pyca(signer.key), alg="ES256", protected=json.dumps(header, sort_keys=True)
    )
    return str(token.serialize(compact=True))


def open_token(text: str, kind: str, anchors: Sequence[x509.Certificate]) -> Opened:
    """Check form, chain at the time of signing, and signature. Raises Forged with the reason."""
    if len(text) > MAX_TOKEN or not text.isascii():
        raise Forged("not a token of at most 1 MiB of ASCII")
    pieces = text.strip().split(".")
    if len(pieces) != 3:  # noqa: PLR2004 - header, payload, signature
        raise Forged(f"{len(pieces)} parts where a compact JWS has 3")
    header = _object(_decoded(pieces[0]), "header")
    chain, signed_at = _header(header, kind)
    try:
        leaf = laboratory_of(chain, anchors, signed_at)
    except Untrusted as error:
        raise Forged(str(error)) from error
    token = jws.JWS()
    token.allowed_algs = ["ES256"]
    try:
        token.deserialize(text.strip(), jwk.JWK.from_pyca(leaf.public_key()))
    except (JWException, ValueError) as error:
        raise Forged("the signature does not match: altered, or signed with another key") from error
    return Opened(payload=_object(token.payload, "payload"), signed_at=signed_at, leaf=leaf)


def _header(header: dict[str, JsonValue], kind: str) -> tuple[list[bytes], datetime]:
    if set(header) != _MEMBERS:
        raise Forged(f"header members {sorted(header)}; exactly {sorted(_MEMBERS)} are accepted")
    if header["alg"] != "ES256" or header["typ"] != kind:
        raise Forged(f'algorithm and type are not ES256 and "{kind}"')
    chain, signed = header["x5c"], header["iat"]
    if not isinstance(chain, list) or not all(isinstance(item, str) for item in chain):
        raise Forged("x5c is no list of certificates")
    if type(signed) is not int or not 0 < signed < 2**33:
        raise Forged("iat is no time")
    try:
        return [base64.b64decode(i, validate=True) for i in chain], datetime.fromtimestamp(
            signed, UTC
        )
    except (binascii.Error, ValueError) as error:
        raise Forged("x5c is not Base64") from error


def _decoded(piece: str) -> bytes:
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("a part is not Base64url") from error


def _object(content: bytes, name: str) -> dict[str, JsonValue]:
    def once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise Forged(f"the {name} repeats a member")
        return dict(pairs)

    try:
        value = json.loads(content, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Forged(f"the {name} is not JSON") from error
    if not isinstance(value, dict):
        raise Forged(f"the {name} is no JSON object")
    return value
