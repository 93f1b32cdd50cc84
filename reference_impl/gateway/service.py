"""The gateway's own operations: catalogue, admission, message log, readiness."""

from __future__ import annotations

from fixtures import Pack
from reference_impl.gateway.admission import Admission, may_call
from reference_impl.gateway.records import MessageLog, Outbox
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import contract_of
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service


def create(config: Configuration, admission: Admission, log: MessageLog, outbox: Outbox) -> Service:
    """Return the gateway's own service; forwarding is `gateway.forwarding`."""
    contracts = {name: contract_of(config.pack, name) for name in config.pack.contracts}

    async def catalogue(call: Call) -> Answer:
        await admission.admit(call.caller)
        services = [
            {"name": name, "path": f"/{name}/v1", "version": _version(config.pack, name)}
            for name in sorted(contracts)
        ]
        return Answer(200, {"services": services})

    async def admission_of_caller(call: Call) -> Answer:
        admitted = await admission.admit(call.caller)
        operations = {
            route.operation_id
            for contract in contracts.values()
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

    async def messages(call: Call) -> Answer:
        await admission.admit(call.caller)
        correlation = call.path["correlation"]
        found = log.of(correlation, call.caller.centre)
        if not found:
            # Unknown and somebody else's look alike.
            raise Refusal("NOT_FOUND")
        return Answer(200, {"correlation": correlation, "messages": found})

    async def readiness(call: Call) -> Answer:
        await admission.admit(call.caller)
        return Answer(200, {"ready": True, "services": dict.fromkeys(sorted(contracts), True)})

    operations = {
        "getCatalogue": catalogue,
        "getAdmission": admission_of_caller,
        "getMessages": messages,
        "getReadiness": readiness,
    }
    return Service(
        "gateway",
        tuple(Operation(name, handler) for name, handler in operations.items()),
        background=(outbox.run,),
    )


def _version(pack: Pack, name: str) -> str:
    return str(pack.contracts[name]["info"]["version"])
