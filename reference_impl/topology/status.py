"""The plain status address: PKI answers, health, readiness, metrics. Carries no personal data.

`POST /clock {"advance": SECONDS}` exists only in test exchanges started with `--clock-control`, the
doors below `/peers` only with `--peer-control`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fixtures import load_pack
from reference_impl.pki import status as pki_status
from reference_impl.pki.kit import Authority
from reference_impl.pki.ledger import Ledger
from reference_impl.platform.clock import Clock, MovableClock, SharedClock, written
from reference_impl.topology.doors import LONGEST_SECONDS, Doors
from reference_impl.topology.exchange import GATEWAY, PACK, Exchange
from reference_impl.topology.readiness import check, is_ready

MAX_BODY = 1024
FARTHEST = timedelta(days=400)
"""The kit's certificates end soon after; an exchange moved further could not prove anything."""
DOORS = frozenset(load_pack(PACK).contracts) - {GATEWAY}
"""Services that can be taken away: all but the gateway."""
Endpoint = Callable[[Request], Awaitable[Response]]


class View(Protocol):
    """What the status address tells, whether the services live here or in other processes."""

    async def checks(self) -> dict[str, dict[str, str]]:
        """Return the readiness of every service."""
        ...

    async def metrics(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        ...

    async def messages(self) -> Mapping[str, int]:
        """Return what the gateway has forwarded, by service and class of status."""
        ...


class Own:
    """View of an exchange (or one service of it) in this process."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def checks(self) -> dict[str, dict[str, str]]:
        """Exercise every service."""
        return {name: check(config) for name, config in self._exchange.configurations.items()}

    async def metrics(self) -> bytes:
        """Render the counters."""
        return generate_latest(self._exchange.metrics.registry)

    async def messages(self) -> Mapping[str, int]:
        """Return the gateway's counters."""
        return {} if self._exchange.log is None else dict(self._exchange.log.counters)


def routes(exchange: Exchange, *, clock_control: bool = False) -> list[Route]:
    """Return all routes of the status address of an exchange in one process."""
    moved = exchange.clock if clock_control else None
    return [
        *pki_status.routes(exchange.authority, exchange.clock, exchange.ledger),
        *view_routes(Own(exchange)),
        *clock_routes(moved),
        *door_routes(exchange.doors),
    ]


def split_routes(
    authority: Authority,
    view: View,
    clock: Clock,
    ledger: Ledger,
    *,
    clock_control: bool,
    doors: Doors | None = None,
) -> list[Route]:
    """Return all routes of the status address of an exchange in many processes."""
    return [
        *pki_status.routes(authority, clock, ledger),
        *view_routes(view),
        *clock_routes(clock if clock_control else None),
        *door_routes(doors),
    ]


def view_routes(view: View) -> list[Route]:
    """Return health, readiness and metrics."""

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "messages": dict(await view.messages())})

    async def ready(_request: Request) -> JSONResponse:
        checks = await view.checks()
        holds = is_ready(checks)
        return JSONResponse({"ready": holds, "services": checks}, 200 if holds else 503)

    async def metrics(_request: Request) -> Response:
        return Response(await view.metrics(), headers={"content-type": CONTENT_TYPE_LATEST})

    endpoints: dict[str, Endpoint] = {"/health": health, "/ready": ready, "/metrics": metrics}
    return [Route(path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()]


def clock_routes(clock: Clock | None) -> list[Route]:
    """Return the control of a movable clock; nothing for the machine's own."""
    if not isinstance(clock, MovableClock | SharedClock):
        return []

    async def show(_request: Request) -> JSONResponse:
        return JSONResponse(
            {"now": written(clock.now()), "offsetSeconds": clock.offset.total_seconds()}
        )

    async def advance(request: Request) -> JSONResponse:
        seconds = _seconds(await _bounded(request))
        if seconds is None:
            return _refused('send {"advance": SECONDS}, a number of seconds from 0')
        if clock.offset + timedelta(seconds=seconds) > FARTHEST:
            return _refused(f"the clock moves at most {FARTHEST.days} days ahead in all")
        clock.advance(timedelta(seconds=seconds))
        return await show(request)

    return [Route("/clock", show, methods=["GET"]), Route("/clock", advance, methods=["POST"])]


def door_routes(doors: Doors | None) -> list[Route]:
    """Return the control of the services' doors; nothing for an exchange without doors."""
    if doors is None:
        return []

    async def show(_request: Request) -> JSONResponse:
        return JSONResponse({"away": doors.away()})

    async def change(request: Request) -> JSONResponse:
        order = _order(await _bounded(request))
        if order is None:
            return _refused(
                'send {"service": NAME, "away": SECONDS} or {"service": NAME, "loses": ANSWERS}'
            )
        service, act, amount = order
        (doors.shut if act == "away" else doors.lose)(service, amount)
        return await show(request)

    async def arrivals(request: Request) -> JSONResponse:
        return JSONResponse({"arrivals": doors.of(request.path_params["correlation"])})

    return [
        Route("/peers", show, methods=["GET"]),
        Route("/peers", change, methods=["POST"]),
        Route("/peers/arrivals/{correlation}", arrivals, methods=["GET"]),
    ]


def _order(body: bytes) -> tuple[str, str, int] | None:
    """Return service, act and amount of an order to the doors; None when it is none."""
    try:
        asked: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    acts = [name for name in ("away", "loses") if isinstance(asked, dict) and name in asked]
    if len(acts) != 1 or set(asked) != {"service", acts[0]}:
        return None
    service, amount = asked["service"], asked[acts[0]]
    known = isinstance(service, str) and service in DOORS
    whole = type(amount) is int and 0 <= amount <= LONGEST_SECONDS
    return (service, acts[0], amount) if known and whole else None


def _seconds(body: bytes) -> float | None:
    try:
        asked: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    value = asked.get("advance") if isinstance(asked, dict) and len(asked) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Backwards would bring answers to life again that were already out of their time.
    return float(value) if 0 <= value <= FARTHEST.total_seconds() else None


def _refused(reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, 422)


async def _bounded(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return body[:MAX_BODY]
