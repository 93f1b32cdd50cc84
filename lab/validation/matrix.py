"""The calibration matrix: every subject in its own campaign, judged by its own result document.

Steps: prepare the shared PKI, write one `sut.toml` per subject, run `mafalab run` on it as a child
(a mutant that hangs or dies takes only its own child along), read `result.json`, judge, sum up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import Field, ValidationError

from lab.campaign.freeze import collect_catalogue, suite_hash
from lab.model.base import Frozen
from lab.model.campaign import ResultDocument
from lab.model.errors import EnvironmentFault
from lab.validation.bounds import Rate, rate
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import Outcome, SubjectResult, judge
from lab.validation.subjects import profile_text

CAMPAIGN_DEADLINE_SECONDS = 600


_COUNTED = (Outcome.CAUGHT, Outcome.SURVIVED)


class Matrix(Frozen):
    """Everything a calibration found."""

    role: str
    plan: str
    seed: int
    rows: tuple[SubjectResult, ...]
    sensitivity: Rate
    specificity: Rate
    attribution: Rate
    null_panel: Rate
    mechanical: Rate = Rate(hits=0, trials=0, value=0.0, lower=0.0)
    survivors: tuple[str, ...]
    accused: tuple[str, ...]
    unproven_cases: tuple[str, ...] = Field(
        description="selected cases that no seeded fault made fail by name"
    )
    seconds: float
    suite_hash: str = ""

    @property
    def is_proven(self) -> bool:
        """Every fault caught for its requirement, nothing legal accused, no case unproven."""
        open_questions = (Outcome.NOT_JUDGED, Outcome.MISATTRIBUTED)
        return not (self.survivors or self.accused or self.unproven_cases) and all(
            r.outcome not in open_questions for r in self.rows
        )


class Calibration(Frozen):
    """How to run a matrix."""

    role: str
    plan: str
    state: Path
    out: Path
    seed: int = 1401
    jobs: int = 2
    named_cases_only: bool = False
    examples: int | None = None

    @property
    def catalogue(self) -> Path:
        """Where the catalogue lies that all campaigns of this calibration share."""
        return self.out / "catalogue.json"


def _command(setup: Calibration, subject: Subject, directory: Path) -> list[str]:
    command = [
        sys.executable, "-m", "lab.cli.main", "run",
        "--sut", str(directory / "sut.toml"),
        "--plan", setup.plan,
        "--out", str(directory / "campaign"),
        "--seed", str(setup.seed),
        "--kind", "calibration",
        "--catalogue", str(setup.catalogue),
        "--quiet", "--no-report",
    ]  # fmt: skip
    if setup.examples is not None and subject.kind is not SubjectKind.FAULT:
        # A law that refutes a fault needs the inputs of the plan; acceptance needs fewer.
        command += ["--examples", str(setup.examples)]
    if setup.named_cases_only and subject.kind is SubjectKind.FAULT:
        for case in subject.expected_cases:
            command += ["--only", case]
    return command


def _not_judged(subject: Subject, detail: str, seconds: float) -> SubjectResult:
    return SubjectResult(
        subject=subject, outcome=Outcome.NOT_JUDGED, detail=detail, verdicts={}, seconds=seconds
    )


def run_subject(setup: Calibration, subject: Subject) -> SubjectResult:
    """Run one campaign against one subject and judge it."""
    directory = setup.out / subject.id
    directory.mkdir(parents=True, exist_ok=True)
    note = directory / "changed"
    (directory / "sut.toml").write_text(profile_text(subject, setup.state, note), "utf-8")
    started = time.monotonic()
    try:
        done = subprocess.run(
            _command(setup, subject, directory),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CAMPAIGN_DEADLINE_SECONDS,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _not_judged(subject, "the campaign did not end", time.monotonic() - started)
    seconds = time.monotonic() - started
    try:
        document = (directory / "campaign" / "result.json").read_bytes()
        result = ResultDocument.model_validate_json(document)
    except (OSError, ValidationError) as error:
        tail = (done.stderr or done.stdout)[-400:]
        return _not_judged(subject, f"exit {done.returncode}, {error}: {tail}", seconds)
    return judge(subject, result, seconds, reached=note.exists())


def write_catalogue(path: Path) -> None:
    """Collect the suites once for all campaigns of a calibration."""
    rows = [case.model_dump(mode="json") for case in collect_catalogue()]
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def summarise(setup: Calibration, rows: Sequence[SubjectResult], seconds: float) -> Matrix:
    """Turn rows into rates; survivors, accused and unproven cases are named."""
    faults = [r for r in rows if r.subject.kind is SubjectKind.FAULT]
    legal = [r for r in rows if r.subject.kind in (SubjectKind.REFERENCE, SubjectKind.VARIANT)]
    nulls = [r for r in rows if r.subject.kind is SubjectKind.NULL]
    found = [r for r in faults if r.outcome in (Outcome.CAUGHT, Outcome.MISATTRIBUTED)]
    made = [r for r in rows if r.subject.kind is SubjectKind.MECHANICAL]
    proven = {case for r in faults for case in r.named_hits}
    reference = next((r for r in rows if r.subject.kind is SubjectKind.REFERENCE), None)
    selected = set(reference.verdicts) if reference else set()
    return Matrix(
        role=setup.role,
        plan=setup.plan,
        seed=setup.seed,
        rows=tuple(rows),
        sensitivity=rate(len(found), len(faults)),
        specificity=rate(sum(r.outcome is Outcome.ACCEPTED for r in legal), len(legal)),
        attribution=rate(sum(r.outcome is Outcome.CAUGHT for r in found), len(found)),
        null_panel=rate(sum(r.outcome is Outcome.EARNED_NOTHING for r in nulls), len(nulls)),
        mechanical=rate(
            sum(r.outcome is Outcome.CAUGHT for r in made), sum(r.outcome in _COUNTED for r in made)
        ),
        survivors=tuple(r.subject.id for r in faults if r not in found),
        accused=tuple(
            r.subject.id
            for r in (*legal, *nulls)
            if r.outcome not in (Outcome.ACCEPTED, Outcome.EARNED_NOTHING)
        ),
        unproven_cases=tuple(sorted(selected - proven)),
        seconds=seconds,
        suite_hash=suite_hash(),
    )


def calibrate(
    setup: Calibration,
    subjects: Sequence[Subject],
    on_row: Callable[[SubjectResult], None],
) -> Matrix:
    """Run every subject, `setup.jobs` at a time; `on_row` hears of each as it ends."""
    if not (setup.state / "credentials" / "kit.json").is_file():
        raise EnvironmentFault(
            f"no credential kit under {setup.state}",
            code="MFL-E040",
            where=str(setup.state / "credentials" / "kit.json"),
            fix="Run `mafalab exchange up --state DIR` once, or let `mafalab calibrate` make one.",
        )
    started = time.monotonic()
    write_catalogue(setup.catalogue)

    def one(subject: Subject) -> SubjectResult:
        row = run_subject(setup, subject)
        on_row(row)
        return row

    # Whole plans first: named cases of a fault are short and fill the gaps at the end.
    longest_first = sorted(subjects, key=lambda s: s.kind is SubjectKind.FAULT)
    with ThreadPoolExecutor(max_workers=setup.jobs) as pool:
        rows = list(pool.map(one, longest_first))
    return summarise(setup, rows, time.monotonic() - started)
