"""Storage of one service: SQLAlchemy 2 Core on SQLite, with SQL that PostgreSQL also takes.

Transactions are short and synchronous: never await inside one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

MEMORY = "sqlite://"
BUSY_MILLISECONDS = 5000


class Store:
    """Database of one service behind an SQLAlchemy URL.

    `durable` False trades the disk flush per commit for speed: a killed process loses nothing, a
    power cut may lose the last moments.
    """

    def __init__(self, url: str = MEMORY, *, durable: bool = True) -> None:
        self.engine = _engine(url, durable=durable)

    def create(self, metadata: MetaData) -> None:
        """Create the tables that are missing."""
        metadata.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write transaction: takes the write lock at once, commits at the end, undoes on error."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read transaction: one consistent view, never blocks writers."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(reading=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str, *, durable: bool) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    memory = url in {MEMORY, "sqlite:///:memory:"}
    engine = create_engine(
        url,
        # One connection is the whole database when it lives in memory.
        poolclass=StaticPool if memory else QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
    )

    def configure(connection: Any, _record: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling would delay BEGIN; ours is explicit below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)
    return engine
