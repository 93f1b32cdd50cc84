"""One process per service, or several of the whole exchange: started, watched, stopped together.

Workers are copies of the whole exchange that share listening sockets and databases; what one has
written the others see, because nothing but the databases decides. With one process per service the
first process holds the status address and the services' address (`front`); the gateway's holds
the gateway's. Every service listens on a loopback port of its own with mutual TLS and on a second,
plain one where only the first process asks for readiness and metrics.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess

import uvloop
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from fixtures import load_pack
from fixtures.synthetic.world import world
from reference_impl.pki.kit import Authority, DamagedState, open_authority
from reference_impl.pki.ledger import Ledger
from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.clock import Clock, SystemClock
from reference_impl.platform.contract import contract_of
from reference_impl.platform.databases import Databases, DatabaseUnusable
from reference_impl.platform.https_transport import Https
from reference_impl.platform.schema_version import SchemaTooNew
from reference_impl.topology import status
from reference_impl.topology.exchange import FRONT, PACK, Exchange, Settings
from reference_impl.topology.front import Front
from reference_impl.topology.gathered import Gathered
from reference_impl.topology.roster import identities
from reference_impl.topology.servers import (
    Address,
    Listeners,
    private_listener,
    run,
    stop_on_signals,
)
from reference_impl.topology.tls import client_context, server_context

GATEWAY = "gateway"
STOP_SECONDS = 2.5
LOG = logging.getLogger("reference.topology")


class ServiceDied(Exception):
    """A service's process ended by itself; the message names it and how it ended."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The sockets of one process; workers share the services' address and have none for it."""

    service: socket.socket | None
    plain: socket.socket

    def close(self) -> None:
        """Close this process's copies."""
        if self.service is not None:
            self.service.close()
        self.plain.close()


def up_workers(
    settings: Settings,
    listeners: Listeners,
    ready: Callable[[Authority], None],
    *,
    count: int,
    clock_control: bool = False,
) -> None:
    """Run `count` copies of the exchange. Raises ServiceDied, and what opening the state raises."""
    authority = _prepared(settings)
    # The tables are made and brought up to date before two processes could want to.
    Exchange(settings).close()
    names = [f"worker-{number}" for number in range(1, count + 1)]
    desks = {name: Desk(None, private_listener()) for name in names}
    _run(settings, listeners, authority, desks, ready, clock_control=clock_control)


def up(settings: Settings, listeners: Listeners, ready: Callable[[Authority], None], *,
       clock_control: bool = False) -> None:  # fmt: skip
    """Run until SIGTERM or SIGINT. Raises ServiceDied, and what opening the state raises."""
    authority = _prepared(settings)
    desks = {
        name: Desk(private_listener(), private_listener()) for name in load_pack(PACK).contracts
    }
    ports = {name: _port(desk.service) for name, desk in desks.items() if desk.service is not None}
    split = replace(settings, ports=ports)
    _run(split, listeners, authority, desks, ready, clock_control=clock_control)


def _prepared(settings: Settings) -> Authority:
    """Do before the processes part what they can share: certificates, pack, compiled contracts."""
    pack = load_pack(PACK)
    for name in pack.contracts:
        contract_of(pack, name)
    people = identities(world(settings.seed))
    return open_authority(settings.state, people, settings.status_url)


def _run(
    settings: Settings,
    listeners: Listeners,
    authority: Authority,
    desks: dict[str, Desk],
    ready: Callable[[Authority], None],
    *,
    clock_control: bool,
) -> None:
    # Closed by the end of this process, however it ends; nobody is left behind.
    lifeline, alive = os.pipe()
    announced, announce = os.pipe()
    context = multiprocessing.get_context("fork")
    children: dict[str, BaseProcess] = {}
    for name in desks:

        def work(mine: str = name) -> None:
            os.close(alive)
            only = None if settings.ports is None else mine
            _child(replace(settings, only=only), mine, desks, listeners, (lifeline, announce))

        child = context.Process(target=work, name=name)
        child.start()
        children[name] = child
    os.close(announce)
    plain_ports = {name: _port(desk.plain) for name, desk in desks.items()}
    listeners.sockets[0].close()
    if settings.ports is None:
        listeners.sockets[1].close()
    for desk in desks.values():
        desk.close()
    parent = _Parent(settings, authority, children, Gathered(plain_ports), clock_control)
    try:
        uvloop.run(parent.serve(listeners, announced, lambda: ready(authority)))
    finally:
        _end(children)
        os.close(alive)


class _Parent:
    """The first process: front, status, and the eye on the others."""

    def __init__(
        self,
        settings: Settings,
        authority: Authority,
        children: dict[str, BaseProcess],
        view: status.View,
        clock_control: bool,
    ) -> None:
        self._settings = settings
        self._authority = authority
        self._children = children
        self._view = view
        self._clock_control = clock_control
        self._died: str | None = None
        self._databases = Databases(settings.databases, settings.database_url)

    async def serve(self, listeners: Listeners, announced: int, ready: Callable[[], None]) -> None:
        """Serve until told to stop or until a service dies."""
        stop = stop_on_signals()
        self._watch(stop)
        ports = self._settings.ports or {}
        transport = Https(ports, client_context(self._authority, FRONT))
        try:
            if await _all_announced(announced, len(self._children), stop):
                await run(self._addresses(listeners, transport), ready, stop)
        finally:
            transport.close()
            self._databases.close()
            loop = asyncio.get_running_loop()
            for child in self._children.values():
                loop.remove_reader(child.sentinel)
        if self._died is not None:
            raise ServiceDied(self._died)

    def _addresses(self, listeners: Listeners, transport: Https) -> tuple[Address, ...]:
        _, services, plain = listeners.sockets
        proxies = frozenset(
            read_certificate(self._authority.credential(name).der).fingerprint
            for name in self._settings.trusted_proxies
        )
        front = Front(frozenset(self._children), transport, proxies)
        clock: Clock = self._settings.clock or SystemClock()
        # The certificate authority's own process writes it; this one answers OCSP and CRL from it.
        silent = self._settings.faults.on("pki.revocation.not_published")
        ledger = Ledger(self._authority, self._databases.store("pki"), silent=silent)
        routes = status.split_routes(
            self._authority,
            self._view,
            clock,
            ledger,
            clock_control=self._clock_control,
            doors=self._settings.doors,
        )
        status_address = Address(plain, Starlette(routes=routes), None)
        if self._settings.ports is None:
            return (status_address,)
        tls = server_context(self._authority, "services.tls")
        return (Address(services, front, tls), status_address)

    def _watch(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        for name, child in self._children.items():
            loop.add_reader(child.sentinel, self._ended, name, child, stop)

    def _ended(self, name: str, child: BaseProcess, stop: asyncio.Event) -> None:
        asyncio.get_running_loop().remove_reader(child.sentinel)
        if stop.is_set():
            return
        # Its end of the sentinel is closed a moment before it can be reaped.
        child.join(1)
        self._died = (
            f"the process of the service {name} ended unexpectedly ({_ending(child.exitcode)}), "
            "so the whole exchange was stopped. What it had accepted is stored. "
            "Look at the lines above, then start it again."
        )
        stop.set()


def _child(
    settings: Settings,
    name: str,
    desks: dict[str, Desk],
    listeners: Listeners,
    pipes: tuple[int, int],
) -> None:
    """Run one service, or all; the exit code tells the first process how it went."""
    # Ctrl-C reaches the whole group; the first process decides in which order to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = desks[name]
    for other in desks.values():
        if other is not own:
            other.close()
    public, services, plain = listeners.sockets
    plain.close()
    try:
        exchange = Exchange(settings)
    except (SchemaTooNew, DatabaseUnusable, DamagedState, SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"exchange: {name}: {error}\n")
        sys.exit(2)
    authority = exchange.authority
    required = not exchange.accepts_bare_channels
    tls = server_context(
        authority, "services.tls", certificate_required=required, faults=exchange.faults
    )
    if own.service is not None:
        services.close()
    addresses = [
        Address(own.service or services, exchange.services_app, tls),
        Address(own.plain, Starlette(routes=status.view_routes(status.Own(exchange))), None),
    ]
    if name == GATEWAY or own.service is None:
        gateway_tls = server_context(authority, "gateway.tls", faults=exchange.faults)
        addresses.append(Address(public, exchange.gateway_app, gateway_tls))
    uvloop.run(_serve(exchange, addresses, pipes))


async def _serve(exchange: Exchange, addresses: list[Address], pipes: tuple[int, int]) -> None:
    lifeline, announce = pipes
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(lifeline, stop.set)
    background = exchange.start()
    try:
        await run(addresses, lambda: _say_ready(announce), stop)
    finally:
        loop.remove_reader(lifeline)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        exchange.close()


def _say_ready(announce: int) -> None:
    os.write(announce, b".")
    os.close(announce)


async def _all_announced(announced: int, count: int, stop: asyncio.Event) -> bool:
    """Wait until every process has said that it is ready; False when told to stop before."""
    loop = asyncio.get_running_loop()
    said = 0
    done = asyncio.Event()

    def read() -> None:
        nonlocal said
        piece = os.read(announced, 4096)
        said += len(piece)
        if said >= count or not piece:
            loop.remove_reader(announced)
            done.set()

    loop.add_reader(announced, read)
    waiting = [asyncio.create_task(done.wait()), asyncio.create_task(stop.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    with contextlib.suppress(ValueError):
        loop.remove_reader(announced)
    os.close(announced)
    return said >= count and not stop.is_set()


def _end(children: dict[str, BaseProcess]) -> None:
    """Stop the gateway first, so that what it has begun is answered, then the others."""
    gateway = children.get(GATEWAY)
    if gateway is not None and gateway.is_alive():
        gateway.terminate()
        gateway.join(STOP_SECONDS / 2)
    for child in children.values():
        if child.is_alive():
            child.terminate()
    for child in children.values():
        child.join(STOP_SECONDS / 2)
        if child.is_alive():
            LOG.warning("the process of %s did not stop and was killed", child.name)
            child.kill()
            child.join()


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _ending(code: int | None) -> str:
    if code is None:
        return "no exit code"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
