"""What must hold on both database engines: transactions, memory of keys and nonces, the races."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, inspect, select, update

from reference_impl.platform import schema_version
from reference_impl.platform.clock import MovableClock
from reference_impl.platform.databases import Databases, DatabaseUnusable
from reference_impl.platform.idempotency import METADATA, Idempotency
from reference_impl.platform.nonces import Nonces
from reference_impl.platform.problem import Refusal
from reference_impl.platform.schema_version import SchemaTooNew
from reference_impl.platform.service import Answer, Caller
from tests.component.bench import Answered, Bench

ENGINES = ["sqlite", "postgresql"]
RACERS = 50
TABLES = MetaData()
NUMBERS = Table("numbers", TABLES, Column("n", Integer, primary_key=True), Column("t", Text))
CALLER = Caller("centre", "c-1", "s-1", "u-1", "k-1", b"")

Opener = Callable[[], Databases]


@pytest.fixture(params=ENGINES)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Open the same databases again and again, as processes would."""
    url: str | None = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    opened: list[Databases] = []

    def another() -> Databases:
        opened.append(Databases(tmp_path, url))
        return opened[-1]

    yield another
    for databases in opened:
        databases.close()


def test_an_error_undoes_the_transaction_and_stores_do_not_mix(opener: Opener) -> None:
    databases = opener()
    one, two = databases.store("one"), databases.store("two-relaxed", durable=False)
    for store in (one, two):
        store.create(TABLES)

    def half_done() -> None:
        with one.transaction() as rows:
            rows.execute(insert(NUMBERS).values(n=1, t="ی"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    with two.transaction() as rows:
        rows.execute(insert(NUMBERS).values(n=2, t="ی"))
    counted = select(func.count()).select_from(NUMBERS)
    with one.read() as rows, two.read() as others:
        assert rows.execute(counted).scalar_one() == 0
        assert others.execute(counted).scalar_one() == 1


def test_writers_of_several_connections_see_each_other(opener: Opener) -> None:
    """Read, then write what depends on it: wrong if two writers ever pass side by side."""
    stores = [opener().store("numbers", durable=False) for _ in range(3)]
    stores[0].create(TABLES)

    def add(number: int) -> None:
        for _ in range(30):
            with stores[number].transaction() as rows:
                last = rows.execute(select(func.max(NUMBERS.c.n))).scalar_one() or 0
                rows.execute(insert(NUMBERS).values(n=last + 1))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].read() as rows:
        assert rows.execute(select(func.max(NUMBERS.c.n))).scalar_one() == 90


def test_a_reader_keeps_its_view_and_does_not_stop_a_writer(opener: Opener) -> None:
    databases = opener()
    store, writer = databases.store("numbers"), opener().store("numbers")
    store.create(TABLES)
    counted = select(func.count()).select_from(NUMBERS)
    with store.read() as rows:
        before = rows.execute(counted).scalar_one()
        with writer.transaction() as others:
            others.execute(insert(NUMBERS).values(n=7))
        assert rows.execute(counted).scalar_one() == before
    with store.read() as rows:
        assert rows.execute(counted).scalar_one() == before + 1


def test_answers_and_nonces_outlive_a_restart(opener: Opener) -> None:
    first = opener()
    store = first.store("x")
    store.create(METADATA)
    answer = Answer(201, {"id": "۱", "control": "\x00\x1f"}, {"etag": '"1"'})
    with store.transaction() as rows:
        Idempotency().keep(rows, CALLER, "k" * 16, b"f", answer)
    Nonces(first.store("x-nonces", durable=False), MovableClock()).use("a")
    first.close()
    second = opener()
    kept = second.store("x")
    assert Idempotency().find(kept, CALLER, "k" * 16, b"f", accept_other=False) == answer
    nonces = Nonces(second.store("x-nonces", durable=False), MovableClock())
    nonces.use("b")
    with pytest.raises(Refusal, match="SEAL_NONCE_REPLAYED"):
        nonces.use("a")


def test_a_new_store_is_at_head_and_an_older_one_is_brought_there(
    opener: Opener, tmp_path: Path
) -> None:
    history = _history(tmp_path / "history")
    store = opener().store("shop")
    store.create(TABLES)
    assert store.migrated == (None, schema_version.HEAD)
    with store.transaction() as rows:
        rows.execute(insert(NUMBERS).values(n=1))
        settled = schema_version.settle(rows, store.schema, head="9002", history=history)
    assert settled == (schema_version.BASELINE, "9002")
    with store.read() as rows:
        columns = {c["name"] for c in inspect(rows).get_columns("numbers", schema=store.schema)}
        assert rows.execute(select(NUMBERS.c.n)).scalar_one() == 1
    assert columns == {"n", "t", "added"}


def test_tables_from_before_the_versions_are_the_baseline(opener: Opener) -> None:
    store = opener().store("old")
    with store.transaction() as rows:
        TABLES.create_all(rows)
    store.create(TABLES)
    assert store.migrated == (schema_version.BASELINE, schema_version.HEAD)


def test_a_newer_schema_is_refused_by_name(opener: Opener) -> None:
    first = opener()
    first.store("shop").create(TABLES)
    with first.store("shop").transaction() as rows:
        rows.execute(update(schema_version._VERSION).values(version_num="9999"))
    again = opener().store("shop")
    with pytest.raises(SchemaTooNew, match="schema revision 9999, this release knows up to"):
        again.create(TABLES)
    with again.read() as rows:
        assert rows.execute(select(schema_version._VERSION)).scalar_one() == "9999"


def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnusable, match="cannot be reached") as refused:
        Databases(url="postgresql://someone:geheim@127.0.0.1:1/nowhere")
    assert "geheim" not in str(refused.value)
    assert "127.0.0.1:1/nowhere" in str(refused.value)


def test_head_is_the_last_revision_of_the_history() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema_version.HISTORY))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [schema_version.HEAD]
    assert scripts.get_bases() == [schema_version.BASELINE]


class Crowd:
    """Two exchanges on one database, driven side by side from two threads."""

    def __init__(self, tables: tuple[Bench, Bench]) -> None:
        self.tables = tables

    def race(self, calls: list[tuple[str, str, dict[str, Any]]]) -> list[Answered]:
        barrier = threading.Barrier(len(self.tables))

        def half(number: int) -> list[Answered]:
            table = self.tables[number]

            async def together() -> list[Answered]:
                mine = calls[number :: len(self.tables)]
                return list(await asyncio.gather(*(table.send(m, t, **o) for m, t, o in mine)))

            barrier.wait()
            return table.runner.run(together())

        with ThreadPoolExecutor(len(self.tables)) as pool:
            return [one for part in pool.map(half, range(len(self.tables))) for one in part]


@pytest.fixture(scope="module", params=ENGINES)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    state = tmp_path_factory.mktemp("exchange")
    url: str | None = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    databases = state / "db"
    databases.mkdir()
    made = tuple(Bench(state, databases=databases, database_url=url) for _ in range(2))
    yield Crowd((made[0], made[1]))
    for one in made:
        one.close()


def test_of_fifty_who_want_a_lease_one_centre_wins(crowd: Crowd) -> None:
    registered = crowd.tables[0].registered()
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/lease"
    body = {"basis": {"hid": registered["document"]["hid"]}}
    centres = ["pharmacy-1", "pharmacy-2"]
    answers = crowd.race(
        [("POST", path, {"centre": centres[n * 2 // RACERS], "body": body}) for n in range(RACERS)]
    )
    won = [one for one in answers if one.status == 201]
    assert {one.status for one in answers} == {201, 423}
    # The winner may ask again and gets another secret; the other centre never gets one.
    assert len(won) == RACERS // 2
    assert len({one.json["secret"] for one in won}) == len(won)


def test_fifty_who_dispense_at_once_give_no_more_than_was_ordered(crowd: Crowd) -> None:
    table = crowd.tables[0]
    registered = table.registered(table.item(quantity=60))
    secret = table.lease(registered).json["secret"]
    path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/dispenses"
    answers = crowd.race(
        [
            (
                "POST",
                path,
                {
                    "centre": "pharmacy-1",
                    "lease": secret,
                    "document": ("dispense", table.dispense(registered, 20), "ph01"),
                },
            )
            for _ in range(RACERS)
        ]
    )
    assert sum(one.status in {200, 201} for one in answers) == 3, answers
    assert {one.code for one in answers if one.status not in {200, 201}} <= {
        "DISPENSE_QUANTITY_EXCEEDED",
        "PRESCRIPTION_STATE_CONFLICT",
        "DISPENSE_STATE_CONFLICT",
    }


def test_one_key_sent_to_two_processes_has_one_effect_and_one_answer(crowd: Crowd) -> None:
    table = crowd.tables[0]
    payload = table.prescription(table.hid())
    call: dict[str, Any] = {
        "document": ("prescription", payload, "dr01"),
        "key": table.ids.token(),
    }
    answers = crowd.race([("POST", "/purchaser/v1/prescriptions", call) for _ in range(10)])
    told = {one.json.get("prescriptionId") for one in answers if one.status == 201}
    assert len(told) == 1, answers
    assert {one.status for one in answers} <= {201, 409}


def _history(place: Path) -> Path:
    """Write a history whose second revision changes a table, in the form of the real one."""
    versions = place / "versions"
    versions.mkdir(parents=True)
    baseline = (schema_version.HISTORY / "versions/r0001_baseline.py").read_text("utf-8")
    (versions / "r0001_baseline.py").write_text(baseline, "utf-8")
    (versions / "r9002_added.py").write_text(
        "from alembic import op\n"
        "from sqlalchemy import Column, Text\n"
        "revision, down_revision = '9002', '0001'\n"
        "def upgrade(store):\n"
        "    if store == 'shop':\n"
        "        op.add_column('numbers', Column('added', Text))\n",
        "utf-8",
    )
    return place
