"""What the visitor sees: chapters, steps, the messages each step took, and how it came out."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from reference_impl.clients.console import Console, printable

INDENT = " " * 9
WIDTH = 78
LONG_PART = 24
"""Parts of a path longer than this are ids; their last four characters tell them apart."""


@dataclass(frozen=True)
class Message:
    """One call of one actor: where it went and what came back (status, or code of refusal)."""

    actor: str
    method: str
    target: str
    outcome: str

    @property
    def service(self) -> str:
        """The service behind the gateway."""
        return self.target.split("/", 2)[1] if self.target.startswith("/") else self.target

    @property
    def refused(self) -> bool:
        """Whether the exchange said no."""
        return not self.outcome.startswith("2")

    def line(self) -> str:
        """Return the message in one line; ids in the path are shortened."""
        path = self.target.split("/v1", 1)[-1] or "/"
        parts = ("…" + part[-4:] if len(part) > LONG_PART else part for part in path.split("/"))
        who = f"{self.actor} → {self.service}"
        return f"{who:<32} {self.method:<6} {'/'.join(parts):<42} {self.outcome}"


@dataclass
class Narrator:
    """Writes steps as text for people or as JSON lines for programs, and counts them."""

    as_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    steps: int = 0
    messages: int = 0
    chapters: int = 0
    _chapter: str = ""
    _pending: list[Message] = field(default_factory=list)

    def chapter(self, number: int, fa: str, en: str, clause: str) -> None:
        """Open a chapter."""
        self._chapter = en
        self.chapters += 1
        if self.as_json:
            self._write({"chapter": number, "fa": fa, "en": en, "clause": clause})
            return
        title = f"── {number} · {en} "
        self.out.write(f"\n{self._styled('1', title.ljust(WIDTH, '─'))} {clause}\n")
        self.out.write(f"{INDENT}{fa}\n")
        self.out.flush()

    def scene(self, fa: str, en: str) -> None:
        """Say what the next steps are about."""
        if self.as_json:
            self._write({"scene": en, "fa": fa, "chapter": self._chapter})
            return
        self.out.write(f"\n  {self._styled('36', en)}  ·  {fa}\n")

    def heard(self, message: Message) -> None:
        """Take note of a message; it is told with the step that ends next."""
        self.messages += 1
        self._pending.append(message)

    def step(self, name: str, clause: str, fa: str, en: str, **facts: Any) -> None:
        """Tell a finished step with the messages that led to it."""
        self.steps += 1
        told, self._pending = self._pending, []
        if self.as_json:
            lines = [
                {"actor": m.actor, "service": m.service, "method": m.method, "target": m.target,
                 "outcome": m.outcome}
                for m in told
            ]  # fmt: skip
            head = {"chapter": self._chapter, "step": name, "clause": clause}
            self._write({**head, "fa": fa, "en": en, "messages": lines, "facts": facts})
            return
        where = f"  [{clause}]" if clause else ""
        self.out.write(f"  {self._styled('32', f'{name:<6}')} {printable(en)}{where}\n")
        self.out.write(f"{INDENT}{printable(fa)}\n")
        for message in told:
            style = "33" if message.refused else "2"
            self.out.write(f"{INDENT}{self._styled(style, printable(message.line()))}\n")
        self.out.flush()

    def _styled(self, code: str, text: str) -> str:
        """Colour text for a terminal; nothing else gets escape codes."""
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        return text if plain or not self.out.isatty() else f"\x1b[{code}m{text}\x1b[0m"

    def _write(self, record: dict[str, Any]) -> None:
        self.out.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
        self.out.flush()


@dataclass
class NarratedConsole(Console):
    """The console of a client program, told as steps of the tour."""

    narrator: Narrator = field(default_factory=Narrator)

    def step(self, name: str, clause: str, fa: str, en: str, **facts: Any) -> None:
        """Tell a step of the program."""
        self.narrator.step(name, clause, fa, en, **facts)

    def stopped(self, name: str, code: str, fa: str, en: str, **facts: Any) -> None:
        """Tell that the program stopped for a coded reason."""
        self.narrator.step(name or "stop", code, fa, en, **facts)

    def note(self, fa: str, en: str) -> None:
        """Leave out: notes at the counter are not steps of the tour."""
