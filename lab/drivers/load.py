"""Runs one open-model load in a process of its own and brings its samples back; judges nothing.

The arrival times are drawn here from the seed and written down before anything is sent. The child
(Locust, which patches the standard library and therefore never lives in our process) dispatches at
those times whatever the product does, so a stall of the product is measured and not hidden.
"""

from __future__ import annotations

import ipaddress
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from lab.model.errors import EnvironmentFault, HarnessDefect, UsageError
from lab.model.sut import SutProfile

MAX_ARRIVALS = 100_000
MAX_SECONDS = 3600.0
MAX_RATE = 200.0
STEPS_PER_ARRIVAL = 3
_START_SECONDS = 60.0
_MESSAGE_LINES = 12


@dataclass(frozen=True)
class LoadPlan:
    """Everything the generator needs, frozen before the run. Times are seconds from its start."""

    profile: str
    seed: int
    rate_per_second: float
    seconds: float
    base_url: str
    environment_url: str
    credentials: str
    deadline_seconds: float
    max_response_bytes: int
    in_flight_cap: int
    null_url: str
    arrivals: tuple[float, ...]


@dataclass(frozen=True)
class GeneratorReport:
    """What the generator says about itself; latencies in ms, `cpu_share` of one core."""

    planned: int
    sent: int
    completed: int
    max_in_flight: int
    lateness_p99_ms: float
    cpu_share: float
    null_before_p99_ms: float
    null_after_p99_ms: float
    crashed: int = 0
    setup_error: str = ""


@dataclass(frozen=True)
class LoadRun:
    """Raw outcome: the plan, one JSON line per request, and the generator's own report."""

    plan: LoadPlan
    samples: bytes
    report: GeneratorReport


def draw_arrivals(seed: int, rate_per_second: float, seconds: float) -> tuple[float, ...]:
    """Return arrival times of a seeded Poisson process; independent of what will be measured."""
    generator = random.Random(f"arrivals:{seed}")  # noqa: S311 - a schedule, not a secret
    times: list[float] = []
    at = generator.expovariate(rate_per_second)
    while at < seconds:
        times.append(round(at, 6))
        at += generator.expovariate(rate_per_second)
    return tuple(times)


def require_allowed_target(url: str, allowed_hosts: tuple[str, ...] = ()) -> None:
    """Refuse any target that is not loopback and was not allowed by name; UsageError."""
    host = urlsplit(url).hostname or ""
    if host in allowed_hosts or host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass  # a name other than localhost: decided by the list alone, never by its resolution
    raise UsageError(
        f'Load may not be sent to "{host}".',
        code="MFL-U020",
        where="[ixit] base_url",
        fix=f"Only loopback is allowed. For a machine that you own: --allow-host {host or 'HOST'}",
        sentence_fa="بار فقط به همین ماشین یا میزبانی که صریح اجازه داده‌اید فرستاده می‌شود.",
    )


def plan_load(
    sut: SutProfile,
    *,
    name: str,
    rate_per_second: float,
    seconds: float,
    seed: int,
    allowed_hosts: tuple[str, ...] = (),
) -> LoadPlan:
    """Freeze a load; UsageError when target, rate, time or count is out of bounds."""
    if sut.ixit.base_url is None:
        raise UsageError(
            "Load needs the address of a running service.",
            code="MFL-U021",
            where="[ixit] base_url",
            fix='base_url = "https://127.0.0.1:8444/purchaser/v1"',
        )
    require_allowed_target(sut.ixit.base_url, allowed_hosts)
    if not (0 < rate_per_second <= MAX_RATE and 0 < seconds <= MAX_SECONDS):
        raise UsageError(
            f"{rate_per_second:g}/s for {seconds:g} s is out of bounds.",
            code="MFL-U022",
            fix=f"At most {MAX_RATE:g}/s for {MAX_SECONDS:g} s.",
        )
    arrivals = draw_arrivals(seed, rate_per_second, seconds)
    if not 1 <= len(arrivals) <= MAX_ARRIVALS:
        raise UsageError(
            f"This load has {len(arrivals)} arrivals, 1 to {MAX_ARRIVALS} are possible.",
            code="MFL-U023",
            fix="Change rate or time.",
        )
    deadline = sut.ixit.deadline_seconds
    longest = STEPS_PER_ARRIVAL * deadline
    return LoadPlan(
        profile=name,
        seed=seed,
        rate_per_second=rate_per_second,
        seconds=seconds,
        base_url=sut.ixit.base_url,
        environment_url=sut.ixit.environment_url or "",
        credentials=sut.ixit.credentials,
        deadline_seconds=deadline,
        max_response_bytes=min(sut.ixit.max_response_bytes, 1024 * 1024),
        # Twice what Little's law gives when every step takes its full deadline: it never binds.
        in_flight_cap=max(64, math.ceil(2 * rate_per_second * longest)),
        null_url="",
        arrivals=arrivals,
    )


def run_load(plan: LoadPlan, directory: Path) -> LoadRun:
    """Run the generator to its end; EnvironmentFault when it breaks or does not end in time."""
    directory.mkdir(parents=True, exist_ok=True)
    samples, report = directory / "samples.ndjson", directory / "generator.json"
    samples.unlink(missing_ok=True)
    report.unlink(missing_ok=True)
    with null_server() as port:
        final = LoadPlan(**{**asdict(plan), "null_url": f"http://127.0.0.1:{port}/"})
        plan_file = directory / "load-plan.json"
        plan_file.write_text(json.dumps(asdict(final)), encoding="utf-8")
        _generate(final, plan_file, directory / "generator.log")
    said = _read_report(report, directory / "generator.log")
    if said.setup_error:
        raise EnvironmentFault(
            f"The load could not be prepared: {said.setup_error}",
            code="MFL-E022",
            where=plan.environment_url or plan.base_url,
            fix="mafalab doctor --sut sut.toml names what is not reachable.",
        )
    if said.crashed or not samples.is_file():
        raise HarnessDefect(
            f"{said.crashed} arrivals of the load generator crashed.",
            code="MFL-H020",
            where=str(directory / "generator.log"),
        )
    return LoadRun(final, samples.read_bytes(), said)


def _read_report(report: Path, log: Path) -> GeneratorReport:
    try:
        return GeneratorReport(**json.loads(report.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise EnvironmentFault(
            f"The load generator left no usable report: {error}",
            code="MFL-E021",
            where=str(log),
            fix="Read that file; run again on a quiet machine.",
        ) from error


def _generate(plan: LoadPlan, plan_file: Path, log: Path) -> None:
    limit = _START_SECONDS + plan.seconds * 1.5 + STEPS_PER_ARRIVAL * plan.deadline_seconds
    # Set-up asks the environment for one HID per arrival; give it a tenth of a second for each.
    limit += len(plan.arrivals) * 0.1
    command = [
        sys.executable, "-m", "locust", "-f", str(_user_file()), "--headless", "--users", "1",
        "--spawn-rate", "1", "--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "5",
        "--skip-log-setup", "--host", plan.base_url,
    ]  # fmt: skip
    environment = {**os.environ, "MAFALAB_LOAD_PLAN": str(plan_file)}
    environment.pop("PYTEST_ADDOPTS", None)
    with log.open("wb") as sink:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment
        )
        try:
            code = child.wait(limit)
        except subprocess.TimeoutExpired:
            raise EnvironmentFault(
                f"The load generator did not end within {limit:.0f} s.",
                code="MFL-E023",
                where=str(log),
                fix="Run on a quiet machine, or with a lower rate.",
            ) from None
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if code != 0:
        lines = log.read_text("utf-8", "replace").splitlines()[-_MESSAGE_LINES:]
        raise EnvironmentFault(
            f"The load generator ended with code {code}.",
            code="MFL-E024",
            where=str(log),
            fix="\n".join(["It said:", *lines]),
        )


@contextmanager
def null_server() -> Iterator[int]:
    """Run the null server as a child; yields its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "lab.drivers.null_server"], stdout=subprocess.PIPE
    ) as child:
        try:
            yield _announced_port(child.stdout.readline() if child.stdout else b"")
        finally:
            child.terminate()


def _announced_port(line: bytes) -> int:
    try:
        return int(json.loads(line)["port"])
    except (ValueError, KeyError) as error:
        raise EnvironmentFault(
            "The null server for calibration did not start.", code="MFL-E025"
        ) from error


def _user_file() -> Path:
    """Return the path of the Locust file; found, never imported, in the suites."""
    spec = find_spec("suites")
    for root in spec.submodule_search_locations or () if spec else ():
        file = Path(root) / "load" / "purchaser_users.py"
        if file.is_file():
            return file
    raise HarnessDefect("suites/load/purchaser_users.py is not installed")
