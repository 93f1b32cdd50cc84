"""The plain status address of the exchange: OCSP, CRL, issuer certificates, time stamps."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from cryptography.hazmat.primitives import serialization
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_impl.pki.kit import Authority
from reference_impl.pki.ledger import Ledger
from reference_impl.pki.revocation import OcspResponder, crl
from reference_impl.pki.timestamp import TimeStampAuthority
from reference_impl.platform.clock import Clock

MAX_BODY = 4096


def routes(
    authority: Authority, clock: Clock | None = None, ledger: Ledger | None = None
) -> list[Route]:
    """Return the routes of the PKI: /ocsp, /crl/{issuer}.crl, /ca/{issuer}.cer, /tsa."""
    responder, stamps = (
        OcspResponder(authority, clock, ledger),
        TimeStampAuthority(authority, clock),
    )

    async def ocsp_post(request: Request) -> Response:
        body = await _bounded(request)
        return _binary(responder.respond(body), "application/ocsp-response")

    async def ocsp_get(request: Request) -> Response:
        # RFC 6960, A.1: the request is the last path segment, base64 then percent-encoded.
        encoded = unquote(str(request.path_params["encoded"]))
        try:
            body = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            body = b""
        return _binary(responder.respond(body), "application/ocsp-response")

    async def list_of_revoked(request: Request) -> Response:
        now = clock.now() if clock is not None else None
        content = crl(authority, str(request.path_params["issuer"]), now, ledger)
        return _found(content, "application/pkix-crl")

    async def issuer_certificate(request: Request) -> Response:
        issuer = {"root": authority.root, "intermediate": authority.intermediate}.get(
            str(request.path_params["issuer"])
        )
        content = issuer.certificate.public_bytes(serialization.Encoding.DER) if issuer else None
        return _found(content, "application/pkix-cert")

    async def time_stamp(request: Request) -> Response:
        body = await _bounded(request)
        return _binary(stamps.respond(body), "application/timestamp-reply")

    return [
        Route("/ocsp", ocsp_post, methods=["POST"]),
        Route("/ocsp/{encoded:path}", ocsp_get, methods=["GET"]),
        Route("/crl/{issuer}.crl", list_of_revoked, methods=["GET"]),
        Route("/ca/{issuer}.cer", issuer_certificate, methods=["GET"]),
        Route("/tsa", time_stamp, methods=["POST"]),
    ]


async def _bounded(request: Request) -> bytes:
    """Read at most one byte more than allowed; the parsers then refuse the length."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return body[: MAX_BODY + 1]
    return body


def _binary(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"cache-control": "no-store"})


def _found(content: bytes | None, media_type: str) -> Response:
    if content is None:
        return Response("no such issuer\n", status_code=404, media_type="text/plain")
    return _binary(content, media_type)
