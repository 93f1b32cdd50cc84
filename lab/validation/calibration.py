"""Carries a calibration out: hands the work to a warm bench process, gathers what it judges."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.model.errors import EnvironmentFault
from lab.selection.collecting import child_environment
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import SubjectResult
from lab.validation.work import Work, begin

_ROOT = Path(__file__).resolve().parents[2]
_WHOLE_FIRST = (
    SubjectKind.REFERENCE,
    SubjectKind.NULL,
    SubjectKind.VARIANT,
    SubjectKind.MECHANICAL,
    SubjectKind.MISCONFIGURATION,
    SubjectKind.FAULT,
)


def in_order(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return whole plans first: named cases of a fault are short and fill the gaps at the end."""
    return tuple(sorted(subjects, key=lambda one: _WHOLE_FIRST.index(one.kind)))


def calibrate(work: Work, on_row: Callable[[SubjectResult], None]) -> tuple[SubjectResult, ...]:
    """Judge every subject, `work.jobs` at a time; `on_row` hears of each as it ends.

    EnvironmentFault when the bench itself ends early; rows measured so far stay.
    """
    work.out.mkdir(parents=True, exist_ok=True)
    begin(work)
    rows: dict[tuple[str, str], SubjectResult] = {}
    log = work.out / "bench.log"
    command = [sys.executable, "-m", "lab.validation.bench", str(work.out / "work.json")]
    with log.open("ab") as sink:
        bench = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            cwd=_ROOT,
            env=child_environment(),
        )
        try:
            for line in bench.stdout or ():
                row = SubjectResult.model_validate_json(line)
                rows[row.subject.role, row.subject.id] = row
                on_row(row)
        finally:
            if bench.poll() is None:
                bench.terminate()
            bench.wait()
    missing = [one for one in work.subjects if (one.role, one.id) not in rows]
    if missing:
        raise EnvironmentFault(
            f"the bench of the calibration ended with {bench.returncode} before "
            f"{len(missing)} subjects were judged",
            code="MFL-E042",
            where=str(log),
            fix="Read that file; the same command with --out goes on where it stopped.",
            sentence_fa="فرایند سنجش پیش از پایان متوقف شد.",
        )
    return tuple(rows[one.role, one.id] for one in work.subjects)
