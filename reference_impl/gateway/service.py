"""The gateway's own operations: catalogue, admission, log, readiness, traffic, outbox, tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from reference_impl.gateway.admission import Admission, Admitted, may_call
from reference_impl.gateway.outbox import Outbox
from reference_impl.gateway.records import MessageLog
from reference_impl.gateway.token_desk import TokenDesk
from reference_impl.gateway.tokens import Tokens
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Contract, Route, contract_of
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service, Work

YOUNG = frozenset({"health_rules", "insurance_rules", "complementary", "viewer"})
"""Services that an outdated catalogue does not have."""
Handler = Callable[[Call, Admitted], Awaitable[Answer | Work]]


def create(
    config: Configuration, admission: Admission, tokens: Tokens, log: MessageLog, outbox: Outbox
) -> Service:
    """Return the gateway's own service; forwarding is `gateway.forwarding`."""
    desk = _Desk(config, log, outbox)
    issuing = TokenDesk(config, admission, tokens)
    routes = {route.operation_id: route for route in contract_of(config.pack, "gateway").routes}
    handlers: dict[str, Handler] = {
        "getCatalogue": desk.catalogue,
        "getAdmission": desk.admission,
        "getMessages": desk.messages,
        "getReadiness": desk.readiness,
        "getTraffic": desk.traffic,
        "getOutbox": desk.outbox,
        **issuing.handlers(),
    }
    return Service(
        "gateway",
        tuple(
            Operation(name, _admitted(admission, routes[name], handler))
            for name, handler in handlers.items()
        ),
        background=(outbox.run,),
    )


def _admitted(
    admission: Admission, route: Route, handler: Handler
) -> Callable[[Call], Awaitable[Answer | Work]]:
    """Return the handler behind admission and the role of its operation."""

    async def handle(call: Call) -> Answer | Work:
        admitted = await admission.admit(call.caller)
        admission.check_role(admitted, route)
        return await handler(call, admitted)

    return handle


class _Desk:
    """Questions about the exchange itself."""

    def __init__(self, config: Configuration, log: MessageLog, outbox: Outbox) -> None:
        self._config = config
        self._log = log
        self._outbox = outbox
        self._contracts: dict[str, Contract] = {
            name: contract_of(config.pack, name) for name in config.pack.contracts
        }

    async def catalogue(self, _call: Call, _admitted: Admitted) -> Answer:
        """List the services with owner, terms and operations."""
        backwards = self._config.faults.on("gateway.variant.catalogue_reversed")
        names = sorted(self._contracts, reverse=backwards)
        if self._config.faults.on("gateway.catalogue.outdated"):
            names = [name for name in names if name not in YOUNG]
        return Answer(200, {"services": [self._entry(name) for name in names]})

    async def admission(self, call: Call, admitted: Admitted) -> Answer:
        """Tell the caller its roles and what they allow."""
        operations = {
            route.operation_id
            for contract in self._contracts.values()
            for route in contract.routes
            if may_call(admitted.roles, route)
        }
        body = {
            "admitted": True,
            "centre": call.caller.centre,
            "software": call.caller.software,
            "user": call.caller.user,
            "roles": sorted(admitted.roles),
            "operations": sorted(operations),
        }
        return Answer(200, body)

    async def messages(self, call: Call, _admitted: Admitted) -> Answer:
        """Tell what became of the caller's messages of one correlation."""
        correlation = call.path["correlation"]
        found = self._log.of(correlation, call.caller.centre)
        if not found:
            # Unknown and somebody else's look alike.
            raise Refusal("NOT_FOUND")
        return Answer(200, {"correlation": correlation, "messages": found})

    async def readiness(self, call: Call, _admitted: Admitted) -> Answer:
        """Tell which services can be used; those that were silent are asked once more."""
        if self._config.faults.on("gateway.readiness.itself_only"):
            return Answer(200, {"ready": True, "services": {"gateway": True}})
        away = {name for name in sorted(self._log.silent) if not await self._answers(name, call)}
        if self._config.faults.on("gateway.away.told_as_ready"):
            away.clear()
        told = {name: name not in away for name in sorted(self._contracts)}
        return Answer(200, {"ready": True, "services": told})

    async def _answers(self, service: str, call: Call) -> bool:
        """Say whether a service answers, whatever it says: here, for a key that nobody used."""
        try:
            peer = self._config.peers.to(service, call.caller.behalf)
            await peer.get(f"/answers/{self._config.ids.token()}")
        except Refusal:
            return False
        self._log.silent.discard(service)
        return True

    async def traffic(self, _call: Call, _admitted: Admitted) -> Answer:
        """Counters and latencies against the service levels."""
        return Answer(200, self._log.traffic.view())

    async def outbox(self, call: Call, admitted: Admitted) -> Answer:
        """Show the caller's own copies; the exchange centre sees all."""
        everything = "ministry" in admitted.roles
        return Answer(200, self._outbox.state(None if everything else call.caller.centre))

    def _entry(self, name: str) -> dict[str, Any]:
        info = self._config.pack.contracts[name]["info"]
        shared = self._config.pack.shared
        owners = shared["x-ditas-owners"]
        return {
            "name": name,
            "path": f"/{name}/v1",
            "version": str(info["version"]),
            "title": {"fa": info["x-title-fa"], "en": info["title"]},
            "owner": owners.get(name, owners["default"]),
            "terms": shared["x-ditas-terms"],
            "operations": [self._operation(route) for route in self._contracts[name].routes],
        }

    def _operation(self, route: Route) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "operation": route.operation_id,
            "roles": sorted(route.roles),
        }
        for name, level in self._config.pack.sla["lab"]["classes"].items():
            if route.operation_id in level["operations"]:
                shown["serviceClass"] = name
        return shown
