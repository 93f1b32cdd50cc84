"""State of one attempt at one case: counters, clock, seed, and what has been judged so far.

`Sut`, `Expect`, `SyntheticData` and `Generated` of a case share one session. Everything random in a
case is derived from the session, so that a replay with the same seed walks the same path.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lab.kit.rehearsal import Rehearsal
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.model.base import JsonValue
from lab.model.case import Case
from lab.model.evidence import Recorder, RecordKind, ReplaySource
from lab.model.finding import Expectation, Finding
from lab.model.verdict import Blame, Severity, Verdict

MAX_FINDINGS = 200
"""Findings kept per case; further ones only count. A hostile answer must not fill the disk."""


@dataclass
class CaseSession:
    """One attempt at one case. Thread-safe where `Sut.parallel` needs it."""

    case: Case
    attempt: int
    campaign_id: str
    seed: int
    now: datetime
    recorder: Recorder
    severity_of: Callable[[str], Severity]
    deadline_seconds: float = 120.0
    examples: int = 20
    min_accepted_share: float = 0.3
    replay: ReplaySource | None = None
    ahead: timedelta = timedelta()  # how far `now` is ahead of this machine
    rehearsal: Rehearsal | None = None  # of a calibration: inputs drawn before
    expectations: int = 0
    verdict: Verdict = Verdict.NONE
    findings: list[Finding] = field(default_factory=list)
    exchange_ids: list[str] = field(default_factory=list)
    generated_inputs: int = 0
    accepted_inputs: int = 0
    note: str = ""
    example: int = 0  # 0 outside generated examples, else the running number of the example
    example_finding: Finding | None = None  # the latest refutation inside an example
    _ordinal: int = 0
    _started: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_ordinals(self, count: int) -> range:
        """Reserve consecutive exchange ordinals of this attempt."""
        with self._lock:
            first = self._ordinal
            self._ordinal += count
        return range(first, first + count)

    def upcoming_ordinal(self) -> int:
        """Return the ordinal the next exchange will get."""
        return self._ordinal

    def remaining_seconds(self) -> float:
        """Time left of the case; INCONCLUSIVE when none is (never during a replay)."""
        if self.replay is not None:
            return self.deadline_seconds
        left = self.deadline_seconds - (time.monotonic() - self._started)
        if left <= 0:
            raise Inconclusive(
                f"the case did not end within its {self.deadline_seconds:.0f} s",
                blame=Blame.SUT,
                pointer="deadline",
                expected=f"all answers of the case within {self.deadline_seconds:.0f} s together",
                observed=f"{len(self.exchange_ids)} exchanges took longer",
                fix="Answer faster, or raise [ixit] deadline_seconds if the address is slow.",
            )
        return left

    @property
    def seconds(self) -> float:
        """Time since the attempt began."""
        return time.monotonic() - self._started

    @property
    def wire_time(self) -> int:
        """Unix seconds for seals: the case clock, moved on by the time the case has taken."""
        passed = 0.0 if self.replay is not None else self.seconds
        return int(self.now.timestamp() + passed)

    def moved(self, by: timedelta) -> None:
        """Let the case clock follow that of the product; it is in the evidence."""
        self.now += by
        self.ahead += by
        self.observe("clock", {"advancedSeconds": by.total_seconds()})

    def digest(self, *labels: object) -> bytes:
        """32 bytes that depend on seed, campaign, case, attempt, example and the labels only."""
        parts = (self.seed, self.campaign_id, self.case.id, self.attempt, self.example, *labels)
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()

    def random(self, label: str) -> random.Random:
        """Return a generator seeded from the session and the label."""
        return random.Random(self.digest("random", label))  # noqa: S311 - test data, not secrets

    @property
    def case_seed(self) -> int:
        """Seed of the generation inside this case; the same for every attempt."""
        text = f"{self.seed}\x1f{self.case.id}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

    def saw(self, exchange_id: str) -> None:
        """Note an exchange of this case."""
        with self._lock:
            self.exchange_ids.append(exchange_id)

    def observe(self, what: str, data: dict[str, JsonValue]) -> None:
        """Record something a case looked at that is not an exchange."""
        self.recorder.record(
            RecordKind.OBSERVATION,
            {"what": what, **data},
            case_id=self.case.id,
            attempt=self.attempt,
        )

    def held(self, expectation: Expectation) -> None:
        """Count and record an evaluated expectation; a held one lifts NONE to PASS."""
        with self._lock:
            self.expectations += 1
            if expectation.held:
                self.verdict = self.verdict.worsened_by(Verdict.PASS)
        self.recorder.record(
            RecordKind.EXPECTATION,
            expectation.model_dump(mode="json", exclude_none=True),
            case_id=self.case.id,
            attempt=self.attempt,
        )

    def found(self, finding: Finding) -> None:
        """Add a finding; the verdict of the case worsens accordingly."""
        with self._lock:
            self.verdict = self.verdict.worsened_by(finding.verdict)
            if len(self.findings) >= MAX_FINDINGS:
                self.note = f"more than {MAX_FINDINGS} findings; the rest is only counted"
                return
            self.findings.append(finding)
        self.recorder.record(
            RecordKind.FINDING,
            finding.model_dump(mode="json"),
            case_id=self.case.id,
            attempt=self.attempt,
        )

    def recorded_before(self, ordinal: int) -> bool:
        """In a replay: whether the evidence holds an exchange with this ordinal."""
        if self.replay is None:
            raise HarnessProblem("recorded_before is a question for replays only")
        recorded = self.replay.exchanges_of(self.case.id, self.attempt)
        return any(exchange.ordinal == ordinal for exchange in recorded)
