"""Experiments with the laboratory itself: campaigns at once, killed, and repeated.

Each compares what campaigns found with what a quiet one found: verdict and accused requirements of
every case. A difference is reported by case, never averaged away. A campaign that has no result, or
holds no case, is a difference too.
"""

from __future__ import annotations

import random
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

KILLS_AT_ONE_MOMENT = 5  # a case that is interrupted eight times becomes an error
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
    undecided: tuple[str, ...] = ()  # why an experiment proves less than it was asked for

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

    def reached(self, finished: int) -> bool:
        """Wait until it is at work and so many of its cases are finished, in this life or before.

        False when it has ended before that.
        """
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
    """Return what a campaign found, of the cases that ran; empty when it has no result."""
    try:
        result = stored.RESULT.read((directory / RESULT).read_bytes(), str(directory / RESULT))
    except (OSError, ValueError):
        return {}
    return {
        row.case.id: " ".join(
            [row.verdict.value, *sorted({one.requirement_id for one in row.findings})]
        )
        for row in result.cases
        if row.verdict is not Verdict.NONE
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


def fitting(faults: Sequence[Subject], chosen: frozenset[str], most: int) -> tuple[Subject, ...]:
    """Return faults whose named cases are all among the chosen ones, of many kinds first."""
    whole = [one for one in faults if one.expected_cases and chosen.issuperset(one.expected_cases)]
    kinds: dict[str, Subject] = {}
    for one in whole:
        kinds.setdefault(one.suite, one)
    rest = [one for one in whole if kinds[one.suite] is not one]
    return tuple([*kinds.values(), *rest][:most])


def quiet(campaigns: Campaigns, jobs: Sequence[Job], say: Say) -> tuple[list[Found], list[str]]:
    """Run campaigns one after the other; return what they found, and which cannot be compared.

    A bad product that looks good, and a good one that is refused, are of no use to the others:
    equal verdicts about them would prove nothing.
    """
    found, useless = [], []
    for job in jobs:
        campaigns.start(job).wait()
        found.append(found_in(job.out))
        said = f"serial    {job.subject.id}"
        if reason := of_no_use(job, found[-1]):
            useless.append(reason)
            said += "  of no use"
        say(said)
    return found, useless


def of_no_use(job: Job, found: Found) -> str:
    """Return why nothing can be compared with this serial campaign, "" when it can."""
    if not found:
        return f"{job.subject.id}: the serial campaign has no result ({job.out})"
    failed = any(what.startswith(Verdict.FAIL.value) for what in found.values())
    if failed is (job.subject.kind is SubjectKind.FAULT):
        return ""
    said = "fails" if failed else "fails nothing"
    return f"{job.subject.id} {said} in this part of the plan ({job.out})"


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
    seed: int,
    say: Say,
) -> Crash:
    """Kill each campaign `kills` times, resume it, compare it with the quiet one.

    The seed draws after how many finished cases each kill comes; the last case is never awaited, so
    that a campaign that is waited for is still running. A kill that came too late is not counted.
    """

    def one(job: Job, expected: Found) -> tuple[int, list[str]]:
        hit = 0
        for moment in _moments(expected, kills, f"{seed} {job.out.name}"):
            running = campaigns.start(job)
            hit += running.reached(moment) and running.kill()
            running.wait()
        campaigns.start(job).wait()
        say(f"killed    {job.subject.id}  {hit} times")
        return hit, differences(f"{job.out.name} {job.subject.id}", expected, found_in(job.out))

    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        ended = list(pool.map(one, jobs, serial))
    return Crash(
        campaigns=len(jobs),
        subjects=tuple(job.subject.id for job in jobs),
        cases=sum(len(one) for one in serial),
        kills=sum(hit for hit, _ in ended),
        asked_kills=kills * len(jobs),
        differences=tuple(line for _, lines in ended for line in lines),
    )


def _moments(expected: Found, kills: int, seed: str) -> list[int]:
    """Draw after how many finished cases to kill; at one moment no more often than is forgiven."""
    chosen = [*range(max(1, len(expected) - 1))] * KILLS_AT_ONE_MOMENT
    drawn = random.Random(seed).sample(chosen, min(kills, len(chosen)))  # noqa: S311 - no secret
    return sorted(drawn)


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
