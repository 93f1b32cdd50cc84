"""Bounds against values that can be worked out by hand."""

from __future__ import annotations

import pytest

from lab.validation.bounds import rate


def test_all_hits_bound_is_the_root_of_the_error_level() -> None:
    # With n of n hits the exact lower bound is alpha ** (1 / n).
    assert rate(24, 24).lower == pytest.approx(0.05 ** (1 / 24))


def test_one_of_two() -> None:
    # Solve P(X >= 1 | p) = 0.05: 1 - (1 - p)^2 = 0.05.
    assert rate(1, 2).lower == pytest.approx(1 - 0.95**0.5)


def test_no_trials_prove_nothing() -> None:
    assert rate(0, 0).lower == 0.0
    assert rate(0, 0).value == 0.0


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        rate(3, 2)
