"""RUL-101: what only the exchange may send, a service refuses to a centre that calls it directly.

Services take the same sealed message at their own address and through the gateway. Operations by
which services of the exchange serve each other are no way for a centre, whichever address it uses.
"""

from __future__ import annotations

from dataclasses import replace

from lab.kit import Expect, Recipe, Sut, SyntheticData, conformance_case, role_messages
from lab.model.roles import role_of
from suites.journeys import OFFICE

RULED: dict[str, tuple[str, tuple[str, ...]]] = {
    "ehr": ("ERX-8-5-E", ("submitRecord", "submitRecords", "listRefusals")),
    "eligibility_service": ("ERX-A1-10-6", ("reportHidUses",)),
    "identity_authority": ("ERX-11-C", ("findLinks",)),
    "health_ca": ("ERX-6-4-A", ("issueCertificate",)),
}
"""Role, what obliges it, and its operations that serve other services only (RUL-101)."""


def tc_a_centre_calls_past_the_exchange(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT takes from a centre nothing that only services of the exchange may send.

    Given a message that a service of the exchange sends and that is answered, when a centre sends
    the like directly, over its own channel and under its own seal, then it is refused by code.
    """
    served = probe.make(sut, data, "from a service").send(sut, "control: from a service")
    message = replace(probe.make(sut, data, "from a centre"), caller=OFFICE)

    reply = message.send(sut, f"stimulus: {probe.operation.id} from a centre")

    expect.control(served, probe.success)
    expect.problem(
        reply,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Let only services of the exchange call what serves other services.",
        fix_fa="آنچه به سرویس‌های دیگر خدمت می‌دهد فقط از سرویس‌های تبادل پذیرفته شود.",
    )


def _register() -> None:
    for name, (required, operations) in RULED.items():
        role = role_of(name)
        recipes = {one.operation.id: one for one in role_messages(role).recipes}
        for number, operation in enumerate(operations, 1):
            conformance_case(
                f"TC-{role.prefix}-SEC-DIRECT-{number:03}",
                verifies=(required,),
                role=name,
                rulings=("RUL-101",),
                title_fa="آنچه فقط تبادل می‌فرستد از مرکز پذیرفته نمی‌شود",
                given={"probe": recipes[operation]},
            )(tc_a_centre_calls_past_the_exchange)


_register()
