"""From evidence to results: one row per planned case, one per requirement, findings by cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.model.base import JsonValue
from lab.model.campaign import Campaign, CaseResult, Cause, Counts, RequirementResult
from lab.model.case import PlannedCase
from lab.model.evidence import Record, RecordKind
from lab.model.finding import Finding
from lab.model.inspection import Attestation, InspectionResult
from lab.model.requirement import Requirement
from lab.model.verdict import RunState, Selection, Severity, Verdict, worst
from lab.verdicts.inspection import by_requirement

_SEVERITIES = (Severity.MAJOR, Severity.MINOR, Severity.OBSERVATION)


class Account:
    """What the records say: attempts and the last end of every case, an abort, attestations.

    `sealed` is the last record that states the hash of a result, `unsealed` are attestations after
    it.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.attempts: dict[str, int] = {}
        self.finished: dict[str, dict[str, JsonValue]] = {}
        self.aborted = ""
        self.load: dict[str, JsonValue] | None = None
        self.finishing: dict[str, JsonValue] | None = None
        self.sealed: dict[str, JsonValue] | None = None
        self.attestations: list[Attestation] = []
        self.unsealed: list[str] = []
        for record in records:
            self._take(record)

    def _take(self, record: Record) -> None:
        if record.kind is RecordKind.CASE_STARTED and record.case_id:
            self.attempts[record.case_id] = record.attempt or 1
        elif record.kind is RecordKind.CASE_FINISHED and record.case_id:
            self.finished[record.case_id] = record.data
        elif record.kind is RecordKind.LOAD_SAMPLES:
            self.load = record.data
        elif record.kind is RecordKind.CAMPAIGN_FINISHED:
            self.finishing = self.sealed = record.data
            self.unsealed = []
        elif record.kind is RecordKind.RESULT_AMENDED:
            self.sealed = record.data
            self.unsealed = []
        elif record.kind is RecordKind.INSPECTION:
            self.attestations.append(Attestation.model_validate(record.data))
            self.unsealed.append(self.attestations[-1].id)
        elif record.kind is RecordKind.OBSERVATION and record.data.get("what") == "aborted":
            self.aborted = str(record.data.get("reason"))


def case_results(campaign: Campaign, account: Account) -> tuple[CaseResult, ...]:
    """Return a row for every planned case; nothing disappears."""
    rows = [_case_result(row, campaign, account) for row in campaign.planned]
    closing = next((row for row in rows if row.case.id == campaign.plan.closing), None)
    opening = next((row for row in rows if row.case.id == campaign.plan.opening), None)
    if closing is None or opening is None or closing.case.id == opening.case.id:
        return tuple(rows)
    lost = opening.verdict is Verdict.PASS and closing.verdict not in {Verdict.PASS, Verdict.NONE}
    return tuple(_doubted(row) if lost else row for row in rows)


def _doubted(row: CaseResult) -> CaseResult:
    """Take a pass back: a dying server also refuses everything."""
    if row.verdict is not Verdict.PASS:
        return row
    note = "passed, but the closing sanity case did not: the product may have been out of order"
    return row.model_copy(update={"verdict": Verdict.INCONCLUSIVE, "note": note})


def _case_result(row: PlannedCase, campaign: Campaign, account: Account) -> CaseResult:
    case_id = row.case.id
    data = account.finished.get(case_id)
    if row.selection is Selection.NOT_APPLICABLE or data is None:
        note = ""
        if row.selection is Selection.SELECTED:
            left_out = bool(campaign.only) and case_id not in campaign.only
            note = "left out by --only" if left_out else account.aborted or "not run"
        return CaseResult(
            case=row.case,
            selection=row.selection,
            reason=row.reason,
            state=RunState.NOT_RUN,
            verdict=Verdict.NONE,
            attempts=account.attempts.get(case_id, 0),
            note=note,
        )
    return CaseResult(
        case=row.case,
        selection=row.selection,
        reason=row.reason,
        state=RunState.FINISHED,
        attempts=account.attempts.get(case_id, 1),
        **data,
    )


def count(rows: Iterable[CaseResult]) -> Counts:
    """Return counts that close: planned = passed + inconclusive + failed + error + not_run."""
    rows = list(rows)
    selected = [row for row in rows if row.selection is Selection.SELECTED]

    def of(verdict: Verdict) -> int:
        return sum(row.verdict is verdict for row in selected)

    return Counts(
        planned=len(selected),
        passed=of(Verdict.PASS),
        inconclusive=of(Verdict.INCONCLUSIVE),
        failed=of(Verdict.FAIL),
        error=of(Verdict.ERROR),
        not_run=of(Verdict.NONE),
        not_applicable=len(rows) - len(selected),
    )


def causes(rows: Iterable[CaseResult]) -> tuple[Cause, ...]:
    """Group findings by requirement, pointer and title; the most telling group first."""
    groups: dict[tuple[str, str, str, Verdict], list[Finding]] = {}
    for row in rows:
        for finding in row.findings:
            key = (finding.requirement_id, finding.pointer, finding.title, finding.verdict)
            groups.setdefault(key, []).append(finding)
    ordered = sorted(groups.values(), key=_weight)
    return tuple(_cause(group) for group in ordered)


def _weight(group: list[Finding]) -> tuple[int, int, int, str]:
    first = group[0]
    order = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)
    severity = min(_SEVERITIES.index(finding.severity) for finding in group)
    cases = len({finding.case_id for finding in group})
    return (order.index(first.verdict), severity, -cases, first.requirement_id)


def _cause(group: list[Finding]) -> Cause:
    first = group[0]
    return Cause(
        requirement_id=first.requirement_id,
        pointer=first.pointer,
        title=first.title,
        expected=first.expected,
        observed=first.observed,
        fix=next((finding.fix for finding in group if finding.fix), ""),
        fix_fa=next((finding.fix_fa for finding in group if finding.fix_fa), ""),
        verdict=first.verdict,
        case_ids=tuple(dict.fromkeys(finding.case_id for finding in group)),
        exchange_id=first.exchange_id,
    )


def requirement_results(
    rows: Iterable[CaseResult],
    register: Mapping[str, JsonValue],
    role: str,
    inspections: Iterable[InspectionResult] = (),
) -> tuple[RequirementResult, ...]:
    """Roll up: worst verdict of the selected cases of a requirement, with a reason when none."""
    looked_at = by_requirement(inspections)
    verdicts: dict[str, dict[str, Verdict]] = {}
    unselected: dict[str, list[str]] = {}
    for row in rows:
        for requirement_id in _touched(row):
            if row.selection is Selection.NOT_APPLICABLE:
                unselected.setdefault(requirement_id, []).append(row.reason)
            else:
                verdicts.setdefault(requirement_id, {})[row.case.id] = row.verdict
    return tuple(
        _requirement_result(
            Requirement.model_validate(data),
            verdicts,
            unselected,
            looked_at.get(requirement_id, []),
        )
        for requirement_id, data in register.items()
        if role in data["roles"] or requirement_id in verdicts or requirement_id in unselected
    )


def _touched(row: CaseResult) -> set[str]:
    return {*row.case.requirements, *(finding.requirement_id for finding in row.findings)}


def _requirement_result(
    requirement: Requirement,
    verdicts: Mapping[str, Mapping[str, Verdict]],
    unselected: Mapping[str, list[str]],
    inspections: list[InspectionResult],
) -> RequirementResult:
    mine = verdicts.get(requirement.id, {})
    reason = ""
    if not mine:
        reasons = unselected.get(requirement.id)
        reason = reasons[0] if reasons else f"no case: {requirement.testability.value}"
    # A case that was not run leaves its requirement open, however well the others did.
    verdict = worst(mine.values())
    if verdict is Verdict.PASS and Verdict.NONE in mine.values():
        verdict, reason = Verdict.INCONCLUSIVE, "some cases were not run"
    return RequirementResult(
        requirement=requirement,
        verdict=verdict,
        case_ids=tuple(sorted(mine)),
        reason=reason,
        inspection=worst(row.verdict for row in inspections),
        inspection_ids=tuple(row.item.id for row in inspections),
    )
