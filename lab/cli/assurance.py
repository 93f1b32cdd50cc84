"""``mafalab assurance``: the signed statement of what the suites have been measured to catch."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from lab.certification.assurance import TYPE, read_matrix, statement, write
from lab.certification.jose import Forged, Signer, open_token
from lab.certification.trust import load_anchors
from lab.cli.terminal import out, print_json
from lab.evidence.reader import RESULT
from lab.kit.credentials import CredentialKit
from lab.model.campaign import ResultDocument
from lab.model.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Issue and check the statement about the suites.")


@app.command("issue")
def issue(
    *,
    matrix: Annotated[list[Path], typer.Option(help="matrix.json of a calibration; several.")],
    credentials: Annotated[Path, typer.Option(help="Credential kit with the laboratory.")],
    repeated: Annotated[
        list[Path] | None, typer.Option(help="Campaigns of one plan, repeated; for flakes.")
    ] = None,
    identity: Annotated[str, typer.Option(help="Identity in the kit that signs.")] = "laboratory",
    target: Annotated[Path, typer.Option("--out", help="Where to write.")] = Path("assurance"),
) -> None:
    """Put matrices of the present suites together, sign the statement and write its page.

    Example: mafalab assurance issue --matrix proof/matrix.json --credentials exchange/credentials
    """
    own = CredentialKit.load(credentials).identity(identity)
    results = [
        ResultDocument.model_validate_json((place / RESULT).read_bytes())
        for place in repeated or ()
    ]
    now = datetime.now(UTC).replace(microsecond=0)
    payload = statement([read_matrix(path) for path in matrix], results, now, version("mafa-lab"))
    signed = write(payload, Signer(key=own.key, chain=own.chain_der), now, target)
    out().say(f"SIGNED   {signed}   page {target / 'assurance.html'}", "pass")


@app.command("verify")
def verify(
    statement_file: Annotated[Path, typer.Argument(help="The signed file, assurance.jws.")],
    trust: Annotated[Path, typer.Option(help="PEM file with the trusted root.")],
) -> None:
    """Check the signature of a statement and print it.

    Example: mafalab assurance verify assurance/assurance.jws --trust exchange/credentials/trust.pem
    """
    try:
        opened = open_token(statement_file.read_text("ascii"), TYPE, load_anchors(trust))
    except (Forged, OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"This is no statement of a trusted laboratory: {error}.",
            code="MFL-U072",
            where=str(statement_file),
            sentence_fa="این بیانیه از آزمایشگاه معتبر نیست یا دست خورده است.",
        ) from error
    print_json(opened.payload)
