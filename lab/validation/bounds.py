"""Exact one-sided confidence bounds for a rate seen in calibration (Clopper and Pearson)."""

from __future__ import annotations

from lab.model.base import Frozen


class Rate(Frozen):
    """`hits` of `trials`, with the exact one-sided lower bound at `confidence`."""

    hits: int
    trials: int
    value: float
    lower: float
    confidence: float = 0.95


def rate(hits: int, trials: int, confidence: float = 0.95) -> Rate:
    """Return the observed rate and its exact one-sided lower bound; 0 of 0 proves nothing (0.0)."""
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials cannot be")
    if trials == 0:
        return Rate(hits=0, trials=0, value=0.0, lower=0.0, confidence=confidence)
    # A second of processor time, which commands that count nothing need not spend.
    from scipy.stats import beta  # noqa: PLC0415

    lower = float(beta.ppf(1 - confidence, hits, trials - hits + 1)) if hits else 0.0
    return Rate(hits=hits, trials=trials, value=hits / trials, lower=lower, confidence=confidence)
