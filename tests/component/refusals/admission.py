"""The gateway: who is admitted, tokens, rates; what is said when something is away or broken."""

from __future__ import annotations

from typing import Any

from tests.component import test_gateway_admission as admission
from tests.component import test_gateway_tokens as tokens
from tests.component.refusals.desk import Act, Area, Desk
from tests.component.trusted import COMPROMISED

AREA = Area("admission")


def _admission_row(name: str) -> None:
    AREA.add(
        admission.REFUSALS[name][5],
        name,
        lambda desk: lambda: admission.perform(desk.caller, name),
    )


for _name in admission.REFUSALS:
    _admission_row(_name)


@AREA.refused("ADMISSION_CENTRE_UNKNOWN")
def users_of_a_centre_nobody_licensed(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"/siam/v1/centres/{desk.ids.uuid()}/users")


@AREA.refused("RATE_LIMITED")
def one_call_more_than_the_bucket_holds(desk: Desk) -> Act:
    rate = desk.exchange.forwarding._admission.rate  # type: ignore[union-attr]  # it lives here
    desk.replace(rate, "_left", {})
    desk.replace(rate, "burst", 2.0)
    desk.replace(rate, "per_second", 0.0)
    for _ in range(2):
        desk.caller.ask("GET", admission.CENTRES)
    return lambda: desk.caller.ask("GET", admission.CENTRES)


@AREA.refused("DEPENDENCY_UNAVAILABLE")
def a_service_that_is_away(desk: Desk) -> Act:
    desk.without("maksa")
    return lambda: desk.caller.ask("GET", "/maksa/v1/systems")


@AREA.refused("DEPENDENCY_UNAVAILABLE")
def a_service_whose_peer_is_away(desk: Desk) -> Act:
    payload = desk.prescription(desk.hid())
    desk.without("eligibility")
    target = "/purchaser/v1/prescriptions"
    return lambda: desk.call("POST", target, document=("prescription", payload, "dr01"))


@AREA.refused("INTERNAL_FAULT")
def a_defect_of_ours(desk: Desk) -> Act:
    async def broken(_call: Any) -> Any:
        raise ZeroDivisionError

    kernel: Any = desk.exchange.services["maksa"]
    operation = kernel._operations["listSystems"]
    desk.after.callback(object.__setattr__, operation, "handler", operation.handler)
    object.__setattr__(operation, "handler", broken)
    return lambda: desk.caller.call("GET", "/maksa/v1/systems")


def _stopped(desk: Desk, step: str) -> Act:
    assert tokens.change(desk.caller, step).status == 200
    if step != "revoke":
        desk.after.callback(tokens.change, desk.caller, "reinstate")
    return lambda: tokens.pharmacy(desk.caller)


@AREA.refused("TOKEN_SUSPENDED")
def a_suspended_token(desk: Desk) -> Act:
    return _stopped(desk, "suspend")


@AREA.refused("ADMISSION_SOFTWARE_LOCKED")
def a_locked_token(desk: Desk) -> Act:
    return _stopped(desk, "lock")


@AREA.refused("TOKEN_STATE_CONFLICT")
def an_active_token_reinstated(desk: Desk) -> Act:
    return lambda: tokens.change(desk.caller, "reinstate")


@AREA.refused("TOKEN_REVOKED")
def a_revoked_token(desk: Desk) -> Act:
    """The token of a centre no other row speaks for: a revocation cannot be undone.

    Its certificate was found good a moment before, which holds for an hour (RUL-008).
    """
    caller, who = desk.caller, {"centre": "midwife-office", "person": "dr10"}
    caller.ask("GET", admission.CENTRES, **who)
    target = f"{tokens.TOKENS}/{caller.token_id('midwife-office.token')}"
    body = {"reason": COMPROMISED}
    assert caller.ministry("POST", f"{target}/revoke", body).status == 200
    return lambda: caller.ask("GET", admission.CENTRES, **who)


@AREA.refused("TOKEN_NOT_FOUND")
def a_token_nobody_issued(desk: Desk) -> Act:
    return lambda: desk.caller.ministry("GET", f"{tokens.TOKENS}/{tokens.STRANGER}")


def _order(desk: Desk, **change: Any) -> Act:
    body = tokens.order(desk.caller, **change)
    return lambda: desk.caller.ministry("POST", tokens.TOKENS, body)


@AREA.refused("TOKEN_ISSUE_REFUSED")
def a_token_for_a_centre_without_licence(desk: Desk) -> Act:
    return _order(desk, centre=desk.world.centre("imaging-2").siam_id)


@AREA.refused("SOFTWARE_UNKNOWN")
def a_token_for_unknown_software(desk: Desk) -> Act:
    return _order(desk, software=tokens.STRANGER)
