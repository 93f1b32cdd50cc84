"""What must hold of a request before anybody looks at its content."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509

from tests.foreign import sealing
from tests.foreign.sealing import NotTrusted, Sealed, Trust, quoted

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CONTEXT = ("ditas-centre", "ditas-software", "ditas-user", "ditas-correlation")


@dataclass(frozen=True)
class Incoming:
    """A request as it came over the channel."""

    method: str
    target: str  # path and query, raw
    headers: Mapping[str, str]
    body: bytes
    client: x509.Certificate | None


@dataclass(frozen=True)
class Checks:
    """What is checked of a seal; a mistake switches one off."""

    digest: bool = True
    target: bool = True
    window: bool = True
    nonce: bool = True
    revocation: bool = True
    coverage: bool = True


def check_channel(request: Incoming, trust: Trust) -> None:
    """Raise NotTrusted unless the client certificate may stand at this end of the channel."""
    if request.client is None:
        raise NotTrusted("TRANSPORT_CLIENT_CERTIFICATE_REQUIRED")
    classes = {sealing.TOKEN, sealing.SERVICE_SEAL, sealing.PROXY}
    try:
        trust.check(request.client, classes=classes)
    except NotTrusted:
        raise NotTrusted("TRANSPORT_CLIENT_CERTIFICATE_REFUSED") from None


def check_seal(
    request: Incoming, trust: Trust, checks: Checks, remember: Callable[[str, str], bool]
) -> None:
    """Raise NotTrusted unless the seal of a request holds. [docs/wire.md, Seal]."""
    headers = request.headers
    if "signature" not in headers or "signature-input" not in headers:
        raise NotTrusted("SEAL_MISSING")
    sealed = sealing.read_seal(headers, "ditas-seal")
    _check_form(request, sealed, checks)
    leaf = _certificate(headers)
    _check_digest(request, checks)
    path = request.target.removeprefix("/ditas")
    if checks.target and headers["ditas-target"] != path:
        raise NotTrusted("SEAL_TARGET_MISMATCH")
    if checks.window and abs(time.time() - int(sealed.parameters["created"])) > sealing.WINDOW:
        raise NotTrusted("SEAL_WINDOW_EXCEEDED")
    if (
        sealed.parameters["keyid"]
        != hashlib.sha256(sealing.binary(headers["ditas-certificate"])).hexdigest()
    ):
        raise NotTrusted("SEAL_MALFORMED")
    trust.check(
        leaf,
        classes={sealing.CENTRE_SEAL, sealing.SERVICE_SEAL},
        ask_status=checks.revocation,
    )
    sealing.check_signature(
        leaf, sealed, sealing.base_of(sealed.covered, _values(request), sealed.raw)
    )
    _check_names(request, leaf)
    if checks.nonce and not remember(sealed.parameters["keyid"], sealed.parameters["nonce"]):
        raise NotTrusted("SEAL_NONCE_REPLAYED")


def _check_form(request: Incoming, sealed: Sealed, checks: Checks) -> None:
    wanted = [quoted(name) for name in sealing.COVERED]
    wanted += [quoted(name) for name in sealing.WHEN_PRESENT if name in request.headers]
    if checks.coverage and list(sealed.covered) != wanted:
        raise NotTrusted("SEAL_COVERAGE_INSUFFICIENT")
    parameters = sealed.parameters
    if parameters.get("alg") != "ecdsa-p256-sha256":
        raise NotTrusted("SEAL_ALGORITHM_REFUSED")
    if not {"created", "nonce", "keyid", "tag"} <= set(parameters):
        raise NotTrusted("SEAL_MALFORMED")
    if not parameters["created"].isdigit() or not sealing._NONCE.fullmatch(parameters["nonce"]):
        raise NotTrusted("SEAL_MALFORMED")
    for name in (*CONTEXT, "content-digest", "ditas-target", "ditas-certificate"):
        if name not in request.headers:
            raise NotTrusted("SEAL_MALFORMED")


def _certificate(headers: Mapping[str, str]) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(sealing.binary(headers["ditas-certificate"]))
    except ValueError:
        raise NotTrusted("SEAL_MALFORMED") from None


def _check_digest(request: Incoming, checks: Checks) -> None:
    if checks.digest and request.headers["content-digest"] != sealing.digest_of(request.body):
        raise NotTrusted("SEAL_DIGEST_MISMATCH")


def _values(request: Incoming) -> Callable[[str], str]:
    def value(component: str) -> str:
        name = component.strip('"')
        if name == "@method":
            return request.method
        if name not in request.headers:
            raise NotTrusted("SEAL_COVERAGE_INSUFFICIENT")
        return request.headers[name].strip()

    return value


def _check_names(request: Incoming, leaf: x509.Certificate) -> None:
    """Hold context, seal and channel to the same centre and software."""
    stated = (request.headers["ditas-centre"], request.headers["ditas-software"])
    if sealing.class_of(leaf) == sealing.SERVICE_SEAL:
        return
    if sealing.named(leaf) != stated:
        raise NotTrusted("SEAL_CENTRE_MISMATCH")
    client = request.client
    is_token = client is not None and sealing.class_of(client) == sealing.TOKEN
    if client is not None and is_token and sealing.named(client) != stated:
        raise NotTrusted("TRANSPORT_CENTRE_MISMATCH")


def correlation_of(headers: Mapping[str, str]) -> str | None:
    """Return the correlation to echo, None when there is no usable one."""
    found = headers.get("ditas-correlation", "")
    return found if _UUID.fullmatch(found) else None
