"""Check the seal of an answer before one service believes another (wire.md, "Seal")."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.platform import sealing
from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import Clock
from reference_impl.platform.problem import Refusal
from reference_impl.platform.signatures import RAW_BYTES, check_raw
from reference_impl.platform.structured import (
    InnerList,
    Item,
    MalformedField,
    parse_dictionary,
    serialise,
)
from reference_impl.platform.trust import Standing, Trust

LOG = logging.getLogger("reference")
WINDOW_SECONDS = 300
# The form a sealer of this exchange writes; such text needs no parser (see `seal`).
_REQUEST_SIGNATURE = serialise(sealing.REQUEST_SIGNATURE)
_COVERED = " ".join((*(f'"{name}"' for name in sealing.RESPONSE_COMPONENTS), _REQUEST_SIGNATURE))
_INPUT = re.compile(
    rf"seal=(\({re.escape(_COVERED)}\);created=(0|[1-9][0-9]{{0,14}})"
    r';nonce="[A-Za-z0-9_-]{1,200}";keyid="([0-9a-f]{64})";alg="([a-z0-9-]{1,40})"'
    r';tag="([a-z-]{1,40})")'
)
_SIGNATURE = re.compile(r"seal=:([A-Za-z0-9+/]{85}[AQgw]==):")


class Unproved(Exception):
    """An answer that does not prove where it comes from; the text says why."""


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a seal says of itself, the bytes it signs, and the signature."""

    parameters: Mapping[str, object]
    signed: bytes
    signature: bytes


class ResponseSeals:
    """Checks answers of peers for one service."""

    def __init__(self, trust: Trust, clock: Clock) -> None:
        self._trust = trust
        self._clock = clock

    async def check(
        self,
        service: str,
        sealed_request: Mapping[str, str],
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Believe an answer of `service` to the request whose sealed headers are given.

        Raises Refusal DEPENDENCY_UNAVAILABLE: an answer nobody answers for is no answer.
        """
        try:
            certificate = self._checked(sealed_request, status, headers, body)
            await self._check_holder(service, certificate)
        except (Unproved, MalformedField, UnreadableCertificate) as error:
            LOG.warning("an answer of %s is not believed: %s", service, error)
            raise Refusal("DEPENDENCY_UNAVAILABLE") from error

    async def _check_holder(self, service: str, certificate: Certificate) -> None:
        if not certificate.is_class("service_seal") or certificate.unit != service:
            raise Unproved("the seal is not that of the service")
        standing = await self._trust.standing(certificate)
        if standing is not Standing.GOOD:
            raise Unproved(f"the certificate is {standing.value.lower()}")

    def _checked(
        self, request: Mapping[str, str], status: int, headers: Mapping[str, str], body: bytes
    ) -> Certificate:
        """Return whose seal holds over this answer; trust is judged by the caller."""
        plain = headers.get("content-digest") == sealing.content_digest(body)
        if not plain and _bytes(headers, "content-digest", "sha-256") != (
            hashlib.sha256(body).digest()
        ):
            raise Unproved("the digest is not that of the body")
        if headers.get("ditas-correlation") != request["ditas-correlation"]:
            raise Unproved("it answers another message")
        seal = _canonical(request, status, headers) or _parsed(request, status, headers)
        parameters = seal.parameters
        created = parameters.get("created")
        if (parameters.get("tag"), parameters.get("alg")) != (
            sealing.RESPONSE_TAG,
            sealing.ALGORITHM,
        ):
            raise Unproved("tag or algorithm is another")
        if not isinstance(created, int) or abs(self._age(created)) > WINDOW_SECONDS:
            raise Unproved("the seal is out of its time")
        certificate = _certificate(headers.get("ditas-certificate", ""))
        if parameters.get("keyid") != certificate.fingerprint:
            raise Unproved("keyid is not the certificate's")
        _verify(certificate, seal.signed, seal.signature)
        return certificate

    def _age(self, created: int) -> float:
        return self._clock.now().timestamp() - created


def _canonical(
    request: Mapping[str, str], status: int, headers: Mapping[str, str]
) -> _Signed | None:
    """Read a seal whose text is its own serialisation; None for any other, which may be as good."""
    covered = _INPUT.fullmatch(headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
    asked = _SIGNATURE.fullmatch(request["signature"])
    if covered is None or signature is None or asked is None:
        return None
    whole, created, keyid, algorithm, tag = covered.groups()
    lines = [f'"{name}": {headers.get(name, str(status))}' for name in sealing.RESPONSE_COMPONENTS]
    lines.append(f"{_REQUEST_SIGNATURE}: :{asked[1]}:")
    lines.append(f'"@signature-params": {whole}')
    return _Signed(
        {"created": int(created), "keyid": keyid, "alg": algorithm, "tag": tag},
        "\n".join(lines).encode("utf-8"),
        base64.b64decode(signature[1]),
    )


def _parsed(request: Mapping[str, str], status: int, headers: Mapping[str, str]) -> _Signed:
    """Read a seal with the parser of structured fields."""
    label, covered = _tagged(headers.get("signature-input", ""))
    wanted = [Item(name) for name in sealing.RESPONSE_COMPONENTS]
    if any(item not in covered.items for item in (*wanted, sealing.REQUEST_SIGNATURE)):
        raise Unproved("the seal leaves something uncovered")
    values = {Item(name): headers[name] for name in _names(covered) if name in headers}
    values[Item("@status")] = str(status)
    asked = _item(request["signature"], sealing.LABEL)
    values[sealing.REQUEST_SIGNATURE] = serialise(Item(asked))
    try:
        signed = _base(covered, values)
    except KeyError as error:
        raise Unproved("the signature does not verify") from error
    return _Signed(dict(covered.parameters), signed, _bytes(headers, "signature", label))


def _tagged(header: str) -> tuple[str, InnerList]:
    """Return the one signature that is the seal: its label is the signer's, its tag is not."""
    found = [
        (label, member)
        for label, member in parse_dictionary(header).items()
        if isinstance(member, InnerList)
        and dict(member.parameters).get("tag") == sealing.RESPONSE_TAG
    ]
    if len(found) != 1:
        raise Unproved("it carries no seal, or several")
    return found[0]


@lru_cache(maxsize=256)
def _certificate(header: str) -> Certificate:
    """Read the header of a service, which is the same text in every answer of it."""
    return read_certificate(_item(f"c={header}", "c"))


def _names(covered: InnerList) -> list[str]:
    return [str(item.value) for item in covered.items if not item.parameters]


def _base(covered: InnerList, values: Mapping[Item, str]) -> bytes:
    """Return the bytes that were signed (RFC 9421, 2.5). KeyError for an item without value."""
    lines = [f"{serialise(item)}: {values[item]}" for item in covered.items]
    lines.append(f'"@signature-params": {serialise(covered)}')
    return "\n".join(lines).encode("utf-8")


def _verify(certificate: Certificate, signed: bytes, raw: bytes) -> None:
    key = certificate.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(raw) != RAW_BYTES:
        raise Unproved("key or signature is of another kind")
    try:
        check_raw(key, certificate.fingerprint, raw, signed)
    except InvalidSignature as error:
        raise Unproved("the signature does not verify") from error


def _bytes(headers: Mapping[str, str], name: str, key: str) -> bytes:
    return _item(headers.get(name, ""), key)


def _item(text: str, key: str) -> bytes:
    found = parse_dictionary(text).get(key)
    if not isinstance(found, Item) or not isinstance(found.value, bytes):
        raise Unproved(f"{key} is missing")
    return found.value
