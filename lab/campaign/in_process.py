"""Runs the cases of a campaign in this very process, for calibration.

The suites must have been imported before. Nothing protects the caller from a case that hangs or
ends the process: give every campaign a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab.campaign.freeze import RunRequest, prepare
from lab.campaign.service import continue_campaign, open_campaign
from lab.drivers.pytest_execution import LiveExecution
from lab.kit.rehearsal import Rehearsal
from lab.kit.session import CaseSession
from lab.model.campaign import ResultDocument
from lab.model.evidence import RecordKind


def run_here(
    request: RunRequest,
    rank: Callable[[str], int] = lambda _case_id: 0,
    enough: Callable[[CaseSession], bool] = lambda _session: False,
    *,
    rehearsal: Rehearsal | None = None,
) -> ResultDocument:
    """Prepare a campaign and run it to its end, its cases in this process and in its order.

    Cases of a low `rank` come first; after a session that is `enough` the rest is left out.
    `rehearsal` takes up, or gives, the inputs that laws draw.
    """
    prepare(request)
    open_campaign(request.out, lambda _event: None)
    _drive(request.out, rank, enough, rehearsal)
    return continue_campaign(request.out, lambda _event: None)


def _drive(
    directory: Path,
    rank: Callable[[str], int],
    enough: Callable[[CaseSession], bool],
    rehearsal: Rehearsal | None,
) -> None:
    execution = LiveExecution(directory)
    execution.around.rehearsal = rehearsal
    try:
        for case_id in sorted(execution.pending(), key=rank):
            session = execution.run(case_id)
            if execution.unreached(session):
                break
            if enough(session):
                reason = f"{case_id} has shown what was to be seen"
                execution.store.record(
                    RecordKind.OBSERVATION, {"what": "aborted", "reason": reason}
                )
                break
    finally:
        execution.close()
