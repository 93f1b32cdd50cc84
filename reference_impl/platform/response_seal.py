"""Check the seal of an answer before one service believes another (wire.md, "Seal")."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from reference_impl.platform import sealing
from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import Clock
from reference_impl.platform.problem import Refusal
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
_RAW_SIGNATURE = 64


class Unproved(Exception):
    """An answer that does not prove where it comes from; the text says why."""


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
        covered = parse_dictionary(headers.get("signature-input", "")).get(sealing.LABEL)
        if not isinstance(covered, InnerList):
            raise Unproved("it carries no seal")
        wanted = [Item(name) for name in sealing.RESPONSE_COMPONENTS]
        if any(item not in covered.items for item in (*wanted, sealing.REQUEST_SIGNATURE)):
            raise Unproved("the seal leaves something uncovered")
        parameters = dict(covered.parameters)
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
        values = {Item(name): headers.get(name, str(status)) for name in _names(covered)}
        asked = _item(request["signature"], sealing.LABEL)
        values[sealing.REQUEST_SIGNATURE] = serialise(Item(asked))
        _verify(certificate, covered, values, _bytes(headers, "signature", sealing.LABEL))
        return certificate

    def _age(self, created: int) -> float:
        return self._clock.now().timestamp() - created


@lru_cache(maxsize=256)
def _certificate(header: str) -> Certificate:
    """Read the header of a service, which is the same text in every answer of it."""
    return read_certificate(_item(f"c={header}", "c"))


def _names(covered: InnerList) -> list[str]:
    return [
        str(item.value)
        for item in covered.items
        if not item.parameters and item.value in sealing.RESPONSE_COMPONENTS
    ]


def _base(covered: InnerList, values: Mapping[Item, str]) -> bytes:
    """Return the bytes that were signed (RFC 9421, 2.5). KeyError for an item without value."""
    lines = [f"{serialise(item)}: {values[item]}" for item in covered.items]
    lines.append(f'"@signature-params": {serialise(covered)}')
    return "\n".join(lines).encode("utf-8")


def _verify(
    certificate: Certificate, covered: InnerList, values: Mapping[Item, str], raw: bytes
) -> None:
    key = certificate.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(raw) != _RAW_SIGNATURE:
        raise Unproved("key or signature is of another kind")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        key.verify(der, _base(covered, values), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, KeyError) as error:
        raise Unproved("the signature does not verify") from error


def _bytes(headers: Mapping[str, str], name: str, key: str) -> bytes:
    return _item(headers.get(name, ""), key)


def _item(text: str, key: str) -> bytes:
    found = parse_dictionary(text).get(key)
    if not isinstance(found, Item) or not isinstance(found.value, bytes):
        raise Unproved(f"{key} is missing")
    return found.value
