"""`mafalab exchange`: the reference exchange on loopback, started as its own process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The reference exchange on loopback."
)
State = Annotated[Path, typer.Option("--state", help="Directory of certificates and databases.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", help="postgresql://USER@HOST/NAME instead of SQLite files in the state."
    ),
]
DEFAULT_STATE = Path(".mafalab/exchange")
STATUS_SECONDS = 2.0
ADDRESSES = "exchange.json"
USAGE, NOT_RUNNING = 2, 1


@app.command("up")
def up(
    state: State = DEFAULT_STATE,
    port: Annotated[
        int, typer.Option("--port", help="First of three ports; 0 finds free ones.")
    ] = 8443,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the synthetic world.")] = 1401,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="FLT-..., VAR-... or a fault point.")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", help="Proxy whose Client-Cert header is believed."),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option("--register", help="Folder of a laboratory's certificates and status list."),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", help="Service that platform faults act on; purchaser."),
    ] = None,
    database: Database = None,
    processes: Annotated[
        bool, typer.Option("--processes", help="One process per service instead of one for all.")
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, max=64, help="Copies of the whole exchange that share the load."
        ),
    ] = 1,
    clock_control: Annotated[
        bool,
        typer.Option(
            "--clock-control",
            help='Let POST {"advance": SECONDS} to /clock of the status address move the time.',
        ),
    ] = False,
    peer_control: Annotated[
        bool,
        typer.Option(
            "--peer-control",
            help="Let POST to /peers of the status address take services away (docs/wire.md).",
        ),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log refusals too, as JSON lines on stderr.")
    ] = False,
) -> None:
    """Start gateway, services and PKI on this machine; Ctrl-C stops them.

    Listens on 127.0.0.1 only: PORT gateway, PORT+1 services (both mutual TLS), PORT+2 status (OCSP,
    CRL, time stamps, health, readiness, metrics). People, centres and patients are synthetic.

    Exit 0: stopped as asked. Exit 2: port taken, directory or database unusable, unknown fault.
    Exit 3: the process of a service died.

    Example: mafalab exchange up --state /tmp/exchange --port 0
    """
    command = [sys.executable, "-m", "reference_impl.topology", "up"]
    command += ["--state", str(state), "--port", str(port), "--seed", str(seed)]
    listed = (("--fault", fault), ("--trusted-proxy", trusted_proxy), ("--subject", subject))
    for option, values in listed:
        for value in values or ():
            command += [option, value]
    if register is not None:
        command += ["--register", str(register)]
    command += ["--database", database] if database else []
    command += ["--workers", str(workers)] if workers > 1 else []
    for flag, wanted in (
        ("--processes", processes),
        ("--clock-control", clock_control),
        ("--peer-control", peer_control),
        ("--verbose", verbose),
    ):
        command += [flag] if wanted else []
    raise typer.Exit(_follow(command, state))


@app.command("migrate")
def migrate(
    state: State = DEFAULT_STATE,
    database: Database = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the synthetic world.")] = 1401,
) -> None:
    """Bring the tables of a stopped exchange up to date; `up` does the same when it starts.

    Prints one line of JSON per store: its revision before (null: new) and after.

    Exit 0: up to date. Exit 2: in use, unusable, or written by a later release.

    Example: mafalab exchange migrate --state /tmp/exchange
    """
    command = [sys.executable, "-m", "reference_impl.topology", "migrate"]
    command += ["--state", str(state), "--seed", str(seed)]
    command += ["--database", database] if database else []
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    raise typer.Exit(done.returncode)


@app.command("tour")
def tour(
    state: Annotated[
        Path | None, typer.Option("--state", help="Directory to keep; default: a temporary one.")
    ] = None,
    chapter: Annotated[
        list[str] | None, typer.Option("--chapter", help="Tell only this chapter (repeatable).")
    ] = None,
    kills: Annotated[
        int, typer.Option("--kills", min=0, max=100, help="SIGKILL the exchange N times meanwhile.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the moments of the kills.")] = 1401,
    database: Database = None,
    processes: Annotated[
        bool, typer.Option("--processes", help="One process per service instead of one for all.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per step.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the chapters and end.")] = False,
) -> None:
    """Walk through every flow of the exchange, told step by step, on real HTTPS.

    Each step shows who sent which message to whom and how it came out. At the end the books of
    prescribers, pharmacies, insurers and the record are held against each other. With --kills the
    exchange is killed and restarted at random moments of the walk; the books must still agree.

    Exit: 0 all as told and no difference, 1 not, 2 usage, 3 the exchange could not be run.

    Example: mafalab exchange tour --chapter prescribing
    """
    from lab.cli import tour as touring
    from lab.cli.children import ends_on_sigterm
    from lab.cli.terminal import err

    if listed:
        raise typer.Exit(touring.chapters())
    visitor = [part for name in chapter or () for part in ("--chapter", name)]
    options = ["--database", database] if database else []
    order = touring.Order(
        state,
        exchange=(*options, *(["--processes"] if processes else [])),
        visitor=(*visitor, *(["--json"] if as_json else [])),
        kills=kills,
        seed=seed,
    )
    with ends_on_sigterm():
        walked = touring.tour(order)
    err().say(f"{walked.seconds:.0f} s, {walked.killed} kills, seed {seed}.")
    if walked.code == 0 and walked.killed < kills:
        err().say(f"Only {walked.killed} of {kills} kills happened before the walk ended.")
        raise typer.Exit(1)
    raise typer.Exit(walked.code)


@app.command("status")
def status(
    state: State = DEFAULT_STATE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Tell whether an exchange runs on a state directory, and where.

    Exit 0: running. Exit 1: not running.

    Example: mafalab exchange status --state /tmp/exchange
    """
    from lab.cli.terminal import err, out, print_json, visible

    addresses = _recorded(state / ADDRESSES)
    health = _health(addresses.get("status", ""))
    if as_json:
        print_json({"running": health is not None, "addresses": addresses, "health": health})
    elif health is None:
        err().say(visible(f"No exchange answers for {state}."))
        err().say(f"  Start one: mafalab exchange up --state {visible(str(state))}")
        err().persian("تبادل مرجع روی این پوشه در حال اجرا نیست.")
    else:
        out().say("The exchange is running.", "pass")
        _print_addresses(addresses)
        for name, count in sorted(health.get("messages", {}).items()):
            out().pair("seen", visible(f"{name}: {count}", limit=200))
    raise typer.Exit(0 if health is not None else NOT_RUNNING)


def _follow(command: list[str], state: Path) -> int:
    """Run the child to its end; pass our signals on and return its exit code."""
    from lab.cli.terminal import out

    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:

        def pass_on(number: int, _frame: FrameType | None) -> None:
            if child.poll() is None:
                child.send_signal(number)

        before = {n: signal.signal(n, pass_on) for n in (signal.SIGTERM, signal.SIGINT)}
        try:
            line = child.stdout.readline() if child.stdout is not None else b""
            if line:
                _announce(json.loads(line), state)
            code = child.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if line and code == 0:
        out().say("Stopped.")
    return code if code >= 0 else USAGE + 1


def _announce(addresses: dict[str, Any], state: Path) -> None:
    from lab.cli.terminal import out, visible

    screen = out()
    screen.say("The exchange is ready (synthetic people only).", "pass")
    _print_addresses(addresses)
    kit = visible(str(addresses.get("credentials", "")))
    screen.say("Next, in another terminal:")
    screen.say(
        f"  curl --cacert {kit}/trust.pem --cert {kit}/office-1.token/chain.pem "
        f"--key {kit}/office-1.token/key.pem {addresses.get('gateway')}/ditas/gateway/v1/catalogue"
    )
    screen.say("      reaches the gateway; it asks for the seal (docs/wire.md)")
    screen.say(
        f"  {sys.executable} -m reference_impl.clients prescriber "
        f"--gateway {addresses.get('gateway')} --credentials {kit}"
    )
    screen.say("      a prescriber program writes a prescription")
    screen.say(f"  mafalab exchange status --state {visible(str(state))}")
    screen.say("      what has been seen so far")
    screen.persian("تبادل مرجع آماده است. برای توقف Ctrl-C را بزنید.")
    screen.say("Ctrl-C stops it.")


def _print_addresses(addresses: dict[str, Any]) -> None:
    from lab.cli.terminal import out, visible

    labels = {
        "gateway": "gateway",
        "services": "services",
        "status": "status",
        "credentials": "kit",
    }
    for name, label in labels.items():
        out().say(f"  {label:<10}{visible(str(addresses.get(name, '')), limit=500)}")


def _recorded(path: Path) -> dict[str, Any]:
    """Read the addresses an exchange wrote when it became ready; empty when there are none."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        # No file, or not ours: both mean that no exchange is known here.
        return {}
    return content if isinstance(content, dict) else {}


def _health(url: str) -> dict[str, Any] | None:
    """Ask the status address; None when nothing answers there."""
    if not url.startswith("http://127.0.0.1:"):
        return None
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=STATUS_SECONDS) as answer:  # noqa: S310 - loopback only, checked above
            content = json.loads(answer.read(65536))
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
