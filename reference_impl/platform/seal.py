"""Check seals: who sent this message, unchanged, just now, and for the first time.

Steps, each with its refusal: read the headers (SEAL_MISSING, SEAL_MALFORMED), coverage, algorithm,
digest of the received bytes, target, signature, window, trust in the certificate, binding of
headers and channel to it (403), and last the nonce: only messages that would pass use it up.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
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
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.message import Incoming
from reference_impl.platform.nonces import Nonces
from reference_impl.platform.problem import Refusal
from reference_impl.platform.sealing import Sealer
from reference_impl.platform.service import Caller
from reference_impl.platform.signatures import RAW_BYTES, check_raw
from reference_impl.platform.structured import (
    InnerList,
    Item,
    MalformedField,
    parse_dictionary,
    serialise,
)
from reference_impl.platform.trust import Standing, Trust

WINDOW_SECONDS = 300
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,200}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


# The form that RFC 8941 calls canonical, with the parameters in the order of the profile. Text of
# this form needs no parser: it is its own serialisation.
_CANONICAL = re.compile(
    r'seal=(\(("[a-z@][a-z0-9-]*"(?: "[a-z@][a-z0-9-]*")*)\);created=(0|[1-9][0-9]{0,14})'
    r';nonce="([A-Za-z0-9_-]{1,200})";keyid="([0-9a-f]{64})";alg="([a-z0-9-]{1,40})"'
    r';tag="([a-z-]{1,40})")'
)
_SIGNATURE = re.compile(r"seal=:([A-Za-z0-9+/]{86}==):")


@dataclass(frozen=True, slots=True)
class _Covered:
    """What a signature says it covers: component names, parameters, and both as signed."""

    names: tuple[object, ...]
    plain: bool
    parameters: Mapping[str, object]
    text: str


@dataclass(frozen=True, slots=True)
class _Seal:
    covered: _Covered
    signature: bytes
    created: int
    nonce: str
    keyid: str
    certificate: Certificate


class SealVerifier:
    """Verify the seal of requests for one service."""

    def __init__(self, trust: Trust, nonces: Nonces, clock: Clock, faults: FaultSwitch) -> None:
        self._trust = trust
        self._nonces = nonces
        self._clock = clock
        self._faults = faults

    async def verify(self, incoming: Incoming, channel: Certificate | None) -> Caller:
        """Return who sealed the request; raise Refusal. `channel` is the TLS client certificate."""
        headers = incoming.headers
        if "signature" not in headers and "signature-input" not in headers:
            if self._faults.on("platform.seal.optional"):
                return _unproved(incoming)
            raise Refusal("SEAL_MISSING")
        seal = self._read(incoming)
        self._check_content(incoming)
        if not self._faults.on("platform.seal.skip_signature"):
            _check_signature(incoming, seal)
        self._check_window(seal)
        await self._check_trust(seal.certificate)
        caller = self._bind(incoming, seal.certificate)
        if not self._faults.on("platform.binding.skip_channel"):
            _bind_channel(seal.certificate, channel)
        handed_on = channel is not None and not channel.is_class("ditas_token")
        of_centre = handed_on and caller.kind == "centre"
        if of_centre and self._faults.on("platform.binding.gateway_refused"):
            raise Refusal("TRANSPORT_CENTRE_MISMATCH", pointer="tls")
        if not self._faults.on("platform.seal.skip_nonce"):
            self._nonces.use(f"{seal.keyid}:{seal.nonce}")
        if channel is None or not channel.is_class("ditas_token"):
            return caller
        return replace(caller, channel=channel.fingerprint)

    def _read(self, incoming: Incoming) -> _Seal:
        headers = incoming.headers
        covered, signature = _covered(headers), _signature(headers)
        if covered is None or signature is None:
            raise Refusal("SEAL_MISSING", pointer="header:signature", detail='no label "seal"')
        self._check_coverage(covered, headers.keys())
        parameters = covered.parameters
        if parameters.get("alg") != sealing.ALGORITHM:
            raise Refusal("SEAL_ALGORITHM_REFUSED")
        created, nonce, keyid = (parameters.get(n) for n in ("created", "nonce", "keyid"))
        if not isinstance(created, int) or isinstance(created, bool):
            raise _malformed("created is not a whole number")
        if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
            raise _malformed("nonce is not 22 to 200 base64url characters")
        if parameters.get("tag") != sealing.REQUEST_TAG:
            raise _malformed(f'tag is not "{sealing.REQUEST_TAG}"')
        if len(signature) != RAW_BYTES:
            raise _malformed(f"signature is not {RAW_BYTES} bytes")
        certificate = _certificate(headers.get("ditas-certificate", ""))
        if keyid != certificate.fingerprint:
            raise _malformed("keyid is not the SHA-256 of ditas-certificate")
        return _Seal(covered, signature, created, nonce, str(keyid), certificate)

    def _check_coverage(self, covered: _Covered, present: Container[str]) -> None:
        names = covered.names
        if len(set(names)) != len(names) or not covered.plain:
            raise _malformed("a covered component is repeated or has parameters")
        optional = (name for name in sealing.OPTIONAL_COMPONENTS if name in present)
        wanted = (*sealing.REQUEST_COMPONENTS, *optional)
        missing = [name for name in wanted if name not in names]
        if missing and not self._faults.on("platform.seal.skip_coverage"):
            raise Refusal(
                "SEAL_COVERAGE_INSUFFICIENT",
                pointer="header:signature-input",
                detail=f"not covered: {', '.join(missing)}",
            )

    def _check_content(self, incoming: Incoming) -> None:
        if not self._faults.on("platform.seal.skip_digest"):
            _check_digest(incoming)
        if not self._faults.on("platform.seal.skip_target"):
            received = incoming.target.removeprefix("/ditas")
            if incoming.headers.get("ditas-target") != received:
                raise Refusal("SEAL_TARGET_MISMATCH", pointer="header:ditas-target")

    def _check_window(self, seal: _Seal) -> None:
        age = self._clock.now().timestamp() - seal.created
        if abs(age) > WINDOW_SECONDS and not self._faults.on("platform.seal.skip_window"):
            raise Refusal(
                "SEAL_WINDOW_EXCEEDED",
                pointer="header:signature-input",
                detail=f"created {round(age)} seconds before the clock of this service",
            )

    async def _check_trust(self, certificate: Certificate) -> None:
        if not (certificate.is_class("centre_seal") or certificate.is_class("service_seal")):
            raise Refusal("SEAL_CERTIFICATE_CLASS", pointer="header:ditas-certificate")
        ask = not self._faults.on("platform.seal.skip_revocation")
        standing = await self._trust.standing(certificate, ask_status=ask)
        if standing is Standing.UNAVAILABLE:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if standing is not Standing.GOOD:
            raise Refusal(f"SEAL_CERTIFICATE_{standing.value}", pointer="header:ditas-certificate")

    def _bind(self, incoming: Incoming, certificate: Certificate) -> Caller:
        names = ("ditas-centre", "ditas-software", "ditas-user", "ditas-correlation")
        values = tuple(incoming.headers.get(name, "") for name in names)
        centre, software, user, correlation = values
        is_centre = certificate.is_class("centre_seal")
        proved = (certificate.organisation, certificate.serial_number)
        # A service of the exchange vouches for the centre it acts for.
        bound = not is_centre or (centre, software) == proved
        if not bound and not self._faults.on("platform.binding.skip_centre"):
            raise Refusal("SEAL_CENTRE_MISMATCH", pointer="header:ditas-centre")
        if not all(is_uuid(value) for value in values):
            raise _malformed(f"{', '.join(names)} must be UUIDs in lower case")
        return Caller(
            kind="centre" if is_centre else "service",
            centre=centre,
            software=software,
            user=user,
            correlation=correlation,
            certificate=certificate.der,
            service=certificate.unit,
        )


def is_uuid(text: str) -> bool:
    """Say whether a text is a UUID in lower case."""
    return _UUID.fullmatch(text) is not None


def seal_holds(incoming: Incoming, certificate: Certificate) -> None:
    """Check the seal of a complete request against one certificate alone.

    Raises InvalidSignature; for readiness, which asks whether a service's own key works.
    """
    try:
        covered, signature = _covered(incoming.headers), _signature(incoming.headers)
        if covered is None or signature is None:
            raise InvalidSignature
        _check_signature(incoming, _Seal(covered, signature, 0, "", "", certificate))
    except Refusal as error:
        raise InvalidSignature from error


def request_signature(incoming: Incoming) -> bytes | None:
    """Return the bytes of the request's signature labelled seal, None when there is none."""
    try:
        return _signature(incoming.headers)
    except Refusal:
        # An unreadable signature was or will be refused; the answer then covers none.
        return None


def _covered(headers: Mapping[str, str]) -> _Covered | None:
    text = headers.get("signature-input", "")
    found = _CANONICAL.fullmatch(text)
    if found is not None:
        whole, names, created, nonce, keyid, algorithm, tag = found.groups()
        parameters = {
            "created": int(created), "nonce": nonce, "keyid": keyid, "alg": algorithm, "tag": tag
        }  # fmt: skip
        return _Covered(tuple(names[1:-1].split('" "')), True, parameters, whole)
    try:
        member = parse_dictionary(text).get(sealing.LABEL)
    except MalformedField as error:
        raise _malformed(str(error)) from error
    if member is None:
        return None
    if not isinstance(member, InnerList):
        raise _malformed("the label seal is not a signature")
    return _Covered(
        tuple(item.value for item in member.items),
        not any(item.parameters for item in member.items),
        dict(member.parameters),
        serialise(member),
    )


def _signature(headers: Mapping[str, str]) -> bytes | None:
    text = headers.get("signature", "")
    found = _SIGNATURE.fullmatch(text)
    if found is not None:
        return base64.b64decode(found[1])
    try:
        member = parse_dictionary(text).get(sealing.LABEL)
    except MalformedField as error:
        raise _malformed(str(error)) from error
    if member is None:
        return None
    if not isinstance(member, Item) or not isinstance(member.value, bytes):
        raise _malformed("the label seal is not a signature")
    return member.value


def _check_digest(incoming: Incoming) -> None:
    stated = incoming.headers.get("content-digest", "")
    if stated == sealing.content_digest(incoming.body):
        return
    try:
        digest = parse_dictionary(stated).get("sha-256")
    except MalformedField as error:
        raise _malformed(f"content-digest: {error}") from error
    if not isinstance(digest, Item):
        raise _malformed("content-digest has no sha-256")
    if digest.value != hashlib.sha256(incoming.body).digest():
        raise Refusal("SEAL_DIGEST_MISMATCH", pointer="header:content-digest")


def _check_signature(incoming: Incoming, seal: _Seal) -> None:
    lines: list[str] = []
    for name in seal.covered.names:
        if name == "@method":
            lines.append(f'"@method": {incoming.method}')
        elif isinstance(name, str) and name in incoming.headers:
            lines.append(f'"{name}": {incoming.headers[name]}')
        else:
            raise _malformed(f"covered component {str(name)[:60]!r} is not in the message")
    lines.append(f'"@signature-params": {seal.covered.text}')
    key = seal.certificate.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Refusal("SEAL_ALGORITHM_REFUSED")
    try:
        signed = "\n".join(lines).encode("utf-8")
        check_raw(key, seal.certificate.fingerprint, seal.signature, signed)
    except InvalidSignature as error:
        raise Refusal("SEAL_SIGNATURE_INVALID", pointer="header:signature") from error


def _bind_channel(certificate: Certificate, channel: Certificate | None) -> None:
    """Refuse a token of another centre or software; gateways and proxies carry any message."""
    if channel is None or not channel.is_class("ditas_token"):
        return
    proved = (channel.organisation, channel.serial_number)
    if proved != (certificate.organisation, certificate.serial_number):
        raise Refusal("TRANSPORT_CENTRE_MISMATCH", pointer="tls")


@lru_cache(maxsize=4096)
def _certificate(header: str) -> Certificate:
    try:
        item = parse_dictionary(f"c={header}")["c"]
    except MalformedField as error:
        raise _malformed(f"ditas-certificate: {error}") from error
    if not isinstance(item, Item) or not isinstance(item.value, bytes):
        raise _malformed("ditas-certificate is not :base64:")
    try:
        return read_certificate(item.value)
    except UnreadableCertificate as error:
        raise _malformed(f"ditas-certificate: {error}") from error


def _malformed(detail: str) -> Refusal:
    return Refusal("SEAL_MALFORMED", pointer="header:signature-input", detail=detail)


def _unproved(incoming: Incoming) -> Caller:
    """Return what a service believes that does not insist on seals (only behind its fault)."""
    headers = incoming.headers
    return Caller(
        kind="centre",
        centre=headers.get("ditas-centre", ""),
        software=headers.get("ditas-software", ""),
        user=headers.get("ditas-user", ""),
        correlation=headers.get("ditas-correlation", ""),
        certificate=b"",
    )


__all__ = ["SealVerifier", "Sealer", "request_signature"]
