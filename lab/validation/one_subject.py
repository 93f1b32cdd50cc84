"""One campaign against one calibration subject, in this process, judged by its result."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from lab.campaign import RunRequest, drive_here
from lab.campaign import run as run_campaign
from lab.model.errors import LabError
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import GOOD, Outcome, SubjectResult, judge, not_judged
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
        plan=work.plans[subject.role],
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
        result = run_campaign(request, lambda _event: None, drive_here)
    except LabError as error:
        row = not_judged(subject, f"{error.code}: {error.sentence}", time.monotonic() - started)
        if subject.kind is SubjectKind.MISCONFIGURATION and error.exit_code > 1:
            return row.model_copy(update={"outcome": Outcome.EXCUSED})
        return row
    return judge(subject, result, time.monotonic() - started, reached=note.exists())
