"""Processes the command line starts: the exchange and other ``mafalab`` commands.

Everything started here is stopped here, also when we are interrupted or terminated.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from lab.model.errors import EnvironmentFault

READY_SECONDS = 60.0
STOP_SECONDS = 5.0
_PORTS = range(20000, 32000, 3)  # below the ephemeral range, so that clients do not take them
_TRIES = 200


@dataclass(frozen=True)
class Exchange:
    """A running reference exchange, as its readiness line describes it."""

    gateway: str
    services: str
    status: str
    credentials: Path
    pid: int


@dataclass(frozen=True)
class Ended:
    """A finished command."""

    code: int
    out: str
    err: str
    seconds: float


def free_ports() -> int:
    """Return N such that N, N+1 and N+2 are free on loopback now."""
    for port in random.sample(_PORTS, min(_TRIES, len(_PORTS))):
        if all(_is_free(port + step) for step in range(3)):
            return port
    raise EnvironmentFault(
        "No three free ports in a row between 20000 and 32000.",
        code="MFL-E030",
        fix="Stop programs that listen on this machine.",
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def exchange(
    state: Path,
    *,
    faults: tuple[str, ...] = (),
    seed: int = 1401,
    port: int | None = None,
    trusted_proxy: str | None = "witness.proxy",
    further: Sequence[str] = (),
) -> Iterator[Exchange]:
    """Run the reference exchange until the block ends; EnvironmentFault when it does not start.

    `further` are options of `python -m reference_impl.topology up`.
    """
    state.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "reference_impl.topology", "up", "--state", str(state),
        "--port", str(port or free_ports()), "--seed", str(seed),
    ]  # fmt: skip
    for fault in faults:
        command += ["--fault", fault]
    if trusted_proxy:
        command += ["--trusted-proxy", trusted_proxy]
    command += further
    log = state / "exchange.log"
    with log.open("ab") as sink:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sink
        )
        try:
            yield _ready(child, log)
        finally:
            stop(child)
            if child.stdout is not None:
                child.stdout.close()


def _ready(child: subprocess.Popen[bytes], log: Path) -> Exchange:
    line = _first_line(child, time.monotonic() + READY_SECONDS)
    try:
        said = json.loads(line)
        return Exchange(
            gateway=str(said["gateway"]),
            services=str(said["services"]),
            status=str(said["status"]),
            credentials=Path(said["credentials"]),
            pid=child.pid,
        )
    except (ValueError, KeyError, TypeError) as error:
        last = log.read_text("utf-8", "replace").splitlines()[-5:]
        raise EnvironmentFault(
            "The reference exchange did not become ready.",
            code="MFL-E031",
            where=str(log),
            fix="\n".join(["It said:", *last]),
        ) from error


def _first_line(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    if child.stdout is None:
        return b""
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
            break
        piece = os.read(child.stdout.fileno(), 4096)
        if not piece:
            break
        line += piece
    return line


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child politely, then by force; returns when it is gone."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def kill(pid: int) -> None:
    """End a process as a power cut would: no signal handler runs."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def mafalab(*arguments: str | Path, cwd: Path | None = None, limit: float = 600.0) -> Ended:
    """Run one of our own commands to its end, in its own process group."""
    command = [sys.executable, "-m", "lab.cli.main", *(str(part) for part in arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"}
    started = time.monotonic()
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )
    try:
        out, err = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(
            f"{' '.join(command[2:])} did not end within {limit:.0f} s.", code="MFL-E032"
        ) from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    return Ended(
        child.returncode,
        out.decode("utf-8", "replace"),
        err.decode("utf-8", "replace"),
        time.monotonic() - started,
    )


@contextmanager
def ends_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that `finally` blocks stop our children."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
