"""``mafalab certificate``: issue, verify, show, suspend, reinstate, withdraw, refresh.

Exit codes: 0 issued / valid now; 1 refused, altered, expired, suspended or withdrawn; 2 usage or
unreadable input; 4 cannot be decided (status list missing, stale, or not knowing the certificate).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lab.certification.issue import STATUS, TYPE, People, issue, to_payload
from lab.certification.jose import Forged, Signer, open_token
from lab.certification.status import Event, StatusList, append, load_status
from lab.certification.trust import load_anchors
from lab.certification.verify import Finding, Outcome, read_token, verify_certificate
from lab.cli.terminal import err, out, print_json, visible
from lab.kit.credentials import CredentialKit
from lab.model import stored
from lab.model.certificate import Certificate
from lab.model.errors import UsageError

app = typer.Typer(
    help="Issue and verify certificates; suspend, reinstate and withdraw them.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CertificateFile = Annotated[Path, typer.Argument(help="The signed file, certificate.jws.")]
Credentials = Annotated[
    Path, typer.Option("--credentials", help="Credential kit with the laboratory's identity.")
]
Trust = Annotated[
    Path, typer.Option("--trust", help="PEM file with the trusted root (trust.pem of the kit).")
]
OptionalStatus = Annotated[
    Path | None,
    typer.Option("--status", help=f"Status list; default {STATUS} beside the certificate."),
]
At = Annotated[
    str | None, typer.Option("--at", help="Time asked about, RFC 3339 with offset; default now.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; printed by every verification.")]
By = Annotated[str, typer.Option("--by", help="Person who decides this.")]


@app.command("issue")
def issue_command(
    directory: Annotated[Path, typer.Argument(help="Directory of a finished campaign.")],
    credentials: Credentials,
    evaluator: Annotated[str, typer.Option(help="Person who evaluated.")],
    reviewer: Annotated[str, typer.Option(help="Person who reviewed; not the evaluator.")],
    decider: Annotated[str, typer.Option(help="Person who decides; neither of the two.")],
    identity: Annotated[str, typer.Option(help="Identity in the kit that signs.")] = "laboratory",
    target: Annotated[
        Path | None, typer.Option("--out", help="Where to write; default the campaign directory.")
    ] = None,
    status: Annotated[
        Path | None, typer.Option("--status", help="Status list of the laboratory.")
    ] = None,
    assurance: Annotated[
        Path | None, typer.Option("--assurance", help="assurance.jws about these suites.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Issue the certificate of a conforming campaign, or say why not."""
    signer, kit = _signer(credentials, identity)
    beside = directory if directory.is_dir() else directory.parent
    place = target if target is not None else beside
    issued = issue(
        directory,
        people=People(evaluator=evaluator, reviewer=reviewer, decider=decider),
        signer=signer,
        anchors=kit.anchors,
        out=place,
        status=status if status is not None else place / STATUS,
        at=_time(at),
        assurance=assurance,
    )
    if as_json:
        print_json(to_payload(issued.certificate))
        return
    terminal = out()
    terminal.say(f"ISSUED   {issued.certificate.id}", "pass")
    _facts(issued.certificate)
    terminal.pair("file", str(issued.path))
    terminal.pair("page", str(issued.page))
    terminal.pair("status", str(issued.status))
    terminal.pair("check", f"mafalab certificate verify {issued.path} --trust {kit.trust_path}")
    terminal.persian(f"گواهی صادر شد: {issued.certificate.id}")


@app.command("verify")
def verify_command(
    certificate: CertificateFile,
    trust: Trust,
    status: OptionalStatus = None,
    without_status: Annotated[
        bool,
        typer.Option("--without-status", help="Do not ask for a status list; the answer says so."),
    ] = False,
    campaign: Annotated[
        Path | None, typer.Option("--campaign", help="Also bind it to this directory or bundle.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Verify a certificate offline: signature, chain, time, status, and the campaign if given."""
    anchors = load_anchors(trust)
    chosen = None if without_status else _status_path(certificate, status)
    outcome = verify_certificate(
        read_token(certificate),
        anchors=anchors,
        at=_time(at),
        status=load_status(chosen, anchors) if chosen is not None else None,
        status_needed=not without_status,
        campaign=campaign,
    )
    if as_json:
        print_json(_outcome(outcome))
    else:
        _say(outcome)
    raise typer.Exit(outcome.exit_code)


@app.command("show")
def show(
    certificate: CertificateFile,
    trust: Trust,
    status: OptionalStatus = None,
    as_json: AsJson = False,
) -> None:
    """Show what a certificate says and its history; only after its signature holds."""
    anchors = load_anchors(trust)
    found = _opened(certificate, trust)
    listed = _listed(certificate, status, trust)
    history = listed.history(found.id) if listed is not None else ()
    if as_json:
        events = [entry.model_dump(mode="json") for entry in history]
        print_json({"certificate": to_payload(found), "history": events})
        return
    outcome = verify_certificate(
        read_token(certificate), anchors=anchors, at=datetime.now(UTC), status=listed
    )
    _say(outcome)
    if outcome.finding is not Finding.VALID:
        _facts(found)
    for entry in history:
        out().say(
            f"  {entry.at:%Y-%m-%dT%H:%M:%SZ}  {entry.event.value:<10}"
            f"{visible(entry.person, limit=120)}  {visible(entry.reason, limit=300)}"
        )


@app.command("suspend")
def suspend(
    certificate: CertificateFile,
    credentials: Credentials,
    reason: Reason,
    by: By,
    status: OptionalStatus = None,
    at: At = None,
) -> None:
    """Suspend a certificate until it is reinstated or withdrawn."""
    _change(certificate, credentials, Event.SUSPEND, reason, by, status, at)


@app.command("reinstate")
def reinstate(
    certificate: CertificateFile,
    credentials: Credentials,
    reason: Reason,
    by: By,
    status: OptionalStatus = None,
    at: At = None,
) -> None:
    """End a suspension."""
    _change(certificate, credentials, Event.REINSTATE, reason, by, status, at)


@app.command("withdraw")
def withdraw(
    certificate: CertificateFile,
    credentials: Credentials,
    reason: Reason,
    by: By,
    status: OptionalStatus = None,
    at: At = None,
) -> None:
    """Withdraw a certificate for good."""
    _change(certificate, credentials, Event.WITHDRAW, reason, by, status, at)


@app.command("refresh")
def refresh(
    certificate: CertificateFile,
    credentials: Credentials,
    by: By,
    status: OptionalStatus = None,
    at: At = None,
) -> None:
    """Sign that nothing else has happened, so that the status list stays current."""
    _change(certificate, credentials, Event.REFRESH, "nothing else has happened", by, status, at)


def _change(
    certificate: Path,
    credentials: Path,
    event: Event,
    reason: str,
    by: str,
    status: Path | None,
    at: str | None,
) -> None:
    signer, kit = _signer(credentials, "laboratory")
    path = _status_path(certificate, status)
    if path is None:
        raise UsageError(
            f"There is no {STATUS} beside the certificate.",
            sentence_fa="فهرست وضعیت کنار گواهی نیست.",
            code="MFL-C034",
            where=str(certificate.parent),
            fix="Give the status list with --status FILE.",
        )
    if not reason.strip() or not by.strip():
        raise UsageError("--reason and --by cannot be empty.", code="MFL-C035")
    found = _opened(certificate, kit.trust_path)
    entry = append(
        path,
        kit.anchors,
        signer,
        certificate_id=found.id,
        event=event,
        reason=reason.strip(),
        person=by.strip(),
        at=_time(at).replace(microsecond=0),
    )
    terminal = out()
    terminal.say(f"{event.value.upper()}   {found.id}", "bold")
    terminal.pair("at", f"{entry.at:%Y-%m-%dT%H:%M:%SZ}")
    terminal.pair("status", f"{path} line {entry.seq}")


def _signer(credentials: Path, identity: str) -> tuple[Signer, CredentialKit]:
    kit = CredentialKit.load(credentials)
    own = kit.identity(identity)
    return Signer(key=own.key, chain=own.chain_der), kit


def _status_path(certificate: Path, status: Path | None) -> Path | None:
    if status is not None:
        return status
    beside = certificate.parent / STATUS
    return beside if beside.exists() else None


def _listed(certificate: Path, status: Path | None, trust: Path) -> StatusList | None:
    path = _status_path(certificate, status)
    return load_status(path, load_anchors(trust)) if path is not None else None


def _opened(certificate: Path, trust: Path) -> Certificate:
    try:
        opened = open_token(read_token(certificate), TYPE, load_anchors(trust))
        return stored.CERTIFICATE.of(opened.payload, str(certificate))
    except (Forged, ValueError) as error:
        raise UsageError(
            f"This is no certificate of a trusted laboratory: {error}.",
            sentence_fa="این گواهی از آزمایشگاه معتبر نیست یا دست خورده است.",
            code="MFL-C022",
            where=str(certificate),
            fix="mafalab certificate verify says more.",
        ) from error


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise UsageError(
            f'--at "{text}" is not a time with an offset.',
            code="MFL-C023",
            fix="For example --at 2027-03-01T12:00:00+03:30",
        )
    return value.astimezone(UTC)


def _outcome(outcome: Outcome) -> dict[str, object]:
    document: dict[str, object] = {
        "finding": outcome.finding.value,
        "reason": {"en": outcome.reason_en, "fa": outcome.reason_fa},
        "notes": list(outcome.notes),
    }
    if outcome.finding is Finding.VALID and outcome.certificate is not None:
        document["certificate"] = to_payload(outcome.certificate)
    return document


def _say(outcome: Outcome) -> None:
    """Print the answer first; the claims of the certificate only when it is valid."""
    valid = outcome.finding is Finding.VALID
    terminal = out() if valid else err()
    word = outcome.finding.value.replace("_", " ").upper()
    terminal.say(f"{word}   {visible(outcome.reason_en, limit=600)}", "pass" if valid else "fail")
    terminal.persian(visible(outcome.reason_fa, limit=600))
    for note in outcome.notes:
        terminal.pair("note", note)
    if valid and outcome.certificate is not None:
        _facts(outcome.certificate)


def _facts(certificate: Certificate) -> None:
    terminal = out()
    product = certificate.product
    terminal.pair("product", visible(f"{product.product} {product.version}", limit=200))
    terminal.pair("vendor", visible(product.vendor, limit=200))
    terminal.pair("scope", f"{certificate.role} {certificate.level} · {certificate.pack}")
    terminal.pair(
        "valid", f"{certificate.issued_at:%Y-%m-%d} to {certificate.valid_until:%Y-%m-%d}"
    )
    terminal.pair("kind", f"{certificate.campaign_kind} campaign {certificate.campaign_id}")
    for act in certificate.acts:
        terminal.pair(act.kind, f"  {visible(act.person, limit=120)}")
    terminal.pair("evidence", f" sha256:{certificate.evidence_head}")
    terminal.pair("suites", f"{certificate.suite_version} sha256:{certificate.suite_hash}")
    named = certificate.assurance_sha256
    terminal.pair("assurance", f"sha256:{named}" if named else "no statement is named")
    for limit in certificate.limits:
        terminal.pair("limit", visible(limit, limit=300))
