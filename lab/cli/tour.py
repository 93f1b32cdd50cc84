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

JOIN_SECONDS = 60.0
LONGEST_DELAY = 0.4
"""A kill follows a line of the walk by up to so many seconds: in the middle of what comes next."""
WHOLE_TEXT, WHOLE_JSON, WHOLE_CHAPTERS = 1100, 250, 18
"""Lines and chapters of a whole walk, about: kills fall somewhere in them."""


class Progress:
    """How many lines the walk has told; one writes, one waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines = 0
        self._over = False

    def told(self) -> None:
        """Count a line."""
        with self._changed:
            self._lines += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Say that the walk is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def reached(self, lines: int | None) -> bool:
        """Wait until so many lines are told, or the walk is over; say whether it still goes on."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._over or (lines is not None and self._lines >= lines)
            )
            return not self._over


@dataclass
class Mortal:
    """An exchange that is killed and started again at given lines of the walk, by one thread."""

    state: Path
    port: int
    options: tuple[str, ...]
    moments: list[tuple[int, float]]
    progress: Progress = field(default_factory=Progress)
    killed: int = 0
    failure: Exception | None = None

    def run(self, first_up: threading.Event, found: list[Exchange]) -> None:
        """Keep an exchange up until told that the walk is over; kill it at its moments."""
        try:
            going = True
            while going:
                with exchange(self.state, port=self.port, further=self.options) as running:
                    if not found:
                        found.append(running)
                        first_up.set()
                    going = self._life(running)
        except Exception as error:  # noqa: BLE001 - carried to the main thread, raised there
            self.failure = error
            first_up.set()

    def _life(self, running: Exchange) -> bool:
        """Wait for the next moment and kill; say whether another life follows."""
        if self.killed >= len(self.moments):
            return self.progress.reached(None)
        line, delay = self.moments[self.killed]
        if not self.progress.reached(line):
            return False
        time.sleep(delay)
        kill(running.pid)
        self.killed += 1
        return True


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
        mortal = Mortal(folder, free_ports(), options, moments(order))
        first_up, found = threading.Event(), list[Exchange]()
        keeper = threading.Thread(target=mortal.run, args=(first_up, found), daemon=True)
        keeper.start()
        first_up.wait()
        try:
            if mortal.failure is not None:
                raise mortal.failure
            yield found[0], mortal, register
        finally:
            mortal.progress.end()
            keeper.join(JOIN_SECONDS)
        if mortal.failure is not None:
            raise mortal.failure


def _register(folder: Path) -> Path:
    """Make the folder a laboratory publishes into; it lists nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.toml").write_text("only = false\n", "utf-8")
    return folder


def moments(order: Order) -> list[tuple[int, float]]:
    """Return when to kill: after which line of the walk, and how long after it."""
    whole = WHOLE_JSON if "--json" in order.visitor else WHOLE_TEXT
    told = order.visitor.count("--chapter") or WHOLE_CHAPTERS
    chance = random.Random(order.seed)  # noqa: S311 - moments, no secrets
    lines = sorted(chance.randrange(whole * told // WHOLE_CHAPTERS) for _ in range(order.kills))
    return [(line, chance.uniform(0, LONGEST_DELAY)) for line in lines]


def walk(
    running: Exchange, register: Path, visitor: tuple[str, ...], progress: Progress | None
) -> int:
    """Run the visitor to the end and return its exit code; `progress` hears its lines."""
    command = [
        sys.executable, "-m", "reference_impl.tour", "--gateway", running.gateway, "--status",
        running.status, "--credentials", str(running.credentials), "--register", str(register),
        *visitor,
    ]  # fmt: skip
    heard = subprocess.PIPE if progress is not None else None
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=heard)
    try:
        for line in child.stdout or ():
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
            if progress is not None:
                progress.told()
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
        progress = mortal.progress if order.kills else None
        code = walk(running, register, order.visitor, progress)
        return Walked(code, mortal.killed, time.monotonic() - started)
