"""A seeded damage: stored text is folded, although folding is for comparison only."""

from __future__ import annotations

from reference_impl.platform.folding import LETTERS


def fold_letters(value: object) -> object:
    """Fold every text of a JSON value. Only the seeded fault that damages stored text uses it."""
    if isinstance(value, str):
        return value.translate(LETTERS)
    if isinstance(value, list):
        return [fold_letters(one) for one in value]
    if isinstance(value, dict):
        return {key: fold_letters(one) for key, one in value.items()}
    return value
