"""``mafalab assurance``: measure the suites, and sign what was measured."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from lab.certification.assurance import (
    digest_of,
    opened,
    read_matrix,
    read_measurement,
    statement,
    write,
)
from lab.certification.jose import Signer
from lab.certification.trust import load_anchors
from lab.cli.measuring import FILE, Wanted, lines, measure
from lab.cli.terminal import out, print_json, visible
from lab.kit.credentials import CredentialKit
from lab.model.errors import UsageError
from lab.model.roles import role_of

app = typer.Typer(
    no_args_is_help=True, help="Measure the suites; issue and check the statement about them."
)


@app.command("issue")
def issue(
    *,
    matrix: Annotated[
        list[Path] | None, typer.Option(help="matrix.json of one role or of all; several.")
    ] = None,
    credentials: Annotated[Path, typer.Option(help="Credential kit with the laboratory.")],
    measurement: Annotated[
        list[Path] | None, typer.Option(help="measurement.json of `assurance measure`; several.")
    ] = None,
    identity: Annotated[str, typer.Option(help="Identity in the kit that signs.")] = "laboratory",
    target: Annotated[Path, typer.Option("--out", help="Where to write.")] = Path("assurance"),
) -> None:
    """Put matrices of the present suites together, sign the statement and write its page.

    Example: mafalab assurance issue --matrix proof/matrix.json --credentials exchange/credentials
    """
    own = CredentialKit.load(credentials).identity(identity)
    measured = [read_measurement(path) for path in measurement or ()]
    now = datetime.now(UTC).replace(microsecond=0)
    calibrated = [read_matrix(path) for path in matrix or ()]
    payload = statement(calibrated, measured, now, version("mafa-lab"))
    signed = write(payload, Signer(key=own.key, chain=own.chain_der), now, target)
    out().say(f"SIGNED   {signed}   page {target / 'assurance.html'}", "pass")
    out().pair("suites", str(payload["suiteHash"]))
    out().pair("hash", digest_of(signed.read_text("ascii")))
    for text in payload["notMeasured"]:
        out().pair("not measured", text)


@app.command("verify")
def verify(
    statement_file: Annotated[Path, typer.Argument(help="The signed file, assurance.jws.")],
    trust: Annotated[Path, typer.Option(help="PEM file with the trusted root.")],
) -> None:
    """Check the signature of a statement and print it.

    Example: mafalab assurance verify assurance/assurance.jws --trust exchange/credentials/trust.pem
    """
    print_json(opened(statement_file, load_anchors(trust)))


@app.command("measure")
def measure_command(
    *,
    target: Annotated[Path, typer.Option("--out", help="New directory for all campaigns.")],
    role: Annotated[
        str, typer.Option(help="Server role whose suites are used.")
    ] = "tax_terminal_registry",
    plan: Annotated[str | None, typer.Option(help="Plan; default that of the role.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Part of the plan.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Faults of the bad products.")] = None,
    campaigns: Annotated[
        int, typer.Option(min=0, max=64, help="At once, good and bad in turn; 0 leaves it out.")
    ] = 8,
    repetitions: Annotated[
        int, typer.Option(min=0, max=1000, help="Of one good campaign; 0 leaves it out.")
    ] = 20,
    kills: Annotated[
        int, typer.Option(min=0, max=100, help="kill -9 for each of two; 0 leaves it out.")
    ] = 5,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Repetitions at a time.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of campaigns and moments.")] = 1401,
) -> None:
    """Measure the laboratory: campaigns at once, campaigns killed and resumed, flakes.

    Exit 0: everything as in quiet campaigns. Exit 1: something differs; it is named. Exit 4: a bad
    product was not noticed by this part of the plan, or no kill hit; nothing is proven then.

    Example: mafalab assurance measure --out measured --campaigns 8 --repetitions 20 --kills 5
    """
    if target.exists() and any(target.iterdir()):
        raise UsageError(
            f'"{target}" is not empty', code="MFL-U077", where="--out", fix="Name a new directory."
        )
    if campaigns == 1:
        raise UsageError(
            "one campaign is never at once with another", code="MFL-U078", where="--campaigns",
            fix="Ask for two or more, or for 0 to leave it out.",
        )  # fmt: skip
    wanted = Wanted(
        role=role,
        plan=plan or role_of(role).plan,
        only=tuple(only or ()),
        faults=tuple(fault or ()),
        campaigns=campaigns,
        kills=kills,
        repetitions=repetitions,
        jobs=jobs,
        seed=seed,
        out=target.resolve(),
    )
    started = time.monotonic()
    measured = measure(wanted, lambda text: out().say(visible(text)))
    for line in lines(measured):
        out().say(visible(line))
    out().say(f"Measurement: {target / FILE}   {time.monotonic() - started:.0f} s")
    raise typer.Exit(1 if measured.deviates else 4 if measured.undecided else 0)
