"""Plain summary lines for a terminal or a CI log: ASCII digits, no colour, no markup."""

from __future__ import annotations

from lab.model.campaign import Decision, ResultDocument
from reports.view_models.text import one_line

MAX_CAUSES = 10

_EN = {
    Decision.CONFORMING: "CONFORMING",
    Decision.NOT_CONFORMING: "NOT CONFORMING",
    Decision.NO_STATEMENT: "NO STATEMENT",
    Decision.UNDECIDED: "UNDECIDED",
}
_FA = {
    Decision.CONFORMING: "منطبق",
    Decision.NOT_CONFORMING: "نامنطبق",
    Decision.NO_STATEMENT: "بدون بیانیه",
    Decision.UNDECIDED: "بی‌نتیجه",
}


def findings_lines(result: ResultDocument) -> list[str]:
    """Return the findings grouped by cause, at most MAX_CAUSES, then how many more there are."""
    lines = []
    for cause in result.causes[:MAX_CAUSES]:
        lines += [
            f"FINDING[{cause.requirement_id}] {one_line(cause.title, 160)}",
            f"  expected  {one_line(cause.expected, 160)}",
            f"  observed  {one_line(cause.observed, 160)}",
            f"  where     {one_line(cause.pointer, 120)}  {cause.exchange_id or '-'}",
            f"  cases     {len(cause.case_ids)}: {' '.join(cause.case_ids[:3])}",
            f"  fix       {one_line(cause.fix, 240)}",
        ]
        if cause.fix_fa:
            lines += [f"  راه       {one_line(cause.fix_fa, 240)}"]
    rest = len(result.causes) - MAX_CAUSES
    if rest > 0:
        lines.append(f"... {rest} more in the report")
    return lines


def summary_lines(result: ResultDocument, lang: str = "en") -> list[str]:
    """Return decision and scope, the counts that close, and the first cause."""
    campaign, counts = result.campaign, result.counts
    product = campaign.profile.product
    name = one_line(f"{product.product} {product.version}", 120)
    scope = f"{campaign.plan.role} {campaign.plan.level} · {campaign.pack} · {name}"
    sums = (
        f"{counts.planned} planned = {counts.passed} pass + {counts.failed} fail + "
        f"{counts.inconclusive} inconclusive + {counts.error} lab error + "
        f"{counts.not_run} not run   ({counts.not_applicable} not applicable by ICS)"
    )
    decision = result.statement.decision
    if lang == "fa":
        first = f"نتیجه: {_FA[decision]}   {scope} · {campaign.kind}"
        return [first, f"شمارش: {sums}", *_first_cause(result, "نخستین علت")]
    kind = "self-test, not a certificate" if campaign.kind == "self-test" else campaign.kind
    return [f"{_EN[decision]}   {scope} · {kind}", sums, *_first_cause(result, "First cause")]


def _first_cause(result: ResultDocument, label: str) -> list[str]:
    if not result.causes:
        return []
    cause = result.causes[0]
    case = cause.case_ids[0] if cause.case_ids else "-"
    return [
        (
            f"{label}: {case} · {cause.requirement_id} · expected "
            f"{one_line(cause.expected, 80)}, observed {one_line(cause.observed, 80)}"
        )
    ]
