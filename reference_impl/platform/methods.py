"""Methods that no contract names: HEAD and OPTIONS (RFC 9110, 9.3.2 and 9.3.7).

The reference refuses them as any other method. A legal variant answers HEAD like GET without
content, and OPTIONS with what an address can do; two faults answer before anybody was asked.
"""

from __future__ import annotations

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.contract import Contract
from reference_impl.platform.message import Incoming
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rendering import Rendered
from reference_impl.platform.service import Answer

HEAD, OPTIONS = "HEAD", "OPTIONS"


def unguarded(incoming: Incoming, faults: FaultSwitch) -> Rendered | None:
    """Answer as a server whose seal filter knows only the methods of the contract; else None."""
    if incoming.method == HEAD and faults.on("platform.http.head_unguarded"):
        return Rendered(200, (("content-type", "application/json"),), b"")
    if incoming.method == OPTIONS and faults.on("platform.http.options_by_front"):
        told = (("allow", "GET, POST, OPTIONS"), ("access-control-allow-origin", "*"))
        return Rendered(204, told, b"")
    return None


def asked(incoming: Incoming, faults: FaultSwitch) -> str:
    """Return the method by which the contract is searched."""
    as_get = incoming.method == HEAD and faults.on("variant.head_like_get")
    return "GET" if as_get else incoming.method


def options(contract: Contract, path: str) -> Answer:
    """Tell what an address can do; raise Refusal NOT_FOUND for one that does not exist."""
    methods = contract.methods(path)
    if not methods:
        raise Refusal("NOT_FOUND")
    return Answer(204, None, {"allow": ", ".join((*methods, OPTIONS))})
