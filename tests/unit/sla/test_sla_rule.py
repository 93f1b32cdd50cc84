"""The decision rule on a percentile: exact values, three outcomes, false passes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lab.model.verdict import Verdict
from lab.verdicts.sla import (
    Sample,
    SlaItem,
    SlaRule,
    bounds,
    design_effect,
    judge_item,
    quantile,
)

P95 = SlaItem("price", "p95", 1000.0, 0.05)
ERRORS = SlaItem("*", "error_rate", None, 0.005)
RULE = SlaRule(batch_seconds=30.0, information_floor=20.0)


def run(latencies: list[float], *, rate: float = 10.0, errors: int = 0) -> list[Sample]:
    good = [Sample("price", i / rate, ms) for i, ms in enumerate(latencies)]
    bad = [Sample("price", i, math.inf, "timeout") for i in range(errors)]
    return good + bad


@pytest.mark.parametrize(
    ("size", "share"), [(59, 0.05), (299, 0.01), (2995, 0.001)]
)  # security.md: sizes at which no exceedance bounds the share with 95 % confidence
def test_zero_exceedances_bound_the_share_at_the_published_sizes(size: int, share: float) -> None:
    assert bounds(0, size, 0.05)[1] <= share
    assert bounds(0, size - 1, 0.05)[1] > share


@pytest.mark.parametrize(("size", "share"), [(336, 0.05), (1693, 0.01), (16959, 0.001)])
def test_ten_exceedances_bound_the_share_at_the_published_sizes(size: int, share: float) -> None:
    assert bounds(10, size, 0.05)[1] <= share
    assert bounds(10, size - 1, 0.05)[1] > share


def test_no_exceedance_has_the_closed_form() -> None:
    lower, upper = bounds(0, 300, 0.025)
    assert lower == 0
    assert upper == pytest.approx(1 - 0.025 ** (1 / 300), rel=1e-9)


def test_everything_exceeding_mirrors_nothing_exceeding() -> None:
    lower, upper = bounds(300, 300, 0.025)
    assert upper == 1
    assert lower == pytest.approx(0.025 ** (1 / 300), rel=1e-9)


def test_no_samples_say_nothing() -> None:
    assert bounds(0, 0, 0.025) == (0.0, 1.0)
    assert judge_item(P95, [], RULE).verdict is Verdict.INCONCLUSIVE


def test_design_effect_by_hand() -> None:
    # share 0.1, e = (+10, -10), V = 2/1 * 200 / 200^2 = 0.01, binomial 0.09/200 = 0.00045
    assert design_effect([(20, 100), (0, 100)]) == pytest.approx(0.01 / 0.00045)
    assert design_effect([(10, 100), (10, 100)]) == 1.0
    assert design_effect([(0, 100), (0, 100)]) == 1.0
    assert design_effect([(5, 100)]) == 1.0


def test_quantile_is_an_order_statistic() -> None:
    assert quantile([float(v) for v in range(1, 101)], 0.95) == 95.0
    assert quantile([1.0, math.inf], 0.95) is None
    assert quantile([], 0.5) is None


def test_a_fast_system_passes() -> None:
    outcome = judge_item(P95, run([80.0] * 3000), RULE)
    assert outcome.verdict is Verdict.PASS
    assert outcome.quantile_ms == 80.0


def test_a_slow_system_fails() -> None:
    outcome = judge_item(P95, run([80.0, 1500.0] * 1500), RULE)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.exceedances == 1500


def test_a_fast_wrong_answer_is_an_exceedance() -> None:
    outcome = judge_item(P95, run([80.0] * 1000, errors=300), RULE)
    assert outcome.verdict is Verdict.FAIL


def test_too_little_information_is_not_a_pass() -> None:
    outcome = judge_item(P95, run([80.0] * 300), RULE)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "15.0" in outcome.reason


def test_an_interval_across_the_limit_is_undecided() -> None:
    latencies = [1500.0 if i % 20 == 0 else 80.0 for i in range(3000)]
    assert judge_item(P95, run(latencies), RULE).verdict is Verdict.INCONCLUSIVE


def test_slowness_in_patches_is_worth_less_than_scattered_slowness() -> None:
    scattered = [1500.0 if i % 25 == 0 else 80.0 for i in range(9000)]
    patched = [1500.0 if 3000 <= i < 3360 else 80.0 for i in range(9000)]
    assert sum(v > 1000 for v in scattered) == sum(v > 1000 for v in patched)
    assert judge_item(P95, run(scattered), RULE).verdict is Verdict.PASS
    outcome = judge_item(P95, run(patched), RULE)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.effective_samples < 100


def test_a_broken_gate_leaves_even_a_bad_run_undecided() -> None:
    outcome = judge_item(P95, run([1500.0] * 3000), RULE, void="sender was late")
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "sender was late" in outcome.reason


def test_noise_of_the_laboratory_protects_the_product_only_from_failing() -> None:
    samples = run([1010.0] * 3000)
    assert judge_item(P95, samples, RULE).verdict is Verdict.FAIL
    noisy = SlaRule(noise_ms=20.0)
    assert judge_item(P95, samples, noisy).verdict is Verdict.INCONCLUSIVE


def test_error_rate_pools_operations_and_has_no_quantile() -> None:
    samples = [*run([5.0] * 3000), *[Sample("query", i / 10, 5.0) for i in range(3000)]]
    outcome = judge_item(ERRORS, samples, RULE)
    assert outcome.verdict is Verdict.PASS
    assert outcome.samples == 6000
    assert outcome.quantile_ms is None


@pytest.mark.parametrize(("patch_seconds", "ceiling"), [(0.0, 0.06), (3.0, 0.12)])
def test_false_passes_at_the_limit_stay_rare(patch_seconds: float, ceiling: float) -> None:
    """A system exactly at its limit: a plain point estimate would pass half of the time."""
    generator = np.random.default_rng(1401)
    rule = SlaRule(information_floor=0.0)
    trials, passes, naive = 60, 0, 0
    for _ in range(trials):
        exceeded = _exceedances(generator, patch_seconds)
        naive += sum(exceeded) <= 0.05 * len(exceeded)
        samples = [Sample("price", i / 10, 2000.0 if x else 10.0) for i, x in enumerate(exceeded)]
        passes += judge_item(P95, samples, rule).verdict is Verdict.PASS
    assert passes / trials <= ceiling
    assert naive / trials >= 0.3  # comparing the point estimate with the limit passes far too often


def _exceedances(generator: np.random.Generator, patch_seconds: float) -> list[bool]:
    """Return 10 minutes at 10/s with 5 % exceedances, scattered or 80 % of them in patches."""
    size, share = 6000, 0.05
    if patch_seconds == 0:
        return [bool(x) for x in generator.random(size) < share]
    slow = generator.random(size) < share * 0.2
    length = patch_seconds * 10
    for start in np.flatnonzero(generator.random(size) < share * 0.8 / length):
        slow[start : start + int(generator.exponential(length)) + 1] = True
    return [bool(x) for x in slow]
