"""The HTTP kernel of every service: one ASGI application from a table of operations.

Order of refusals, each step only after the one before it held: channel (401), seal (401, 403),
path and method (404, 405), kind of caller (403), idempotency key (400), content type (415), body
(400), parameters and schema (422), document (401, 403), repeated key (409), then the handler.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from reference_impl.platform import idempotency, methods
from reference_impl.platform.channel import Channel
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route, contract_of, path_and_query
from reference_impl.platform.documents import Documents, SignedDocument
from reference_impl.platform.grouping import Grouping
from reference_impl.platform.idempotency import Idempotency
from reference_impl.platform.legal_forms import open_operations, with_more, without_optional
from reference_impl.platform.message import (
    DRAIN,
    MAX_BODY,
    Disconnected,
    Incoming,
    from_scope,
    read_body,
)
from reference_impl.platform.metrics import UNMATCHED
from reference_impl.platform.nonces import Nonces
from reference_impl.platform.problem import FieldError, Refusal
from reference_impl.platform.rendering import PROBLEM, Rendered, Renderer
from reference_impl.platform.seal import SealVerifier, is_uuid, request_signature
from reference_impl.platform.sending import Send, send_rendered
from reference_impl.platform.service import Answer, Call, Caller, Operation, Service
from reference_impl.platform.storage import Store
from reference_impl.platform.strict_json import read_json

LOG = logging.getLogger("reference")
CHANGING = frozenset({"POST", "PUT", "DELETE", "PATCH"})
SERVER_FAULT = 500
SLOW_SECONDS = 0.05
UNEVEN_SECONDS = (0.0, 0.12, 0.01, 0.07)
FORWARDER, ANSWERS = "gateway", "/answers/"
"""Who may ask which answers were given, and where; beside the contract, see docs/wire.md."""
TOO_LATE_SECONDS = 1.0  # above p50 of every class of the service levels

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(slots=True)
class Seen:
    """What is known so far about a request that may be counted and logged."""

    operation: str = UNMATCHED


class Kernel:
    """ASGI application of one service, addressed as `/{service}/v1/...`.

    `relaxed` is a store without a flush per commit, for nonces (see `Nonces`) and marks of
    questions; the idempotency records of changes live in `config.store`.
    Drive it from one event loop only: requests with the same key wait for each other.
    """

    def __init__(self, config: Configuration, service: Service, relaxed: Store) -> None:
        self._config = config
        self.service = service
        self._prefix = f"/{service.name}/v1"
        self._contract = contract_of(config.pack, service.name)
        self._operations = {op.operation_id: op for op in service.operations}
        self._channel = Channel(config)
        self.seals = SealVerifier(
            config.trust, Nonces(relaxed, config.clock), config.clock, config.faults
        )
        controlled = (p.code for p in config.world.product_versions if p.controlled)
        # Whoever signs for a controlled drug is asked about anew each time (RUL-008).
        self._documents = Documents(
            config.trust, config.clock, config.faults, frozenset(controlled)
        )
        self._renderer = Renderer(config)
        self._open = open_operations(config.pack.contracts[service.name])
        self._heard = 0
        self._idempotency = Idempotency(config.faults)
        self._relaxed = relaxed
        self._kept: dict[str, Answer] = {}  # of a fault only
        self._groups = {True: Grouping(config.store), False: Grouping(relaxed)}
        for store in (config.store, relaxed):
            store.create(idempotency.METADATA)
        declared = {route.operation_id for route in self._contract.routes}
        strangers = set(self._operations) - declared
        if strangers:
            raise ValueError(f"{service.name}: not in the contract: {sorted(strangers)}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other scopes are for the server around it."""
        if scope["type"] != "http":
            raise ValueError(f"a service answers HTTP, not {scope['type']}")
        incoming = from_scope(scope)
        try:
            rendered = await self.respond(incoming, receive)
        except Disconnected:
            return
        await send_rendered(rendered, send)

    async def hear(self, incoming: Incoming) -> Rendered:
        """Answer a request of the same process, complete with its body."""

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": incoming.body, "more_body": False}

        return await self.respond(incoming, receive)

    async def respond(self, incoming: Incoming, receive: Receive) -> Rendered:
        """Return the sealed response to a request whose body is still to be read."""
        if self._config.faults.on("variant.slow"):
            await asyncio.sleep(SLOW_SECONDS)
        if self._config.faults.on("variant.slow_unevenly"):
            self._heard += 1
            await asyncio.sleep(UNEVEN_SECONDS[self._heard % len(UNEVEN_SECONDS)])
        if self._config.faults.on("platform.http.too_late"):
            await asyncio.sleep(TOO_LATE_SECONDS)
        careless = methods.unguarded(incoming, self._config.faults)
        if careless is not None:
            return careless
        seen = Seen()
        return await self.guarded(incoming, lambda: self._answer(incoming, receive, seen), seen)

    async def guarded(
        self,
        incoming: Incoming,
        work: Callable[[], Awaitable[Answer | Rendered]],
        seen: Seen,
    ) -> Rendered:
        """Return what `work` answers; refusals and our own defects become sealed problems.

        `work` notes in `seen` which operation it found out to be asked for.
        """
        started = time.perf_counter()
        rendered = await self._rendered(incoming, work, seen)
        self._config.metrics.answered(
            self.service.name, seen.operation, rendered.status, time.perf_counter() - started
        )
        return rendered

    async def _rendered(
        self,
        incoming: Incoming,
        work: Callable[[], Awaitable[Answer | Rendered]],
        seen: Seen,
    ) -> Rendered:
        correlation = incoming.headers.get("ditas-correlation", "")
        if not is_uuid(correlation):
            correlation = self._config.ids.uuid()
        try:
            answer = await work()
        except Refusal as refusal:
            LOG.info("%s %s: %s", self.service.name, seen.operation, refusal.summary)
            answer = self._renderer.problem(refusal, correlation)
        except Disconnected:
            raise
        except Exception:  # the last line of defence: answered and logged
            LOG.exception("%s %s", self.service.name, seen.operation)
            answer = self._renderer.problem(Refusal("INTERNAL_FAULT"), correlation)
        if isinstance(answer, Rendered):
            return answer
        if answer.headers.get("content-type") == PROBLEM and isinstance(answer.body, dict):
            # A replayed refusal still answers this request.
            answer = Answer(
                answer.status, {**answer.body, "correlation": correlation}, answer.headers
            )
        return self._renderer.render(answer, correlation, request_signature(incoming), incoming)

    async def authenticate(self, incoming: Incoming, receive: Receive) -> tuple[Incoming, Caller]:
        """Check channel, size and seal; return the request with its body and who sealed it."""
        channel = await self._channel.identify(incoming)
        unbounded = self._config.faults.on("platform.http.no_size_limit")
        limit = DRAIN if unbounded else MAX_BODY
        incoming = incoming.with_body(await read_body(incoming, receive, limit))
        return incoming, await self.seals.verify(incoming, channel)

    async def _answer(self, incoming: Incoming, receive: Receive, seen: Seen) -> Answer | Rendered:
        careless = methods.unguarded(incoming, self._config.faults)
        if careless is not None:
            return careless
        incoming, caller = await self.authenticate(incoming, receive)
        answers = f"{self._prefix}{ANSWERS}"
        if caller.service == FORWARDER and incoming.path.startswith(answers):
            return self._told(caller.centre, incoming.path.removeprefix(answers))
        if incoming.method == methods.OPTIONS and self._config.faults.on("variant.options_told"):
            return methods.options(self._contract, self._place(incoming))
        method = methods.asked(incoming, self._config.faults)
        route, raw = self._contract.match(method, self._place(incoming))
        seen.operation = route.operation_id
        operation = self._operations.get(route.operation_id)
        if operation is None:
            raise Refusal("NOT_FOUND")
        any_kind = self._config.faults.on("platform.caller.any_kind")
        if caller.kind not in operation.callers and not any_kind:
            raise Refusal("ADMISSION_ROLE_NOT_ALLOWED")
        key = self._key(incoming)
        value = self._parsed(route, incoming)
        path, query = self._parameters(route, raw, incoming)
        body, document = await self._checked(route, value)
        call = Call(
            config=self._config,
            operation_id=route.operation_id,
            caller=caller,
            headers=incoming.headers,
            path=path,
            query=query,
            body=body,
            document=document,
            key=key,
        )
        if key is None or self._config.faults.on("platform.idempotency.ignore_key"):
            answer = await self._perform(operation, call)
        else:
            mark = idempotency.fingerprint(incoming)
            answer = await self._perform_once(operation, call, mark, key)
        return self._in_form(route.operation_id, answer)

    def _parameters(
        self, route: Route, raw: dict[str, str], incoming: Incoming
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return path_and_query(
            route,
            raw,
            incoming,
            unchecked=self._config.faults.on("platform.http.parameters_unchecked"),
            tidied=self._config.faults.on("platform.http.parameters_tidied"),
        )

    def _in_form(self, operation_id: str, answer: Answer) -> Answer:
        """Give a good answer the form of a legal variant that knows the contract."""
        body, faults = answer.body, self._config.faults
        if not isinstance(body, dict) or answer.headers.get("content-type") == PROBLEM:
            return answer
        if faults.on("variant.optional_left_out"):
            body = without_optional(operation_id, body)
        if faults.on("variant.extra_members") and operation_id in self._open:
            body = with_more(body)
        return answer if body is answer.body else Answer(answer.status, body, answer.headers)

    def _told(self, centre: str, key: str) -> Answer:
        """Tell the gateway what was answered to a centre under a key. (ADR 0014)."""
        with self._config.store.read() as rows:
            first = self._idempotency.told(rows, centre, key)
        if first is None:
            raise Refusal("NOT_FOUND")
        return Answer(200, {"status": first.status, "body": first.body})

    def _place(self, incoming: Incoming) -> str:
        """Return the path below the service's own."""
        path = incoming.path.removeprefix("/ditas")
        if not path.startswith(f"{self._prefix}/"):
            raise Refusal("NOT_FOUND")
        return path.removeprefix(self._prefix)

    def _key(self, incoming: Incoming) -> str | None:
        if incoming.method not in CHANGING:
            return None
        key = incoming.headers.get("idempotency-key")
        if key is None:
            if self._config.faults.on("platform.idempotency.key_optional"):
                return None
            raise Refusal("IDEMPOTENCY_KEY_MISSING", pointer="header:idempotency-key")
        if not idempotency.KEY.fullmatch(key):
            raise Refusal(
                "PARAMETER_INVALID",
                pointer="header:idempotency-key",
                detail="16 to 64 characters of A-Z, a-z, 0-9, _ and -",
            )
        return key

    def _parsed(self, route: Route, incoming: Incoming) -> Any:
        """Check content type and syntax; return parsed JSON, or the document that was read."""
        if route.media_type is None:
            return None
        if not self._config.faults.on("platform.http.any_content_type"):
            _check_content_type(route.media_type, incoming)
        if route.document is not None:
            return self._documents.read(incoming.body, route.document)
        return read_json(
            incoming.body,
            allow_duplicates=self._config.faults.on("platform.json.accept_duplicate_keys"),
        )

    async def _checked(self, route: Route, value: Any) -> tuple[Any, SignedDocument | None]:
        """Check the schema of body or payload, then the signature."""
        if route.document is None:
            if route.body is not None:
                self._check_schema(route.body.errors(value, accept_unknown=self._lenient()))
            return value, None
        if route.payload is not None:
            self._check_schema(route.payload.errors(value.payload, accept_unknown=self._lenient()))
        return None, await self._documents.verify(value)

    def _lenient(self) -> bool:
        return self._config.faults.on("platform.json.accept_unknown_members")

    def _check_schema(self, errors: tuple[FieldError, ...]) -> None:
        if not errors or self._config.faults.on("platform.json.skip_schema"):
            return
        if any(error.pointer == "/testData" for error in errors):
            raise Refusal("DOCUMENT_NOT_TEST_DATA", errors=errors)
        raise Refusal("SCHEMA_VIOLATION", errors=errors)

    async def _perform(self, operation: Operation, call: Call) -> Answer:
        outcome = await operation.handler(call)
        if not isinstance(outcome, Answer):
            return await self._changed(operation, outcome)
        if (
            call.path
            and call.key is None
            and self._config.faults.on("platform.answer.kept_by_operation")
        ):
            return self._kept.setdefault(operation.operation_id, outcome)
        return outcome

    async def _changed(
        self, operation: Operation, change: Callable[[Connection], Answer], *, durable: bool = True
    ) -> Answer:
        """Make a change in the service's store, or in the relaxed one."""
        if operation.grouped:
            answer: Answer = await self._groups[durable].run(change)
            return answer
        with (self._config.store if durable else self._relaxed).transaction() as rows:
            return change(rows)

    async def _perform_once(
        self, operation: Operation, call: Call, mark: bytes, key: str
    ) -> Answer:
        memory = self._idempotency
        # Marks of pure questions need no flush to disk: asking twice changes nothing.
        store = self._config.store if operation.replayed else self._relaxed
        shared = self._config.faults.on("platform.idempotency.shared_between_centres")
        accept_other = shared or self._config.faults.on("platform.idempotency.accept_other_body")
        async with memory.alone(call.caller, key):
            first = memory.find(store, call.caller, key, mark, accept_other=accept_other)
            if first is not None:
                if self._config.faults.on("platform.idempotency.repetition_refused"):
                    raise Refusal("IDEMPOTENCY_KEY_REUSED")
                from_memory = operation.replayed or shared
                if self._config.faults.on("variant.repetition_marked"):
                    told = {**first.headers, "idempotency-replayed": "?1"}
                    first = Answer(first.status, first.body, told)
                return first if from_memory else await self._perform(operation, call)
            await memory.looked(key)
            try:
                return await self._first(operation, call, mark, key)
            except IntegrityError:
                # Another process was faster with what ours wanted to create; ours was undone.
                first = memory.find(store, call.caller, key, mark, accept_other=accept_other)
                if first is not None:
                    return first
            # It was no repetition of this request: ours is judged by what stands there now.
            return await self._first(operation, call, mark, key)

    async def _first(self, operation: Operation, call: Call, mark: bytes, key: str) -> Answer:
        """Perform a request nobody sent before, and remember the answer with its effect."""
        store = self._config.store if operation.replayed else self._relaxed
        try:
            outcome = await operation.handler(call)
            if not isinstance(outcome, Answer) and not operation.replayed:
                # Its marks live in another store than its change.
                outcome = await self._changed(operation, outcome)

            def keep(rows: Connection) -> Answer:
                made = outcome if isinstance(outcome, Answer) else outcome(rows)
                self._idempotency.keep(rows, call.caller, key, mark, made)
                return made

            answer = await self._changed(operation, keep, durable=operation.replayed)
        except Refusal as refusal:
            if self._is_final(refusal):
                answer = self._renderer.problem(refusal, call.caller.correlation)
                with store.transaction() as rows:
                    self._idempotency.keep_first(rows, call.caller, key, mark, answer)
            raise
        return answer

    def _is_final(self, refusal: Refusal) -> bool:
        """Keep a refusal only when asking again cannot help."""
        bank = self._config.errors
        return bank.status(refusal.code) < SERVER_FAULT and not bank.retryable(refusal.code)


def _check_content_type(wanted: str, incoming: Incoming) -> None:
    media_type, _, parameters = incoming.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    plain = "content-encoding" not in incoming.headers
    if media_type.strip().lower() != wanted or charset not in {"", "charset=utf-8"} or not plain:
        raise Refusal(
            "CONTENT_TYPE_UNSUPPORTED", pointer="header:content-type", detail=f"send {wanted}"
        )
