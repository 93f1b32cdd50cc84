"""How each calibration subject is described to a campaign: one `sut.toml` per subject."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import quote

from lab.campaign import RunRequest
from lab.kit.contract import load_contracts
from lab.kit.rehearsal import Rehearsal
from lab.model.roles import role_of
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.work import Work

_IN_PROCESS = "reference_impl.topology.inprocess:create"
_MECHANICAL = "reference_impl.topology.mechanical:create"
_CLOCK, _PEERS = "/clock", "/peers"
_ITSELF = "https://inprocess.invalid"  # in process the services have the address of the gateway
_NULLS = "reference_impl.faults.nulls:create"
_PATIENCE = 0.05  # seconds until a silent program gives a connection up


def _server(subject: Subject, state: Path, note: Path) -> list[str]:
    place = quote(str(state))
    mounted = load_contracts("erx-1401").services
    services = ",".join(s for s in role_of(subject.role).services if s in mounted)
    if subject.kind is SubjectKind.NULL:
        app = f"{_NULLS}?state={place}&kind={quote(subject.point)}"
        if subject.point == "silent":
            app += f"&seconds={_PATIENCE}"
    elif subject.kind is SubjectKind.REFERENCE:
        app = f"{_IN_PROCESS}?state={place}&subject={services}"
    elif subject.kind is SubjectKind.MECHANICAL:
        app = f"{_MECHANICAL}?state={place}&mutant={quote(subject.point)}&note={quote(str(note))}"
    else:
        app = f"{_IN_PROCESS}?state={place}&subject={services}&fault={quote(subject.id)}"
    rows = {"asgi": app, "clock_control": _CLOCK}
    if role_of(subject.role).address == "gateway":
        rows |= {"services_url": _ITSELF, "peer_control": _PEERS}
    return [f"{key} = {json.dumps(value)}" for key, value in rows.items()]


def _client(subject: Subject, state: Path) -> list[str]:
    address = json.loads((state / "exchange.json").read_text("utf-8"))
    command = [
        sys.executable, "-m", "reference_impl.clients", "pharmacy",
        "--gateway", "{gateway}", "--credentials", "{credentials}", "--scenario", "{scenario}",
        "--prescription", "{prescription}", "--world-seed", "{world_seed}",
    ]  # fmt: skip
    if subject.kind is SubjectKind.NULL:
        command = [sys.executable, "-c", "raise SystemExit(0)"]
    elif subject.kind is not SubjectKind.REFERENCE:
        command += ["--fault", subject.id]
    return [
        f"gateway_url = {json.dumps(address['gateway'])}",
        f"environment_url = {json.dumps(address['services'])}",
        f"client_command = {json.dumps(command)}",
    ]


def profile_text(subject: Subject, state: Path, note: Path = Path()) -> str:
    """Return the `sut.toml` of a subject; `state` is the directory of the exchange.

    A mechanical mutant makes the file `note` when it has changed an answer.
    """
    if subject.kind is SubjectKind.MISCONFIGURATION:
        return live_text(subject, state)
    server = role_of(subject.role).is_server
    return _text(
        subject, state, _server(subject, state, note) if server else _client(subject, state)
    )


def request_of(
    work: Work, subject: Subject, place: Path, touched: tuple[str, ...] = ()
) -> RunRequest:
    """Return the campaign of a subject below `place`; of a mutant, `touched` are its cases."""
    examples, only = work.options(subject)
    plan = work.plans[subject.role]
    if subject.kind is SubjectKind.MISCONFIGURATION and not subject.expected_cases:
        # What must not be blamed shows in the short plan, or in the cases that are named.
        plan = plan.replace("-certification", "-smoke")
    return RunRequest(
        sut=place / "sut.toml",
        out=place / "campaign",
        plan=plan,
        seed=work.seed,
        kind="calibration",
        only=touched or only,
        catalogue=work.catalogue,
        examples=examples,
    )


def rehearsal_for(work: Work, subject: Subject) -> Rehearsal | None:
    """Return where the laws of a subject take their inputs from, None to draw them.

    The reference draws and keeps. Faults draw for themselves: they are tried on the inputs of the
    plan, and what is found is shrunk as in any campaign.
    """
    if subject.kind is SubjectKind.REFERENCE:
        return Rehearsal(recording=True)
    if subject.kind in {SubjectKind.FAULT, SubjectKind.MISCONFIGURATION} or work.whole:
        return None
    return Rehearsal.read(work.rehearsal_path(subject.role))


def live_text(subject: Subject, state: Path, *, controlled: bool = False) -> str:
    """Return the `sut.toml` of a server role at the running exchange of a state directory.

    `controlled`: the exchange was started with --clock-control and --peer-control.
    """
    exchange = json.loads((state / "exchange.json").read_text("utf-8"))
    found = role_of(subject.role)
    origin = exchange["gateway" if found.address == "gateway" else "services"]
    addresses = {
        "base_url": f"{origin}{found.base_path}",
        "environment_url": exchange["gateway"],
        "status_url": exchange["status"],
    }
    if controlled:
        addresses["clock_control"] = f"{exchange['status']}{_CLOCK}"
    if found.address == "gateway":
        addresses["services_url"] = exchange["services"]
        if controlled:
            addresses["peer_control"] = f"{exchange['status']}{_PEERS}"
    return _text(subject, state, [f"{key} = {json.dumps(url)}" for key, url in addresses.items()])


def _text(subject: Subject, state: Path, reached_by: list[str]) -> str:
    lines = [
        f"role = {json.dumps(subject.role)}",
        'pack = "erx-1401"',
        "",
        "[product]",
        'vendor = "calibration"',
        f"product = {json.dumps(subject.id)}",
        'version = "0"',
        "",
        "[ixit]",
        f"credentials = {json.dumps(str(state / 'credentials'))}",
        "deadline_seconds = 5.0",
        *reached_by,
    ]
    return "\n".join(lines) + "\n"
