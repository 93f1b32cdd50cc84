"""What the person at the counter sees: each step with its clause, in Persian and in English."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

_UNSAFE = {
    *range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A),
}  # fmt: skip


def printable(text: str, limit: int = 300) -> str:
    """Return text of the other side without control and direction characters, shortened."""
    shown = "".join(f"⟨U+{ord(c):04X}⟩" if ord(c) in _UNSAFE else c for c in text[:limit])
    return shown + ("…" if len(text) > limit else "")


@dataclass
class Console:
    """Prints steps as lines for people, or as JSON lines for programs."""

    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def step(self, name: str, clause: str, fa: str, en: str, **facts: Any) -> None:
        """Report one finished step of the workflow."""
        self._write({"step": name, "clause": clause, "fa": fa, "en": en, **facts})

    def stopped(self, name: str, code: str, fa: str, en: str, **facts: Any) -> None:
        """Report that the program stops here, and why."""
        self._write({"step": name, "stopped": code, "fa": fa, "en": en, **facts})

    def note(self, fa: str, en: str) -> None:
        """Report something the person should know."""
        self._write({"fa": fa, "en": en})

    def _write(self, record: dict[str, Any]) -> None:
        if self.as_json:
            self.out.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
        else:
            head = f"{record.get('step', ''):<4}{record.get('clause', ''):<7}"
            code = f"[{record['stopped']}] " if "stopped" in record else ""
            text = f"{head}{code}{printable(record['fa'])} | {printable(record['en'])}"
            self.out.write(text + "\n")
            for problem in record.get("errors") or ():
                self.out.write(f"           {printable(json.dumps(problem, ensure_ascii=False))}\n")
        self.out.flush()


CODE128_START_B = 104
CODE128_MODULUS = 103


def code128_payload(text: str) -> str:
    """Return what a Code 128 (set B) printer is given: text and check value (0..102).

    [9-1-2 note] The HID is printed in digits and as a bar code. Raises ValueError for characters
    the set does not hold.
    """
    values = [ord(character) - 32 for character in text]
    if any(not 0 <= value < CODE128_MODULUS - 8 for value in values):
        raise ValueError(f'"{text}" cannot be printed in Code 128 set B')
    weighted = sum(place * value for place, value in enumerate(values, start=1))
    return f"CODE128-B:{text}:{(CODE128_START_B + weighted) % CODE128_MODULUS}"
