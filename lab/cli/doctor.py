"""``mafalab doctor``: pre-flight of one sut.toml. Never a verdict.

Exit codes: 0 ready, 2 the configuration must be mended, 4 product or environment is not ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import out, print_json, visible
from lab.model.roles import role_of

if TYPE_CHECKING:
    from lab.cli.preflight import Check
    from lab.kit.credentials import CredentialKit
    from lab.model.sut import SutProfile
    from lab.model.verdict import Blame

READY, CONFIGURATION, NOT_READY = 0, 2, 4
_MARKS = {"ok": ("✓", "OK"), "warning": ("?", "WARN"), "fault": ("✗", "FAULT")}
_BLAMES = {
    "config": ("your configuration", "پیکربندی شما"),
    "environment": ("the environment", "پیرامون آزمایشگاه"),
    "sut": ("the product", "محصول"),
}

app = typer.Typer(no_args_is_help=True, help="Pre-flight of one sut.toml. Never a verdict.")


@app.command("doctor")
def doctor(
    *,
    sut: Annotated[Path, typer.Option(help="Description of the product.")] = Path("sut.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check address, TLS chain, clock, credentials and one sample message before a campaign.

    Names who has to act: your configuration, the environment, or the product. Gives no verdict.

    Example: mafalab doctor --sut sut.toml
    """
    from lab.selection.profile import load_profile

    profile = load_profile(sut)
    checks: list[Check] = []
    for check in examine(profile):
        checks.append(check)
        if not as_json:
            _say(check)
    code = exit_code(checks)
    if as_json:
        print_json({"ready": code == READY, "checks": [_row(check) for check in checks]})
    else:
        _conclude(code, sut, profile)
    raise typer.Exit(code)


def examine(profile: SutProfile) -> Iterator[Check]:
    """Yield all checks in order; one without ground is left out, not guessed."""
    from lab.cli.preflight import check_credentials, check_status, required_identities
    from lab.kit.credentials import CredentialKit

    kit = CredentialKit.load(Path(profile.ixit.credentials))
    names = required_identities(profile)
    usable = True
    for check in check_credentials(kit, names):
        usable = usable and check.grade != "fault"
        yield check
    if profile.ixit.status_url is not None:
        yield from check_status(profile.ixit.status_url)
    if usable:
        yield from _addresses(profile, kit, names[0])


def _addresses(profile: SutProfile, kit: CredentialKit, identity: str) -> Iterator[Check]:
    from lab.cli.preflight import Check, Grade
    from lab.cli.sample_message import check_sample_message
    from lab.model.verdict import Blame

    ixit = profile.ixit
    targets = (
        ("base_url", ixit.base_url, Blame.SUT),
        ("environment_url", ixit.environment_url, Blame.ENVIRONMENT),
        ("gateway_url", ixit.gateway_url, Blame.ENVIRONMENT),
    )
    reached = True
    for key, url, blame in targets:
        if url is None:
            continue
        for check in _one_address(key, url, kit, identity, blame):
            reached = reached and check.grade != "fault"
            yield check
    if not reached:
        return
    if ixit.base_url is None and ixit.gateway_url is None:
        detail = "the product runs in process, nothing to reach"
        yield Check("address", Grade.SKIPPED, detail)
        return
    yield from check_sample_message(profile, kit)


def _one_address(
    key: str, url: str, kit: CredentialKit, identity: str, blame: Blame
) -> Iterator[Check]:
    from lab.cli.preflight import Address, Check, Grade, check_dns, check_tcp, check_tls

    address = Address.parse(key, url, "https")
    if isinstance(address, Check):
        yield address
        return
    probes = (
        partial(check_dns, address),
        partial(check_tcp, address, blame),
        partial(check_tls, address, kit, kit.identity(identity), blame),
    )
    for probe in probes:
        check = probe()
        yield check
        if check.grade is Grade.FAULT:
            return


def exit_code(checks: list[Check]) -> int:
    """Return 2 when the configuration has a fault, else 4 when anything else has, else 0."""
    blames = {str(check.blame) for check in checks if check.grade == "fault"}
    if "config" in blames:
        return CONFIGURATION
    return NOT_READY if blames else READY


def _say(check: Check) -> None:
    terminal = out()
    symbols = _MARKS.get(check.grade.value, ("–", "--"))
    style = {"ok": "pass", "warning": "inconclusive", "fault": "fail"}.get(check.grade.value, "dim")
    mark = terminal.styled(symbols[0 if terminal.unicode else 1], style)
    terminal.say(f"{mark} {visible(check.id):<28} {visible(check.detail, limit=400)}")
    if check.grade.value == "fault" and check.blame is not None:
        english, persian = _BLAMES.get(check.blame.value, ("the laboratory", "آزمایشگاه"))
        terminal.pair("  who", english)
        if check.fix:
            terminal.pair("  fix", visible(check.fix, limit=400))
        if check.fix_fa:
            terminal.persian(f"    {persian}: {visible(check.fix_fa, limit=400)}")


def _conclude(code: int, sut: Path, profile: SutProfile) -> None:
    terminal = out()
    if code == READY:
        terminal.say("Ready. This is not a verdict on the product.", "bold")
        terminal.persian("آماده است. این حکمی دربارهٔ محصول نیست.")
        plan = role_of(profile.role).plan
        terminal.say(f"Next: mafalab run --sut {sut} --plan {plan} --out out")
    elif code == CONFIGURATION:
        terminal.say("Mend the configuration first. No case has been run.", "bold")
        terminal.persian("نخست پیکربندی را درست کنید. هیچ آزمونی اجرا نشده است.")
    else:
        terminal.say("Product or environment is not ready. No case has been run.", "bold")
        terminal.persian("محصول یا پیرامون آن آماده نیست. هیچ آزمونی اجرا نشده است.")


def _row(check: Check) -> dict[str, str | None]:
    return {
        "id": check.id,
        "grade": check.grade.value,
        "detail": visible(check.detail),
        "blame": check.blame.value if check.blame else None,
        "fix": check.fix,
        "fixFa": check.fix_fa,
    }
