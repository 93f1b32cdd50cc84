"""Recorded seals and signed documents, taken apart so that they can be made again.

Whether a seal or a signature fitted is found out by verifying it, not by believing a name: what was
broken on purpose has to be broken again, what fitted has to fit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable

from cryptography import x509

from lab.kit.credentials import CredentialKit, Identity
from lab.kit.documents import decode_base64url
from lab.kit.repetition import OWN, SIGNED, SealAgain, open_document
from lab.kit.reply import JsonProblem, parse_json
from lab.kit.seal import (
    ALGORITHM,
    LABEL,
    REQUEST_TAG,
    SealInput,
    decode_base64,
    parse_signature,
    parse_signature_input,
    verify_raw,
)
from lab.model.base import JsonValue
from lab.model.exchange import Exchange

_PARTS = ("payload", "protected", "signature")
_AFTER = "after_seal:header-set "
_LAG_SECONDS = 30
"""The clock of a case lags by what the case has taken; only beyond that a time was chosen."""


def seal_of(exchange: Exchange, others: Iterable[Exchange], kit: CredentialKit) -> SealAgain | None:
    """Return how the request was sealed, None when it went without a seal or with no readable one.

    A header that was changed after sealing gets its sealed value from the other requests of the
    case; where none fits, the seal is made again and broken.
    """
    headers = {one.name.lower(): one.value for one in exchange.request.headers}
    member = next(
        (one for one in parse_signature_input(headers.get("signature-input", ""))
         if one.label == LABEL), None
    )  # fmt: skip
    signature = parse_signature(headers.get("signature", ""), LABEL)
    leaf = decode_base64(headers.get("ditas-certificate", "").strip().strip(":"))
    if member is None or signature is None or leaf is None:
        return None
    by = _by_certificate(kit, leaf)
    fits = _fits(by, signature, member, exchange, headers)
    sealed_as: dict[str, str] = {}
    if not fits:
        sealed_as = _sealed_as(exchange, others, lambda trial: _fits(
            by, signature, member, exchange, {**headers, **trial}
        ))  # fmt: skip
    return SealAgain(
        by=by.name,
        covers=tuple(name.strip('"') for name in member.components),
        created=_created(member, exchange),
        nonce=str(member.parameters.get("nonce", "")),
        parameters=_unusual(member, by),
        sealed_as=sealed_as,
        fits=fits or bool(sealed_as),
    )


def _by_certificate(kit: CredentialKit, leaf: bytes) -> Identity:
    """Return the identity of a certificate; EnvironmentFault of the kit when it has none."""
    for name in kit.names():
        if kit.identity(name).leaf_der == leaf:
            return kit.identity(name)
    return kit.identity("of the certificate in ditas-certificate")


def _fits(
    by: Identity, signature: bytes, member: SealInput, exchange: Exchange, headers: dict[str, str]
) -> bool:
    lines = []
    for component in member.components:
        name = component.strip('"')
        value = exchange.request.method if name == "@method" else headers.get(name, "")
        lines.append(f"{component}: {value.strip()}")
    lines.append(f'"@signature-params": {member.raw}')
    base = "\n".join(lines).encode("utf-8", "surrogateescape")
    key = x509.load_der_x509_certificate(by.leaf_der).public_key()
    return verify_raw(key, signature, base) is None


def _sealed_as(
    exchange: Exchange, others: Iterable[Exchange], fits: Callable[[dict[str, str]], bool]
) -> dict[str, str]:
    for mutation in exchange.mutations:
        if not mutation.startswith(_AFTER):
            continue
        name = mutation.removeprefix(_AFTER).partition(":")[0].lower()
        known = {
            one.value
            for other in others
            for one in other.request.headers
            if one.name.lower() == name
        }
        for value in sorted(known):
            if fits({name: value}):
                return {name: value}
    return {}


def _created(member: SealInput, exchange: Exchange) -> int:
    created = member.parameters.get("created")
    if not isinstance(created, int):
        return 0
    away = round(created - exchange.started_at.timestamp() - exchange.clock_ahead_seconds)
    return away if abs(away) > _LAG_SECONDS else 0


def _unusual(member: SealInput, by: Identity) -> dict[str, str | int]:
    usual = {"keyid": by.fingerprint, "alg": ALGORITHM, "tag": REQUEST_TAG}
    rest = {
        key: value for key, value in member.parameters.items() if key not in {"created", "nonce"}
    }
    return {key: value for key, value in rest.items() if usual.get(key) != value}


def content_of(
    body: bytes, kit: CredentialKit | None = None, exchange: Exchange | None = None
) -> JsonValue:
    """Return a JSON body with its signed documents open, None when it is no JSON we would write.

    With a kit the documents stand under `$signed`, ready to be signed again.
    """
    try:
        content = parse_json(body)
    except JsonProblem:
        return None
    if json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() != body:
        return None if kit is not None else content
    return _opened(content, kit, exchange)


def _opened(value: JsonValue, kit: CredentialKit | None, exchange: Exchange | None) -> JsonValue:
    if isinstance(value, list):
        return [_opened(one, kit, exchange) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == set(_PARTS) and all(isinstance(one, str) for one in value.values()):
        parts = open_document(value)
        if parts is not None:
            payload, protected = parts
            if kit is None or exchange is None:
                return {"payload": payload, "protected": protected}
            return {SIGNED: _document(value, payload, protected, kit, exchange)}
    return {name: _opened(one, kit, exchange) for name, one in value.items()}


def _document(
    value: dict[str, JsonValue],
    payload: JsonValue,
    protected: dict[str, JsonValue],
    kit: CredentialKit,
    exchange: Exchange,
) -> dict[str, JsonValue]:
    signed = f"{value['protected']}.{value['payload']}".encode()
    by, fits = _signer(value, protected, signed, kit)
    if by is not None:
        ders = kit.identity(by).chain_der
        if protected.get("x5c") == [base64.b64encode(der).decode() for der in ders]:
            protected = {**protected, "x5c": OWN}
    issued = protected.get("iat")
    at = exchange.started_at.timestamp() + exchange.clock_ahead_seconds
    away = issued - at if isinstance(issued, int) else 0
    return {
        "payload": payload,
        "protected": protected,
        "by": by,
        "fits": fits,
        "issued": round(away) if abs(away) > _LAG_SECONDS else 0,
        "signature": value["signature"],
    }


def _signer(
    value: dict[str, JsonValue], protected: dict[str, JsonValue], signed: bytes, kit: CredentialKit
) -> tuple[str | None, bool]:
    """Return who signs again and whether it fits; nobody where there was no signature at all."""
    try:
        raw = decode_base64url(str(value["signature"]))
    except ValueError:
        return None, False
    if not raw:
        return None, False
    chain = protected.get("x5c")
    leaf = chain[0] if isinstance(chain, list) and chain else ""
    named = [kit.identity(name) for name in kit.names()]
    first = [one for one in named if base64.b64encode(one.leaf_der).decode() == leaf]
    for one in (*first, *named):
        key = x509.load_der_x509_certificate(one.leaf_der).public_key()
        if verify_raw(key, raw, signed) is None:
            return one.name, True
    return (first[0].name, False) if first else (None, False)
