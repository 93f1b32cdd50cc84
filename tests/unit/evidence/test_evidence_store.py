from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.evidence.chain import GENESIS, canonical, link, record_content
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import verify
from lab.model.errors import EvidenceDamaged
from lab.model.evidence import RecordKind
from lab.model.exchange import BodyRef, Direction, Exchange, SentRequest


def an_exchange(store: EvidenceStore, case_id: str, ordinal: int, body: bytes = b"{}") -> Exchange:
    return Exchange(
        id=store.next_exchange_id(),
        case_id=case_id,
        attempt=1,
        ordinal=ordinal,
        direction=Direction.STIMULUS,
        step="stimulus",
        identity="office-1.token",
        started_at=datetime.now(UTC),
        elapsed_ms=1.5,
        request=SentRequest(
            method="POST", url="https://x.invalid/a", target="/a", headers=(), body=store.body(body)
        ),
    )


def test_every_record_continues_the_one_before(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        store.record(RecordKind.CAMPAIGN_STARTED, {"x": 1})
        store.record(RecordKind.CASE_STARTED, {"now": "t"}, case_id="TC-A-1", attempt=1)
        records = list(store.records())
    previous = GENESIS
    for record in records:
        at = record.at.isoformat().replace("+00:00", "Z")
        content = record_content(
            record.seq, record.kind.value, at, record.case_id, record.attempt, record.data
        )
        assert record.previous == previous
        assert record.hash == link(previous, content)
        previous = record.hash


def test_reopened_store_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    with EvidenceStore(path) as store:
        store.exchange(an_exchange(store, "TC-A-1", 0))
        head = store.head
    with EvidenceStore(path) as store:
        assert store.head == head
        assert store.next_exchange_id() == "EV-000002"
        store.record(RecordKind.CASE_FINISHED, {}, case_id="TC-A-1", attempt=1)
        assert [record.seq for record in store.records()] == [1, 2]


def test_what_was_recorded_survives_without_close(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    store = EvidenceStore(path)
    store.exchange(an_exchange(store, "TC-A-1", 0, b"hello"))
    other = sqlite3.connect(path)
    assert other.execute("SELECT count(*) FROM records").fetchone() == (1,)
    assert other.execute("SELECT count(*) FROM bodies").fetchone() == (1,)
    other.close()
    store.close()


def test_grouped_records_reach_the_disk_with_the_next_durable_one(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    store = EvidenceStore(path)
    store.record(RecordKind.EXPECTATION, {"held": True}, case_id="TC-A-1", attempt=1)
    other = sqlite3.connect(path)
    assert other.execute("SELECT count(*) FROM records").fetchone() == (0,)
    store.record(RecordKind.CASE_FINISHED, {}, case_id="TC-A-1", attempt=1)
    assert other.execute("SELECT count(*) FROM records").fetchone() == (2,)
    other.close()
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET data = '{}'",
        "DELETE FROM records",
        "UPDATE bodies SET size = 1",
        "DELETE FROM bodies",
    ],
)
def test_rows_can_neither_be_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "evidence.sqlite"
    with EvidenceStore(path) as store:
        store.exchange(an_exchange(store, "TC-A-1", 0))
    db = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    db.close()


def test_threads_write_one_unbroken_chain(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:

        def work(number: int) -> None:
            for ordinal in range(10):
                body = f"{number}-{ordinal}".encode()
                store.exchange(an_exchange(store, f"TC-T-{number}", ordinal, body))
                store.record(RecordKind.EXPECTATION, {"n": ordinal}, case_id=f"TC-T-{number}")

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ids = [record.data["id"] for record in store.records(RecordKind.EXCHANGE)]
    assert len(set(ids)) == 60
    report = verify(tmp_path)
    assert [p for p in report.problems if "campaign.json" not in p.where] == []
    assert (report.records, report.exchanges, report.bodies) == (120, 60, 60)


def test_body_without_record_is_never_stored(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    with EvidenceStore(path) as store:
        store.body(b"orphan")
        store.record(RecordKind.CASE_STARTED, {}, case_id="TC-A-1", attempt=1)
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM bodies").fetchone() == (0,)
    db.close()


def test_bodies_read_back_and_missing_ones_are_told(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        exchange = an_exchange(store, "TC-A-1", 0, b"\x00binary\xff" * 100)
        assert store.read_body(exchange.request.body) == b"\x00binary\xff" * 100
        store.exchange(exchange)
        assert store.read_body(exchange.request.body) == b"\x00binary\xff" * 100
        with pytest.raises(EvidenceDamaged, match="missing"):
            store.read_body(BodyRef(sha256="0" * 64, size=1))


def test_exchanges_come_back_in_ordinal_order(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path / "evidence.sqlite") as store:
        late, early = an_exchange(store, "TC-A-1", 1), an_exchange(store, "TC-A-1", 0)
        store.exchange(late)
        store.exchange(early)
        assert [x.ordinal for x in store.exchanges_of("TC-A-1", 1)] == [0, 1]
        assert store.exchanges_of("TC-A-1", 2) == ()


def test_canonical_json_is_sorted_tight_and_utf8() -> None:
    assert canonical({"b": 1, "a": ["نسخه", 1.5]}) == '{"a":["نسخه",1.5],"b":1}'.encode()


def test_damaged_file_is_named_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    path.write_bytes(b"this is no database at all" * 50)
    with pytest.raises(EvidenceDamaged, match="cannot be opened"):
        EvidenceStore(path)
