"""Reads what a laboratory signs: certificates and the status list, as compact JWS (ES256).

Written for the gateway from the published form, so that a mistake of the laboratory's own code is
not repeated by the one who relies on it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from reference_impl.platform.certificates import UnreadableCertificate, read_certificate
from reference_impl.platform.problem import Refusal
from reference_impl.platform.strict_json import read_json
from reference_impl.platform.trust import Standing, Trust

CERTIFICATE, STATUS = "mafa-certificate+jwt", "mafa-certificate-status+jwt"
_MEMBERS = {"alg", "typ", "iat", "x5c"}
_PARTS = 3
_RAW_SIGNATURE = 64
_FIRST = "0" * 64
_AFTER = {
    (None, "issued"): "valid",
    ("valid", "suspend"): "suspended",
    ("suspended", "reinstate"): "valid",
    ("valid", "withdraw"): "withdrawn",
    ("suspended", "withdraw"): "withdrawn",
}


class NotGenuine(Exception):
    """A file was not signed by a laboratory of the health authority, or was altered."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """The part of a certificate that admission needs."""

    id: str
    vendor: str
    product: str
    version: str
    role: str
    pack: str
    issued_at: datetime
    valid_until: datetime

    def is_about(self, product: Mapping[str, Any], *, any_version: bool = False) -> bool:
        """Say whether it covers a listed product, up to its major version. [RUL-009]."""
        if (self.vendor, self.product) != (product["vendor"], product["product"]):
            return False
        used = str(product.get("version", self.version))
        return any_version or _major(used) == _major(self.version)


@dataclass(frozen=True, slots=True)
class StatusList:
    """What the list says at its end."""

    states: Mapping[str, str]
    fresh_until: datetime | None


class Laboratory:
    """Opens signed files of laboratories below the health root, for one pack."""

    def __init__(self, trust: Trust, pack: str) -> None:
        self._trust = trust
        self._pack = pack
        self._asked: set[str] = set()

    def ask_anew(self) -> None:
        """Ask about each signer once more, past kept answers, from the next file on."""
        self._asked.clear()

    async def attestation(self, token: str) -> Attestation:
        """Open a certificate. Raises NotGenuine."""
        _, content = await self._opened(token.strip(), CERTIFICATE)
        try:
            product = content["product"]
            made = Attestation(
                id=str(content["id"]),
                vendor=str(product["vendor"]),
                product=str(product["product"]),
                version=str(product["version"]),
                role=str(content["role"]),
                pack=str(content["pack"]),
                issued_at=_time(content["issued_at"]),
                valid_until=_time(content["valid_until"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NotGenuine(f"a certificate without {error}") from error
        if made.pack != self._pack:
            raise NotGenuine(f"certificate {made.id} is about pack {made.pack}")
        return made

    async def status_list(self, text: str) -> StatusList:
        """Replay the list from its first line. Raises NotGenuine with the line."""
        states: dict[str, str] = {}
        head, fresh_until = _FIRST, None
        for number, line in enumerate(text.splitlines(), 1):
            _, entry = await self._opened(line, STATUS)
            try:
                follows = entry["seq"] == number and entry["previous"] == head
                name, event = str(entry["certificate_id"]), str(entry["event"])
                fresh_until = _time(entry["fresh_until"])
            except (KeyError, TypeError, ValueError) as error:
                raise NotGenuine(f"line {number} of the status list lacks {error}") from error
            after = _AFTER.get((states.get(name), event))
            if not follows or (after is None and event != "refresh"):
                raise NotGenuine(f"line {number} of the status list does not follow")
            if after is not None:
                states[name] = after
            head = hashlib.sha256(line.encode("ascii")).hexdigest()
        if text and not text.endswith("\n"):
            raise NotGenuine("the last line of the status list is incomplete")
        return StatusList(states, fresh_until)

    async def _opened(self, token: str, kind: str) -> tuple[datetime, Mapping[str, Any]]:
        parts = token.split(".")
        if len(parts) != _PARTS:
            raise NotGenuine(f"{len(parts)} parts where a compact JWS has {_PARTS}")
        header = _object(_decoded(parts[0]))
        if set(header) != _MEMBERS or header["alg"] != "ES256" or header["typ"] != kind:
            raise NotGenuine(f"the header is not that of {kind}")
        chain, signed_at = header["x5c"], header["iat"]
        if not isinstance(chain, list) or not chain or not isinstance(signed_at, int):
            raise NotGenuine("x5c or iat is missing")
        moment = datetime.fromtimestamp(signed_at, UTC)
        key = await self._key(chain, moment)
        raw = _decoded(parts[2])
        if len(raw) != _RAW_SIGNATURE:
            raise NotGenuine("the signature is not 64 bytes")
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            key.verify(der, f"{parts[0]}.{parts[1]}".encode("ascii"), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise NotGenuine("the signature does not verify") from error
        return moment, _object(_decoded(parts[1]))

    async def _key(self, chain: list[Any], moment: datetime) -> ec.EllipticCurvePublicKey:
        """Return the key of a laboratory trusted when it signed."""
        try:
            ders = [base64.b64decode(str(entry), validate=True) for entry in chain]
            leaf = read_certificate(ders[0])
        except (binascii.Error, UnreadableCertificate) as error:
            raise NotGenuine("x5c is not readable") from error
        # The list must stay readable after the laboratory's certificate has been renewed, so its
        # chain is judged at the time of signing; only a published revocation ends the trust.
        standing = await self._trust.standing(leaf, ders[1:], ask_status=False, at=moment)
        if standing is not Standing.GOOD or not leaf.is_class("lab"):
            raise NotGenuine(f"the signer is {standing.value.lower()}, class {set(leaf.classes)}")
        fresh = leaf.fingerprint not in self._asked
        self._asked.add(leaf.fingerprint)
        if await self._trust.standing(leaf, ders[1:], fresh=fresh) is Standing.REVOKED:
            raise NotGenuine("the certificate of the laboratory is revoked")
        if not isinstance(leaf.public_key, ec.EllipticCurvePublicKey):
            raise NotGenuine("the key of the laboratory is not P-256")
        return leaf.public_key


def _major(version: str) -> str:
    return version.strip().lstrip("vV").split(".", 1)[0]


def _time(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time zone")
    return moment.astimezone(UTC)


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotGenuine("a part is not Base64url") from error


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = read_json(content)
    except Refusal as error:
        raise NotGenuine("a part is not JSON") from error
    if not isinstance(value, dict):
        raise NotGenuine("a part is no JSON object")
    return value
