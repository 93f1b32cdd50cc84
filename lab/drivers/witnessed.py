"""The witness and the client as child processes: started by command, bounded, always stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from lab.drivers.scenario_model import Scenario
from lab.model.errors import EnvironmentFault, EvidenceDamaged, UsageError
from lab.model.exchange import BodyRef, Exchange

EXCHANGES = "exchanges.ndjson"
BODIES = "bodies"
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
SHOWN_OUTPUT = 20_000


@dataclass(frozen=True)
class ClientRun:
    """How a command ended; `output` is the bounded end of what it printed."""

    exit_code: int | None
    output: str
    timed_out: bool


def run_command(command: Sequence[str], seconds: float) -> ClientRun:
    """Run a command in its own process group with a deadline; its children end with it.

    UsageError when there is no such program: the person who wrote the command mends it.
    """
    with tempfile.TemporaryFile() as sink:
        try:
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UsageError(
                f'the command "{command[0]}" cannot be started: {error.strerror}',
                code="MFL-U034",
                where=" ".join(command)[:500],
                fix="correct the command in [ixit]; paths are relative to where you run mafalab",
                sentence_fa="فرمان برنامهٔ شما اجرا نشد؛ مسیر آن را در ixit درست کنید.",
            ) from error
        timed_out = False
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            _end_group(child)
        return ClientRun(child.returncode, _tail(sink), timed_out)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # the group is gone: nothing left to end
        os.killpg(child.pid, signal.SIGTERM if child.poll() is None else signal.SIGKILL)
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _tail(sink: IO[bytes]) -> str:
    size = sink.seek(0, os.SEEK_END)
    sink.seek(max(0, size - SHOWN_OUTPUT))
    return sink.read(SHOWN_OUTPUT).decode("utf-8", "replace")


class Witness:
    """A witness process: started on entering, stopped on leaving, waited for at the first `url`."""

    def __init__(
        self, gateway: str, credentials: Path, out: Path, scenario: Scenario, port: int = 0
    ) -> None:
        self._out = out
        self._command = [
            sys.executable, "-m", "lab.capture.witness",
            "--listen", str(port), "--upstream", gateway, "--credentials", str(credentials),
            "--out", str(out), "--case-id", scenario.case_id,
        ]  # fmt: skip
        if scenario.wire:
            self._command += ["--scenario", scenario.source]
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._url = ""

    def __enter__(self) -> Self:
        self._errors = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """Address for the client; EnvironmentFault when the witness does not get ready."""
        if not self._url and self._child is not None:
            self._url = self._await_ready(self._child)
        return self._url

    @property
    def seen(self) -> int:
        """Exchanges in the log so far."""
        path = self._out / EXCHANGES
        return path.read_bytes().count(b"\n") if path.is_file() else 0

    def _await_ready(self, child: subprocess.Popen[bytes]) -> str:
        end = time.monotonic() + READY_SECONDS
        line = b""
        if child.stdout is not None:
            while not line.endswith(b"\n") and (left := end - time.monotonic()) > 0:
                readable, _, _ = select.select([child.stdout], [], [], left)
                part = os.read(child.stdout.fileno(), 4096) if readable else b""
                if not part:
                    break
                line += part
        with contextlib.suppress(ValueError, KeyError, TypeError):  # said something else: below
            return str(json.loads(line)["listen"])
        said = _tail(self._errors) if self._errors else ""
        raise EnvironmentFault(
            f"the witness did not start within {READY_SECONDS:.0f} s: {said[-500:].strip()}",
            code="MFL-E033",
            where=" ".join(self._command)[:500],
            fix="run that command by hand to see why",
            sentence_fa="شاهد ترافیک راه نیفتاد؛ محصول شما مقصر نیست.",
        )

    def _stop(self) -> None:
        child = self._child
        if child is not None:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout is not None:
                child.stdout.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None


def captured(path: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a witness's log; a half last line was never answered and is left."""
    if not path.is_file():
        return
    with path.open("rb") as source:
        for number, line in enumerate(source, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Exchange.model_validate_json(line)
            except ValueError as error:
                raise EvidenceDamaged(
                    f"line {number} of the captured log is not an exchange",
                    code="MFL-V021",
                    where=str(path),
                    fix="run the scenario again; do not edit the log",
                ) from error


def captured_body(directory: Path, ref: BodyRef) -> bytes:
    """Return a captured body; EvidenceDamaged when it does not match its hash."""
    path = directory / ref.sha256
    content = path.read_bytes() if path.is_file() else b""
    if len(content) != ref.size or hashlib.sha256(content).hexdigest() != ref.sha256:
        raise EvidenceDamaged(
            f"captured body {ref.sha256[:12]} does not match its hash",
            code="MFL-V022",
            where=str(path),
            fix="run the scenario again; do not edit the bodies",
        )
    return content
