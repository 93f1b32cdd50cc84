"""`mafalab assurance measure`: experiments with the laboratory itself, their result as JSON."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from lab.campaign.freeze import suite_hash
from lab.cli.children import exchange
from lab.evidence.reader import CAMPAIGN
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.roles import load_roles
from lab.validation import experiments
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from lab.validation.experiments import Job, Measurement, Say
from lab.validation.subjects import profile_text

FILE = "measurement.json"
_FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
_FAULTS_TAKEN = 3  # when none is named


@dataclass(frozen=True)
class Wanted:
    """What is to be measured; a zero leaves an experiment out, and the statement says so."""

    role: str
    plan: str
    only: tuple[str, ...]
    faults: tuple[str, ...]
    campaigns: int
    kills: int
    repetitions: int
    jobs: int
    seed: int
    out: Path


class _Command:
    """A `mafalab` command in a process group of its own."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        with log.open("ab") as sink:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "lab.cli.main", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, "NO_COLOR": "1"},
                start_new_session=True,
            )

    def wait(self) -> None:
        self._child.wait()

    def kill(self) -> bool:
        alive = self._child.poll() is None
        # The driver of the cases is a child in the same group; it must not outlive the campaign.
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        return alive


@dataclass(frozen=True)
class Commands:
    """Starts campaigns as commands against products that run inside their driver."""

    state: Path
    plan: str
    only: tuple[str, ...]

    def start(self, job: Job) -> _Command:
        """Start a campaign, or resume it when it was frozen before."""
        log = job.out.with_suffix(".log")
        if (job.out / CAMPAIGN).exists():
            return _Command(["resume", str(job.out), "--no-report"], log)
        sut = job.out.with_suffix(".toml")
        sut.parent.mkdir(parents=True, exist_ok=True)
        sut.write_text(profile_text(job.subject, self.state), "utf-8")
        part = [word for pattern in self.only for word in ("--only", pattern)]
        return _Command(
            ["run", "--sut", str(sut), "--plan", self.plan, "--out", str(job.out),
             "--seed", str(job.seed), "--no-report", *part],
            log,
        )  # fmt: skip


def subjects_of(wanted: Wanted) -> tuple[Subject, ...]:
    """Return the sound product and the faulty ones. UsageError for what cannot be measured."""
    if wanted.role not in load_roles() or not load_roles()[wanted.role].is_server:
        raise UsageError(
            f'"{wanted.role}" is no server role', code="MFL-U074", fix="Choose a server role."
        )
    known = load_subjects(_FAULTS, wanted.role)
    faults = [one for one in known if one.kind is SubjectKind.FAULT]
    unknown = set(wanted.faults) - {one.id for one in faults}
    if unknown:
        raise UsageError(
            f"no seeded fault of {wanted.role} is called {', '.join(sorted(unknown))}",
            code="MFL-U075",
            fix="See fixtures/faults for the ids.",
        )
    chosen = [one for one in faults if one.id in wanted.faults] or faults[:_FAULTS_TAKEN]
    return (known[0], *chosen)


def measure(wanted: Wanted, say: Say) -> Measurement:
    """Run what is wanted; campaigns stay below `out` for whoever wants to look."""
    subjects = subjects_of(wanted)
    started = Measurement(
        suite_version=version("mafa-lab"),
        suite_hash=suite_hash(),
        measured_at=datetime.now(UTC).replace(microsecond=0).isoformat(),
        role=wanted.role,
        plan=wanted.plan,
        only=wanted.only,
        seed=wanted.seed,
        product="in process, one product for each campaign",
    )
    with exchange(wanted.out / "exchange"):
        pass  # it has written the certificates; every product brings its own services
    campaigns = Commands(wanted.out / "exchange", wanted.plan, wanted.only)
    done: dict[str, object] = {}
    if wanted.campaigns or wanted.kills:
        jobs = [
            Job(subject, wanted.seed + number, wanted.out / "serial" / f"{number:02d}")
            for number, subject in enumerate(experiments.mixed(subjects, wanted.campaigns or 2))
        ]
        serial, longest = experiments.quiet(campaigns, jobs, say)
        if wanted.campaigns:
            again = _elsewhere(jobs, wanted.out / "at-once")
            done["concurrency"] = experiments.at_once(campaigns, again, serial, say)
            _noted(started, done, wanted.out)
        if wanted.kills:
            pair = _elsewhere(jobs[:2], wanted.out / "killed")
            done["crash"] = experiments.killed(
                campaigns, pair, serial[:2],
                kills=wanted.kills, seconds=longest, seed=wanted.seed, say=say,
            )  # fmt: skip
            _noted(started, done, wanted.out)
    if wanted.repetitions:
        sound = [
            Job(subjects[0], wanted.seed + 1000 + n, wanted.out / "repeated" / f"{n:02d}")
            for n in range(wanted.repetitions)
        ]
        done["flakes"] = experiments.repeated(campaigns, sound, parallel=wanted.jobs, say=say)
    return _noted(started, done, wanted.out)


def _noted(started: Measurement, done: dict[str, object], out: Path) -> Measurement:
    """Write what has been measured so far; a later experiment adds to it."""
    if suite_hash() != started.suite_hash:
        raise EnvironmentFault(
            "the suites were changed while they were measured",
            code="MFL-E042",
            where=str(out),
            fix="Measure again, and leave the files alone meanwhile.",
        )
    measured = started.model_copy(update=done)
    (out / FILE).write_text(measured.model_dump_json(indent=2), "utf-8")
    return measured


def _elsewhere(jobs: list[Job], place: Path) -> list[Job]:
    return [replace(job, out=place / job.out.name) for job in jobs]


def lines(measured: Measurement) -> list[str]:
    """Return what was measured, one line for each experiment, differences below them."""
    told = []
    concurrency, crash, flakes = measured.concurrency, measured.crash, measured.flakes
    if concurrency is not None:
        same = "equal" if not concurrency.differences else "DIFFERENT"
        count, cases = concurrency.campaigns, concurrency.cases
        told.append(f"concurrency  {count} campaigns at once, {cases} cases: {same}")
        told += [f"  {one}" for one in concurrency.differences]
    if crash is not None:
        same = "equal" if not crash.differences else "DIFFERENT"
        told.append(
            f"crash        {crash.kills} of {crash.asked_kills} kills hit {crash.campaigns}"
            f" campaigns, {crash.cases} cases: {same}"
        )
        told += [f"  {one}" for one in crash.differences]
    if flakes is not None:
        told.append(
            f"flakes       {flakes.deviating} of {flakes.attempts} attempts deviate"
            f" ({flakes.repetitions} repetitions), rate below {flakes.upper_bound:.4%}"
        )
        told += [f"  {one}" for one in flakes.unstable]
    return told
