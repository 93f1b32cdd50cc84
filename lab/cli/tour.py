"""`mafalab exchange tour`: start an exchange, walk through every flow, stop it.

The walk itself is `python -m reference_impl.tour`, started as a visitor would start it. Kills are
SIGKILL to the exchange at random moments of the walk; it is started again on the same state and the
walk goes on where it was: what was accepted must be there, once.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.cli.children import Exchange, exchange, free_ports, kill, stop

SHORTEST_LIFE, LONGEST_LIFE = 0.2, 3.0
JOIN_SECONDS = 60.0


@dataclass
class Mortal:
    """An exchange that is killed and started again at random moments, by one thread."""

    state: Path
    port: int
    options: tuple[str, ...]
    kills: int
    random: random.Random
    killed: int = 0
    failure: Exception | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, first_up: threading.Event, found: list[Exchange]) -> None:
        """Keep an exchange up until told that the walk is over; kill it now and then."""
        try:
            while not self._over.is_set():
                with exchange(self.state, port=self.port, further=self.options) as running:
                    if not found:
                        found.append(running)
                        first_up.set()
                    if self.killed >= self.kills:
                        self._over.wait()
                        return
                    self._over.wait(self.random.uniform(SHORTEST_LIFE, LONGEST_LIFE))
                    if not self._over.is_set():
                        kill(running.pid)
                        self.killed += 1
        except Exception as error:  # noqa: BLE001 - carried to the main thread, raised there
            self.failure = error
            first_up.set()

    def end(self) -> None:
        """Say that the walk is over."""
        self._over.set()


@dataclass(frozen=True)
class Order:
    """What to run: the exchange's own options, the visitor's, and when to kill."""

    state: Path | None = None
    exchange: tuple[str, ...] = ()
    visitor: tuple[str, ...] = ()
    kills: int = 0
    seed: int = 1401


@dataclass(frozen=True)
class Walked:
    """How a tour came out."""

    code: int
    killed: int
    seconds: float


@contextmanager
def stage(order: Order) -> Iterator[tuple[Exchange, Mortal, Path]]:
    """Run the exchange of a tour until the block ends. Raises what starting it raised.

    Yields it with its keeper and the folder of its register of certified software.
    """
    with ExitStack() as stack:
        folder = order.state or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tour-"))
        )
        register = _register(folder / "register")
        options = ("--clock-control", "--register", str(register), *order.exchange)
        moments = random.Random(order.seed)  # noqa: S311 - moments of kills
        mortal = Mortal(folder, free_ports(), options, order.kills, moments)
        first_up, found = threading.Event(), list[Exchange]()
        keeper = threading.Thread(target=mortal.run, args=(first_up, found), daemon=True)
        keeper.start()
        first_up.wait()
        try:
            if mortal.failure is not None:
                raise mortal.failure
            yield found[0], mortal, register
        finally:
            mortal.end()
            keeper.join(JOIN_SECONDS)
        if mortal.failure is not None:
            raise mortal.failure


def _register(folder: Path) -> Path:
    """Make the folder a laboratory publishes into; it lists nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.toml").write_text("only = false\n", "utf-8")
    return folder


def walk(running: Exchange, register: Path, visitor: tuple[str, ...]) -> int:
    """Run the visitor to the end and return its exit code."""
    command = [
        sys.executable, "-m", "reference_impl.tour", "--gateway", running.gateway, "--status",
        running.status, "--credentials", str(running.credentials), "--register", str(register),
        *visitor,
    ]  # fmt: skip
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        return child.wait()
    finally:
        stop(child)


def chapters() -> int:
    """Let the visitor list the chapters."""
    command = [sys.executable, "-m", "reference_impl.tour", "--list"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def tour(order: Order) -> Walked:
    """Start, walk, stop."""
    with stage(order) as (running, mortal, register):
        started = time.monotonic()
        code = walk(running, register, order.visitor)
        return Walked(code, mortal.killed, time.monotonic() - started)
