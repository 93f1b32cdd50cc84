"""The three acts of ISO/IEC 17065, 7.4 to 7.6: evaluation, review and decision by three people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lab.model.certificate import Act

KINDS = ("evaluation", "review", "decision")
_SPELLINGS = str.maketrans(
    "\u064a\u0649\u0643٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "\u06cc\u06cc\u06a901234567890123456789"
)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u064b-\u065f\u0670\u0640]")


def folded(person: str) -> str:
    """Return a name without differences that are no different person: case, spacing, spelling."""
    text = unicodedata.normalize("NFKC", person).translate(_SPELLINGS)
    text = _UNSEEN.sub("", text).casefold()
    return "".join(c for c in text if c.isalnum())


def problem_of(acts: Sequence[Act]) -> tuple[str, str] | None:
    """Return why these acts cannot carry a certificate, in English and Persian; None when fine."""
    if tuple(act.kind for act in acts) != KINDS:
        return (
            "There must be exactly one evaluation, one review and one decision, in this order.",
            "باید دقیقاً یک ارزیابی، یک بازنگری و یک تصمیم، به همین ترتیب، باشد.",
        )
    names = [folded(act.person) for act in acts]
    if not all(names):
        return "An act names no person.", "نام یکی از سه نفر خالی است."
    for i, first in enumerate(acts):
        for j in range(i + 1, len(acts)):
            if names[i] == names[j]:
                return (
                    (
                        f'"{first.person}" did both {first.kind} and {acts[j].kind}; '
                        "these must be different people."
                    ),
                    "ارزیاب، بازنگر و تصمیم‌گیرنده باید سه نفر متفاوت باشند.",
                )
    if not acts[0].at <= acts[1].at <= acts[2].at:
        return (
            "The acts are not in order of time.",
            "زمان‌های ارزیابی، بازنگری و تصمیم به‌ترتیب نیست.",
        )
    return None
