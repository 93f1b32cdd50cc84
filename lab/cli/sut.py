"""``mafalab sut init``: a commented sut.toml to fill in. Never overwrites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.terminal import out
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.roles import IcsItem, load_roles, role_of

ICS: dict[str, tuple[IcsItem, ...]] = {role.id: role.ics for role in load_roles().values()}
"""Claims asked for, by role."""
PLANS = {role.id: role.plan for role in load_roles().values()}
"""Certification plan of each role."""

EXAMPLE_COMMAND = (
    "your-program", "--gateway", "{gateway}", "--credentials", "{credentials}",
    "--scenario", "{scenario}", "--prescription", "{prescription}",
)  # fmt: skip

app = typer.Typer(
    no_args_is_help=True,
    help="Your product, described in one file: sut.toml (claims and addresses).",
)


@app.callback()
def sut() -> None:
    """Your product, described in one file: sut.toml (claims and addresses)."""


@app.command("init")
def init(
    *,
    role: Annotated[
        str, typer.Option(help="eligibility_service, purchaser_system, pharmacy_system ...")
    ],
    target: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("sut.toml"),
    base_url: Annotated[
        str | None,
        typer.Option(help="Server role: address of your service; {service} for several."),
    ] = None,
    exchange_url: Annotated[
        str, typer.Option(help="Gateway of the exchange around your product.")
    ] = "https://127.0.0.1:8443",
    status_url: Annotated[
        str, typer.Option(help="Plain HTTP address of OCSP, CRL and health.")
    ] = "http://127.0.0.1:8445",
    credentials: Annotated[Path, typer.Option(help="Directory with kit.json.")] = Path(
        "exchange/credentials"
    ),
    vendor: Annotated[str, typer.Option(help="Your name.")] = "Example Health Software",
    product: Annotated[str, typer.Option(help="Name of the product.")] = "Example Product",
) -> None:
    """Write a commented sut.toml.

    Examples: mafalab sut init --role purchaser_system
    | mafalab sut init --role pharmacy_system --out pharmacy.toml
    """
    if role not in ICS:
        raise UsageError(
            f'There is no role "{role}".',
            code="MFL-U010",
            where="--role",
            fix=f"One of: {', '.join(sorted(ICS))}.",
            sentence_fa="این نقش شناخته نیست.",
        )
    text = render(
        role,
        base_url=base_url or reference_address(role),
        exchange_url=exchange_url,
        status_url=status_url,
        credentials=str(credentials),
        vendor=vendor,
        product=product,
    )
    _write_new(target, text)
    terminal = out()
    terminal.say(f"Wrote {target}. Fill in [product] and the claims under [ics].")
    terminal.say(f"Next: mafalab doctor --sut {target}")
    terminal.say(f"Then: mafalab run --sut {target} --plan {PLANS[role]} --out out")


def render(
    role: str,
    *,
    base_url: str,
    exchange_url: str,
    status_url: str,
    credentials: str,
    vendor: str = "Example Health Software",
    product: str = "Example Product",
    client_command: tuple[str, ...] = EXAMPLE_COMMAND,
) -> str:
    """Return the text of a sut.toml; every value is a valid TOML literal."""
    claims: list[str] = []
    for item in ICS[role]:
        claims += [f"# {item.meaning}", f"# {item.meaning_fa}", f'"{item.key}" = "yes"', ""]
    if role_of(role).is_server:
        addresses = _SERVER.format(
            base_url=json.dumps(base_url),
            exchange_url=json.dumps(exchange_url),
            status_url=json.dumps(status_url),
        )
        addresses += _GATEWAY if role_of(role).address == "gateway" else ""
    else:
        addresses = _CLIENT.format(
            exchange_url=json.dumps(exchange_url),
            status_url=json.dumps(status_url),
            command=json.dumps(list(client_command)),
        )
    return _FRAME.format(
        role=role,
        vendor=json.dumps(vendor),
        product=json.dumps(product),
        claims="\n".join(claims).rstrip(),
        addresses=addresses.strip(),
        credentials=json.dumps(credentials),
    )


def reference_address(role: str, origin: str = "https://127.0.0.1:{port}") -> str:
    """Return where the reference exchange on its usual ports answers for a server role."""
    found = role_of(role)
    port = "8443" if found.address == "gateway" else "8444"
    return origin.replace("{port}", port) + (found.base_path if found.is_server else "")


def _write_new(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f'"{target}" exists already and is never overwritten.',
            code="MFL-U011",
            where="--out",
            fix="Give another name with --out, or remove the file yourself.",
            sentence_fa="این پرونده از پیش هست و بازنویسی نمی‌شود.",
        ) from None
    except OSError as error:
        raise EnvironmentFault(
            f'"{target}" cannot be written: {error.strerror}.', code="MFL-E010", where="--out"
        ) from None


_FRAME = """\
# Description of one product for the MAFA laboratory. Lines beginning with # are for you.
# توصیف یک محصول برای آزمایشگاه مفا؛ سطرهای # توضیح‌اند.

role = "{role}"
pack = "erx-1401"          # edition of the standard
language = "fa"            # of reports: fa or en
# contact = "..."          # whom the laboratory tells about a recall; not in reports

[product]                  # exactly what is tested; it is printed on reports and certificates
vendor = {vendor}
product = {product}
version = "1.0.0"
build = "undeclared"       # commit or hash of the build, so that a report names one binary

# Claims (ICS): what your product does. "yes" is tested; "no" makes the cases not applicable, with
# that reason in the report; "unknown" is asked back before a campaign starts, never guessed.
[ics]
{claims}

# How to reach and test it (IXIT). Relative paths are relative to this file.
[ixit]
{addresses}
credentials = {credentials}   # directory with kit.json: whom the laboratory may be
deadline_seconds = 10.0    # longest wait for one answer
max_response_bytes = 8388608
"""

_SERVER = """\
base_url = {base_url}          # your service, https
environment_url = {exchange_url}   # gateway of the exchange around it
status_url = {status_url}         # OCSP, CRL and health of that exchange
# Terms of hours and days are tested only where your service lets its time be moved (docs/wire.md):
# clock_control = "http://127.0.0.1:8445/clock"
"""

_GATEWAY = """\
# Where the services behind your gateway answer the laboratory directly; without it nothing is read
# past your gateway. And what takes one of them away; without it no outage is tested (docs/wire.md):
services_url = "https://127.0.0.1:8444"
# peer_control = "http://127.0.0.1:8445/peers"
"""

_CLIENT = """\
gateway_url = {exchange_url}   # the exchange behind the witness
status_url = {status_url}         # OCSP, CRL and health of that exchange
witness_port = 9443        # your program talks to https://127.0.0.1:9443 instead of the gateway
# Command that makes your program play one scenario. These places are filled in: {{gateway}} address
# to talk to, {{credentials}} directory with kit.json, {{scenario}} name of the scenario,
# {{prescription}} file with what the patient brings. "python" means this interpreter. Without a
# command, mafalab client watch tells a person what to do.
client_command = {command}
"""
