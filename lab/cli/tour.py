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
    kills: int
    random: random.Random
    killed: int = 0
    failure: Exception | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, first_up: threading.Event, found: list[Exchange]) -> None:
        """Keep an exchange up until told that the walk is over; kill it now and then."""
        try:
            while not self._over.is_set():
                with exchange(self.state, port=self.port, clock_control=True) as running:
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


@contextmanager
def stage(state: Path | None, kills: int, seed: int) -> Iterator[tuple[Exchange, Mortal]]:
    """Run the exchange of a tour until the block ends. Raises what starting it raised."""
    with ExitStack() as stack:
        folder = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tour-")))
        mortal = Mortal(folder, free_ports(), kills, random.Random(seed))  # noqa: S311 - moments
        first_up, found = threading.Event(), list[Exchange]()
        keeper = threading.Thread(target=mortal.run, args=(first_up, found), daemon=True)
        keeper.start()
        first_up.wait()
        try:
            if mortal.failure is not None:
                raise mortal.failure
            yield found[0], mortal
        finally:
            mortal.end()
            keeper.join(JOIN_SECONDS)
        if mortal.failure is not None:
            raise mortal.failure


def walk(running: Exchange, further: list[str]) -> int:
    """Run the visitor to the end and return its exit code."""
    command = [
        sys.executable, "-m", "reference_impl.tour", "--gateway", running.gateway, "--status",
        running.status, "--credentials", str(running.credentials), *further,
    ]  # fmt: skip
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        return child.wait()
    finally:
        stop(child)


def tour(state: Path | None, kills: int, seed: int, further: list[str]) -> tuple[int, int, float]:
    """Start, walk, stop; return exit code, kills that happened, and seconds of the walk."""
    with stage(state, kills, seed) as (running, mortal):
        started = time.monotonic()
        code = walk(running, further)
        return code, mortal.killed, time.monotonic() - started
