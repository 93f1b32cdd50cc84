"""Contract of every operation of every role that has an honest message, and of what has none."""

from __future__ import annotations

from lab.kit import (
    Expect,
    Generated,
    Recipe,
    Sut,
    SyntheticData,
    conformance_case,
    role_messages,
)
from suites.contract.conformance import Exercise, exercised
from suites.shared import honest, shared_case, sharing_roles

_NEVER = ("/nothing", "/nothing/at/all")


def tc_operation_keeps_its_contract(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated, operation: Recipe
) -> None:
    """Ensure that the IUT keeps the contract of one operation on good and bad messages.

    Given honest, generated good and generated bad bodies, paths and queries, when they are sent
    sealed, then good ones are answered and bad ones refused as published, and nothing ends in a
    fault.
    """
    Exercise(exercised(operation), sut, data, expect, generated).run()


def _register() -> None:
    for role in sharing_roles():
        for one in role_messages(role).recipes:
            name = one.operation.id
            conformance_case(
                f"TC-{role.prefix}-CON-{name.upper()}-001",
                verifies=("ERX-10-D", "ERX-10-E"),
                role=role.id,
                title=f"{name} keeps its contract",
                title_fa=f"قرارداد {name}",
                purpose=f"Ensure that the IUT keeps the contract of `{name}` on good and bad "
                "messages.",
                given={"operation": one},
            )(tc_operation_keeps_its_contract)


_register()


@shared_case("CON-UNKNOWN-001", verifies=("ERX-10-E", "ERX-10-D"), title_fa="نشانی ناشناخته")
def tc_unknown_address(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT answers an unknown address as not found, coded.

    Given addresses that no contract describes, when they are asked for, then the IUT answers 404
    with problem details, never with a page or a redirect.
    """
    honest(probe, sut, data, expect, "in service")
    for path in _NEVER:
        reply = sut.send(
            "GET", path, service=probe.operation.service, step=f"stimulus: {path[:20]}"
        )
        expect.problem(
            reply,
            status=404,
            code="NOT_FOUND",
            fix="Answer unknown addresses with problem details, not with a page of the server.",
            fix_fa="نشانی ناشناخته را با شرح مشکل ۴۰۴ پاسخ دهید.",
        )


@shared_case("CON-UNKNOWN-002", verifies=("ERX-10-E", "ERX-10-D"), title_fa="روش ناشناخته")
def tc_method_an_address_does_not_have(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a method an address does not have and names those it has.

    Given an address of the contract, when PATCH is sent to it, then the IUT answers 405 with
    problem details and `allow`.
    """
    message, _ = honest(probe, sut, data, expect, "in service")
    operation = probe.operation
    reply = sut.send(
        "PATCH",
        _address(operation.path, message.path or {}),
        service=operation.service,
        key=data.key("patch"),
        step=f"stimulus: PATCH {operation.path[:60]}",
    )

    expect.problem(
        reply,
        status=405,
        code="METHOD_NOT_ALLOWED",
        fix="Answer other methods with 405.",
        fix_fa="روش دیگر را با ۴۰۵ پاسخ دهید.",
    )
    allowed = {item.strip().upper() for item in (reply.header("allow") or "").split(",")}
    expect.that(
        operation.method in allowed and "PATCH" not in allowed,
        title="the answer does not say which methods an address has",
        expected=f"allow: {operation.method}",
        observed=reply.header("allow") or "absent",
        pointer="header:allow",
        reply=reply,
        fix="Send `allow` with every 405.",
        fix_fa="سرآیند allow را بفرستید.",
    )


def _address(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace("{" + name + "}", value)
    return path
