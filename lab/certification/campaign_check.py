"""Everything that must hold of a campaign before a certificate can rest on it.

The evidence is verified first; only then is a document read, and what it says is compared with the
plan, with the counts, with the recorded verdicts and with the scheme of the standard pack.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab.evidence.reader import CAMPAIGN, RESULT, EvidenceReader, open_evidence
from lab.evidence.verify import verify
from lab.model import stored
from lab.model.campaign import Campaign, Decision, ResultDocument
from lab.model.errors import LabError, UsageError
from lab.model.evidence import RecordKind
from lab.model.verdict import RunState, Selection, Verdict
from lab.verdicts.decision import standing_fails, state
from lab.verdicts.inspection import inspection_results
from lab.verdicts.rollup import Account, count
from reports.document import parse_result

MAX_REASONS = 12
CERTIFIABLE_KIND = "witnessed"
_NAMED = 3  # cases named in one reason
_FA = {
    "incomplete": "کارزار ناتمام است",
    "fail": "آزمون‌های ردشده",
    "inconclusive": "آزمون‌های نامعین",
    "error": "خطای آزمایشگاه",
    "none": "آزمون‌های بی‌حکم",
}


class Refused(LabError):
    """A certificate is refused. `reasons` are (English, Persian), the first is the sentence."""

    code = "MFL-C010"
    exit_code = 1
    level = "CERTIFICATE"

    def __init__(self, reasons: list[tuple[str, str]], *, where: str, fix: str) -> None:
        english = "\n".join(english for english, _ in reasons[:MAX_REASONS])
        persian = " ".join(persian for _, persian in reasons[:MAX_REASONS])
        super().__init__(
            f"No certificate is issued: {english}",
            where=where,
            fix=fix,
            sentence_fa=f"گواهی صادر نمی‌شود: {persian}",
        )
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class CheckedCampaign:
    """A campaign whose evidence verifies, with its result and the hash of the result file."""

    result: ResultDocument
    result_sha256: str
    head: str
    records: int


def check_evidence(path: Path) -> CheckedCampaign:
    """Verify the evidence of a directory or bundle and read its result.

    Raises Refused when the evidence does not verify or the campaign is not finished.
    """
    report = verify(path)
    if not report.intact:
        first = report.problems[0]
        raise Refused(
            [
                (
                    f"the evidence does not verify: {first.where}: {first.what}",
                    "شواهد کارزار با زنجیرهٔ درهم‌سازی نمی‌خواند.",
                )
            ],
            where=str(path),
            fix="mafalab verify lists every place; run the campaign again on intact storage.",
        )
    if not report.finished:
        raise Refused(
            [("the campaign is not finished", "کارزار به پایان نرسیده است.")],
            where=str(path),
            fix=f"mafalab resume {path}",
        )
    reader = open_evidence(path)
    try:
        return _read(reader, path, report.head, report.records)
    finally:
        reader.close()


def _read(reader: EvidenceReader, path: Path, head: str, records: int) -> CheckedCampaign:
    content, frozen = reader.document(RESULT), reader.document(CAMPAIGN)
    if content is None or frozen is None:
        raise UsageError("The campaign has no result.json or campaign.json.", where=str(path))
    result = parse_result(content.decode("utf-8", "replace"), where=f"{path}/{RESULT}")
    campaign = stored.CAMPAIGN.read(frozen, f"{path}/{CAMPAIGN}")
    problems = _contradictions(reader, result, campaign, head)
    if problems:
        raise Refused(problems, where=str(path), fix="Run the campaign again.")
    digest = hashlib.sha256(content).hexdigest()
    return CheckedCampaign(result=result, result_sha256=digest, head=head, records=records)


def _contradictions(
    reader: EvidenceReader, result: ResultDocument, campaign: Campaign, head: str
) -> list[tuple[str, str]]:
    problems = []
    if result.campaign != campaign:
        problems.append(
            (
                "result.json speaks of another campaign than campaign.json",
                "result.json و campaign.json از یک کارزار نیستند.",
            )
        )
    if result.evidence.head != head:
        problems.append(
            (
                f"result.json names evidence {result.evidence.head[:12]}, found {head[:12]}",
                "result.json به شواهد دیگری اشاره می‌کند.",
            )
        )
    if inspection_results(campaign, Account(reader.records()).attestations) != result.inspections:
        problems.append(
            (
                "the inspections in result.json are not what the recorded attestations say",
                "بازرسی‌های result.json با اظهارهای ثبت‌شده نمی‌خواند.",
            )
        )
    recorded = _recorded_verdicts(reader)
    for case in result.cases:
        verdict = recorded.get(case.case.id)
        if verdict is not None and verdict.rank > case.verdict.rank:
            problems.append(
                (
                    (
                        f"{case.case.id} is {case.verdict.value} in result.json, {verdict.value} "
                        "in the evidence"
                    ),
                    f"حکم {case.case.id} در شواهد چیز دیگری است.",
                )
            )
    return problems


def _recorded_verdicts(reader: EvidenceReader) -> dict[str, Verdict]:
    """Verdict that the last finishing record of each case says, where it says one."""
    found: dict[str, Verdict] = {}
    for record in reader.records():
        if record.kind is RecordKind.CASE_FINISHED and record.case_id and "verdict" in record.data:
            found[record.case_id] = Verdict(record.data["verdict"])
    return found


def grounds_for_refusal(result: ResultDocument) -> list[tuple[str, str]]:
    """Return every reason why the result itself cannot carry a certificate; empty when it can."""
    reasons = []
    said = result.statement.decision
    if said is not Decision.CONFORMING:
        reasons.append(
            (
                f"the decision is {said.value.replace('_', ' ')}: {result.statement.reason_en}",
                f"نتیجه «منطبق» نیست: {result.statement.reason_fa}",
            )
        )
    if result.campaign.kind != CERTIFIABLE_KIND:
        reasons.append(
            (
                (
                    f"a {result.campaign.kind} campaign is no ground for a certificate; "
                    "the scheme asks for a witnessed one (mafalab run --kind witnessed)"
                ),
                "گواهی تنها بر پایهٔ کارزار نظارت‌شده صادر می‌شود.",
            )
        )
    if result.campaign.only:
        reasons.append(
            (
                f"only {len(result.campaign.only)} chosen cases were run, a part of the plan",
                "تنها بخشی از برنامهٔ آزمون اجرا شده است.",
            )
        )
    reasons += _incomplete(result)
    reasons += _not_passed(result)
    return reasons


def _incomplete(result: ResultDocument) -> list[tuple[str, str]]:
    reasons = []
    planned = {item.case.id: item.selection for item in result.campaign.planned}
    present = {item.case.id: item.selection for item in result.cases}
    if planned != present or len(present) != len(result.cases):
        missing = sorted(set(planned) ^ set(present))[:3]
        reasons.append(
            (
                f"the result does not hold exactly the planned cases ({', '.join(missing) or '-'})",
                "نتیجه با برنامهٔ آزمون یکی نیست.",
            )
        )
    expected = result.campaign.plan.expected_cases
    if len(result.campaign.planned) != expected:
        reasons.append(
            (
                f"the plan expects {expected} cases, {len(planned)} were planned",
                "شمار آزمون‌های برنامه با آنچه انتظار می‌رود یکی نیست.",
            )
        )
    wanted, frozen = result.campaign.plan.expected_inspections, len(result.campaign.inspections)
    if frozen != wanted:
        reasons.append(
            (
                f"the plan expects {wanted} inspections, {frozen} were planned",
                "شمار بازرسی‌های برنامه با آنچه انتظار می‌رود یکی نیست.",
            )
        )
    counts = result.counts
    parts = counts.passed + counts.inconclusive + counts.failed + counts.error + counts.not_run
    selected = sum(1 for item in result.cases if item.selection is Selection.SELECTED)
    if not parts == counts.planned == selected:
        reasons.append(
            (
                (
                    f"the counts do not close: {counts.planned} planned, {parts} counted, "
                    f"{selected} selected"
                ),
                "شمارش‌ها با هم نمی‌خوانند.",
            )
        )
    return reasons


def decision_again(result: ResultDocument) -> Decision:
    """Apply the decision rule to the cases once more; what the document says is not believed."""
    rule, counts = result.statement.rule, count(result.cases)
    inspections = result.inspections
    again = state(result.campaign, result.cases, counts, rule, result.load, inspections=inspections)
    return again.decision


def _not_passed(result: ResultDocument) -> list[tuple[str, str]]:
    reasons = []
    selected = [case for case in result.cases if case.selection is Selection.SELECTED]
    if not selected:
        reasons.append(("no case was selected", "هیچ آزمونی در شمول نبوده است."))
    again = decision_again(result)
    if again is not Decision.CONFORMING:
        reasons.append(
            (
                f"the rule applied to the cases again gives {again.value.replace('_', ' ')}",
                "با به‌کار بستن دوبارهٔ قاعدهٔ تصمیم، نتیجه «منطبق» نیست.",
            )
        )
    tolerated = standing_fails(result.cases, result.statement.rule) == 0
    groups: dict[str, list[str]] = {}
    for case in selected:
        if case.state is not RunState.FINISHED:
            groups.setdefault("incomplete", []).append(case.case.id)
        elif case.verdict is Verdict.FAIL and tolerated:
            continue
        elif case.verdict is not Verdict.PASS:
            groups.setdefault(case.verdict.value, []).append(case.case.id)
    for name, ids in sorted(groups.items()):
        some = ", ".join(ids[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
        what = "the campaign is incomplete" if name == "incomplete" else f"ended with {name}"
        reasons.append(
            (f"{what}: {len(ids)} of {len(selected)} cases: {some}", f"{_FA[name]}: {some}")
        )
    if result.load is not None and result.load.verdict is not Verdict.PASS:
        reasons.append(
            (
                f"the load verdict is {result.load.verdict.value}",
                "نتیجهٔ آزمون بار «قبول» نیست.",
            )
        )
    return reasons
