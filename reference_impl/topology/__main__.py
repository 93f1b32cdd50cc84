"""`python -m reference_impl.topology up`: the reference exchange as one process.

Prints one JSON line when ready, logs to stderr, stops on SIGTERM or SIGINT. Exit 0 stopped,
2 started wrongly (port taken, state unusable, unknown fault), with one message.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvloop

from fixtures import PackDamaged
from reference_impl.faults.points import UndeclaredPoint, resolve
from reference_impl.gateway.register import PRODUCTS
from reference_impl.pki.kit import DamagedState
from reference_impl.topology.exchange import SUBJECT, Exchange, Settings
from reference_impl.topology.servers import HOST, Listeners, PortTaken, bind, serve

USAGE = 2
LAST_FIRST_PORT = 65533


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _options(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    state = Path(options.state).absolute()
    try:
        listeners = bind(options.port)
        with _only_user(state):
            _up(state, listeners, options)
    except (PortTaken, DamagedState, UndeclaredPoint, PackDamaged, OSError, ValueError) as error:
        sys.stderr.write(f"exchange: {error}\n")
        return USAGE
    return 0


def _up(state: Path, listeners: Listeners, options: argparse.Namespace) -> None:
    databases = state / "db"
    databases.mkdir(parents=True, exist_ok=True)
    _check_seed(databases / "seed", options.seed)
    exchange = Exchange(
        Settings(
            state=state,
            seed=options.seed,
            faults=resolve(options.fault),
            databases=databases,
            status_url=listeners.status_url,
            trusted_proxies=tuple(options.trusted_proxy),
            register=_register(options.register),
            subjects=tuple(options.subject or (SUBJECT,)),
        )
    )
    line = {
        "ready": True,
        "gateway": f"https://{HOST}:{listeners.port}",
        "services": f"https://{HOST}:{listeners.port + 1}",
        "status": listeners.status_url,
        "credentials": str(exchange.authority.credentials),
    }

    addresses = state / "exchange.json"

    def ready() -> None:
        addresses.write_text(json.dumps(line), "utf-8")
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    try:
        uvloop.run(serve(exchange, listeners, ready))
    finally:
        addresses.unlink(missing_ok=True)


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
    up.add_argument("--state", required=True, metavar="DIR", help="certificates and databases")
    up.add_argument(
        "--port", type=_port, default=8443, metavar="N", help="first of three; 0 = free"
    )
    up.add_argument("--seed", type=int, default=1401, help="seed of the synthetic world")
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
    up.add_argument("--verbose", action="store_true", help="log more to stderr")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_FIRST_PORT:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and {LAST_FIRST_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
