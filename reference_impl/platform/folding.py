"""Answers for how Persian text is compared: by the published folding map. It is never stored."""

from __future__ import annotations

import unicodedata

from reference_impl.platform.identifiers import ascii_digits

LETTERS: dict[int, str | None] = {
    0x064A: "\u06cc",  # Arabic yeh
    0x0649: "\u06cc",  # alef maksura
    0x0643: "\u06a9",  # Arabic kaf
    0x0640: None,  # tatweel
    0x200C: None,  # zero width non-joiner
    0x200D: None,
    0x200E: None,
    0x200F: None,
}


def folded(text: str) -> str:
    """Return the form under which two writings of one text are equal."""
    plain = ascii_digits(unicodedata.normalize("NFC", text)).translate(LETTERS)
    return " ".join(plain.split()).casefold()
