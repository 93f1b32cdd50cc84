"""Makes text of the product under test safe and readable, and writes numbers for Persian prose.

Escaping for HTML is the template's work (autoescape). Here the characters are handled that HTML
escaping leaves alone: controls, ANSI, bidirectional overrides, invisible and unpaired characters.
"""

from __future__ import annotations

import difflib
import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_LONE_NUMBER = re.compile(r"(?<![A-Za-z0-9_./:#-])\d+(?![A-Za-z0-9_/:#-]|\.\w)")
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_DIFF_LIMIT = 600  # tokens; above it the cost of a diff is the product's to choose


def visible(text: str) -> str:
    """Return `text` with controls, bidi and invisible characters as codes, such as ⟨U+202E⟩.

    Tab and newline stay; so does ZWNJ, which Persian spelling needs.
    """
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def clipped(text: str, limit: int) -> str:
    """Return `text` made visible and cut in the middle so that at most about `limit` remain."""
    if len(text) <= limit:
        return visible(text)
    head = limit * 2 // 3
    tail = limit - head
    dropped = len(text) - head - tail
    return f"{visible(text[:head])}\n⟨… {dropped} …⟩\n{visible(text[-tail:])}"


def one_line(text: str, limit: int = 300) -> str:
    """Return `text` as a single visible line of at most `limit` characters and an ellipsis."""
    flat = " ".join(visible(text[: limit * 4]).split())
    return flat if len(flat) <= limit else flat[:limit] + "…"


def ascii_only(text: str, limit: int = 48) -> str:
    """Return printable ASCII for SVG labels, where Persian may be drawn reversed."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    if len(plain) <= limit:
        return plain
    tail = limit // 3  # the end of a path says what is done
    return f"{plain[: limit - tail - 3]}...{plain[-tail:]}"


def has_rtl(text: str) -> bool:
    """Tell whether any right-to-left letter occurs."""
    return _RTL.search(text) is not None


def persian_digits(text: str) -> str:
    """Return `text` with Persian digits. For prose only; identifiers keep ASCII digits."""
    return text.translate(_TO_PERSIAN)


def prose(text: str) -> str:
    """Return Persian prose with Persian digits where a number stands alone, never inside an id."""
    return _LONE_NUMBER.sub(lambda match: persian_digits(match.group()), text)


def number(value: float, lang: str, *, digits: int = 3) -> str:
    """Return a number for prose: grouped, at most `digits` significant digits if not whole."""
    if isinstance(value, int) or float(value).is_integer():
        text = f"{int(value):,}"
    else:
        text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"
    if lang == "fa":
        return persian_digits(text.replace(",", "٬").replace(".", "٫"))
    return text


def percent(share: float, lang: str) -> str:
    """Return a share (0..1) as a percentage for prose."""
    text = number(share * 100, lang)
    return f"{text}٪" if lang == "fa" else f"{text}%"


def changed_parts(expected: str, observed: str) -> tuple[list[tuple[str, bool]], ...]:
    """Split both values into (text, changed) parts so that a card can mark what differs."""
    left, right = _TOKENS.findall(expected), _TOKENS.findall(observed)
    if len(left) > _DIFF_LIMIT or len(right) > _DIFF_LIMIT:
        return [(expected, False)], [(observed, False)]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < 0.6:  # noqa: PLR2004 - below it nearly all is marked and nothing is seen
        return [(expected, False)], [(observed, False)]
    parts: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        for side, words in enumerate((left[i1:i2], right[j1:j2])):
            if words:
                parts[side].append(("".join(words), tag != "equal"))
    return parts
