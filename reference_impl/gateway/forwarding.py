"""Forwarding: `/ditas/{service}/v1/...` to the service, end-to-end seal untouched.

Channel and seal are checked here as the service will check them again; admission only here. A
document that a service accepted is in the outbox before the caller hears of it.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time

from reference_impl.gateway.admission import Admission, Admitted
from reference_impl.gateway.careless import Careless
from reference_impl.gateway.outbox import Outbox
from reference_impl.gateway.pending import Pending, resource_of
from reference_impl.gateway.records import MessageLog
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Contract, Route, contract_of
from reference_impl.platform.idempotency import KEY
from reference_impl.platform.kernel import Kernel, Receive, Scope, Seen
from reference_impl.platform.message import Disconnected, Incoming, from_scope
from reference_impl.platform.peers import PLAIN, Response, Transport
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rendering import Rendered
from reference_impl.platform.sending import Send, send_rendered
from reference_impl.platform.service import Caller

LOG = logging.getLogger("reference.gateway")
_TARGET = re.compile(r"/ditas(/([a-z_]{1,30})/v1(?:/.*)?)", re.DOTALL)
# Headers of one hop (RFC 9110, 7.6.1) and the proxy's word about its client (RFC 9440).
_NOT_FORWARDED = frozenset(
    {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-authorization",
        "proxy-connection",
        "client-cert",
        "client-cert-chain",
        "accept-encoding",
    }
)
MULTIPLE_CHOICES = 300
UNREACHABLE, NOT_FOR_YOU = 503, 403
RECORD = "sepas"


class Forwarding:
    """ASGI application of the gateway's public address."""

    def __init__(
        self,
        config: Configuration,
        kernel: Kernel,
        *,
        transport: Transport,
        admission: Admission,
        log: MessageLog,
        outbox: Outbox,
        pending: Pending,
    ) -> None:
        self._kernel = kernel
        self._faults = config.faults
        self._transport: Transport = Careless(transport, config.faults)
        self._admission = admission
        self._log = log
        self._outbox = outbox
        self.pending = pending
        self._contracts: dict[str, Contract] = {
            name: contract_of(config.pack, name) for name in config.pack.contracts
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        incoming = from_scope(scope)
        found = _TARGET.fullmatch(incoming.path)
        if found is not None and found[2] == "gateway":
            await self._kernel(scope, receive, send)
            return
        seen = Seen()
        try:
            rendered = await self._kernel.guarded(
                incoming, lambda: self._forward(incoming, receive, found, seen), seen
            )
        except Disconnected:
            return
        await send_rendered(rendered, send)

    async def _forward(
        self, incoming: Incoming, receive: Receive, found: re.Match[str] | None, seen: Seen
    ) -> Rendered:
        incoming, caller = await self._kernel.authenticate(incoming, receive)
        admitted = await self._admission.admit(caller)
        service = found[2] if found is not None else ""
        contract = self._contracts.get(service)
        if found is None or contract is None:
            raise Refusal("NOT_FOUND")
        route, _ = contract.match(incoming.method, found[1].removeprefix(f"/{service}/v1"))
        seen.operation = f"{service}.{route.operation_id}"
        self._check_role(admitted, route, caller, service)
        target = incoming.target.removeprefix("/ditas")
        lines = [line for line in incoming.header_lines if line[0] not in _NOT_FORWARDED]
        # The gateway reads answers for the record; their digest forbids to unpack them on the way.
        lines.append(PLAIN)
        started = time.perf_counter()
        noted = self._noted(caller, service, route, incoming)
        try:
            response = await self._transport.send(
                service, incoming.method, target, lines, incoming.body
            )
        except OSError as error:
            # It may have been accepted all the same: its note stays and is asked about.
            LOG.warning("service %s cannot be reached: %s", service, error)
            self._log.silent.add(service)
            if not self._faults.on("gateway.away.not_logged"):
                self._log.write(caller, service, route, UNREACHABLE, _since(started))
            own = self._faults.on("gateway.away.own_fault")
            raise Refusal("INTERNAL_FAULT" if own else "DEPENDENCY_UNAVAILABLE") from error
        self._log.silent.discard(service)
        await self._copy(caller, service, route, incoming, response)
        if noted is not None:
            self.pending.strike(noted)
        self._log.write(caller, service, route, response.status, _since(started))
        return Rendered(response.status, response.headers, response.body)

    def _check_role(self, admitted: Admitted, route: Route, caller: Caller, service: str) -> None:
        try:
            self._admission.check_role(admitted, route)
        except Refusal:
            if self._faults.on("gateway.traffic.own_refusals"):
                self._log.write(caller, service, route, NOT_FOR_YOU, 1)
            raise

    def _noted(self, caller: Caller, service: str, route: Route, incoming: Incoming) -> int | None:
        """Note what the contract says belongs to the record, before the service hears of it."""
        key = incoming.headers.get("idempotency-key")
        if route.record is None or service == RECORD or key is None or not KEY.fullmatch(key):
            return None
        return self.pending.note(caller, service, route, incoming.body, key)

    async def _copy(
        self, caller: Caller, service: str, route: Route, incoming: Incoming, response: Response
    ) -> None:
        """Keep what the contract says belongs to the record, once the service accepted it."""
        accepted = response.status < MULTIPLE_CHOICES
        if not accepted and not self._faults.on("gateway.outbox.copy_refused"):
            return
        # What is addressed to the record itself needs no copy.
        if route.record is not None and service != RECORD and not self._left_out(route):
            await self._outbox.put(caller, service, route, incoming.body, _prescription(response))
            self._outbox.deliver_soon()

    def _left_out(self, route: Route) -> bool:
        new = route.operation_id == "registerPrescription"
        return self._faults.on("gateway.outbox.made_later") or (
            not new and self._faults.on("gateway.outbox.prescriptions_only")
        )


def _since(started: float) -> int:
    """Return whole milliseconds, rounded up."""
    return math.ceil((time.perf_counter() - started) * 1000)


def _prescription(response: Response) -> str | None:
    try:
        return resource_of(json.loads(response.body))
    except ValueError:
        return None
