"""Runs a prepared campaign to its end, from wherever it stands.

Steps, each skipped when the evidence says it is done: start of the chain; scenarios of a client
role; cases in the driver process; load; finishing record; result, seal file, bundle. Killed at any
moment, the same call continues: finished cases are kept, an interrupted one is run again as a new
attempt. Attestations of inspections may follow the end of the testing; then the result is sealed
again by a further record, and the documents are written anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from fixtures import load_pack
from lab.campaign.child import Event, drive
from lab.campaign.freeze import RunRequest, prepare, record_start, suite_hash, write_atomic
from lab.campaign.load_step import judge_recorded, needs_load, perform_load
from lab.drivers.progress import Progress, read_campaign, selected_ids
from lab.drivers.pytest_events import EventLog
from lab.drivers.scenario_model import load_scenario
from lab.drivers.scenarios import ScenarioEvent, run_scenarios, setting_of
from lab.evidence.export import write_bundle
from lab.evidence.reader import CAMPAIGN, DATABASE, RESULT
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import SEALED, result_digest, sealed_lines
from lab.model.campaign import Campaign, EvidenceSummary, ResultDocument
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.evidence import RecordKind
from lab.model.roles import SUITES
from lab.selection.profile import CLIENT_ROLES
from lab.verdicts.result import build_result
from lab.verdicts.rollup import Account

RESTARTS = 2
MOST_JOBS = 4


class Listener(Protocol):
    """Receives events of a campaign as they happen; must not raise."""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        ...


class Interrupted(KeyboardInterrupt):
    """A person stopped the campaign; it can be resumed."""


def run(request: RunRequest, listener: Listener) -> ResultDocument:
    """Prepare a campaign and run it to its end."""
    campaign = prepare(request)
    listener({"event": "prepared", "campaign": campaign.id, "cases": len(selected_ids(campaign))})
    return continue_campaign(request.out, listener, request.jobs)


def resume(directory: Path, listener: Listener, jobs: int | None = None) -> ResultDocument:
    """Continue an interrupted campaign; a finished one only has its documents written again."""
    if not (directory / CAMPAIGN).exists():
        raise UsageError(
            f'"{directory}" holds no campaign',
            code="MFL-U013",
            where=str(directory),
            fix="Name the directory that was given to mafalab run --out.",
            sentence_fa="در این پوشه آزمونی نیست.",
        )
    campaign = read_campaign(directory)
    if campaign.suite_hash != suite_hash():
        raise UsageError(
            "the suites have changed since this campaign was frozen, so it cannot be continued",
            code="MFL-U014",
            where=str(directory / CAMPAIGN),
            fix="Check out the suites of that time, or start a new campaign.",
            sentence_fa="مجموعهٔ آزمون پس از آغاز این آزمون تغییر کرده است.",
        )
    return continue_campaign(directory, listener, jobs)


def jobs_of(campaign: Campaign, asked: int | None) -> int:
    """Return how many processes run the cases.

    One by default for client roles, whose traffic is recorded before, and for a product inside the
    driver process, because every further process would have a product of its own.
    """
    profile = campaign.profile
    if profile.role in CLIENT_ROLES:
        return 1
    if asked is not None:
        return asked
    return 1 if profile.ixit.asgi else min(MOST_JOBS, os.cpu_count() or 1)


def continue_campaign(
    directory: Path, listener: Listener, jobs: int | None = None
) -> ResultDocument:
    """Do everything that is not done yet, then write the documents."""
    campaign = read_campaign(directory)
    try:
        if not _progress(directory).is_finished:
            _perform(campaign, directory, listener, jobs_of(campaign, jobs))
    except KeyboardInterrupt as stop:
        raise Interrupted(str(directory)) from stop
    return finish(directory)


class _Standing(Progress):
    """Progress with what the campaign as a whole has behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_finished = False
        self.is_loaded = False


def open_campaign(directory: Path, listener: Listener) -> Campaign:
    """Begin the chain of a prepared campaign and let a client role act; the cases come next."""
    campaign = read_campaign(directory)
    _progress(directory)
    if campaign.profile.role in CLIENT_ROLES:
        _scenarios(campaign, directory, listener)
    return campaign


def _progress(directory: Path) -> _Standing:
    standing = _Standing()
    with EvidenceStore(directory / DATABASE) as store:
        record_start(directory, store)
        for record in store.records():
            standing.take(record)
            standing.is_finished |= record.kind is RecordKind.CAMPAIGN_FINISHED
            standing.is_loaded |= record.kind is RecordKind.LOAD_SAMPLES
    return standing


def _perform(campaign: Campaign, directory: Path, listener: Listener, jobs: int) -> None:
    if campaign.profile.role in CLIENT_ROLES:
        _scenarios(campaign, directory, listener)
    _cases(campaign, directory, listener, jobs)
    standing = _progress(directory)
    if needs_load(campaign) and not standing.is_loaded and not standing.aborted:
        listener({"event": "load_started", "profile": campaign.plan.load_profile})
        with EvidenceStore(directory / DATABASE) as store:
            perform_load(campaign, directory, store)
        listener({"event": "load_finished"})


def _scenarios(campaign: Campaign, directory: Path, listener: Listener) -> None:
    chosen = set(selected_ids(campaign))
    names = dict.fromkeys(
        row.case.scenario
        for row in campaign.planned
        if row.case.id in chosen and row.case.scenario is not None
    )
    standing = _progress(directory)
    waiting = [
        scenario
        for scenario in (
            load_scenario(SUITES / "observed" / "scenarios" / f"{name}.toml") for name in names
        )
        if scenario.case_id not in standing.finished
    ]
    if not waiting:
        return
    setting = setting_of(campaign.profile, directory / "scenarios")

    def told(event: ScenarioEvent) -> None:
        listener({"event": "scenario", **event.model_dump(mode="json")})

    with EvidenceStore(directory / DATABASE) as store:
        run_scenarios(waiting, setting, store, listener=told, attempts=standing.started)


def _cases(campaign: Campaign, directory: Path, listener: Listener, jobs: int) -> None:
    """Run the driver until no case is left; a driver that dies is started again, twice."""
    for restart in range(RESTARTS + 1):
        standing = _progress(directory)
        left = [item for item in selected_ids(campaign) if item not in standing.finished]
        if not left or standing.aborted:
            return
        with EvidenceStore(directory / DATABASE) as store:
            store.record(
                RecordKind.ATTEMPT_STARTED,
                {"what": "cases", "left": len(left), "restart": restart, "jobs": jobs},
            )
        code = drive(directory, listener, ("--mafa-jobs", str(jobs)))
        listener({"event": "driver_ended", "code": code})
    standing = _progress(directory)
    left = [item for item in selected_ids(campaign) if item not in standing.finished]
    if left and not standing.aborted:
        raise EnvironmentFault(
            f"the driver of the cases ended {RESTARTS + 1} times before all were done; "
            f"{len(left)} are left, the next is {left[0]}",
            code="MFL-E011",
            where=str(directory / "driver.log"),
            fix=f"Read that file, then: mafalab resume {directory}   (finished cases are kept)",
            sentence_fa="فرایند اجرای آزمون‌ها پیش از پایان متوقف شد.",
        )


def finish(directory: Path) -> ResultDocument:
    """Write finishing record, result, seal file and bundle; the same again when called again."""
    campaign = read_campaign(directory)
    with EvidenceStore(directory / DATABASE) as store:
        account = Account(store.records())
        if account.sealed is None or account.unsealed:
            _seal(campaign, account, store)
            account = Account(store.records())
        result = _result(campaign, account, store, *_moments(account))
    document = json.loads(result.model_dump_json())
    document.pop("evidence")
    if (account.sealed or {}).get("result_sha256") != result_digest(document):
        raise _sealed_otherwise(directory)
    write_atomic(directory / RESULT, result.model_dump_json(indent=1).encode())
    lines = sealed_lines(directory, (DATABASE, CAMPAIGN, RESULT))
    write_atomic(directory / SEALED, "".join(f"{line}\n" for line in lines).encode())
    bundle = write_bundle(directory)
    _finished_event(directory, result, bundle)
    return result


def _sealed_otherwise(directory: Path) -> UsageError:
    """Return why documents are not written again: that would break an earlier release's seal."""
    return UsageError(
        "the result was sealed by another release of the laboratory and stays as it is",
        code="MFL-U082",
        where=str(directory / RESULT),
        fix=f"Nothing is missing; look at it with: mafalab report {directory}",
        sentence_fa="نتیجه را نسخهٔ دیگری از آزمایشگاه مهر کرده است و دست نمی‌خورد.",
    )


def _seal(campaign: Campaign, account: Account, store: EvidenceStore) -> None:
    """Record the hash of the result: at the end of the testing, and again after attestations."""
    now = datetime.now(UTC)
    finished_at, _ = _moments(account) if account.finishing else (now, None)
    amended_at = now if account.finishing else None
    draft = _result(campaign, account, store, finished_at, amended_at)
    document = json.loads(draft.model_dump_json())
    document.pop("evidence")
    data = {
        "decision": draft.statement.decision.value,
        "result_sha256": result_digest(document),
    }
    if account.sealed is None:
        store.record(RecordKind.CAMPAIGN_FINISHED, {"finished_at": document["finished_at"], **data})
        return
    store.record(
        RecordKind.RESULT_AMENDED,
        {
            "amended_at": document["amended_at"],
            "attestations": account.unsealed,
            "replaces": account.sealed["result_sha256"],
            **data,
        },
    )


def _moments(account: Account) -> tuple[datetime, datetime | None]:
    """Return when the testing ended and when the result was last amended."""
    ended = datetime.fromisoformat(str((account.finishing or {})["finished_at"]))
    amended = (account.sealed or {}).get("amended_at")
    return ended, None if amended is None else datetime.fromisoformat(str(amended))


def _result(
    campaign: Campaign,
    account: Account,
    store: EvidenceStore,
    finished_at: datetime,
    amended_at: datetime | None,
) -> ResultDocument:
    pack = load_pack(campaign.pack)
    exchanges = sum(1 for _ in store.records(RecordKind.EXCHANGE))
    return build_result(
        campaign,
        account,
        load=judge_recorded(account.load, store),
        finished_at=finished_at,
        amended_at=amended_at,
        evidence=EvidenceSummary(
            path=DATABASE, records=store.count, head=store.head, exchanges=exchanges
        ),
        register=pack.requirements,
        schemes=pack.schemes,
    )


def _finished_event(directory: Path, result: ResultDocument, bundle: Path) -> None:
    events = EventLog(directory / "events.ndjson")
    events.emit(
        "campaign_finished",
        decision=result.statement.decision.value,
        exit_code=result.statement.exit_code,
        bundle=hashlib.sha256(bundle.read_bytes()).hexdigest(),
    )
    events.close()
