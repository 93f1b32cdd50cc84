"""Level 1: one row per requirement of the campaign."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import RequirementResult, ResultDocument
from lab.model.verdict import Verdict
from reports.view_models import wording
from reports.view_models.text import one_line, visible

MAX_LINKS = 6


@dataclass(frozen=True)
class RequirementRow:
    """One requirement with its roll-up. `links` are at most MAX_LINKS case ids, worst first."""

    id: str
    clause: str
    text: Bilingual
    level: str
    level_words: Bilingual
    mark: str
    symbol: str
    words: Bilingual
    passed: int
    cases: int
    links: tuple[str, ...]
    more: int
    reason: str
    rulings: str
    inspections: tuple[str, ...]
    inspection_mark: str
    inspection_symbol: str
    inspection_words: Bilingual


def build_matrix(result: ResultDocument) -> tuple[RequirementRow, ...]:
    """Compute the rows in the order of the result document."""
    marks = {case.case.id: wording.mark(case) for case in result.cases}
    return tuple(_row(item, marks) for item in result.requirements)


def _row(item: RequirementResult, marks: dict[str, str]) -> RequirementRow:
    requirement = item.requirement
    selected = [c for c in item.case_ids if marks.get(c) not in {"na", None}]
    mark = _mark(item, selected)
    symbol, words = wording.VERDICTS[mark]
    inspected = _inspection_mark(item)
    inspection = wording.OPEN if inspected == "inconclusive" else wording.VERDICTS[inspected]
    order = list(wording.VERDICTS)
    worst_first = sorted(selected, key=lambda c: (marks[c] == "pass", order.index(marks[c]), c))
    return RequirementRow(
        id=requirement.id,
        clause=one_line(requirement.clause, 80),
        text=Bilingual(fa=visible(requirement.text.fa), en=visible(requirement.text.en)),
        level=str(requirement.level.value),
        level_words=wording.named(wording.LEVELS, str(requirement.level.value)),
        mark=mark,
        symbol=symbol,
        words=words,
        passed=sum(1 for c in selected if marks[c] == "pass"),
        cases=len(selected),
        links=tuple(worst_first[:MAX_LINKS]),
        more=max(0, len(selected) - MAX_LINKS),
        reason=one_line(item.reason, 200),
        rulings=" ".join(requirement.rulings),
        inspections=item.inspection_ids,
        inspection_mark=inspected,
        inspection_symbol=inspection[0],
        inspection_words=inspection[1],
    )


def _inspection_mark(item: RequirementResult) -> str:
    """Name the worst inspection; planned ones without verdict are out of scope."""
    if item.inspection is Verdict.NONE:
        return "na" if item.inspection_ids else "none"
    return str(item.inspection.value)


def _mark(item: RequirementResult, selected: list[str]) -> str:
    if item.verdict is not Verdict.NONE:
        return str(item.verdict.value)
    if selected:
        return "notrun"
    return "na" if item.case_ids else "none"
