"""Experiments with the laboratory itself: campaigns at once, killed, and repeated.

Each compares what campaigns found with what a quiet one found: verdict and accused requirements of
every case. A difference is reported by case, never averaged away. A campaign that has no result, or
holds no case, is a difference too.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.evidence.reader import RESULT
from lab.model import stored
from lab.model.base import Frozen
from lab.model.errors import UsageError
from lab.model.verdict import Verdict
from lab.validation.bounds import rate
from lab.validation.corpus import Subject, SubjectKind

Found = Mapping[str, str]
"""What a campaign found: case id -> verdict, with the requirements its findings accuse."""
Say = Callable[[str], None]


class Concurrency(Frozen):
    """Campaigns at once against the same campaigns one after the other."""

    campaigns: int
    subjects: tuple[str, ...]
    cases: int
    at_once: int  # how many ran in the same moment at most
    differences: tuple[str, ...]


class Crash(Frozen):
    """Campaigns killed with SIGKILL and resumed against campaigns left in peace."""

    campaigns: int
    subjects: tuple[str, ...]
    cases: int
    kills: int  # that hit a living campaign
    asked_kills: int
    differences: tuple[str, ...]


class Flakes(Frozen):
    """One campaign repeated; an attempt deviates when its case mostly says something else."""

    repetitions: int
    cases: int
    attempts: int
    deviating: int
    unstable: tuple[str, ...]
    rate: float
    upper_bound: float  # exact, one-sided, of the share of deviating attempts
    confidence: float = 0.95


class Measurement(Frozen):
    """Everything measured in one go, of one version of the suites."""

    kind: str = "assurance-measurement"
    suite_version: str
    suite_hash: str
    measured_at: str
    role: str
    plan: str
    only: tuple[str, ...] = ()
    seed: int
    product: str  # how the products were reached
    concurrency: Concurrency | None = None
    crash: Crash | None = None
    flakes: Flakes | None = None

    @property
    def deviates(self) -> bool:
        """Whether any experiment found a difference."""
        done = (self.concurrency, self.crash)
        return any(one.differences for one in done if one) or bool(
            self.flakes and self.flakes.deviating
        )


@dataclass(frozen=True)
class Job:
    """One campaign of an experiment."""

    subject: Subject
    seed: int
    out: Path


class Running(Protocol):
    """A campaign that has been started."""

    def wait(self) -> None:
        """Return when it has ended."""
        ...

    def kill(self) -> bool:
        """End it as a power cut would; say whether it was still alive."""
        ...


class Campaigns(Protocol):
    """Starts campaigns; the real one starts `mafalab` commands."""

    def start(self, job: Job) -> Running:
        """Start a campaign, or go on with what it left behind."""
        ...


def found_in(directory: Path) -> Found:
    """Return what a campaign found; empty when it has no result."""
    try:
        result = stored.RESULT.read((directory / RESULT).read_bytes(), str(directory / RESULT))
    except (OSError, ValueError):
        return {}
    return {
        row.case.id: " ".join(
            [row.verdict.value, *sorted({one.requirement_id for one in row.findings})]
        )
        for row in result.cases
    }


def differences(name: str, expected: Found, got: Found) -> list[str]:
    """Return one line for every case that ended otherwise."""
    if not expected or not got:
        return [f"{name}: a campaign without result"]
    cases = sorted({*expected, *got})
    return [
        f"{name}: {case} {expected.get(case, 'absent')} -> {got.get(case, 'absent')}"
        for case in cases
        if expected.get(case) != got.get(case)
    ]


def mixed(subjects: Sequence[Subject], count: int) -> list[Subject]:
    """Return good and bad products in turn. UsageError when there are no bad ones."""
    good = [one for one in subjects if one.kind is SubjectKind.REFERENCE]
    bad = [one for one in subjects if one.kind is SubjectKind.FAULT]
    if not good or not bad:
        raise UsageError(
            "good and bad products are needed for an experiment",
            code="MFL-U073",
            fix="Name seeded faults of the role with --fault.",
        )
    return [(good, bad)[number % 2][number // 2 % len((good, bad)[number % 2])]
            for number in range(count)]  # fmt: skip


def quiet(campaigns: Campaigns, jobs: Sequence[Job], say: Say) -> tuple[list[Found], float]:
    """Run campaigns one after the other; return what they found and the longest time (s).

    UsageError when a bad product is not noticed, or a good one is.
    """
    found, longest = [], 0.0
    for job in jobs:
        started = time.monotonic()
        campaigns.start(job).wait()
        longest = max(longest, time.monotonic() - started)
        found.append(found_in(job.out))
        _noticed(job, found[-1])
        say(f"serial    {job.subject.id}")
    return found, longest


def _noticed(job: Job, found: Found) -> None:
    """Refuse bad products that look good: equal verdicts about them would prove nothing."""
    failed = any(what.startswith(Verdict.FAIL.value) for what in found.values())
    if found and failed is not (job.subject.kind is SubjectKind.FAULT):
        raise UsageError(
            f"{job.subject.id} {'fails' if failed else 'fails nothing'} in this part of the plan",
            code="MFL-U080",
            where=str(job.out),
            fix="Name faults with --fault whose cases are in it, or take the whole plan.",
        )


def at_once(
    campaigns: Campaigns, jobs: Sequence[Job], serial: Sequence[Found], say: Say
) -> Concurrency:
    """Run all campaigns in the same moment and compare them with the serial ones."""
    running = [campaigns.start(job) for job in jobs]
    for one in running:
        one.wait()
    told: list[str] = []
    for job, expected in zip(jobs, serial, strict=True):
        told += differences(f"{job.out.name} {job.subject.id}", expected, found_in(job.out))
        say(f"at once   {job.subject.id}")
    return Concurrency(
        campaigns=len(jobs),
        subjects=tuple(job.subject.id for job in jobs),
        cases=sum(len(one) for one in serial),
        at_once=len(running),
        differences=tuple(told),
    )


def killed(
    campaigns: Campaigns,
    jobs: Sequence[Job],
    serial: Sequence[Found],
    *,
    kills: int,
    seconds: float,
    seed: int,
    say: Say,
) -> Crash:
    """Kill each campaign `kills` times at random moments of its life, resume, compare.

    `seconds` is how long a quiet one takes. Kills that came too late are not counted.
    """
    moments = random.Random(seed)  # noqa: S311 - moments, not secrets
    told: list[str] = []
    hit = 0
    for job, expected in zip(jobs, serial, strict=True):
        for _ in range(kills):
            running = campaigns.start(job)
            time.sleep(moments.uniform(0.05, 0.9) * seconds)
            hit += running.kill()
            running.wait()
        campaigns.start(job).wait()
        told += differences(f"{job.out.name} {job.subject.id}", expected, found_in(job.out))
        say(f"killed    {job.subject.id}")
    return Crash(
        campaigns=len(jobs),
        subjects=tuple(job.subject.id for job in jobs),
        cases=sum(len(one) for one in serial),
        kills=hit,
        asked_kills=kills * len(jobs),
        differences=tuple(told),
    )


def repeated(campaigns: Campaigns, jobs: Sequence[Job], *, parallel: int, say: Say) -> Flakes:
    """Repeat one campaign, each time with another seed, and count attempts that deviate."""

    def one(job: Job) -> Found:
        campaigns.start(job).wait()
        say(f"repeated  {job.out.name}")
        return found_in(job.out)

    with ThreadPoolExecutor(max_workers=parallel) as pool:
        return flakes_of(list(pool.map(one, jobs)))


def flakes_of(found: Sequence[Found]) -> Flakes:
    """Count attempts that say something else than most attempts at the same case do."""
    cases = sorted({case for one in found for case in one})
    deviating, unstable = 0, []
    for case in cases:
        said = Counter(one.get(case, "absent") for one in found)
        others = len(found) - max(said.values())
        deviating += others
        if others:
            unstable.append(f"{case}: {', '.join(f'{n}x {what}' for what, n in said.items())}")
    attempts = len(cases) * len(found)
    stable = rate(attempts - deviating, attempts)
    return Flakes(
        repetitions=len(found),
        cases=len(cases),
        attempts=attempts,
        deviating=deviating,
        unstable=tuple(unstable),
        rate=deviating / attempts if attempts else 1.0,
        upper_bound=round(1 - stable.lower, 6),
    )
