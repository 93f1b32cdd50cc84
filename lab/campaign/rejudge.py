"""Judging a stored campaign again, without the product: same cases, recorded answers.

Inspections are judged again from the recorded attestations and the items frozen in the campaign.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from lab.campaign.attest import standing
from lab.campaign.child import drive
from lab.evidence.reader import CAMPAIGN, RESULT, open_evidence
from lab.model import stored
from lab.model.base import Frozen, JsonValue
from lab.model.campaign import ResultDocument
from lab.model.errors import HarnessDefect, UsageError


class Difference(Frozen):
    """One case that is judged differently now."""

    case_id: str
    before: str
    now: str
    detail: str


class Rejudgement(Frozen):
    """Outcome of judging again."""

    cases: int
    differences: tuple[Difference, ...]
    inspections: int = 0


def rejudge(directory: Path) -> Rejudgement:
    """Judge every finished case again and compare verdicts and findings with the result."""
    if not (directory / CAMPAIGN).exists() or not (directory / RESULT).exists():
        raise UsageError(
            f'"{directory}" holds no finished campaign',
            code="MFL-U015",
            where=str(directory),
            fix=f"Finish it first: mafalab resume {directory}",
            sentence_fa="در این پوشه آزمون پایان‌یافته‌ای نیست.",
        )
    result = stored.RESULT.read((directory / RESULT).read_bytes(), str(directory / RESULT))
    with tempfile.TemporaryDirectory(prefix="mafalab-rejudge-") as place:
        target = Path(place) / "replayed.json"
        code = drive(directory, lambda _event: None, ("--mafa-replay", str(target)))
        if not target.exists():
            raise HarnessDefect(
                f"the replay ended with {code} and left no results",
                code="MFL-H011",
                where=str(directory / "driver.log"),
            )
        replayed: dict[str, JsonValue] = json.loads(target.read_bytes())
    again = compare(result, replayed)
    changed = inspections_again(directory, result)
    return again.model_copy(
        update={
            "inspections": len(result.inspections),
            "differences": again.differences + changed,
        }
    )


def inspections_again(directory: Path, result: ResultDocument) -> tuple[Difference, ...]:
    """Judge the recorded attestations again and return what differs from the result."""
    reader = open_evidence(directory)
    try:
        _, rows = standing(reader)
    finally:
        reader.close()
    before = {row.item.id: row for row in result.inspections}
    now = {row.item.id: row for row in rows}
    return tuple(
        Difference(
            case_id=name,
            before=before[name].verdict.value if name in before else "none",
            now=now[name].verdict.value if name in now else "none",
            detail="the attestations in the evidence say something else",
        )
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    )


def compare(result: ResultDocument, replayed: dict[str, JsonValue]) -> Rejudgement:
    """Compare a result document with what a replay gave."""
    differences = []
    judged = [row for row in result.cases if row.state.value == "finished"]
    for row in judged:
        again = replayed.get(row.case.id)
        if again is None:
            differences.append(
                Difference(
                    case_id=row.case.id,
                    before=row.verdict.value,
                    now="none",
                    detail="not judged again",
                )
            )
            continue
        before = [finding.model_dump(mode="json") for finding in row.findings]
        # A pass that the closing case took back is still a pass of the case itself.
        stated = "pass" if row.note.startswith("passed, but") else row.verdict.value
        if (stated, before) != (again["verdict"], again["findings"]):
            detail = next((f["title"] for f in again["findings"] if f not in before), "")
            differences.append(
                Difference(
                    case_id=row.case.id,
                    before=row.verdict.value,
                    now=again["verdict"],
                    detail=detail or f"{len(before)} findings before, {len(again['findings'])} now",
                )
            )
    return Rejudgement(cases=len(judged), differences=tuple(differences))
