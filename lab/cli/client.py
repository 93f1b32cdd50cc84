"""`mafalab client`: the reference client programs, and watching a client program of a vendor."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from lab.model.errors import UsageError

app = typer.Typer(
    no_args_is_help=True,
    help="Client programs: run the reference ones, watch and judge a vendor's.",
)
State = Annotated[
    Path, typer.Option("--state", help="Directory of a running exchange (mafalab exchange up).")
]
DEFAULT_STATE = Path(".mafalab/exchange")
ADDRESSES = "exchange.json"
PLAN = "pharmacy-certification"
_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("prescriber", context_settings=_THROUGH)
def prescriber(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference prescriber: P1 to P8 of clause 9-1 against an exchange.

    Further options go to the program: --scenario routine|warning|rejection|amendment, --out FILE
    (what the patient takes along), --order FILE, --flavour office|clinic|hospital|phc, --visit
    (P7 and P8 too), --print DIR (HID slip with bar code), --spool DIR (documents wait there while
    the gateway is away), --fault POINT, --json.

    Exit: 0 done, 1 refused with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client prescriber --state exchange --out prescription.json
    """
    raise typer.Exit(_program("prescriber", state, gateway, credentials, ctx.args))


@app.command("pharmacy", context_settings=_THROUGH)
def pharmacy(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference pharmacy: D1 to D7 of clause 9-2 against an exchange.

    Further options go to the program: --prescription FILE (written by the prescriber's --out),
    --fault POINT or FLT-PHA-..., --json.

    Exit: 0 done, 1 refused or stopped with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client pharmacy --state exchange --prescription prescription.json
    """
    raise typer.Exit(_program("pharmacy", state, gateway, credentials, ctx.args))


@app.command("forward", context_settings=_THROUGH)
def forward(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Send the signed documents that waited in a spool while the gateway was away.

    --spool DIR is the folder another program filled. Every document keeps its idempotency key: one
    that had arrived is not done twice. What the exchange refuses is set aside with its reason.

    Exit: 0 all sent, 1 something refused, 2 usage, 3 still no connection.

    Example: mafalab client forward --state exchange --spool spool
    """
    raise typer.Exit(_program("forward", state, gateway, credentials, ctx.args))


@app.command("watch", context_settings=_THROUGH)
def watch(
    ctx: typer.Context,
    sut: Annotated[Path, typer.Option(help="Description of the client program.")] = Path(
        "sut.toml"
    ),
    directory: Annotated[Path, typer.Option("--out", help="New directory.")] = Path("out"),
    plan: Annotated[str, typer.Option(help="Plan of the role.")] = PLAN,
) -> None:
    """Watch a client program through the witness while it acts, then judge what was captured.

    With client_command in [ixit] the program is run for each scenario. Without one, a person is
    told what to do, with the values to type; the step ends by itself when the traffic ceases.
    This is `mafalab run` with the plan of the role; options of run may follow.

    Exit: 0 conforming, 1 not, 2 usage, 3 lab failed, 4 undecided.

    Example: mafalab client watch --sut pharmacy.toml --out watched
    """
    command = [sys.executable, "-m", "lab.cli.main", "run"]
    command += ["--sut", str(sut), "--plan", plan, "--out", str(directory), *ctx.args]
    raise typer.Exit(subprocess.call(command))


def _program(name: str, state: Path, gateway: str, credentials: str, further: list[str]) -> int:
    """Start a program as a person would, with the addresses of the exchange filled in."""
    if not (gateway and credentials):
        addresses = _addresses(state)
        gateway = gateway or addresses["gateway"]
        credentials = credentials or addresses["credentials"]
    command = [sys.executable, "-m", "reference_impl.clients", name]
    command += ["--gateway", gateway, "--credentials", credentials, *further]
    return subprocess.call(command)


def _addresses(state: Path) -> dict[str, str]:
    path = state / ADDRESSES
    try:
        found = json.loads(path.read_text("utf-8"))
        return {name: str(found[name]) for name in ("gateway", "credentials")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f'no exchange is known in "{state}"',
            code="MFL-U033",
            where=str(path),
            fix=f"start one: mafalab exchange up --state {state}; "
            "or give --gateway and --credentials",
            sentence_fa="تبادلی در این پوشه در حال اجرا نیست.",
        ) from error
