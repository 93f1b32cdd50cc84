"""Cases that all server roles have in common: one function, an instance per role with its own id.

`shared_case("SEC-SEAL-001", ...)` registers TC-ELG-SEC-SEAL-001, TC-SIA-SEC-SEAL-001 and so on, for
every role that shares the common cases and has an operation with what the case `needs`. The case
gets that operation as `probe` and talks through the honest messages of `suites/messages`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.kit import (
    AUTO,
    Caller,
    Expect,
    Message,
    Mutation,
    Recipe,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    role_messages,
)
from lab.kit.calling import Auto
from lab.kit.case import CaseFunction
from lab.model.roles import Role, server_roles
from suites import messages

BUILDERS = messages.__name__  # importing it registered the builders of honest messages
BESIDE = Caller("office-1", person="dr01")


def sharing_roles() -> tuple[Role, ...]:
    """Server roles that share the common cases."""
    return tuple(role for role in server_roles() if role.shared)


def shared_case(
    topic: str,
    *,
    verifies: Sequence[str],
    title_fa: str,
    needs: str = "any",
    without: Sequence[str] = (),
    rulings: tuple[str, ...] = (),
) -> Callable[[CaseFunction], CaseFunction]:
    """Register a case for every role that has what it `needs` (see RoleMessages.probe).

    `without` names roles in whose probe nothing could be seen.
    """

    def register(function: CaseFunction) -> CaseFunction:
        for role in sharing_roles():
            probe = role_messages(role).probe(needs)
            if probe is not None and role.id not in without:
                conformance_case(
                    f"TC-{role.prefix}-{topic}",
                    verifies=verifies,
                    role=role.id,
                    title_fa=title_fa,
                    rulings=rulings,
                    given={"probe": probe},
                )(function)
        return function

    return register


@dataclass(frozen=True)
class Attempt:
    """What a case does to an honest message."""

    mutate: Mutation | tuple[Mutation, ...] | None = None
    caller: Caller | None = None
    key: str | Auto | None = AUTO
    label: str = "forbidden"  # tells several attempts of one case apart


def honest(
    probe: Recipe, sut: Sut, data: SyntheticData, expect: Expect, label: str
) -> tuple[Message, Reply]:
    """Positive control: an honest message is answered; return it with its answer."""
    message = probe.make(sut, data, label)
    reply = message.send(sut, f"control: honest {probe.operation.id}")
    expect.control(reply, probe.success)
    return message, reply


def attempt(probe: Recipe, sut: Sut, data: SyntheticData, expect: Expect, change: Attempt) -> Reply:
    """Send the changed message between two honest ones and return its answer."""
    honest(probe, sut, data, expect, f"before {change.label}")
    message = probe.make(sut, data, change.label)
    reply = message.send(
        sut,
        f"stimulus: {change.label}",
        mutate=change.mutate,
        caller=change.caller,
        key=change.key,
    )
    honest(probe, sut, data, expect, f"after {change.label}")
    return reply
