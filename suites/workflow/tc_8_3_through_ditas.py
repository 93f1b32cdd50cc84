"""Clause 8-3 at the registries: what a centre asks through the gateway is answered like the rest."""

from __future__ import annotations

from dataclasses import replace

from lab.kit import Expect, Recipe, Sut, SyntheticData, conformance_case, role_messages
from lab.model.roles import role_of
from suites.shared import honest

CONNECTED: dict[str, tuple[str, ...]] = {
    "eligibility_service": ("ERX-8-3-B", "ERX-A1-10-6", "RM-P3-G"),
    "irimc_registry": ("ERX-8-3-B",),
    "maksa": ("ERX-8-3-B",),
    "siam": ("ERX-8-3-B",),
    "ttac": ("ERX-8-3-B",),
}
"""Registries that answer the whole exchange, and what obliges each of them to."""


def tc_gateway_hands_messages_on(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT answers a centre whose message the gateway hands on.

    Given an honest message, when it arrives by the channel of the gateway under the seal of the
    centre, as DITAS delivers it, then it is answered and sealed as if the centre had called.
    """
    honest(probe, sut, data, expect, "by its own channel")
    message = probe.make(sut, data, "handed on")

    reply = message.send(
        sut,
        "stimulus: by the gateway",
        caller=replace(message.caller, token="gateway.seal"),  # noqa: S106 - identity name
    )

    expect.status(
        reply,
        probe.success,
        fix="Take the channel of the gateway for the seal of any centre; the seal tells who asks.",
        fix_fa="کانال درگاه را برای مهر هر مرکز بپذیرید؛ فرستنده را مهر مشخص می‌کند.",
    )
    expect.seal(reply)


def _register() -> None:
    for name, required in CONNECTED.items():
        role = role_of(name)
        probe = role_messages(role).probe("any")
        if probe is not None:
            conformance_case(
                f"TC-{role.prefix}-WF-DITAS-001",
                verifies=required,
                role=name,
                title_fa="پاسخ به پیام رسیده از درگاه",
                given={"probe": probe},
            )(tc_gateway_hands_messages_on)


_register()
