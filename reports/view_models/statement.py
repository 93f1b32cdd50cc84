"""Level 0: the decision, its scope and rule, the counts that close, the causes, the limits."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import Cause, ResultDocument
from reports.view_models import wording
from reports.view_models.calendar import Moment, moment
from reports.view_models.text import one_line, prose, visible

MAX_CAUSES = 50

_FIXED_LIMITS = (
    Bilingual(
        fa="این بیانیه تنها دربارهٔ همان محصول و نسخه و ساختی است که آزموده شد، و تنها دربارهٔ "
        "الزام‌هایی که در جدول زیر حکم «قبول» یا «رد» دارند.",
        en="This statement is about the tested product, version and build only, and only about "
        "requirements with a verdict pass or fail in the matrix below.",
    ),
    Bilingual(
        fa="همهٔ داده‌های آزمون ساختگی است؛ هیچ بیمار، مرکز یا پزشک واقعی در آن نیست.",
        en="All test data are synthetic; no real patient, centre or prescriber occurs.",
    ),
)


@dataclass(frozen=True)
class CountRow:
    """One verdict with its number and its place in the bar (0..1000 units)."""

    name: str
    symbol: str
    words: Bilingual
    number: int
    start: float
    width: float


@dataclass(frozen=True)
class CauseRow:
    """One thing to mend."""

    number: int
    mark: str
    symbol: str
    title: str
    requirement_id: str
    pointer: str
    expected: str
    observed: str
    why: Bilingual
    fix: Bilingual
    cases: int
    case_id: str


@dataclass(frozen=True)
class StatementView:
    """Everything on the first page."""

    symbol: str
    mark: str
    headline: Bilingual
    subject: str
    role: Bilingual
    level: str
    kind: Bilingual
    reason: Bilingual
    rule: Bilingual
    rule_id: str
    scope: str
    started: Moment
    finished: Moment
    facts: tuple[tuple[Bilingual, str], ...]
    counts: tuple[CountRow, ...]
    planned: int
    not_applicable: int
    closes: bool
    causes: tuple[CauseRow, ...]
    hidden_causes: int
    limits: tuple[Bilingual, ...]
    assurance: tuple[tuple[str, str], ...]
    head: str
    records: int
    exchanges: int


def build_statement(result: ResultDocument) -> StatementView:
    """Compute level 0 of the report."""
    campaign, said = result.campaign, result.statement
    symbol, mark, headline = wording.DECISIONS[said.decision]
    product = campaign.profile.product
    counts = _counts(result)
    texts = {r.requirement.id: r.requirement.text for r in result.requirements}
    causes = tuple(
        _cause(i, c, texts.get(c.requirement_id))
        for i, c in enumerate(result.causes[:MAX_CAUSES], 1)
    )
    return StatementView(
        symbol=symbol,
        mark=mark,
        headline=headline,
        subject=one_line(f"{product.product} {product.version}", 200),
        role=wording.named(wording.ROLES, campaign.plan.role),
        level=one_line(campaign.plan.level, 40),
        kind=wording.named(wording.KINDS, campaign.kind),
        reason=Bilingual(fa=prose(one_line(said.reason_fa, 600)), en=one_line(said.reason_en, 600)),
        rule=Bilingual(fa=prose(visible(said.rule.text_fa)), en=visible(said.rule.text_en)),
        rule_id=said.rule.id,
        scope=one_line(said.scope, 400),
        started=moment(campaign.started_at),
        finished=moment(result.finished_at),
        facts=_facts(result),
        counts=counts,
        planned=result.counts.planned,
        not_applicable=result.counts.not_applicable,
        closes=sum(row.number for row in counts) == result.counts.planned,
        causes=causes,
        hidden_causes=len(result.causes) - len(causes),
        limits=_limits(result),
        assurance=tuple((one_line(k, 80), one_line(str(v), 200)) for k, v in _assured(result)),
        head=result.evidence.head,
        records=result.evidence.records,
        exchanges=result.evidence.exchanges,
    )


def _assured(result: ResultDocument) -> list[tuple[str, float | int | str]]:
    return sorted(result.assurance.items())


def _facts(result: ResultDocument) -> tuple[tuple[Bilingual, str], ...]:
    campaign = result.campaign
    product = campaign.profile.product
    rows = (
        ("سازنده", "Vendor", product.vendor),
        ("محصول", "Product", product.product),
        ("نسخه", "Version", product.version),
        ("ساخت", "Build", product.build),
        ("کارزار", "Campaign", campaign.id),
        ("برنامهٔ آزمون", "Plan", f"{campaign.plan.id} ({campaign.plan.level})"),
        ("بستهٔ استاندارد", "Standard pack", f"{campaign.pack} sha256:{campaign.pack_hash[:16]}"),
        (
            "مجموعه‌آزمون",
            "Suites",
            f"{campaign.suite_version} sha256:{campaign.suite_hash[:16]}",
        ),
        ("بذر", "Seed", str(campaign.seed)),
    )
    return tuple((Bilingual(fa=fa, en=en), one_line(value, 200)) for fa, en, value in rows)


def _counts(result: ResultDocument) -> tuple[CountRow, ...]:
    whole = max(1, result.counts.planned)
    rows, start = [], 0.0
    for name, field in wording.COUNTS:
        count = getattr(result.counts, field)
        width = 1000 * count / whole
        symbol, words = wording.VERDICTS[name]
        rows.append(CountRow(name, symbol, words, count, round(start, 2), round(width, 2)))
        start += width
    return tuple(rows)


def _cause(index: int, cause: Cause, text: Bilingual | None) -> CauseRow:
    mark = str(cause.verdict.value)
    return CauseRow(
        number=index,
        mark=mark,
        symbol=wording.VERDICTS[mark][0],
        title=one_line(cause.title, 200),
        requirement_id=cause.requirement_id,
        pointer=one_line(cause.pointer, 120),
        expected=one_line(cause.expected, 240),
        observed=one_line(cause.observed, 240),
        why=Bilingual(
            fa=visible(text.fa) if text is not None else "",
            en=visible(text.en) if text is not None else "",
        ),
        fix=Bilingual(
            fa=one_line(cause.fix_fa or cause.fix, 400), en=one_line(cause.fix or cause.fix_fa, 400)
        ),
        cases=len(cause.case_ids),
        case_id=cause.case_ids[0] if cause.case_ids else "",
    )


def _limits(result: ResultDocument) -> tuple[Bilingual, ...]:
    said = result.statement
    count = max(len(said.limits_fa), len(said.limits_en))
    given = [
        Bilingual(
            fa=prose(visible((said.limits_fa + said.limits_en[len(said.limits_fa) :])[i])),
            en=visible((said.limits_en + said.limits_fa[len(said.limits_en) :])[i]),
        )
        for i in range(count)
    ]
    return (*given, *_FIXED_LIMITS)
