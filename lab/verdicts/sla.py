"""Decides an SLA item from load samples: three outcomes, dependence-aware.

Per request X = 1 when it took longer than the limit, counted from its intended start, or was wrong.
The requirement is Pr(X = 1) <= allowed share. Slowness comes in patches, so the requests are not
independent: exceedances are counted in batches of time, the variance between batches gives a design
effect D, and the exact binomial (Beta) bounds are taken at the effective size n / D.

PASS  when the upper bound is within the allowed share and the effective size carries information;
FAIL  when the lower bound is above it; otherwise INCONCLUSIVE. This is the decision rule of ISO/IEC
17025 7.8.6 for load: a system exactly at its limit is passed with probability of about alpha, not
one half. No statistics repairs stalls rarer than the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.model.campaign import SlaOutcome
from lab.model.verdict import Verdict


@dataclass(frozen=True)
class Sample:
    """One request: operation, intended start in seconds since the run began, latency in ms.

    `latency_ms` counts from the intended start and is +infinity for a wrong or missing answer;
    `error` names the kind of that failure, empty for a good answer.
    """

    operation: str
    intended: float
    latency_ms: float
    error: str = ""


@dataclass(frozen=True)
class SlaItem:
    """One limit of the pack: `limit_ms` is None for an error rate; `operation` "*" pools all."""

    operation: str
    measure: str
    limit_ms: float | None
    allowed_share: float


@dataclass(frozen=True)
class SlaRule:
    """How to decide; PASS is judged at the limit, FAIL at limit + `noise_ms` (the lab's latency).

    `information_floor` is the smallest effective size times allowed share that may pass.
    """

    alpha: float = 0.025
    batch_seconds: float = 30.0
    information_floor: float = 20.0
    noise_ms: float = 0.0


@dataclass(frozen=True)
class _Count:
    exceedances: int
    samples: int
    design: float

    @property
    def effective(self) -> float:
        return self.samples / self.design


def bounds(exceedances: float, size: float, alpha: float) -> tuple[float, float]:
    """Return exact one-sided lower and upper bounds of the share, each at level 1 - alpha.

    `exceedances` and `size` may be fractional (effective counts). Size 0 gives (0, 1).
    """
    if size <= 0:
        return 0.0, 1.0
    # A second of processor time: only a campaign with load pays it.
    from scipy.stats import beta  # noqa: PLC0415

    lower = 0.0 if exceedances <= 0 else float(beta.ppf(alpha, exceedances, size - exceedances + 1))
    upper = (
        1.0
        if exceedances >= size
        else float(beta.ppf(1 - alpha, exceedances + 1, size - exceedances))
    )
    return lower, upper


def design_effect(batches: Sequence[tuple[int, int]]) -> float:
    """Return D >= 1 from (exceedances, requests) per batch; 1 when it cannot be estimated.

    Fewer than two batches or no exceedance at all carry no information about dependence.
    """
    used = [(x, n) for x, n in batches if n > 0]
    total = sum(n for _, n in used)
    hits = sum(x for x, _ in used)
    if len(used) <= 1 or hits in (0, total):
        return 1.0
    share = hits / total
    count = len(used)
    variance = count / (count - 1) * sum((x - share * n) ** 2 for x, n in used) / total**2
    return max(1.0, variance / (share * (1 - share) / total))


def quantile(latencies: Iterable[float], share: float) -> float | None:
    """Return the order statistic at `share` (0.95 for p95); None when empty or infinite."""
    ordered = sorted(latencies)
    if not ordered:
        return None
    value = ordered[max(0, math.ceil(share * len(ordered)) - 1)]
    return None if math.isinf(value) else value


def judge_item(
    item: SlaItem, samples: Sequence[Sample], rule: SlaRule, *, void: str = ""
) -> SlaOutcome:
    """Judge one item; `void` names a broken validity gate, which leaves every item undecided."""
    mine = [s for s in samples if item.operation in ("*", s.operation)]
    at_limit = _count(mine, item.limit_ms, rule)
    guarded = None if item.limit_ms is None else item.limit_ms + rule.noise_ms
    beyond = _count(mine, guarded, rule)
    share = at_limit.exceedances / at_limit.samples if at_limit.samples else 0.0
    _, upper = bounds(share * at_limit.effective, at_limit.effective, rule.alpha)
    beyond_share = beyond.exceedances / beyond.samples if beyond.samples else 0.0
    lower, _ = bounds(beyond_share * beyond.effective, beyond.effective, rule.alpha)
    verdict, reason = _decide(item, at_limit, (lower, upper), rule, void)
    return SlaOutcome(
        operation=item.operation,
        measure=item.measure,
        limit_ms=item.limit_ms,
        allowed_share=item.allowed_share,
        samples=at_limit.samples,
        exceedances=at_limit.exceedances,
        effective_samples=at_limit.effective,
        lower_bound=lower,
        upper_bound=upper,
        quantile_ms=None
        if item.limit_ms is None
        else quantile((s.latency_ms for s in mine), 1 - item.allowed_share),
        verdict=verdict,
        reason=reason,
    )


def _decide(
    item: SlaItem, count: _Count, interval: tuple[float, float], rule: SlaRule, void: str
) -> tuple[Verdict, str]:
    lower, upper = interval
    allowed = f"{item.allowed_share:.2%} are allowed"
    seen = f"({count.exceedances} of {count.samples} seen)"
    information = count.effective * item.allowed_share
    if void:
        verdict, reason = Verdict.INCONCLUSIVE, f"The run does not count: {void}"
    elif count.samples == 0:
        verdict, reason = Verdict.INCONCLUSIVE, "No request of this operation was sent."
    elif lower > item.allowed_share:
        verdict, reason = Verdict.FAIL, f"At least {lower:.2%} exceed, {allowed} {seen}."
    elif upper > item.allowed_share:
        interval_text = f"{lower:.2%} to {upper:.2%}"
        verdict = Verdict.INCONCLUSIVE
        reason = f"The interval {interval_text} straddles the limit, {allowed} {seen}. Run longer."
    elif information < rule.information_floor:
        need = f"{information:.1f} of {rule.information_floor:g} needed"
        verdict = Verdict.INCONCLUSIVE
        reason = f"Too little information (effective size x allowed share {need}). Run longer."
    else:
        verdict, reason = Verdict.PASS, f"At most {upper:.2%} exceed, {allowed} {seen}."
    return verdict, reason


def _count(samples: Sequence[Sample], limit_ms: float | None, rule: SlaRule) -> _Count:
    batches: dict[int, tuple[int, int]] = {}
    for sample in samples:
        exceeded = bool(sample.error) or (limit_ms is not None and sample.latency_ms > limit_ms)
        key = int(sample.intended // rule.batch_seconds)
        hits, size = batches.get(key, (0, 0))
        batches[key] = (hits + int(exceeded), size + 1)
    hits = sum(x for x, _ in batches.values())
    return _Count(hits, len(samples), design_effect(list(batches.values())))
