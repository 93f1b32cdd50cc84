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

    Further options go to the program: --scenario routine|warning|rejection|amendment|laboratory|
    imaging|physiotherapy, --out FILE (what the patient takes along), --order FILE (JSON: patient,
    kind drug|laboratory|imaging|service, items), --flavour office|clinic|hospital|phc, --visit
    (P7 and P8 too), --print DIR (HID slip with bar code), --spool DIR (documents wait there while
    the gateway is away), --signer local|card|mobile, --fault POINT, --json. `prescriber answer
    --question ID --text TEXT` answers what a dispenser asked. --program-help lists everything.

    Exit: 0 done, 1 refused with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client prescriber --state exchange --out prescription.json
    """
    raise typer.Exit(_program("prescriber", state, gateway, credentials, ctx.args))


@app.command("pharmacy", context_settings=_THROUGH)
def pharmacy(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference pharmacy: D1 to D9 of clause 9-2 against an exchange.

    Further options go to the program: --prescription FILE (written by the prescriber's --out),
    --ask TEXT (ask the prescriber instead), --rules unified|apart (D5), --statement (D9), --out
    FILE, --signer local|card|mobile, --fault POINT or FLT-PHA-..., --json. What is given is
    registered as a service, which makes it a claim. --program-help lists everything.

    Exit: 0 done, 1 refused or stopped with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client pharmacy --state exchange --prescription prescription.json
    """
    raise typer.Exit(_program("pharmacy", state, gateway, credentials, ctx.args))


@app.command("lis", context_settings=_THROUGH)
def lis(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference laboratory: an order is delivered, its results go to the record.

    Further options go to the program: --prescription FILE (of a laboratory order; `values` in it
    are the measured ones by LOINC code), --pathology TEXT (final diagnosis of a tissue),
    --statement (D9), --signer, --fault lis.POINT, --json. --program-help lists everything.

    Exit: 0 done, 1 refused or stopped with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client lis --state exchange --prescription tests.json --statement
    """
    raise typer.Exit(_program("lis", state, gateway, credentials, ctx.args))


@app.command("ris", context_settings=_THROUGH)
def ris(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference imaging centre with its archive: the steps of document 001.

    Further options go to the program: --prescription FILE (of an imaging order; `slot` and
    `conclusion` may be added), --pacs DIR (archive of the studies), --statement (D9), --signer,
    --fault ris.POINT, --json. --program-help lists everything.

    Exit: 0 done, 1 refused or stopped with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client ris --state exchange --prescription images.json --pacs pacs
    """
    raise typer.Exit(_program("ris", state, gateway, credentials, ctx.args))


@app.command("his", context_settings=_THROUGH)
def his(
    ctx: typer.Context, state: State = DEFAULT_STATE, gateway: str = "", credentials: str = ""
) -> None:
    """Run the reference hospital: guarantee letter, stay, services, discharge, both claims.

    Further options go to the program: --scenario stay|base-only, --plan FILE (JSON: patient,
    services, ward, policy, deviation), --statement (D9), --signer, --fault his.POINT, --json.
    --program-help lists everything.

    Exit: 0 done, 1 refused or stopped with a coded reason, 2 usage, 3 no connection.

    Example: mafalab client his --state exchange --scenario stay --statement
    """
    raise typer.Exit(_program("his", state, gateway, credentials, ctx.args))


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
    if "--program-help" in further:
        return subprocess.call([sys.executable, "-m", "reference_impl.clients", name, "--help"])
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
