"""One mechanical mutant: only cases that could see it, the likeliest first, until one fails.

Which cases these are is read from the recording of the clean reference (`reach.py`). A mutant whose
place no recorded answer has is unreached without a campaign. With `--whole` every case of the plan
runs to the end instead, in the order of the plan; both ways must come to the same outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lab.campaign.in_process import run_here
from lab.evidence.reader import DirectoryReader
from lab.kit.case import registered
from lab.kit.contract import load_contracts
from lab.kit.session import CaseSession
from lab.model.campaign import ResultDocument
from lab.model.errors import LabError
from lab.validation.corpus import Subject
from lab.validation.judgement import (
    Outcome,
    SubjectResult,
    is_caught,
    judge_mechanical,
    not_judged,
)
from lab.validation.places import operation_of, place_of
from lab.validation.reach import Route, exchanges, mutable, read_reach, route
from lab.validation.subjects import profile_text, rehearsal_for, request_of
from lab.validation.work import Work

_LAST = 1_000_000  # rank of cases that move the clock: later ones would live in the moved time


def judge_mutant(work: Work, subject: Subject, place: Path, started: float) -> SubjectResult:
    """Run the campaign of a mutant below `place` and judge it; `started` is monotonic."""
    way = _way(work, subject)
    if not way.reached:
        row = not_judged(
            subject, "no recorded answer has what it changes", time.monotonic() - started
        )
        return row.model_copy(
            update={"outcome": Outcome.UNREACHED, "place": place_of(subject.point)}
        )
    note = place / "changed"
    request = request_of(work, subject, place, way.only)
    try:
        request.sut.write_text(profile_text(subject, work.state, note), "utf-8")
        result = (
            run_here(request)
            if work.whole
            else run_here(
                request, _rank(subject, way), _enough, rehearsal=rehearsal_for(work, subject)
            )
        )
    except LabError as error:
        return not_judged(subject, f"{error.code}: {error.sentence}", time.monotonic() - started)
    answers = _answers(request.out, result, subject)
    return judge_mechanical(
        subject,
        result,
        time.monotonic() - started,
        reached=note.exists(),
        answered=answers.__contains__,
    )


def _way(work: Work, subject: Subject) -> Route:
    """Return the cases to run; the whole plan where it is asked for or nothing was recorded."""
    recorded = None if work.whole else read_reach(work.reach_path(subject.role))
    return Route((), ()) if recorded is None else route(recorded, subject.point)


def _rank(subject: Subject, way: Route) -> Callable[[str], int]:
    """Return the order: cases that could see it, by `way`; then those named after its operation."""
    places = {case_id: number for number, case_id in enumerate(way.first)}
    operation = operation_of(subject.point).rpartition(".")[2].upper()

    def rank(case_id: str) -> int:
        late = _LAST if registered(case_id).case.moves_clock else 0
        behind = len(places) + int(operation not in case_id)
        return late + places.get(case_id, behind)

    return rank


def _enough(session: CaseSession) -> bool:
    return is_caught(session.verdict, tuple(session.findings))


def _answers(campaign: Path, result: ResultDocument, subject: Subject) -> frozenset[str]:
    """Return the exchanges of failed cases that the mutant answered.

    A mutant of the status answers with another good status, so its answers are found like all.
    """
    contracts = load_contracts(result.campaign.pack)
    failed = [row for row in result.cases if row.findings]
    reader = DirectoryReader(campaign)
    try:
        return frozenset(
            exchange.id
            for exchange in exchanges(reader, failed)
            if mutable(contracts, exchange) == operation_of(subject.point)
        )
    finally:
        reader.close()
