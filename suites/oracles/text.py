"""Persian text: what counts as the same words when compared, and harder spellings of a text.

Written from the folding rules of the profile: Arabic and Persian yeh and kaf, zero-width
non-joiner, tatweel and all three digit families compare alike. Signed bytes are never folded.
"""

from __future__ import annotations

import unicodedata

_ARABIC_YEH, _PERSIAN_YEH = "\u064a", "\u06cc"
_ARABIC_KAF, _PERSIAN_KAF = "\u0643", "\u06a9"
_ZWNJ, _TATWEEL = "\u200c", "\u0640"
_PERSIAN_ZERO, _ARABIC_ZERO = 0x06F0, 0x0660


def fold(text: str) -> str:
    """Return the form in which two Persian texts are compared."""
    composed = unicodedata.normalize("NFC", text)
    swapped = composed.replace(_ARABIC_YEH, _PERSIAN_YEH).replace(_ARABIC_KAF, _PERSIAN_KAF)
    plain = swapped.replace(_ZWNJ, "").replace(_TATWEEL, "")
    return "".join(_ascii_digit(letter) for letter in plain)


def with_arabic_letters(text: str) -> str:
    """Spell the same words with Arabic yeh and kaf, as old keyboards do."""
    return text.replace(_PERSIAN_YEH, _ARABIC_YEH).replace(_PERSIAN_KAF, _ARABIC_KAF)


def persian_digits(text: str) -> str:
    """Write every ASCII digit of a text as a Persian one."""
    return "".join(
        chr(_PERSIAN_ZERO + int(letter)) if letter.isascii() and letter.isdigit() else letter
        for letter in text
    )


def _ascii_digit(letter: str) -> str:
    code = ord(letter)
    for zero in (_PERSIAN_ZERO, _ARABIC_ZERO):
        if zero <= code <= zero + 9:
            return chr(ord("0") + code - zero)
    return letter
