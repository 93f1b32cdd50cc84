"""Answers for search keys: the published folding map. Stored and signed text is never folded."""

from __future__ import annotations

import unicodedata

from reference_impl.platform.identifiers import ascii_digits

_ARABIC_TO_PERSIAN = {
    0x064A: "\u06cc",  # Arabic yeh
    0x0649: "\u06cc",  # alef maksura
    0x0643: "\u06a9",  # Arabic kaf
    0x0640: None,  # tatweel
    0x200C: None,  # zero width non-joiner
    0x200D: None,
    0x200E: None,
    0x200F: None,
}


def search_key(text: str) -> str:
    """Return the key under which text is found again, whatever keyboard it was typed on."""
    folded = ascii_digits(unicodedata.normalize("NFC", text)).translate(_ARABIC_TO_PERSIAN)
    return " ".join(folded.split()).casefold()


def fold_letters(value: object) -> object:
    """Fold every text of a JSON value. Only the seeded fault that damages stored text uses it."""
    if isinstance(value, str):
        return value.translate(_ARABIC_TO_PERSIAN)
    if isinstance(value, list):
        return [fold_letters(one) for one in value]
    if isinstance(value, dict):
        return {key: fold_letters(one) for key, one in value.items()}
    return value
