"""What a person sees: colour rules, escaping of hostile text, no cut in pipes.

Colour: ``--color`` > ``NO_COLOR`` > ``FORCE_COLOR`` > ``TERM=dumb`` > the stream is a
terminal. Animation needs a real terminal and no ``CI``; a forced colour never forces movement.
"""

from __future__ import annotations

import json
import os
import re
import sys
from enum import StrEnum
from typing import TextIO

from lab.model.verdict import Verdict


class Color(StrEnum):
    """Values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


_STYLES = {
    "bold": "1",
    "dim": "2",
    "pass": "32",
    "fail": "31",
    "inconclusive": "33",
    "error": "35",
    "note": "36",
}
_SYMBOLS = {
    Verdict.PASS: ("✓", "OK"),
    Verdict.FAIL: ("✗", "FAIL"),
    Verdict.INCONCLUSIVE: ("?", "INC"),
    Verdict.ERROR: ("!", "ERR"),
    Verdict.NONE: ("·", "--"),
}
# C0 and C1 controls, the two line separators and every bidi or invisible format control. ZWNJ
# (U+200C) is part of Persian spelling and stays.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def visible(text: str, *, limit: int | None = None) -> str:
    """Return text that cannot move the cursor, colour the line or turn it around.

    Every control becomes ``⟨U+XXXX⟩``; beyond `limit` characters the rest is counted, not shown.
    """
    hidden = 0
    if limit is not None and len(text) > limit:
        hidden = len(text) - limit
        text = text[:limit]
    shown = _HOSTILE.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text)
    return f"{shown} … {hidden} more characters" if hidden else shown


def colour_wanted(stream: TextIO, choice: Color = Color.AUTO) -> bool:
    """Decide by the order of precedence above."""
    if choice is not Color.AUTO:
        return choice is Color.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def animation_wanted(stream: TextIO) -> bool:
    """Allow moving output only where somebody looks at it: a terminal outside CI."""
    return stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def unicode_wanted(stream: TextIO) -> bool:
    """Whether the stream can carry our symbols and Persian."""
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return encoding.startswith("utf")


class Terminal:
    """One output stream with its abilities; lines are never wrapped or cut by us."""

    def __init__(self, stream: TextIO, choice: Color = Color.AUTO) -> None:
        self.stream = stream
        self.colour = colour_wanted(stream, choice)
        self.unicode = unicode_wanted(stream)

    def styled(self, text: str, style: str) -> str:
        """Return text in a style of the house, or as it is without colour."""
        code = _STYLES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def mark(self, verdict: Verdict) -> str:
        """Return symbol and word of a verdict; the word alone carries the meaning."""
        symbol = _SYMBOLS[verdict][0 if self.unicode else 1]
        word = "not run" if verdict is Verdict.NONE else verdict.value
        return self.styled(f"{symbol} {word}", verdict.value)

    def say(self, text: str = "", style: str = "") -> None:
        """Print one line of our own text. Text from a product goes through `visible` first."""
        line = self.styled(text, style) if style else text
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        safe = line.encode(encoding, "backslashreplace").decode(encoding)
        self.stream.write(safe + "\n")
        self.stream.flush()

    def pair(self, label: str, value: str) -> None:
        """Print an indented ``label  value`` line."""
        self.say(f"  {label:<8}{value}")

    def persian(self, text: str) -> None:
        """Print a Persian line in logical order; left out where the stream cannot carry it."""
        if self.unicode:
            self.say(text)


_choice = Color.AUTO


def choose_colour(choice: Color) -> None:
    """Remember ``--color`` for this process and, through the environment, for its children."""
    global _choice  # noqa: PLW0603 - one command line, one choice
    _choice = choice
    if choice is Color.NEVER:
        os.environ["NO_COLOR"] = "1"
    elif choice is Color.ALWAYS:
        os.environ.pop("NO_COLOR", None)
        os.environ["FORCE_COLOR"] = "1"


def out() -> Terminal:
    """Return standard output."""
    return Terminal(sys.stdout, _choice)


def err() -> Terminal:
    """Return standard error."""
    return Terminal(sys.stderr, _choice)


def print_json(document: object) -> None:
    """Print one JSON document on standard output, ASCII-safe for any pipe."""
    sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=2, sort_keys=True) + "\n")
    sys.stdout.flush()
