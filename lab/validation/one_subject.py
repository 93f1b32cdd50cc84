"""One campaign against one calibration subject, in this process, judged by its result."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from lab.campaign.in_process import run_here
from lab.model.errors import LabError
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.equivalents import equivalence
from lab.validation.judgement import GOOD, Outcome, SubjectResult, judge, not_judged
from lab.validation.misconfigured import misconfigure
from lab.validation.one_mutant import judge_mutant
from lab.validation.reach import record, write_reach
from lab.validation.subjects import profile_text, rehearsal_for, request_of
from lab.validation.work import Work

_MEMORY = Path("/dev/shm")  # noqa: S108 - evidence of a calibration need not survive the power


def room_for(out: Path) -> Path:
    """Return where campaigns that are thrown away are written; durable writing takes its time."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else out


def run_subject(work: Work, subject: Subject, room: Path) -> SubjectResult:
    """Run the campaign below `room` and judge it; what needs a look is kept below the output."""
    started = time.monotonic()
    kept = work.campaign_path(subject)
    place = Path(tempfile.mkdtemp(dir=room))
    row = _judged(work, subject, place, started)
    row = row.model_copy(
        update={"seconds": time.monotonic() - started, "cpu_seconds": sum(os.times()[:4])}
    )
    if work.keep or row.outcome not in GOOD:
        shutil.copytree(place, kept, dirs_exist_ok=True)
    else:
        shutil.rmtree(kept, ignore_errors=True)
    shutil.rmtree(place)
    return row


def _judged(work: Work, subject: Subject, place: Path, started: float) -> SubjectResult:
    if subject.kind is SubjectKind.MECHANICAL:
        return _but_equivalents(judge_mutant(work, subject, place, started))
    sut = place / "sut.toml"
    request = request_of(work, subject, place)
    rehearsal = rehearsal_for(work, subject)
    try:
        sut.write_text(profile_text(subject, work.state), "utf-8")
        if subject.kind is SubjectKind.MISCONFIGURATION:
            misconfigure(subject, sut, work.state)
        result = run_here(request, rehearsal=rehearsal)
    except LabError as error:
        row = not_judged(subject, f"{error.code}: {error.sentence}", time.monotonic() - started)
        if subject.kind is SubjectKind.MISCONFIGURATION and error.exit_code > 1:
            return row.model_copy(update={"outcome": Outcome.EXCUSED})
        return row
    if rehearsal is not None and rehearsal.recording:
        rehearsal.write(work.rehearsal_path(subject.role))
    if work.records(subject):
        write_reach(work.reach_path(subject.role), record(request.out, result))
    return judge(subject, result, time.monotonic() - started)


def _but_equivalents(row: SubjectResult) -> SubjectResult:
    """Return the row; a survivor that is documented as no deviation is an equivalent."""
    reason = equivalence(row.subject) if row.outcome is Outcome.SURVIVED else ""
    if not reason:
        return row
    return row.model_copy(update={"outcome": Outcome.EQUIVALENT, "detail": reason})
