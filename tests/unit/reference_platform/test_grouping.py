"""Changes that share a flush: each stands alone, nobody is answered before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from reference_impl.platform.grouping import Grouping
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.storage import Store
from tests.support.postgres import Cluster

METADATA = MetaData()
NAMES = Table("name", METADATA, Column("name", String(20), primary_key=True))
ADD, ALL = Prepared(insert(NAMES)), Prepared(select(NAMES.c.name).order_by(NAMES.c.name))
FIND = Prepared(select(NAMES).where(NAMES.c.name == bindparam("one")))


@pytest.fixture(params=["file", "memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.new_database()
    else:
        url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'x.sqlite'}"
    made = Store(url)
    made.create(METADATA)
    yield made
    made.engine.dispose()


def adding(name: str, fault: Exception | None = None) -> Callable[[Connection], str]:
    def change(rows: Connection) -> str:
        rows.execute(ADD, {"name": name})
        if fault is not None:
            raise fault
        return name

    return change


def together(store: Store, *changes: Callable[[Connection], str]) -> list[Any]:
    async def run() -> list[Any]:
        group = Grouping(store)
        return await asyncio.gather(*(group.run(one) for one in changes), return_exceptions=True)

    return asyncio.run(run())


def kept(store: Store) -> list[str]:
    return list(store.look(ALL, {}).scalars())


def test_one_that_fails_leaves_the_others_and_no_trace(store: Store) -> None:
    refused, broken = Refusal("NOT_FOUND"), ValueError("defect")
    told = together(
        store, adding("a"), adding("b", refused), adding("a"), adding("c", broken), adding("d")
    )
    assert (told[0], told[1], told[3], told[4]) == ("a", refused, broken, "d")
    assert isinstance(told[2], IntegrityError)
    assert kept(store) == ["a", "d"]


def test_a_single_change_needs_no_company(store: Store) -> None:
    assert together(store, adding("a")) == ["a"]
    refused = Refusal("NOT_FOUND")
    assert together(store, adding("b", refused)) == [refused]
    assert kept(store) == ["a"]


def test_nobody_hears_before_the_flush_and_all_hear_that_it_failed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = store.transaction

    class Failing:
        def __enter__(self) -> Connection:
            self.inner = opened()
            return self.inner.__enter__()

        def __exit__(self, *_: object) -> None:
            fault = OSError("no space")
            self.inner.__exit__(OSError, fault, None)
            raise fault

    monkeypatch.setattr(store, "transaction", Failing)
    told = together(store, adding("a"), adding("b"))
    assert [type(one) for one in told] == [OSError, OSError]
    assert kept(store) == []


def test_who_was_cancelled_gets_no_effect(store: Store) -> None:
    async def run() -> None:
        group = Grouping(store)
        tasks = [asyncio.ensure_future(group.run(adding(name))) for name in ("a", "b")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    # The flush may already be on its way when somebody leaves; it is then whole or absent.
    assert "b" in kept(store)


def test_a_loop_that_ended_early_blocks_nothing(store: Store) -> None:
    group = Grouping(store)

    async def leave() -> None:
        asyncio.ensure_future(group.run(adding("lost")))  # noqa: RUF006 - nobody waits for it

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    loop.close()
    assert asyncio.run(group.run(adding("a"))) == "a"


def test_a_prepared_statement_behaves_like_the_statement(store: Store) -> None:
    with store.transaction() as rows:
        rows.execute(ADD, [{"name": "a"}, {"name": "b"}])
        assert rows.execute(FIND, {"one": "a"}).one().name == "a"
        assert rows.execute(FIND, {"one": "x"}).one_or_none() is None
        assert rows.execute(ALL).scalars().all() == ["a", "b"]
        assert dict(rows.execute(FIND, {"one": "b"}).mappings().one()) == {"name": "b"}
    with pytest.raises(IntegrityError) as caught:
        store.put(ADD, {"name": "a"})
    assert "'a'" not in str(caught.value), "values stay out of messages"
