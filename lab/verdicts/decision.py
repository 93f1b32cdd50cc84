"""The decision rule: from verdicts to a statement of conformity and the one exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lab.model.base import JsonValue
from lab.model.campaign import (
    Campaign,
    CaseResult,
    Counts,
    Decision,
    DecisionRule,
    LoadResult,
    StatementOfConformity,
)
from lab.model.errors import PackError
from lab.model.inspection import InspectionCounts, InspectionResult
from lab.model.verdict import Severity, Verdict
from lab.verdicts.inspection import count_inspections

EXIT_YES, EXIT_NO, EXIT_LAB, EXIT_OPEN = 0, 1, 3, 4


def rule_of(scheme: str, schemes: Mapping[str, JsonValue]) -> DecisionRule:
    """Return the rule of a scheme of the pack; PackError when there is none."""
    try:
        rule = schemes[scheme]["decisionRule"]
        return DecisionRule(
            id=rule["id"],
            text_en=rule["text"]["en"],
            text_fa=rule["text"]["fa"],
            minor_fails_allowed=rule.get("minorFailsAllowed", 0),
        )
    except (KeyError, TypeError) as error:
        raise PackError(
            f'scheme "{scheme}" of the pack has no decision rule ({error})',
            fix="Correct scheme= in the plan, or the scheme in the pack.",
        ) from error


def standing_fails(
    rows: Iterable[CaseResult],
    rule: DecisionRule,
    inspections: Iterable[InspectionResult] = (),
) -> int:
    """Count failed cases and inspections that the rule does not tolerate."""
    failed = [row.item.severity for row in inspections if row.verdict is Verdict.FAIL]
    major, minor = failed.count(Severity.MAJOR), failed.count(Severity.MINOR)
    for row in rows:
        if row.verdict is not Verdict.FAIL:
            continue
        severities = {f.severity for f in row.findings if f.verdict is Verdict.FAIL}
        if Severity.MAJOR in severities or not severities:
            major += 1
        elif Severity.MINOR in severities:
            minor += 1
    return major + (minor if minor > rule.minor_fails_allowed else 0)


def exit_code(fails: int, errors: int, undecided: int) -> int:
    """Return 1 if any fail stands, else 3 for our errors, else 4 if something is open, else 0."""
    if fails:
        return EXIT_NO
    if errors:
        return EXIT_LAB
    return EXIT_OPEN if undecided else EXIT_YES


def state(
    campaign: Campaign,
    rows: tuple[CaseResult, ...],
    counts: Counts,
    rule: DecisionRule,
    load: LoadResult | None,
    *,
    inspections: tuple[InspectionResult, ...] = (),
) -> StatementOfConformity:
    """Apply the rule. A part of a plan, an open case or a lab error never gives a "conforming".

    A failed inspection counts like a failed case. An open one leaves the statement as it is, which
    then says what it does not cover; whether it bars a certificate is for the scheme to say.
    """
    load_verdict = load.verdict if load else Verdict.NONE
    # An in-process product (calibration only) has no address that could be loaded.
    needs_load = campaign.plan.load_profile is not None and campaign.profile.ixit.asgi is None
    load_missing = needs_load and load is None
    load_failed = load_verdict is Verdict.FAIL
    fails = standing_fails(rows, rule, inspections) + load_failed
    errors = counts.error + (load_verdict is Verdict.ERROR)
    open_ = counts.inconclusive + counts.not_run + (load_verdict is Verdict.INCONCLUSIVE)
    open_ += load_missing + (counts.planned == 0)
    code = exit_code(fails, errors, open_)
    incomplete = counts.not_run > 0 or load_missing or counts.planned == 0
    decision = {
        EXIT_YES: Decision.CONFORMING,
        EXIT_NO: Decision.NOT_CONFORMING,
        EXIT_LAB: Decision.NO_STATEMENT,
        EXIT_OPEN: Decision.NO_STATEMENT if incomplete else Decision.UNDECIDED,
    }[code]
    reason_en, reason_fa = _reasons(
        counts, standing_fails(rows, rule) + load_failed, load, count_inspections(inspections)
    )
    limits_en, limits_fa = inspection_limits(inspections)
    product = campaign.profile.product
    return StatementOfConformity(
        decision=decision,
        scope=f"{campaign.plan.title} · {campaign.pack} · {product.product} {product.version}",
        rule=rule,
        reason_en=reason_en,
        reason_fa=reason_fa,
        exit_code=code,
        limits_en=(*_limits_en(campaign, counts), *limits_en),
        limits_fa=(*_limits_fa(campaign, counts), *limits_fa),
    )


def _reasons(
    counts: Counts, fails: int, load: LoadResult | None, inspected: InspectionCounts
) -> tuple[str, str]:
    en, fa = [], []
    for number, english, persian in (
        (fails, "failed", "رد"),
        (counts.error, "lab error", "خطای آزمایشگاه"),
        (counts.inconclusive, "inconclusive", "نامعین"),
        (counts.not_run, "not run", "اجرا نشده"),
        (inspected.failed, f"inspection{'s' * (inspected.failed > 1)} failed", "بازرسی رد"),
    ):
        if number:
            en.append(f"{number} {english}")
            fa.append(f"{number} {persian}")
    if load is not None and load.verdict is not Verdict.PASS:
        en.append(f"load {load.verdict.value}: {load.reason}")
        fa.append("بار پذیرفته نشد")
    if not en:
        en.append(f"all {counts.planned} selected cases passed")
        fa.append(f"هر {counts.planned} آزمون انتخاب‌شده قبول شد")
    if inspected.open:
        en.append(f"{inspected.open} of {inspected.planned} inspections open")
        fa.append(f"{inspected.open} از {inspected.planned} بازرسی باز است")
    return ", ".join(en), "، ".join(fa)


def _limits_en(campaign: Campaign, counts: Counts) -> tuple[str, ...]:
    limits = ["Only the item tested, in the version named, on the date named."]
    if campaign.kind == "self-test":
        limits.append("Self-test: no witness was present; this is not a certificate.")
    if counts.not_applicable:
        limits.append(f"{counts.not_applicable} cases were not applicable by the vendor's claims.")
    if campaign.only:
        limits.append("Only a part of the plan was run; no statement is made.")
    return tuple(limits)


def _limits_fa(campaign: Campaign, counts: Counts) -> tuple[str, ...]:
    limits = ["تنها همین محصول، همین نسخه و همین تاریخ."]
    if campaign.kind == "self-test":
        limits.append("خودآزمون: بدون حضور ناظر؛ این گواهی نیست.")
    if counts.not_applicable:
        limits.append(f"{counts.not_applicable} آزمون بنا بر ادعای سازنده خارج از شمول است.")
    if campaign.only:
        limits.append("تنها بخشی از برنامه اجرا شد؛ بیانیه‌ای داده نمی‌شود.")
    return tuple(limits)


def inspection_limits(
    inspections: Sequence[InspectionResult],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, in English and Persian, what was inspected and which inspections are open."""
    en, fa = [], []
    for verdict, english, persian in (
        (Verdict.PASS, "Passed by attestation of a person, not by a test", "با اظهار شخص قبول شد"),
        (Verdict.FAIL, "Failed inspections", "بازرسی‌های ردشده"),
        (
            Verdict.INCONCLUSIVE,
            "Open inspections, not covered by this statement",
            "بازرسی‌های باز، بیرون از این بیانیه",
        ),
    ):
        names = ", ".join(row.item.id for row in inspections if row.verdict is verdict)
        if names:
            en.append(f"{english}: {names}.")
            fa.append(f"{persian}: {names}.")
    out = ", ".join(
        row.item.id for row in inspections if row.verdict is Verdict.NONE and row.attestations
    )
    if out:
        en.append(f"Taken out of scope by an inspector: {out}.")
        fa.append(f"به نظر بازرس خارج از شمول: {out}.")
    return tuple(en), tuple(fa)
