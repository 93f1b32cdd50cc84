"""The exchange put together: authority, services, gateway, and their ASGI applications.

Services meet only through `InProcess` transports, each with its own seal and channel certificate.
Faults reach only the service they are meant for, so that the rest of the exchange stays a sound
environment for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from fixtures import Pack, load_pack
from fixtures.synthetic.world import World, world
from reference_impl.faults.points import NO_FAULTS, FaultSet
from reference_impl.gateway import service as gateway
from reference_impl.gateway.admission import Admission
from reference_impl.gateway.forwarding import Forwarding
from reference_impl.gateway.laboratory import Laboratory
from reference_impl.gateway.misforwarding import Misforwarding
from reference_impl.gateway.outbox import Outbox
from reference_impl.gateway.pending import Pending
from reference_impl.gateway.records import MessageLog
from reference_impl.gateway.register import LaboratoryRegister, Register, Scopes, WorldRegister
from reference_impl.gateway.strayed import Strayed
from reference_impl.gateway.tokens import Tokens
from reference_impl.pki import service as pki
from reference_impl.pki.kit import Authority, open_authority
from reference_impl.pki.ledger import Ledger
from reference_impl.pki.revocation import OcspResponder
from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.clock import Clock, SystemClock
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.databases import Databases
from reference_impl.platform.https_transport import Https
from reference_impl.platform.ids import Ids
from reference_impl.platform.kernel import Kernel, Receive, Scope
from reference_impl.platform.metrics import Metrics
from reference_impl.platform.peers import AsgiApp, InProcess, SealedPeers, Transport
from reference_impl.platform.problem import ErrorBank
from reference_impl.platform.response_seal import ResponseSeals
from reference_impl.platform.revocation import Ask, OcspStatus
from reference_impl.platform.sealing import Sealer
from reference_impl.platform.sending import Send
from reference_impl.platform.service import Service
from reference_impl.platform.storage import Store
from reference_impl.platform.trust import Trust
from reference_impl.topology.doors import Behind, Doors
from reference_impl.topology.loopback import plain_ocsp
from reference_impl.topology.roster import identities
from reference_impl.topology.tls import client_context

PACK = "erx-1401"
GATEWAY = "gateway"
FRONT = "services.proxy"
"""Identity of the process that serves the services' address when each has its own process."""
SUBJECT = "purchaser"
"""The service that platform faults and legal variants apply to, unless told otherwise."""


def _factories(pack: Pack) -> dict[str, Callable[[Configuration], Service]]:
    """Find the services by convention: contract NAME is served by `reference_impl.NAME.service`.

    Gateway and authority stand apart: they are put together from more than a configuration.
    """
    return {
        name: import_module(f"reference_impl.{name}.service").create
        for name in pack.contracts
        if name not in {GATEWAY, "pki"}
    }


@dataclass(frozen=True, slots=True)
class Settings:
    """What one exchange is made of.

    `databases` is a folder, or None to keep everything in memory; `database_url` (PostgreSQL) goes
    before both. `status_url` None accepts the address the existing certificates name. `register` is
    the folder of a laboratory's certificates; None takes the synthetic world's word about software.
    `subjects` are the services under test: faults of the platform and legal variants act on them.

    `only` and `ports` are for an exchange split into processes: the service that lives here, and
    the loopback port of every service. Without them all live here and meet in this process.
    `doors` let tests of gateways take services away; None has none.
    """

    state: Path
    seed: int = 1401
    faults: FaultSet = NO_FAULTS
    databases: Path | None = None
    status_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    clock: Clock | None = None
    register: Path | None = None
    subjects: tuple[str, ...] = (SUBJECT,)
    database_url: str | None = None
    only: str | None = None
    ports: Mapping[str, int] | None = None
    doors: Doors | None = None


class UnknownSubject(ValueError):
    """Faults are meant for a service that this exchange does not have."""


class Exchange:
    """All services of one exchange. Raises UnknownSubject, DamagedState, OSError."""

    def __init__(self, settings: Settings) -> None:
        self.world: World = world(settings.seed)
        self.authority: Authority = open_authority(
            settings.state, identities(self.world), settings.status_url
        )
        self._settings = settings
        self._clock = settings.clock or SystemClock()
        self._pack = load_pack(PACK)
        strangers = set(settings.subjects) - set(self._pack.contracts)
        if strangers:
            raise UnknownSubject(
                f"no service is called {', '.join(sorted(strangers))}; "
                f"this exchange has {', '.join(self._pack.contracts)}"
            )
        self._errors = ErrorBank(self._pack.errors)
        self.databases = Databases(settings.databases, settings.database_url)
        self._background: list[Callable[[], Awaitable[None]]] = []
        self.metrics = Metrics()
        self._transports: list[Https] = []
        self.ledger: Ledger | None = None
        if self._lives_here("pki"):
            silent = settings.faults.on("pki.revocation.not_published")
            self.ledger = Ledger(self.authority, self._store("pki"), silent=silent)
        self._status = OcspStatus(self._ask_status(), self._clock)
        self._proxies = frozenset(self._fingerprint(name) for name in self._trusted_proxies())
        self.services: dict[str, AsgiApp] = {}
        self.configurations: dict[str, Configuration] = {}
        for name, factory in _factories(self._pack).items():
            if self._lives_here(name):
                config = self._configuration(name)
                self._add(config, factory(config))
        if self.ledger is not None:
            config = self._configuration("pki")
            self._add(config, pki.create(config, self.authority, self.ledger))
        self.forwarding: Forwarding | None = None
        self.log: MessageLog | None = None
        if self._lives_here("gateway"):
            self.forwarding, self.log = self._gateway()

    async def services_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at the services' own address, `/{service}/v1/...`."""
        name = str(scope["path"]).split("/", 2)[1]
        # An unknown service is refused by the gateway's kernel, in the form all refusals have.
        app = self.services.get(name, self.services[self._settings.only or "gateway"])
        await app(scope, receive, send)

    async def gateway_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at the gateway's address, `/ditas/{service}/v1/...`."""
        if self.forwarding is None:
            raise LookupError("the gateway lives in another process")
        await self.forwarding(scope, receive, send)

    @property
    def clock(self) -> Clock:
        """The time of all services."""
        return self._clock

    @property
    def doors(self) -> Doors | None:
        """The doors of the services, where there are any."""
        return self._settings.doors

    @property
    def faults(self) -> FaultSet:
        """What is switched on in this exchange."""
        return self._settings.faults

    @property
    def accepts_bare_channels(self) -> bool:
        """Whether a fault lets channels without a client certificate reach the services."""
        return self._settings.faults.on("platform.tls.accept_without_certificate")

    def start(self) -> list[asyncio.Task[None]]:
        """Start what runs beside the requests; cancel the tasks to stop."""
        return [asyncio.ensure_future(_run(work)) for work in self._background]

    def close(self) -> None:
        """Close all databases."""
        self.databases.close()
        for transport in self._transports:
            transport.close()

    def _lives_here(self, service: str) -> bool:
        return self._settings.only in {None, service}

    def _gateway(self) -> tuple[Forwarding, MessageLog]:
        config = self._configuration("gateway")
        relaxed = self._store("gateway-log", durable=False)
        tokens = Tokens(config, self._tokens())
        admission = Admission(config, self._register(config), tokens)
        log, outbox = MessageLog(config, relaxed), Outbox(config)
        pending = Pending(config, relaxed, outbox)
        kernel = self._add(config, gateway.create(config, admission, tokens, log, outbox))
        channel = "gateway.tls" if self._settings.ports is None else "gateway.seal"
        sent = Strayed(self._transport(channel), config.faults)
        forwarding = Forwarding(
            config,
            kernel,
            transport=Misforwarding(sent, config.faults),
            admission=admission,
            log=log,
            outbox=outbox,
            pending=pending,
        )
        self._background.append(pending.run)
        return forwarding, log

    def _register(self, config: Configuration) -> Register:
        scopes = Scopes(config.pack)
        made = WorldRegister(config.world, scopes)
        folder = self._settings.register
        if folder is None:
            return made
        laboratory = Laboratory(config.trust, config.pack.name)
        return LaboratoryRegister(folder, laboratory, made, scopes, config.faults)

    def _tokens(self) -> list[bytes]:
        """Return the tokens of the kit, which the gateway knows from the start."""
        places = (*self.world.centres, *self.world.authorities)
        return [self.authority.credential(f"{key}.token").der for key in places]

    def _add(self, config: Configuration, service: Service) -> Kernel:
        kernel = Kernel(config, service, self._store(f"{service.name}-nonces", durable=False))
        doors = self._settings.doors
        # What has a door stands behind the gateway; the gateway itself answers with its own kernel.
        if doors is None or service.name == GATEWAY:
            self.services[service.name] = kernel
        else:
            self.services[service.name] = Behind(kernel, service.name, doors)
        self.configurations[service.name] = config
        self._background += service.background
        return kernel

    def _configuration(self, name: str) -> Configuration:
        faults = self._faults_of(name)
        ids = Ids(time_ordered=faults.on("variant.time_ordered_ids"))
        seal = self.authority.credential(f"{name}.seal")
        sealer = Sealer(seal.der, seal.key, self._clock)
        trust = Trust(
            self.authority.root.certificate,
            (self.authority.intermediate.certificate,),
            self._status,
            self._clock,
            faults,
        )
        return Configuration(
            service=name,
            pack=self._pack,
            world=self.world,
            store=self._store(name),
            errors=self._errors,
            faults=faults,
            peers=SealedPeers(
                name,
                sealer,
                self._transport(f"{name}.seal"),
                ids,
                ResponseSeals(trust, self._clock),
            ),
            trust=trust,
            sealer=sealer,
            clock=self._clock,
            ids=ids,
            seed=self._settings.seed,
            trusted_proxies=self._proxies,
            metrics=self.metrics,
        )

    def _transport(self, identity: str) -> Transport:
        if self._settings.ports is None:
            return InProcess(self.authority.credential(identity).der, self.services)
        transport = Https(self._settings.ports, client_context(self.authority, identity))
        self._transports.append(transport)
        return transport

    def _ask_status(self) -> Ask:
        if self._settings.ports is not None and self._settings.status_url is not None:
            return plain_ocsp(self._settings.status_url)
        responder = OcspResponder(self.authority, self._clock, self.ledger)

        async def ask(request: bytes) -> bytes:
            return responder.respond(request)

        return ask

    def _trusted_proxies(self) -> tuple[str, ...]:
        split = self._settings.ports is not None
        return (*self._settings.trusted_proxies, *((FRONT,) if split else ()))

    def _faults_of(self, name: str) -> FaultSet:
        own = f"{name}."
        everything = self._settings.faults
        if name in self._settings.subjects:
            return everything
        return FaultSet(frozenset(p for p in everything if p.startswith(own)))

    def _store(self, name: str, *, durable: bool = True) -> Store:
        return self.databases.store(name, durable=durable)

    def _fingerprint(self, identity: str) -> str:
        return read_certificate(self.authority.credential(identity).der).fingerprint


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()
