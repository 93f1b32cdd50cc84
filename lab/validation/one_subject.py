"""One campaign against one calibration subject, in this process, judged by its result."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from lab.campaign import RunRequest
from lab.campaign.in_process import run_here
from lab.kit.session import CaseSession
from lab.model.campaign import ResultDocument
from lab.model.errors import LabError
from lab.model.verdict import Verdict
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.equivalents import equivalence
from lab.validation.judgement import CRASH_POINTERS, GOOD, Outcome, SubjectResult, judge, not_judged
from lab.validation.misconfigured import misconfigure
from lab.validation.subjects import profile_text
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
    examples, only = work.options(subject)
    sut, note = place / "sut.toml", place / "changed"
    request = RunRequest(
        sut=sut,
        out=place / "campaign",
        plan=_plan(work, subject),
        seed=work.seed,
        kind="calibration",
        only=only,
        catalogue=work.catalogue,
        examples=examples,
    )
    try:
        sut.write_text(profile_text(subject, work.state, note), "utf-8")
        if subject.kind is SubjectKind.MISCONFIGURATION:
            misconfigure(subject, sut, work.state)
        result = _run(request, subject)
    except LabError as error:
        row = not_judged(subject, f"{error.code}: {error.sentence}", time.monotonic() - started)
        if subject.kind is SubjectKind.MISCONFIGURATION and error.exit_code > 1:
            return row.model_copy(update={"outcome": Outcome.EXCUSED})
        return row
    row = judge(subject, result, time.monotonic() - started, reached=note.exists())
    reason = equivalence(subject) if row.outcome is Outcome.SURVIVED else ""
    if reason:
        return row.model_copy(update={"outcome": Outcome.EQUIVALENT, "detail": reason})
    return row


def _run(request: RunRequest, subject: Subject) -> ResultDocument:
    """Run the campaign; against a mechanical mutant the first case that fails is enough."""
    if subject.kind is not SubjectKind.MECHANICAL:
        return run_here(request)
    operation = subject.point.split(" ", 1)[0].rpartition(".")[2].upper()
    return run_here(request, lambda case_id: int(operation not in case_id), _is_caught)


def _is_caught(session: CaseSession) -> bool:
    return session.verdict is Verdict.FAIL and any(
        f.verdict is Verdict.FAIL and f.pointer not in CRASH_POINTERS for f in session.findings
    )


def _plan(work: Work, subject: Subject) -> str:
    """Return the plan of the role; what must not be blamed shows in its short one."""
    plan = work.plans[subject.role]
    if subject.kind is SubjectKind.MISCONFIGURATION:
        return plan.replace("-certification", "-smoke")
    return plan
