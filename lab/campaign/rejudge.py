"""Judging a stored campaign again, without the product: same cases, recorded answers.

Inspections are judged again from the recorded attestations and the items frozen in the campaign.
Nothing is written into the directory of the campaign.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from fixtures import load_pack
from lab.campaign.attest import standing
from lab.campaign.child import drive
from lab.campaign.load_step import judge_recorded
from lab.evidence.reader import CAMPAIGN, RESULT, open_evidence
from lab.model import stored
from lab.model.base import Frozen, JsonValue
from lab.model.campaign import Decision, ResultDocument
from lab.model.errors import HarnessDefect, UsageError
from lab.model.finding import Finding
from lab.model.roles import SUITES
from lab.verdicts.result import build_result
from lab.verdicts.rollup import Account

REPLAY = "replay"  # where findings point that say: the case walks another path than the evidence
_TAIL = 600


class Difference(Frozen):
    """One case or inspection that is judged differently now.

    `is_unfit`: the case asks for something else than was recorded (or is gone), so that today's
    verdict says nothing about the product. `findings` are those of now that were not there before.
    """

    case_id: str
    before: str
    now: str
    detail: str
    is_unfit: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def is_lost(self) -> bool:
        """Whether a pass is no pass any more, for a reason that is in the recorded answers."""
        return self.before == "pass" != self.now and not self.is_unfit

    @property
    def is_gained(self) -> bool:
        """Whether it passes now."""
        return self.now == "pass" != self.before


class Rejudgement(Frozen):
    """Outcome of judging again; `decision` is what the rule makes of today's verdicts."""

    cases: int
    differences: tuple[Difference, ...]
    inspections: int = 0
    decided: Decision | None = None
    decision: Decision | None = None


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
    replayed = _replayed(directory)
    again = compare(result, replayed)
    changed = inspections_again(directory, result)
    return again.model_copy(
        update={
            "inspections": len(result.inspections),
            "differences": again.differences + changed,
            "decided": result.statement.decision,
            "decision": _decision(directory, result, replayed),
        }
    )


def _replayed(directory: Path) -> dict[str, JsonValue]:
    """Let the driver judge the recorded answers; returns what each case finishes with now."""
    with tempfile.TemporaryDirectory(prefix="mafalab-rejudge-") as place:
        target, log = Path(place) / "replayed.json", Path(place) / "driver.log"
        code = drive(directory, lambda _event: None, ("--mafa-replay", str(target)), log)
        if not target.exists():
            said = log.read_text("utf-8", "replace").strip()[-_TAIL:]
            raise HarnessDefect(
                f"the replay ended with {code} and left no results",
                code="MFL-H011",
                where=str(directory),
                fix=f"It said: {said}" if said else "",
            )
        replayed: dict[str, JsonValue] = json.loads(target.read_bytes())
        if not replayed:
            # Suites of which no single case was recorded are other suites, not changed ones.
            raise HarnessDefect(
                f'not one case of "{SUITES}" was recorded in this campaign',
                code="MFL-H012",
                where=str(directory),
                fix="MAFALAB_SUITES has to lead to a whole copy, in a folder named suites.",
            )
        return replayed


def _decision(directory: Path, result: ResultDocument, replayed: dict[str, JsonValue]) -> Decision:
    """Apply the decision rule of the pack to the verdicts of now."""
    reader = open_evidence(directory)
    try:
        account = Account(reader.records())
        account.finished.update(
            {name: data for name, data in replayed.items() if name in account.finished}
        )
        pack = load_pack(result.campaign.pack)
        now = build_result(
            result.campaign,
            account,
            load=judge_recorded(account.load, reader),
            finished_at=result.finished_at,
            evidence=result.evidence,
            register=pack.requirements,
            schemes=pack.schemes,
        )
    finally:
        reader.close()
    return now.statement.decision


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
                    detail="not judged again: today's suites have no such case",
                    is_unfit=True,
                )
            )
            continue
        findings = tuple(Finding.model_validate(one) for one in again["findings"])
        # A pass that the closing case took back is still a pass of the case itself.
        stated = "pass" if row.note.startswith("passed, but") else row.verdict.value
        if (stated, row.findings) != (again["verdict"], findings):
            new = tuple(one for one in findings if one not in row.findings)
            counts = f"{len(row.findings)} findings before, {len(findings)} now"
            differences.append(
                Difference(
                    case_id=row.case.id,
                    before=row.verdict.value,
                    now=again["verdict"],
                    detail=new[0].title if new else counts,
                    is_unfit=any(one.pointer == REPLAY for one in new),
                    findings=new,
                )
            )
    return Rejudgement(cases=len(judged), differences=tuple(differences))
