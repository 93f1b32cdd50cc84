"""The plain status address: PKI answers, health and readiness. Carries no personal data."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from reference_impl.pki import status as pki_status
from reference_impl.topology.exchange import Exchange


def routes(exchange: Exchange) -> list[Route]:
    """Return all routes of the status address."""

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "messages": dict(exchange.log.counters)})

    async def ready(_request: Request) -> JSONResponse:
        # Everything is created before any port listens.
        return JSONResponse({"ready": True})

    return [
        *pki_status.routes(exchange.authority, ledger=exchange.ledger),
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
    ]
