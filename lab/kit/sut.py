"""The system under test as a case sees it: operations in, recorded replies out.

Order of every call: build, mutate, sign, seal, send, **record**, and only then hand the reply over.
"""

from __future__ import annotations

import base64
import copy
import json
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from fixtures.synthetic import World
from lab.kit.contract import Contracts, Operation, fill_path, with_query
from lab.kit.credentials import CredentialKit, Identity
from lab.kit.documents import MEDIA_TYPE, document_bytes, sign_document
from lab.kit.mutation import Draft, Mutation, Stage
from lab.kit.replay import ReplayTransport
from lab.kit.reply import Reply
from lab.kit.seal import content_digest, sign_draft
from lab.kit.session import CaseSession
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.kit.transport import Outcome, OutgoingRequest, Transport
from lab.model.base import JsonValue
from lab.model.exchange import Direction, Exchange, Header, ReceivedResponse, SentRequest
from lab.model.sut import SutProfile
from lab.model.verdict import Blame


class Auto:
    """Type of AUTO: let the kit choose."""


AUTO: Final = Auto()
INPROCESS = "https://inprocess.invalid"


@dataclass(frozen=True)
class Caller:
    """Who calls: a centre with its token and seal, each replaceable by another identity's name.

    `token=None` presents no client certificate. `person` chooses the user id; `centre_id`,
    `software_id` and `user_id` override what the context headers claim.
    """

    centre: str
    token: str | Auto | None = AUTO
    seal: str | Auto = AUTO
    person: str | None = None
    centre_id: str | None = None
    software_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class Call:
    """One call as data; `Sut.parallel` takes a list of them. See `Sut.call` for the fields."""

    operation: str
    path: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    body: JsonValue = None
    document: tuple[str, JsonValue, str] | None = None
    caller: Caller | None = None
    headers: Mapping[str, str] | None = None
    key: str | Auto | None = AUTO
    if_match: str | None = None
    lease: str | None = None
    mutate: Mutation | tuple[Mutation, ...] | None = None


@dataclass(frozen=True)
class _Route:
    """Where a call goes."""

    service: str
    base_url: str
    direction: Direction
    operation: Operation


@dataclass
class Sut:
    """The product behind one transport, for one attempt at one case."""

    session: CaseSession
    transport: Transport
    kit: CredentialKit
    contracts: Contracts
    profile: SutProfile
    world: World
    service: str
    default_caller: Caller = field(default_factory=lambda: Caller("office-1"))

    def call(
        self,
        operation: str,
        *,
        step: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: JsonValue = None,
        document: tuple[str, JsonValue, str] | None = None,
        caller: Caller | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | Auto | None = AUTO,
        if_match: str | None = None,
        lease: str | None = None,
        mutate: Mutation | tuple[Mutation, ...] | None = None,
    ) -> Reply:
        """Call one operation of the product and return its recorded reply.

        `body` is JSON or bytes; `document=(kind, payload, signer)` signs the payload as that
        professional; `key=None` leaves the idempotency key out; `lease` becomes `ditas-lease`.
        """
        call = Call(
            operation, path, query, body, document, caller, headers, key, if_match, lease, mutate
        )
        return self._perform(call, self._route(operation), step, self.session.next_ordinals(1)[0])

    def parallel(self, calls: list[Call], *, step: str) -> list[Reply]:
        """Perform all calls at the same instant; ordinals and replies follow the list."""
        ordinals = self.session.next_ordinals(len(calls))
        gate = threading.Barrier(len(calls))

        def one(call: Call, ordinal: int) -> Reply:
            return self._perform(call, self._route(call.operation), step, ordinal, gate)

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
        caller: Caller | None = None,
    ) -> Reply:
        """Ask a peer of the exchange; if it does not answer, the case is INCONCLUSIVE."""
        found = self.contracts.operation(service, operation)
        base = self.profile.ixit.environment_url or self._origin()
        route = _Route(service, f"{base.rstrip('/')}/ditas/{service}/v1", Direction.CONTROL, found)
        call = Call(operation, path, query, body, None, caller)
        reply = self._perform(call, route, step, self.session.next_ordinals(1)[0])
        if reply.failure is not None:
            raise Inconclusive(
                f"{service} of the surrounding exchange did not answer",
                blame=Blame.ENVIRONMENT,
                exchange_id=reply.exchange_id,
                expected=f"an answer of {service} {operation}",
                observed=reply.summary(),
                fix="Start the exchange around the product, or correct [ixit] environment_url.",
            )
        return reply

    def send(
        self,
        method: str,
        target: str,
        *,
        step: str,
        operation: str = "",
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
        made = Operation(
            self.service, operation or f"{method} {target}"[:120], method, target, None, {}
        )
        route = _Route(self.service, self._base_url(), Direction.STIMULUS, made)
        call = Call(
            made.id, None, None, body or None, None, caller, headers, key, None, None, mutate
        )
        return self._perform(call, route, step, self.session.next_ordinals(1)[0])

    def _origin(self) -> str:
        if self.profile.ixit.base_url is None:
            return INPROCESS
        parts = urlsplit(self.profile.ixit.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def _base_url(self) -> str:
        return (self.profile.ixit.base_url or f"{INPROCESS}/{self.service}/v1").rstrip("/")

    def _route(self, operation: str) -> _Route:
        found = self.contracts.operation(self.service, operation)
        return _Route(self.service, self._base_url(), Direction.STIMULUS, found)

    def _perform(
        self,
        call: Call,
        route: _Route,
        step: str,
        ordinal: int,
        gate: threading.Barrier | None = None,
    ) -> Reply:
        caller = call.caller or self.default_caller
        mutations = call.mutate if isinstance(call.mutate, tuple) else (call.mutate,)
        chosen = tuple(item for item in mutations if item is not None)
        draft = self._draft(call, route, caller, chosen, ordinal)
        token = self._token(caller)
        limits = self.profile.ixit
        request = OutgoingRequest(
            method=draft.method,
            url=draft.url,
            target=draft.target,
            headers=tuple(draft.headers),
            body=draft.body,
            identity=token,
            deadline_seconds=min(limits.deadline_seconds, self.session.remaining_seconds()),
            max_response_bytes=limits.max_response_bytes,
            ordinal=ordinal,
            step=step,
        )
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
        self, transport: ReplayTransport, request: OutgoingRequest, route: _Route
    ) -> Reply:
        outcome = transport.send(request)
        exchange = transport.recorded(request.ordinal)
        if exchange is None:
            raise HarnessProblem(f"exchange {request.ordinal} vanished during a replay")
        return self._reply(exchange, outcome, route)

    def _reply(self, exchange: Exchange, outcome: Outcome, route: _Route) -> Reply:
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
        route: _Route,
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

    def _draft(
        self,
        call: Call,
        route: _Route,
        caller: Caller,
        mutations: tuple[Mutation, ...],
        ordinal: int,
    ) -> Draft:
        path = (
            fill_path(route.operation.path, dict(call.path or {}))
            if call.path
            else route.operation.path
        )
        url = with_query(f"{route.base_url}{path}", dict(call.query) if call.query else None)
        draft = Draft(method=route.operation.method, url=url, target=target_of(url))
        self._build_body(draft, call, mutations)
        self._context_headers(draft, call, caller, route, ordinal)
        _apply(draft, mutations, Stage.BEFORE_SEAL)
        if draft.sealed:
            nonce = base64.urlsafe_b64encode(self.session.digest("nonce", ordinal)[:18]).decode()
            sign_draft(draft, self._seal(caller), created=self.session.wire_time, nonce=nonce)
        _apply(draft, mutations, Stage.AFTER_SEAL)
        _apply(draft, mutations, Stage.WIRE)
        return draft

    def _build_body(self, draft: Draft, call: Call, mutations: tuple[Mutation, ...]) -> None:
        if call.document is not None:
            kind, payload, signer = call.document
            draft.payload = copy.deepcopy(payload)
            _apply(draft, mutations, Stage.PAYLOAD)
            draft.document = sign_document(
                kind,
                draft.payload,
                self.kit.identity(signer),
                issued_at=int(self.session.now.timestamp()),
                overrides=draft.protected,
            )
            _apply(draft, mutations, Stage.DOCUMENT)
            draft.body = document_bytes(draft.document)
            draft.set_header("content-type", MEDIA_TYPE)
        elif isinstance(call.body, bytes):
            draft.body = call.body
            draft.set_header("content-type", "application/json")
        elif call.body is not None:
            draft.payload = copy.deepcopy(call.body)
            _apply(draft, mutations, Stage.PAYLOAD)
            text = json.dumps(draft.payload, ensure_ascii=False, separators=(",", ":"))
            draft.body = text.encode()
            draft.set_header("content-type", "application/json")
        _apply(draft, mutations, Stage.BODY)

    def _context_headers(
        self, draft: Draft, call: Call, caller: Caller, route: _Route, ordinal: int
    ) -> None:
        seal = self._seal(caller)
        correlation = uuid.UUID(bytes=self.session.digest("correlation", ordinal)[:16], version=4)
        rows = {
            "accept": "application/json, application/problem+json",
            "content-length": str(len(draft.body)),
            "content-digest": content_digest(draft.body),
            "ditas-target": draft.target,
            "ditas-centre": caller.centre_id or seal.subject.get("siamId", ""),
            "ditas-software": caller.software_id or seal.subject.get("softwareId", ""),
            "ditas-user": caller.user_id or self._user(caller),
            "ditas-correlation": str(correlation),
            "ditas-certificate": f":{base64.b64encode(seal.leaf_der).decode()}:",
        }
        if isinstance(call.key, str):
            rows["idempotency-key"] = call.key
        elif call.key is AUTO and route.operation.changes_state:
            rows["idempotency-key"] = self.session.digest("key", ordinal).hex()[:32]
        if call.if_match is not None:
            rows["if-match"] = call.if_match
        if call.lease is not None:
            rows["ditas-lease"] = call.lease
        for name, value in {**rows, **dict(call.headers or {})}.items():
            draft.set_header(name, value)

    def _user(self, caller: Caller) -> str:
        person = caller.person
        if person is None:
            at_centre = (user.person for user in self.world.users if user.centre == caller.centre)
            person = next(at_centre, "nobody")
        return self.world.user_id(person, caller.centre)

    def _seal(self, caller: Caller) -> Identity:
        name = f"{caller.centre}.seal" if isinstance(caller.seal, Auto) else caller.seal
        return self.kit.identity(name)

    def _token(self, caller: Caller) -> Identity | None:
        if caller.token is None:
            return None
        name = f"{caller.centre}.token" if isinstance(caller.token, Auto) else caller.token
        return self.kit.identity(name)


def target_of(url: str) -> str:
    """Return the sealed target of a URL: path and query without one leading `/ditas`."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/ditas") if parts.path.startswith("/ditas/") else parts.path
    return path + (f"?{parts.query}" if parts.query else "")


def _apply(draft: Draft, mutations: tuple[Mutation, ...], stage: Stage) -> None:
    for mutation in mutations:
        if mutation.stage is stage:
            mutation.change(draft)
    late = stage in {Stage.AFTER_SEAL, Stage.WIRE} and bool(mutations)
    # The declared length always fits the bytes: framing attacks are not what cases are about.
    if late and draft.header("content-length") is not None:
        draft.set_header("content-length", str(len(draft.body)))


def _headers(rows: tuple[tuple[str, str], ...]) -> tuple[Header, ...]:
    return tuple(Header(name=name, value=value) for name, value in rows)


__all__ = ["AUTO", "Call", "Caller", "Sut", "target_of"]
