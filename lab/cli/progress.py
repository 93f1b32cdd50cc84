"""Progress of a campaign: a live line on a terminal, one line per case or heartbeat elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from lab.cli.terminal import Terminal, animation_wanted, visible
from lab.model.base import JsonValue
from lab.model.verdict import Verdict

HEARTBEAT_SECONDS = 30.0


class Progress:
    """A campaign listener that prints; use it as a context."""

    def __init__(self, terminal: Terminal, *, quiet: bool) -> None:
        self._terminal = terminal
        self._quiet = quiet
        self._total = 0
        self._counts: dict[str, int] = {}
        self._last = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        stream = self._terminal.stream
        if not self._quiet and animation_wanted(stream):
            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(file=stream),
                transient=True,
                refresh_per_second=4,
            )
            self._bar.add_task("preparing", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: dict[str, JsonValue]) -> None:
        """Take one event of the campaign."""
        if self._quiet:
            return
        match event.get("event"):
            case "prepared":
                self._total = int(event["cases"])
                self._say(f"{event['campaign']}: {event['cases']} cases")
            case "case_started":
                self._started(str(event.get("case")))
            case "case_finished":
                self._finished(event)
            case "scenario":
                self._say(f"scenario {event['scenario']}: {event['text_en']}")
                if event.get("kind") == "waiting":
                    self._terminal.persian(str(event["text_fa"]))
            case "load_started":
                self._say(f"load {event['profile']}: one run, please leave the machine quiet")
            case "aborted":
                self._say(f"stopped: {event['reason']}")
            case "driver_stuck":
                self._say(f"the driver did not move for {event['seconds']:.0f} s and was ended")

    def _started(self, case_id: str) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=case_id, total=self._total or None)
        elif time.monotonic() - self._last > HEARTBEAT_SECONDS:
            self._say(f"... {case_id} is running")

    def _finished(self, event: dict[str, JsonValue]) -> None:
        verdict = Verdict(event["verdict"])
        self._counts[verdict.value] = self._counts.get(verdict.value, 0) + 1
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])
        if verdict is not Verdict.PASS or self._bar is None:
            rest = f"{event['case']} {event['seconds']}s  {event.get('first', '')}".rstrip()
            self._say(rest, mark=f"{self._terminal.mark(verdict)} ")

    def _say(self, text: str, *, mark: str = "") -> None:
        """Print one line; `text` may hold words of a product, `mark` is our own."""
        self._last = time.monotonic()
        line = f"{mark}{visible(text)}"
        if self._bar is not None:
            self._bar.console.print(Text.from_ansi(line), soft_wrap=True)
        else:
            self._terminal.say(line)
