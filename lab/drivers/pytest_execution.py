"""Executes the cases of one campaign inside a pytest process: attempts, evidence, events.

Sequence: read campaign and evidence; leave out what is finished; for each case write its start, run
it, write its end. A case that was interrupted MAX_ATTEMPTS times
becomes ERROR instead of being tried again.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.drivers.pytest_events import EventLog
from lab.evidence.reader import DirectoryReader
from lab.evidence.replay import DiscardingRecorder
from lab.evidence.store import EvidenceStore
from lab.kit.case import registered
from lab.kit.runner import Surroundings, finished_data, open_session, run_case, signalled
from lab.kit.session import CaseSession
from lab.kit.signals import Inconclusive
from lab.model import stored
from lab.model.base import JsonValue
from lab.model.campaign import Campaign
from lab.model.errors import EvidenceDamaged, LabError
from lab.model.evidence import Record, RecordKind
from lab.model.exchange import BodyRef, FailureKind
from lab.model.finding import Finding
from lab.model.verdict import Blame, Selection, Severity, Verdict
from lab.selection.schedule import Schedule, schedule

MAX_ATTEMPTS = 8
_UNREACHED = frozenset({FailureKind.CONNECT, FailureKind.TIMEOUT, FailureKind.TLS})


class Progress:
    """Which attempts the evidence already holds."""

    def __init__(self) -> None:
        self.started: Counter[str] = Counter()
        self.finished: dict[str, int] = {}
        self.clocks: dict[tuple[str, int], datetime] = {}
        self.aborted = ""
        self.trust: dict[str, JsonValue] = {}  # public files of the credential kit, as body refs

    def take(self, record: Record) -> None:
        """Account for one record."""
        if record.kind is RecordKind.OBSERVATION and record.data.get("what") == "aborted":
            self.aborted = str(record.data.get("reason"))
        if record.kind is RecordKind.OBSERVATION and record.data.get("what") == "trust":
            self.trust = record.data["files"]
        if record.case_id is None or record.attempt is None:
            return
        if record.kind is RecordKind.CASE_STARTED:
            self.started[record.case_id] = max(self.started[record.case_id], record.attempt)
            clock = record.data.get("now")
            if isinstance(clock, str):
                self.clocks[record.case_id, record.attempt] = datetime.fromisoformat(clock)
        elif record.kind is RecordKind.CASE_FINISHED:
            self.finished[record.case_id] = record.attempt


def read_campaign(directory: Path) -> Campaign:
    """Read the frozen campaign of a directory."""
    path = directory / "campaign.json"
    return stored.CAMPAIGN.read(path.read_bytes(), str(path))


def selected_ids(campaign: Campaign) -> list[str]:
    """Ids to run, in the order of execution."""
    return [
        row.case.id
        for row in campaign.planned
        if row.selection is Selection.SELECTED
        and (not campaign.only or row.case.id in campaign.only)
    ]


class LiveExecution:
    """Runs cases against the product and writes evidence."""

    def __init__(self, directory: Path) -> None:
        self.campaign = read_campaign(directory)
        self.store = EvidenceStore(directory / "evidence.sqlite")
        self.events = EventLog(directory / "events.ndjson")
        self.progress = Progress()
        for record in self.store.records():
            self.progress.take(record)
        self.around = Surroundings(
            self.campaign,
            self.store,
            self.store,
            scenario_attempts=dict(self.progress.finished),
        )

    def pending(self) -> list[str]:
        """Ids still to run, in order."""
        if self.progress.aborted:
            return []
        return [item for item in selected_ids(self.campaign) if item not in self.progress.finished]

    def schedule(self) -> Schedule:
        """Return what is still to run, in phases."""
        left = set(self.pending())
        cases = [row.case for row in self.campaign.planned if row.case.id in left]
        return schedule(cases, self.campaign.plan)

    def suspend(self) -> None:
        """Let go of product and evidence before workers are forked."""
        self._keep_trust()
        self.around.close()
        self.store.suspend()

    def reopen(self, member: int = 0, members: int = 1) -> None:
        """Take both up again, in a worker or afterwards in the driver."""
        self.store.reopen(member, members)

    def work(self, member: int, members: int, take: Callable[[], tuple[str, ...] | None]) -> None:
        """Be one of several workers: run groups of cases until none is left."""
        self.reopen(member, members)
        while group := take():
            for case_id in group:
                session = self.run(case_id)
                print(f"worker {member}: {case_id} {session.verdict.value}")  # noqa: T201 - the log
                for finding in session.findings:
                    print(ascii(f"  {finding.title} [{finding.pointer}]"))  # noqa: T201 - the log
        self.close()

    def run(self, case_id: str) -> CaseSession:
        """Run one case as its next attempt."""
        self._keep_trust()
        found = registered(case_id)
        attempt = self.progress.started[case_id] + 1
        ahead, stopped = self._ahead()
        now = datetime.now(UTC) + ahead
        session = open_session(found, attempt, now, self.around, ahead=ahead)
        self.store.record(
            RecordKind.CASE_STARTED,
            {"now": now.isoformat(), "seed": session.case_seed},
            case_id=case_id,
            attempt=attempt,
        )
        self.events.emit("case_started", case=case_id, attempt=attempt)
        if attempt > MAX_ATTEMPTS:
            session.found(_interrupted(session))
        elif stopped is not None:
            session.found(signalled(session, stopped))
        else:
            run_case(found, session, self.around)
        data = finished_data(session)
        self.store.record(RecordKind.CASE_FINISHED, data, case_id=case_id, attempt=attempt)
        self.events.emit(
            "case_finished",
            case=case_id,
            verdict=session.verdict.value,
            seconds=data["seconds"],
            first=session.findings[0].title if session.findings else "",
        )
        return session

    def _ahead(self) -> tuple[timedelta, Inconclusive | None]:
        """Return how far the product's clock is ahead, or why nobody knows."""
        try:
            return self.around.clock.ahead(), None
        except Inconclusive as signal:
            return timedelta(), signal

    def _keep_trust(self) -> None:
        """Put the certificates into the evidence, so that it can be judged without the kit."""
        if self.progress.trust:
            return
        try:
            files = self.around.kit.public_files()
        except LabError:
            return  # the cases that need the kit say so themselves, each with its reason
        self.progress.trust = {
            name: self.store.body(content).model_dump() for name, content in files.items()
        }
        self.store.record(RecordKind.OBSERVATION, {"what": "trust", "files": self.progress.trust})

    def unreached(self, session: CaseSession) -> str:
        """Return why going on is pointless after the opening case, "" when it is not."""
        if session.case.id != self.campaign.plan.opening or session.verdict is Verdict.PASS:
            return ""
        exchanges = self.store.exchanges_of(session.case.id, session.attempt)
        failure = exchanges[-1].failure if exchanges else None
        if failure is None or failure.kind not in _UNREACHED:
            return ""
        reason = f"opening case: no answer ({failure.kind.value}: {failure.detail})"
        self.store.record(RecordKind.OBSERVATION, {"what": "aborted", "reason": reason})
        self.events.emit("aborted", reason=reason)
        return reason

    def close(self) -> None:
        """Close transport, evidence and events."""
        self.around.close()
        self.store.close()
        self.events.close()


class ReplayExecution:
    """Judges the stored attempts again; writes results to a file, never to the evidence."""

    def __init__(self, directory: Path, target: Path) -> None:
        self.campaign = read_campaign(directory)
        self._reader = DirectoryReader(directory)
        self._target = target
        self._results: dict[str, JsonValue] = {}
        self.progress = Progress()
        for record in self._reader.records():
            self.progress.take(record)
        self._place = tempfile.TemporaryDirectory(prefix="mafalab-trust-")
        self.around = Surroundings(
            self.campaign,
            DiscardingRecorder(),
            self._reader,
            replaying=True,
            replica=self._replica(Path(self._place.name)),
            scenario_attempts=dict(self.progress.finished),
        )

    def _replica(self, place: Path) -> Path | None:
        """Lay the recorded certificates out; None when the evidence has none."""
        for name, ref in self.progress.trust.items():
            target = (place / name).resolve()
            if not target.is_relative_to(place.resolve()):
                raise EvidenceDamaged(f'recorded file name "{name}" leads outside', where=name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._reader.read_body(BodyRef.model_validate(ref)))
        return place if self.progress.trust else None

    def pending(self) -> list[str]:
        """Ids with a finished attempt, in order."""
        return [item for item in selected_ids(self.campaign) if item in self.progress.finished]

    def run(self, case_id: str) -> CaseSession:
        """Judge the finished attempt of one case again."""
        attempt = self.progress.finished[case_id]
        now = self.progress.clocks[case_id, attempt]
        found = registered(case_id)
        session = open_session(found, attempt, now, self.around)
        if attempt > MAX_ATTEMPTS:
            session.found(_interrupted(session))
        else:
            run_case(found, session, self.around)
        self._results[case_id] = finished_data(session)
        return session

    def unreached(self, _session: CaseSession) -> str:
        """Return nothing: a replay goes on to its end."""
        return ""

    def close(self) -> None:
        """Write the results and close the evidence."""
        self._target.write_text(json.dumps(self._results, ensure_ascii=False), encoding="utf-8")
        self._reader.close()
        self._place.cleanup()


def _interrupted(session: CaseSession) -> Finding:
    return Finding(
        case_id=session.case.id,
        requirement_id=session.case.requirements[0],
        verdict=Verdict.ERROR,
        blame=Blame.HARNESS,
        severity=Severity.MAJOR,
        title="The case was interrupted again and again",
        expected="an attempt that runs to its end",
        observed=f"{MAX_ATTEMPTS} attempts were interrupted",
        pointer="driver",
        exchange_id=None,
        fix="Look at driver.log of the campaign; run this case alone with --only.",
    )
