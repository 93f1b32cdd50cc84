"""`mafalab assurance measure`: experiments with the laboratory itself, their result as JSON."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from lab.campaign.freeze import suite_hash
from lab.cli.children import exchange
from lab.drivers.progress import read_campaign, selected_ids
from lab.evidence.reader import CAMPAIGN
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.roles import load_roles
from lab.validation import experiments
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from lab.validation.experiments import Found, Job, Measurement, Say
from lab.validation.subjects import profile_text

FILE = "measurement.json"
_FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
_FAULTS_TAKEN = 3  # when none is named
_FINISHED = b'"event": "case_finished"'
_POLL_SECONDS = 0.02


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

    def __init__(self, arguments: list[str], log: Path, events: Path) -> None:
        self._events = events
        self._before = _size(events)
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

    def reached(self, finished: int) -> bool:
        while self._child.poll() is None:
            at_work = _size(self._events) > self._before
            if at_work and self._events.read_bytes().count(_FINISHED) >= finished:
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def kill(self) -> bool:
        alive = self._child.poll() is None
        # The driver of the cases has a group of its own and ends with us by itself, but later.
        for pid in (self._child.pid, *_children(self._child.pid)):
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        return alive


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _children(pid: int) -> list[int]:
    """Return the processes a process has started, as far as this system tells."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@dataclass(frozen=True)
class Commands:
    """Starts campaigns as commands against products that run inside their driver."""

    state: Path
    plan: str
    only: tuple[str, ...]

    def start(self, job: Job) -> _Command:
        """Start a campaign, or resume it when it was frozen before."""
        log, events = job.out.with_suffix(".log"), job.out / "events.ndjson"
        if (job.out / CAMPAIGN).exists():
            return _Command(["resume", str(job.out), "--no-report"], log, events)
        sut = job.out.with_suffix(".toml")
        sut.parent.mkdir(parents=True, exist_ok=True)
        sut.write_text(profile_text(job.subject, self.state), "utf-8")
        part = [word for pattern in self.only for word in ("--only", pattern)]
        return _Command(
            ["run", "--sut", str(sut), "--plan", self.plan, "--out", str(job.out),
             "--seed", str(job.seed), "--no-report", *part],
            log,
            events,
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
    return (known[0], *(one for one in faults if not wanted.faults or one.id in wanted.faults))


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
        jobs, serial, undecided = _serial(campaigns, wanted, subjects, say)
        if wanted.campaigns and jobs:
            again = _elsewhere(jobs, wanted.out / "at-once")
            done["concurrency"] = experiments.at_once(campaigns, again, serial, say)
        if wanted.kills and jobs:
            pair = _elsewhere(jobs[:2], wanted.out / "killed")
            crash = experiments.killed(
                campaigns, pair, serial[:2], kills=wanted.kills, seed=wanted.seed, say=say
            )
            done["crash"] = crash
            if not crash.kills:
                undecided.append(f"none of {crash.asked_kills} kills hit a running campaign")
        done["undecided"] = tuple(undecided)
        _noted(started, done, wanted.out)
    if wanted.repetitions:
        sound = [
            Job(subjects[0], wanted.seed + 1000 + n, wanted.out / "repeated" / f"{n:02d}")
            for n in range(wanted.repetitions)
        ]
        done["flakes"] = experiments.repeated(campaigns, sound, parallel=wanted.jobs, say=say)
    return _noted(started, done, wanted.out)


def _serial(
    campaigns: Commands, wanted: Wanted, subjects: tuple[Subject, ...], say: Say
) -> tuple[list[Job], list[Found], list[str]]:
    """Run the quiet campaigns; return those of use, what they found, and what is wanting.

    Faults that nobody named are chosen by the first campaign: their cases are all part of it.
    """
    place = wanted.out / "serial"
    first = Job(subjects[0], wanted.seed, place / "00")
    found, wanting = experiments.quiet(campaigns, [first], say)
    if wanting:
        return [], [], wanting
    faults = subjects[1:]
    if not wanted.faults:
        chosen = frozenset(selected_ids(read_campaign(first.out)))
        faults = experiments.fitting(faults, chosen, _FAULTS_TAKEN)
    if not faults:
        return [], [], [f"no seeded fault of {wanted.role} has its cases in this part of the plan"]
    turns = experiments.mixed((subjects[0], *faults), wanted.campaigns or 2)
    jobs = [first, *(
        Job(subject, wanted.seed + number, place / f"{number:02d}")
        for number, subject in enumerate(turns[1:], 1)
    )]  # fmt: skip
    further, wanting = experiments.quiet(campaigns, jobs[1:], say)
    kept = [
        (job, what)
        for job, what in zip(jobs, [*found, *further], strict=True)
        if not experiments.of_no_use(job, what)
    ]
    if not any(job.subject.kind is SubjectKind.FAULT for job, _ in kept):
        return [], [], wanting
    return [job for job, _ in kept], [what for _, what in kept], wanting


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
    told += [f"INCONCLUSIVE {one}" for one in measured.undecided]
    return told
