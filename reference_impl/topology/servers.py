"""Run an exchange on its loopback ports in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from reference_impl.platform.peers import AsgiApp
from reference_impl.topology import status
from reference_impl.topology.exchange import Exchange
from reference_impl.topology.tls import PeerCertificateProtocol, server_context

HOST = "127.0.0.1"
PORTS = 3
ATTEMPTS = 50
GRACE_SECONDS = 1
KEEP_ALIVE_SECONDS = 30
BACKLOG = 1024
LOG = logging.getLogger("reference")


class PortTaken(Exception):
    """A wanted port cannot be listened on; the message names it and the way out."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Three bound sockets: gateway, services, status."""

    sockets: tuple[socket.socket, socket.socket, socket.socket]

    @property
    def port(self) -> int:
        """The first of the three ports."""
        port: int = self.sockets[0].getsockname()[1]
        return port

    @property
    def status_url(self) -> str:
        """Address of OCSP, CRL, time stamps and health."""
        return f"http://{HOST}:{self.port + 2}"


def bind(port: int) -> Listeners:
    """Bind `port` and the two after it; 0 finds three free ones. Raises PortTaken."""
    if port:
        return _bound(port)
    for _ in range(ATTEMPTS):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            free: int = probe.getsockname()[1]
        with contextlib.suppress(PortTaken, OverflowError):
            return _bound(free)
    raise PortTaken(f"no three free ports in a row after {ATTEMPTS} attempts; choose --port N")


def private_listener() -> socket.socket:
    """Return a socket that listens on some free loopback port."""
    listener = socket.socket()
    listener.bind((HOST, 0))
    listener.listen(BACKLOG)
    return listener


def _bound(first: int) -> Listeners:
    sockets: list[socket.socket] = []
    for port in range(first, first + PORTS):
        listener = socket.socket()
        sockets.append(listener)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(BACKLOG)
        except OSError as error:
            for made in sockets:
                made.close()
            raise PortTaken(
                f"port {port} on {HOST} cannot be used ({error.strerror}); the exchange needs "
                f"{first} to {first + PORTS - 1}. Stop what listens there, or choose --port N or 0."
            ) from error
    return Listeners((sockets[0], sockets[1], sockets[2]))


@dataclass(frozen=True, slots=True)
class Address:
    """One listening socket, the application that answers there, and its TLS (None: plain)."""

    listener: socket.socket
    app: AsgiApp | Starlette
    tls: ssl.SSLContext | None


async def serve(
    exchange: Exchange,
    listeners: Listeners,
    ready: Callable[[], None],
    *,
    clock_control: bool = False,
) -> None:
    """Serve a whole exchange until SIGTERM or SIGINT; `ready` is called once all ports answer."""
    authority = exchange.authority
    gateway, services, plain = listeners.sockets
    required = not exchange.accepts_bare_channels
    gateway_tls = server_context(authority, "gateway.tls", faults=exchange.faults)
    services_tls = server_context(
        authority, "services.tls", certificate_required=required, faults=exchange.faults
    )
    status_app = Starlette(routes=status.routes(exchange, clock_control=clock_control))
    addresses = (
        Address(gateway, exchange.gateway_app, gateway_tls),
        Address(services, exchange.services_app, services_tls),
        Address(plain, status_app, None),
    )
    stop = stop_on_signals()
    background = exchange.start()
    try:
        await run(addresses, ready, stop)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        exchange.close()


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop


async def run(addresses: Sequence[Address], ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Serve addresses until `stop` is set; requests in flight get their answers."""
    servers = [_server(address.app, address.tls) for address in addresses]

    async def stopping() -> None:
        await stop.wait()
        for server in servers:
            server.should_exit = True

    beside = [
        asyncio.create_task(stopping()),
        asyncio.create_task(_announce(servers, ready, stop)),
    ]
    running = [
        asyncio.create_task(server.serve(sockets=[address.listener]))
        for server, address in zip(servers, addresses, strict=True)
    ]
    await asyncio.gather(*running)
    for task in beside:
        task.cancel()
    for outcome in await asyncio.gather(*beside, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


class _Server(uvicorn.Server):
    """One of three servers in a process: signals are handled once, by `serve`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: AsgiApp | Starlette, tls: ssl.SSLContext | None) -> _Server:
    config = uvicorn.Config(
        app,
        loop="none",
        interface="asgi3",
        proxy_headers=False,
        http=PeerCertificateProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Services write their own date, because it belongs to every answer, in process as well.
        date_header=tls is None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
    )
    return _Server(config)


async def _announce(
    servers: Sequence[_Server], ready: Callable[[], None], stop: asyncio.Event
) -> None:
    for server in servers:
        await server.listening.wait()
    try:
        ready()
    except Exception:
        # Nobody would ever learn that it serves; `run` raises this once all have stopped.
        stop.set()
        raise
