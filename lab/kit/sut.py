"""The system under test as a case sees it: operations in, recorded replies out.

Order of every call: build, mutate, sign, seal, send, **record**, and only then hand the reply over.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fixtures.synthetic import World
from lab.kit.calling import AUTO, Auto, Call, Caller, Drafter, Route, named, target_of
from lab.kit.clock import INPROCESS, ProductClock
from lab.kit.contract import Contracts, Operation
from lab.kit.credentials import CredentialKit, Identity
from lab.kit.documents import sign_document
from lab.kit.mutation import Mutation
from lab.kit.replay import ReplayTransport
from lab.kit.reply import Reply
from lab.kit.session import CaseSession
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.kit.transport import Outcome, OutgoingRequest, Transport
from lab.model.base import JsonValue
from lab.model.exchange import Direction, Exchange, Header, ReceivedResponse, SentRequest
from lab.model.roles import Role
from lab.model.sut import SutProfile
from lab.model.verdict import Blame


@dataclass
class Sut:
    """The product behind one transport, for one attempt at one case."""

    session: CaseSession
    transport: Transport
    kit: CredentialKit
    contracts: Contracts
    profile: SutProfile
    world: World
    role: Role
    clock: ProductClock
    default_caller: Caller = field(default_factory=lambda: Caller("office-1"))

    @property
    def _drafter(self) -> Drafter:
        return Drafter(self.session, self.kit, self.world)

    def call(
        self,
        operation: str,
        *,
        step: str,
        service: str | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: JsonValue = None,
        document: tuple[str, JsonValue, str | Identity] | None = None,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | Auto | None = AUTO,
        if_match: str | None = None,
        lease: str | None = None,
        mutate: Mutation | tuple[Mutation, ...] | None = None,
    ) -> Reply:
        """Call one operation of the product and return its recorded reply.

        `body` is JSON or bytes; `document=(kind, payload, signer)` signs the payload as that
        professional (a name, or an identity the case made); `key=None` leaves the idempotency key
        out; `lease` becomes `ditas-lease`. The `service` is found by the operation, for a gateway
        among all services behind it.
        """
        call = Call(
            operation, path, query, body, document, caller, headers, key, if_match, lease, mutate,
            service,
        )  # fmt: skip
        return self.perform(call, step=step)

    def perform(self, call: Call, *, step: str) -> Reply:
        """Perform one call that is there as data and return its recorded reply."""
        route = self._route(call.operation, call.service)
        return self._perform(call, route, step, self.session.next_ordinals(1)[0])

    def let_pass(self, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Move the time of the product, and of the exchange around it, forward.

        For cases declared with `moves_clock=True` only: all later cases live in the moved time. In
        a replay nothing is moved but the clock of the case.
        """
        if not self.session.case.moves_clock:
            raise HarnessProblem("a case that lets time pass is declared with moves_clock=True")
        by = timedelta(days=days, hours=hours, minutes=minutes)
        if self.session.replay is None:
            self.clock.advance(by)
        self.session.moved(by)

    def signed(self, kind: str, payload: JsonValue, signer: str) -> dict[str, str]:
        """Sign a document that travels inside a JSON body, as paper entered after an outage does.

        Nothing is sent; what was signed is in the evidence with the call it becomes part of.
        """
        return sign_document(
            kind, payload, self.kit.identity(signer), issued_at=int(self.session.now.timestamp())
        )

    def parallel(self, calls: list[Call], *, step: str) -> list[Reply]:
        """Perform all calls at the same instant; ordinals and replies follow the list."""
        ordinals = self.session.next_ordinals(len(calls))
        gate = threading.Barrier(len(calls))

        def one(call: Call, ordinal: int) -> Reply:
            route = self._route(call.operation, call.service)
            return self._perform(call, route, step, ordinal, gate)

        with ThreadPoolExecutor(max_workers=len(calls)) as pool:
            futures = [pool.submit(one, call, n) for call, n in zip(calls, ordinals, strict=True)]
            return [future.result() for future in futures]

    def environment(
        self,
        service: str,
        operation: str,
        *,
        step: str = "environment",
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: JsonValue = None,
        document: tuple[str, JsonValue, str | Identity] | None = None,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask a peer of the exchange; if it does not answer, the case is INCONCLUSIVE."""
        base = self.profile.ixit.environment_url or self._origin()
        call = Call(operation, path, query, body, document, caller, headers)
        address = f"{base.rstrip('/')}/ditas/{service}/v1"
        return self._of_environment(call, service, address, step, "environment_url")

    def behind(
        self,
        service: str,
        operation: str,
        *,
        step: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: JsonValue = None,
        document: tuple[str, JsonValue, str] | None = None,
        caller: Caller | None = None,
        key: str | Auto | None = AUTO,
        lease: str | None = None,
    ) -> Reply:
        """Ask a service past the gateway under test ([ixit] services_url), as its environment.

        For cases that say `needs=("services_url",)`. If it does not answer, the case is
        INCONCLUSIVE.
        """
        base = self.profile.ixit.services_url
        if base is None or "services_url" not in self.session.case.needs:
            raise HarnessProblem('a case that asks past the gateway says needs=("services_url",)')
        call = Call(operation, path, query, body, document, caller, key=key, lease=lease)
        return self._of_environment(
            call, service, f"{base.rstrip('/')}/{service}/v1", step, "services_url"
        )

    def _of_environment(
        self, call: Call, service: str, address: str, step: str, setting: str
    ) -> Reply:
        found = self.contracts.operation(service, call.operation)
        route = Route(service, address, Direction.CONTROL, found)
        reply = self._perform(call, route, step, self.session.next_ordinals(1)[0])
        if reply.failure is not None:
            raise Inconclusive(
                f"{service} of the surrounding exchange did not answer",
                blame=Blame.ENVIRONMENT,
                exchange_id=reply.exchange_id,
                expected=f"an answer of {service} {call.operation}",
                observed=reply.summary(),
                fix=f"Start the exchange around the product, or correct [ixit] {setting}.",
            )
        return reply

    def control(self, method: str, url: str, *, step: str, body: JsonValue = None) -> Reply:
        """Ask a control address around the product: plain JSON without seal, recorded."""
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers: tuple[tuple[str, str], ...] = (("content-length", str(len(content))),)
        if content:
            headers = (("content-type", "application/json"), *headers)
        target = target_of(url)
        made = Operation("control", named(method, target), method, target, None, {})
        route = Route("control", "", Direction.CONTROL, made)
        request = self._request(
            method, url if urlsplit(url).scheme else INPROCESS + url, target, step,
            headers, content, None, self.session.next_ordinals(1)[0],
        )  # fmt: skip
        return self._exchanged(request, route)

    def send(
        self,
        method: str,
        target: str,
        *,
        step: str,
        operation: str = "",
        service: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        caller: Caller | None = None,
        key: str | Auto | None = AUTO,
        mutate: Mutation | tuple[Mutation, ...] | None = None,
    ) -> Reply:
        """Send a request that no contract describes; `target` is relative to the service base.

        The seal and the context headers are added as for a call. Used by generated contract cases
        (with the `operation` they came from) and for unknown paths and methods.
        """
        owner = service or self.service
        made = Operation(owner, operation or named(method, target), method, target, None, {})
        route = Route(owner, self._base_url(owner), Direction.STIMULUS, made)
        call = Call(
            made.id, None, None, body or None, None, caller, headers, key, None, None, mutate
        )
        return self._perform(call, route, step, self.session.next_ordinals(1)[0])

    def _origin(self) -> str:
        if self.profile.ixit.base_url is None:
            return INPROCESS
        parts = urlsplit(self.profile.ixit.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def service(self) -> str:
        """The service of a role that has one; of several the first."""
        return self.role.services[0]

    @property
    def _reached(self) -> tuple[str, ...]:
        """Services whose operations a case may name alone: a gateway also leads to all others."""
        everything = self.contracts.services if self.role.address == "gateway" else ()
        return (*self.role.services, *everything)

    def _base_url(self, service: str) -> str:
        """Address of a service; one address without a place for it is that of the first."""
        address = self.profile.ixit.base_url or f"{INPROCESS}{_in_process(self.role)}"
        if "{service}" not in address and service != self.service:
            raise HarnessProblem(
                f"the address {address} leads to {self.service}, not to {service}",
                pointer="base_url",
            )
        return address.replace("{service}", service).rstrip("/")

    def _route(self, operation: str, service: str | None = None) -> Route:
        owner = service or self.contracts.owner(self._reached, operation)
        found = self.contracts.operation(owner, operation)
        return Route(owner, self._base_url(owner), Direction.STIMULUS, found)

    def _perform(
        self,
        call: Call,
        route: Route,
        step: str,
        ordinal: int,
        gate: threading.Barrier | None = None,
    ) -> Reply:
        caller = call.caller or self.default_caller
        mutations = call.mutate if isinstance(call.mutate, tuple) else (call.mutate,)
        chosen = tuple(item for item in mutations if item is not None)
        draft = self._drafter.draft(call, route, caller, chosen, ordinal)
        request = self._request(
            draft.method, draft.url, draft.target, step,
            tuple(draft.headers), draft.body, self._drafter.token(caller), ordinal,
        )  # fmt: skip
        return self._exchanged(request, route, chosen, gate)

    def _request(  # noqa: PLR0917 - the parts of a request
        self,
        method: str,
        url: str,
        target: str,
        step: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        identity: Identity | None,
        ordinal: int,
    ) -> OutgoingRequest:
        limits = self.profile.ixit
        return OutgoingRequest(
            method=method,
            url=url,
            target=target,
            headers=headers,
            body=body,
            identity=identity,
            deadline_seconds=min(limits.deadline_seconds, self.session.remaining_seconds()),
            max_response_bytes=limits.max_response_bytes,
            ordinal=ordinal,
            step=step,
        )

    def _exchanged(
        self,
        request: OutgoingRequest,
        route: Route,
        chosen: tuple[Mutation, ...] = (),
        gate: threading.Barrier | None = None,
    ) -> Reply:
        if isinstance(self.transport, ReplayTransport):
            return self._replayed(self.transport, request, route)
        exchange_id = self.session.recorder.next_exchange_id()
        if gate is not None:
            gate.wait(10)
        started = datetime.now(UTC)
        outcome = self.transport.send(request)
        exchange = self._exchange(exchange_id, request, outcome, route, chosen, started)
        self.session.recorder.exchange(exchange)
        return self._reply(exchange, outcome, route)

    def _replayed(
        self, transport: ReplayTransport, request: OutgoingRequest, route: Route
    ) -> Reply:
        outcome = transport.send(request)
        exchange = transport.recorded(request.ordinal)
        if exchange is None:
            raise HarnessProblem(f"exchange {request.ordinal} vanished during a replay")
        return self._reply(exchange, outcome, route)

    def _reply(self, exchange: Exchange, outcome: Outcome, route: Route) -> Reply:
        self.session.saw(exchange.id)
        response = outcome.response
        return Reply(
            exchange=exchange,
            content=response.content if response else b"",
            encoded=response.raw if response else None,
            service=route.service,
            operation=route.operation.id,
            environment=route.direction is Direction.CONTROL,
        )

    def _exchange(  # noqa: PLR0917 - the parts of an exchange record
        self,
        exchange_id: str,
        request: OutgoingRequest,
        outcome: Outcome,
        route: Route,
        mutations: tuple[Mutation, ...],
        started: datetime,
    ) -> Exchange:
        recorder = self.session.recorder
        response = None
        if outcome.response is not None:
            got = outcome.response
            response = ReceivedResponse(
                status=got.status,
                headers=_headers(got.headers),
                body=recorder.body(got.content),
                wire_size=got.wire_size,
                encoded=None if got.raw == got.content else recorder.body(got.raw),
            )
        return Exchange(
            id=exchange_id,
            case_id=self.session.case.id,
            attempt=self.session.attempt,
            ordinal=request.ordinal,
            direction=route.direction,
            step=request.step,
            service=route.service,
            operation=route.operation.id,
            mutations=tuple(str(item) for item in mutations),
            identity=request.identity.name if request.identity else "none",
            started_at=started,
            clock_ahead_seconds=self.session.ahead.total_seconds(),
            example=self.session.example,
            elapsed_ms=round(outcome.elapsed_ms, 3),
            request=SentRequest(
                method=request.method,
                url=request.url,
                target=request.target,
                headers=_headers(request.headers),
                body=recorder.body(request.body),
            ),
            response=response,
            failure=outcome.failure,
            client_certificate=request.identity.fingerprint if request.identity else None,
        )


def _in_process(role: Role) -> str:
    return "/ditas/{service}/v1" if role.address == "gateway" else "/{service}/v1"


def _headers(rows: tuple[tuple[str, str], ...]) -> tuple[Header, ...]:
    return tuple(Header(name=name, value=value) for name, value in rows)


__all__ = ["AUTO", "Call", "Caller", "Sut", "target_of"]
