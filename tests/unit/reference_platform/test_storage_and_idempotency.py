from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, text

from reference_impl.platform.clock import MovableClock
from reference_impl.platform.idempotency import METADATA, Idempotency, fingerprint
from reference_impl.platform.message import Incoming
from reference_impl.platform.nonces import Nonces
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Caller
from reference_impl.platform.storage import MEMORY, Store

TABLES = MetaData()
NUMBERS = Table("numbers", TABLES, Column("n", Integer, primary_key=True))
CALLER = Caller("centre", "c-1", "s-1", "u-1", "k-1", b"")


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    url = MEMORY if request.param == "memory" else f"sqlite:///{tmp_path / 'x.sqlite'}"
    made = Store(url)
    made.create(TABLES)
    return made


def count(store: Store) -> int:
    with store.read() as rows:
        return int(rows.execute(select(func.count()).select_from(NUMBERS)).scalar_one())


def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    def half_done() -> None:
        with store.transaction() as rows:
            rows.execute(insert(NUMBERS).values(n=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert count(store) == 0
    with store.transaction() as rows:
        rows.execute(insert(NUMBERS).values(n=1))
    assert count(store) == 1


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_files_are_written_ahead_and_flushed_as_asked(
    tmp_path: Path, durable: bool, level: int
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.sqlite'}", durable=durable)
    with store.read() as rows:
        assert rows.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert rows.execute(text("PRAGMA synchronous")).scalar_one() == level
    store.close()


def test_writers_of_two_connections_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    stores = [Store(url, durable=False) for _ in range(3)]
    stores[0].create(TABLES)

    def add(store: Store) -> None:
        for _ in range(30):
            with store.transaction() as rows:
                last = rows.execute(select(func.max(NUMBERS.c.n))).scalar_one() or 0
                rows.execute(insert(NUMBERS).values(n=last + 1))

    threads = [threading.Thread(target=add, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(stores[0]) == 90
    for store in stores:
        store.close()


def test_a_nonce_is_used_once_also_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    Nonces(Store(url), MovableClock()).use("a")
    again = Nonces(Store(url), MovableClock())
    again.use("b")
    with pytest.raises(Refusal, match="SEAL_NONCE_REPLAYED"):
        again.use("a")


def incoming(body: bytes = b"{}", **headers: str) -> Incoming:
    return Incoming(
        "POST", "/x/v1/y", (), body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.parametrize(
    "other",
    [
        incoming(b"{} "),
        incoming(if_match='"2"'),
        incoming(ditas_target="/x/v1/z"),
        Incoming("PUT", "/x/v1/y", (), b"{}", headers={}),
    ],
)
def test_what_makes_two_requests_different(other: Incoming) -> None:
    assert fingerprint(incoming()) != fingerprint(other)
    assert fingerprint(incoming()) == fingerprint(incoming(ditas_correlation="another"))


def test_the_first_answer_is_kept_with_headers_for_its_caller(store: Store) -> None:
    store.create(METADATA)
    memory = Idempotency()
    answer = Answer(201, {"id": "۱"}, {"etag": '"1"'})
    with store.transaction() as rows:
        memory.keep(rows, CALLER, "k" * 16, b"f", answer)
    other = Caller("centre", "c-2", "s-1", "u-1", "k-1", b"")
    assert memory.find(store, CALLER, "k" * 16, b"f", accept_other=False) == answer
    assert memory.find(store, other, "k" * 16, b"f", accept_other=False) is None
    with pytest.raises(Refusal, match="IDEMPOTENCY_KEY_REUSED"):
        memory.find(store, CALLER, "k" * 16, b"g", accept_other=False)


def test_requests_with_one_key_pass_one_after_the_other() -> None:
    memory = Idempotency()
    trace: list[str] = []

    async def work(name: str, key: str) -> None:
        async with memory.alone(CALLER, key):
            trace.append(f"{name} in")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            trace.append(f"{name} out")

    async def all_of_them() -> None:
        await asyncio.gather(work("a", "k"), work("b", "k"))

    asyncio.run(all_of_them())
    assert trace == ["a in", "a out", "b in", "b out"]
    held: Any = memory._locks
    assert held == {}
