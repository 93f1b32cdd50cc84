"""Ways to a situation around tokens of the gateway: issued for a case, stopped, reinstated."""

from __future__ import annotations

from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import trust_journeys as trust

CENTRE = Caller("ministry", person="op01")


def order(data: SyntheticData, label: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Return the order of a token for pharmacy-1 and its software."""
    return {
        "centre": data.centre("pharmacy-1").siam_id,
        "software": data.world.software_of("pharmacy-1").software_id,
        "certificateRequest": trust.request_for(trust.key(data, label)),
        **more,
    }


def issue(sut: Sut, body: JsonValue, step: str) -> Reply:
    """Order a token."""
    return sut.call("issueToken", service="gateway", body=body, caller=CENTRE, step=step)


def issued(sut: Sut, data: SyntheticData, label: str) -> Reply:
    """Return a new token of pharmacy-1."""
    reply = issue(sut, order(data, label), "preamble: a token")
    reply.required("/tokenId")
    return reply


def stepped(
    sut: Sut, data: SyntheticData, token: Reply, operation: str, step: str, **more: JsonValue
) -> Reply:
    """Stop or reinstate a token."""
    return sut.call(
        operation,
        service="gateway",
        path={"tokenId": str(token.required("/tokenId"))},
        body={"reason": data.reason("KEY_COMPROMISED"), **more},
        caller=CENTRE,
        step=step,
    )


def read(sut: Sut, token: Reply, step: str) -> Reply:
    """Read a token."""
    path = {"tokenId": str(token.required("/tokenId"))}
    return sut.call("getToken", service="gateway", path=path, caller=CENTRE, step=step)
