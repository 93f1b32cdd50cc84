"""A part of a plan: what did not pass in an earlier campaign, with what it stands on.

Opening and closing cases are always kept by the selection. To them come, for every case that is run
again, the contract cases of the operations it called: when one of those no longer holds, the
failure has another cause than the one that was looked for.
"""

from __future__ import annotations

from pathlib import Path

from lab.evidence.reader import RESULT, DirectoryReader
from lab.model import stored
from lab.model.campaign import CaseResult
from lab.model.case import SuiteKind
from lab.model.errors import UsageError
from lab.model.verdict import Selection, Verdict


def not_passed(directory: Path) -> tuple[str, ...]:
    """Return the ids to run again; UsageError when nothing is to be repeated or read."""
    path = directory / RESULT
    if not path.is_file():
        raise UsageError(
            f'"{directory}" holds no finished campaign',
            code="MFL-U061",
            where="--failed-from",
            fix=f"Finish it first: mafalab resume {directory}",
            sentence_fa="در این پوشه آزمون پایان‌یافته‌ای نیست.",
        )
    result = stored.RESULT.read(path.read_bytes(), str(path))
    rows = [row for row in result.cases if row.selection is Selection.SELECTED]
    open_rows = [row for row in rows if row.verdict is not Verdict.PASS]
    if not open_rows:
        raise UsageError(
            f"every selected case of {directory} passed, so there is nothing to repeat",
            code="MFL-U062",
            where="--failed-from",
            fix="Run the plan without --failed-from.",
            sentence_fa="همهٔ آزمون‌ها قبول شده‌اند و چیزی برای تکرار نیست.",
        )
    return closure(open_rows, rows, _called(directory))


def closure(
    again: list[CaseResult], rows: list[CaseResult], called: dict[str, frozenset[str]]
) -> tuple[str, ...]:
    """Add the contract cases of the operations that the cases called, in the order of the plan."""
    wanted = {row.case.id for row in again}
    operations = frozenset[str]().union(*(called.get(name, frozenset()) for name in wanted))
    for row in rows:
        honest = called.get(row.case.id, frozenset())
        if row.case.suite is SuiteKind.CONTRACT and row.case.generated and honest & operations:
            wanted.add(row.case.id)
    return tuple(row.case.id for row in rows if row.case.id in wanted)


def _called(directory: Path) -> dict[str, frozenset[str]]:
    """Return the operation each case exercised, by the last honest message of its evidence."""
    found: dict[str, set[str]] = {}
    reader = DirectoryReader(directory)
    try:
        result = stored.RESULT.read((directory / RESULT).read_bytes(), str(directory / RESULT))
        for row in result.cases:
            steps = reader.exchanges_of(row.case.id, row.attempts) if row.attempts else ()
            contract = row.case.suite is SuiteKind.CONTRACT
            found[row.case.id] = {
                f"{one.service}.{one.operation}"
                for one in steps
                if not contract or one.step == "honest message"
            }
    finally:
        reader.close()
    return {name: frozenset(operations) for name, operations in found.items()}
