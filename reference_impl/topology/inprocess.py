"""The exchange as one ASGI application, for calibration: no ports, no TLS, memory only.

Services at `/{service}/v1`, the gateway at `/ditas/{service}/v1`, the status endpoints beside them.
The channel's certificate is expected in `scope["extensions"]["tls"]` (docs/interfaces.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from reference_impl.faults.points import resolve
from reference_impl.platform.clock import MovableClock
from reference_impl.platform.kernel import Receive, Scope
from reference_impl.platform.peers import AsgiApp
from reference_impl.platform.sending import Send
from reference_impl.topology.doors import OwnDoors
from reference_impl.topology.exchange import SUBJECT, Exchange, Settings
from reference_impl.topology.status import routes


def create(state: str, fault: str = "", seed: str = "1401", subject: str = SUBJECT) -> AsgiApp:
    """Return a fresh exchange whose certificates come from `state` (made there when absent).

    `fault` is a comma-separated list of catalogue ids or point names, `subject` one of the services
    that faults of the platform act on. Serve it from one event loop.
    Raises DamagedState, UndeclaredPoint, UnknownSubject, OSError.
    """
    faults = resolve(name.strip() for name in fault.split(","))
    subjects = tuple(name.strip() for name in subject.split(","))
    settings = Settings(
        state=Path(state),
        seed=int(seed),
        faults=faults,
        subjects=subjects,
        clock=MovableClock(),
        doors=OwnDoors(),
    )
    return application(Exchange(settings))


def application(exchange: Exchange) -> AsgiApp:
    """Return all addresses of an exchange in one application."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = exchange.start()
        yield
        for task in tasks:
            task.cancel()
        exchange.close()

    status = Starlette(routes=routes(exchange, clock_control=True), lifespan=lifespan)
    names = frozenset(exchange.services)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        first = "" if scope["type"] != "http" else str(scope["path"]).split("/", 2)[1]
        if first == "ditas":
            await exchange.gateway_app(scope, receive, send)
        elif first in names:
            await exchange.services_app(scope, receive, send)
        else:
            await status(scope, receive, send)

    return dispatch
