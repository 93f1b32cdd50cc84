"""`python -m reference_impl.topology up`: the reference exchange, in one process or many.

Prints one JSON line when ready, logs JSON lines to stderr, stops on SIGTERM or SIGINT. Exit 0
stopped, 2 started wrongly (port taken, state or database unusable, unknown fault), 3 a service's
process died; 2 and 3 with one message. `migrate` brings the tables up to date without serving.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from fixtures import PackDamaged
from reference_impl.faults.points import UndeclaredPoint, resolve
from reference_impl.gateway.register import PRODUCTS
from reference_impl.pki.kit import Authority, DamagedState
from reference_impl.platform.clock import SharedClock
from reference_impl.platform.databases import DatabaseUnusable
from reference_impl.platform.schema_version import SchemaTooNew
from reference_impl.topology import processes, structured_log
from reference_impl.topology.doors import SharedDoors
from reference_impl.topology.exchange import SUBJECT, Exchange, Settings
from reference_impl.topology.processes import ServiceDied
from reference_impl.topology.servers import HOST, PortTaken, bind, serve

USAGE, DIED = 2, 3
UNUSABLE = (
    PortTaken,
    DamagedState,
    DatabaseUnusable,
    SchemaTooNew,
    UndeclaredPoint,
    PackDamaged,
    OSError,
    ValueError,
)
LAST_FIRST_PORT = 65533


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _options(arguments)
    structured_log.configure(verbose=options.verbose)
    state = Path(options.state).absolute()
    try:
        with _only_user(state):
            _migrate(state, options) if options.command == "migrate" else _up(state, options)
    except ServiceDied as error:
        sys.stderr.write(f"exchange: {error}\n")
        return DIED
    except UNUSABLE as error:
        sys.stderr.write(f"exchange: {error}\n")
        return USAGE
    return 0


def _up(state: Path, options: argparse.Namespace) -> None:
    listeners = bind(options.port)
    settings = replace(
        _settings(state, options, listeners.status_url),
        faults=resolve(options.fault),
        trusted_proxies=tuple(options.trusted_proxy),
        clock=SharedClock(state / "db" / "clock") if options.clock_control else None,
        register=_register(options.register),
        doors=SharedDoors(state / "db" / "doors") if options.peer_control else None,
        subjects=tuple(options.subject or (SUBJECT,)),
    )
    addresses = state / "exchange.json"
    told = {
        "ready": True,
        "gateway": f"https://{HOST}:{listeners.port}",
        "services": f"https://{HOST}:{listeners.port + 1}",
        "status": listeners.status_url,
    }

    def ready(authority: Authority) -> None:
        line = {**told, "credentials": str(authority.credentials)}
        addresses.write_text(json.dumps(line), "utf-8")
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    try:
        if options.workers > 1:
            processes.up_workers(
                settings,
                listeners,
                ready,
                count=options.workers,
                clock_control=options.clock_control,
            )
        elif options.processes:
            processes.up(settings, listeners, ready, clock_control=options.clock_control)
        else:
            exchange = Exchange(settings)
            uvloop.run(
                serve(
                    exchange,
                    listeners,
                    lambda: ready(exchange.authority),
                    clock_control=options.clock_control,
                )
            )
    finally:
        addresses.unlink(missing_ok=True)


def _settings(state: Path, options: argparse.Namespace, status_url: str | None) -> Settings:
    databases = state / "db"
    databases.mkdir(parents=True, exist_ok=True)
    _check_seed(databases / "seed", options.seed)
    return Settings(
        state=state,
        seed=options.seed,
        databases=databases,
        status_url=status_url,
        database_url=options.database,
    )


def _migrate(state: Path, options: argparse.Namespace) -> None:
    """Open every store, which brings it up to date, and say from where to where."""
    exchange = Exchange(_settings(state, options, None))
    for name, store in sorted(exchange.databases.stores.items()):
        if store.migrated is not None:
            before, after = store.migrated
            line = {"store": name, "from": before, "to": after}
            sys.stdout.write(json.dumps(line) + "\n")
    exchange.close()


@contextlib.contextmanager
def _only_user(state: Path) -> Iterator[None]:
    """Hold the state directory; two exchanges on one would renew each other's certificates."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        (state / ".running.lock").touch()
    except OSError as error:
        raise DamagedState(
            f"the state directory {state} cannot be used ({error.strerror}). "
            "Choose another --state directory that you may write to."
        ) from error
    with (state / ".running.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DamagedState(
                f"{state} is in use by another running exchange. "
                "Stop it, or choose another --state directory."
            ) from error
        yield


def _register(folder: str | None) -> Path | None:
    if folder is None:
        return None
    path = Path(folder).absolute()
    if not (path / PRODUCTS).is_file():
        raise DamagedState(
            f"{path} is no register: it has no {PRODUCTS}. Give the folder of the laboratory's "
            "certificates with that file, or leave --register away."
        )
    return path


def _check_seed(record: Path, seed: int) -> None:
    """Refuse another seed on existing data, which was made from the first one."""
    if not record.exists():
        record.write_text(f"{seed}\n", "ascii")
        return
    before = record.read_text("ascii").strip()
    if before != str(seed):
        raise DamagedState(
            f"{record.parent.parent} holds data of seed {before}, not {seed}. "
            f"Pass --seed {before}, or choose another --state directory."
        )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reference_impl.topology")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the whole exchange on loopback")
    migrate = commands.add_parser("migrate", help="bring the tables up to date and end")
    for command in (up, migrate):
        command.add_argument(
            "--state", required=True, metavar="DIR", help="certificates and databases"
        )
        command.add_argument(
            "--database", metavar="URL", help="postgresql://... instead of SQLite files in DIR"
        )
        command.add_argument("--seed", type=int, default=1401, help="seed of the synthetic world")
        command.add_argument("--verbose", action="store_true", help="log more to stderr")
    _only_up(up)
    return parser.parse_args(arguments)


def _only_up(up: argparse.ArgumentParser) -> None:
    up.add_argument(
        "--port", type=_port, default=8443, metavar="N", help="first of three; 0 = free"
    )
    up.add_argument(
        "--fault", action="append", default=[], metavar="ID", help="FLT-..., VAR-... or a point"
    )
    up.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="NAME",
        help="identity of the kit whose Client-Cert header is believed, e.g. witness.proxy",
    )
    up.add_argument(
        "--register", metavar="DIR", help="folder of a laboratory's certificates and status list"
    )
    up.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="SERVICE",
        help="service that faults of the platform and variants act on (purchaser)",
    )
    split = up.add_mutually_exclusive_group()
    split.add_argument("--processes", action="store_true", help="one process per service")
    split.add_argument(
        "--workers",
        type=int,
        choices=range(1, 65),
        default=1,
        metavar="N",
        help="processes that each hold the whole exchange and share the load",
    )
    up.add_argument(
        "--clock-control",
        action="store_true",
        help='POST {"advance": SECONDS} to /clock of the status address moves the time',
    )
    up.add_argument(
        "--peer-control",
        action="store_true",
        help="POST to /peers of the status address takes services away (docs/wire.md)",
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_FIRST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and {LAST_FIRST_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
