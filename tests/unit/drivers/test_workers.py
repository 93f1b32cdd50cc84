"""Workers share the work through a pipe and the evidence through one chain; any may be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.drivers.workers import run_groups
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import verify
from lab.model.errors import EnvironmentFault
from lab.model.evidence import RecordKind
from tests.unit.evidence.test_evidence_store import an_exchange

Take = Callable[[], tuple[str, ...] | None]
GROUPS = tuple((f"TC-{n}-A", f"TC-{n}-B") for n in range(12))


def write(store: EvidenceStore, case_id: str) -> None:
    store.record(RecordKind.CASE_STARTED, {}, case_id=case_id, attempt=1)
    for ordinal in range(3):
        store.exchange(an_exchange(store, case_id, ordinal, case_id.encode()))
        store.record(RecordKind.EXPECTATION, {"n": ordinal}, case_id=case_id, attempt=1)
    store.record(RecordKind.CASE_FINISHED, {}, case_id=case_id, attempt=1)


def perform(store: EvidenceStore, jobs: int, victim: str = "") -> None:
    def work(member: int, members: int, take: Take) -> None:
        store.reopen(member, members)
        while group := take():
            for case_id in group:
                if case_id == victim:
                    os.kill(os.getpid(), signal.SIGKILL)
                write(store, case_id)
        store.close()

    store.suspend()
    try:
        run_groups(GROUPS, jobs, work)
    finally:
        store.reopen()


def finished(store: EvidenceStore) -> list[str]:
    return [str(row.case_id) for row in store.records(RecordKind.CASE_FINISHED)]


def test_every_case_is_run_once_and_the_chain_is_one(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        perform(store, 3)
        store.exchange(an_exchange(store, "TC-LAST", 0))
        assert sorted(finished(store)) == sorted(one for group in GROUPS for one in group)
        ids = [row.data["id"] for row in store.records(RecordKind.EXCHANGE)]
        assert len(ids) == len(set(ids)) == 24 * 3 + 1
    report = verify(tmp_path)
    assert [p for p in report.problems if "campaign.json" not in p.where] == []
    assert report.records == 24 * 8 + 1


def test_a_group_stays_in_its_order(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        perform(store, 4)
        order = finished(store)
    assert all(order.index(first) < order.index(second) for first, second in GROUPS)


def test_a_killed_worker_is_told_and_costs_only_its_own_group(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        with pytest.raises(EnvironmentFault, match="ended with -9"):
            perform(store, 2, victim="TC-3-B")
        left = {one for group in GROUPS for one in group} - set(finished(store))
        assert left == {"TC-3-B"}
        store.record(RecordKind.CASE_FINISHED, {}, case_id="TC-3-B", attempt=2)
    report = verify(tmp_path)
    assert [p for p in report.problems if "campaign.json" not in p.where] == []


def test_what_a_worker_raises_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def work(_member: int, _members: int, _take: Take) -> None:
        raise RuntimeError("broken on purpose")

    with pytest.raises(EnvironmentFault, match="ended with 3"):
        run_groups(GROUPS, 2, work)
    assert "broken on purpose" in capfd.readouterr().err


def test_nothing_to_do_forks_nothing() -> None:
    run_groups((), 4, lambda _member, _members, _take: os._exit(1))


def test_a_suspended_store_keeps_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.evidence.store.CLAIM_SECONDS", 0.1)
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        store.suspend()
        with pytest.raises(EnvironmentFault, match="another process"):
            EvidenceStore(store.path)
        with pytest.raises(sqlite3.ProgrammingError):
            store.record(RecordKind.CASE_STARTED, {})
        store.reopen()


@pytest.mark.parametrize("before", [0, 1, 2, 3, 7])
def test_a_member_keeps_to_its_own_numbers_however_late_it_comes(
    tmp_path: Path, before: int
) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        for ordinal in range(before):
            store.exchange(an_exchange(store, "TC-EARLIER", ordinal))
        given: dict[int, list[int]] = {}
        for member in range(3):
            store.suspend()
            store.reopen(member, 3)
            names = [store.next_exchange_id() for _ in range(4)]
            given[member] = [int(name.removeprefix("EV-")) for name in names]
    assert all({n % 3 for n in numbers} == {member} for member, numbers in given.items())
    assert all(min(numbers) > before for numbers in given.values())
