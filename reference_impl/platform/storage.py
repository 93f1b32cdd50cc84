"""Storage of one service: SQLAlchemy 2 Core, the same statements on SQLite and PostgreSQL.

Transactions are short and synchronous: never await inside one. Writers of one store pass one after
the other on both engines, so that what a change has read still holds when it writes: SQLite takes
its write lock at once, PostgreSQL an advisory lock of the store. Nothing can therefore fail to
serialise, and nothing is retried.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool
from sqlalchemy.schema import CreateSchema

from reference_impl.platform import schema_version

MEMORY = "sqlite://"
BUSY_MILLISECONDS = 5000
POOL = 4
"""Connections to PostgreSQL that one process keeps: an event loop has at most two open at once."""

_LOCK = select(func.pg_advisory_xact_lock(bindparam("lock")))
_RELAXED_LOCK = select(
    func.pg_advisory_xact_lock(bindparam("lock")),
    func.set_config("synchronous_commit", "off", True),
)
_PING = text("SELECT 1")


class Store:
    """Database of one service.

    `durable` False trades the disk flush per commit for speed: a killed process loses nothing, a
    power cut may lose the last moments. `schema` is the store's schema when `engine` (shared by
    many stores) is given instead of a URL of its own.
    """

    def __init__(
        self,
        url: str = MEMORY,
        *,
        durable: bool = True,
        schema: str | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._owned = engine is None
        whole = engine if engine is not None else open_engine(url, durable=durable)
        self.schema = schema
        self.engine = whole if schema is None else _within(whole, schema)
        self._readers = self.engine
        self.migrated: tuple[str | None, str] | None = None
        self._versioned = self._closed = False
        # SQLite's connections are the store's own, so that its threads may keep theirs open.
        self._kept = None if self._is_shared(whole) else threading.local()
        self._lock: Any = None
        self._reading: dict[str, Any] = {}
        if self._kept is not None:
            self._readers = _sqlite(whole.url, durable=durable, begin="BEGIN")
        if whole.dialect.name == "postgresql":
            statement = _LOCK if durable else _RELAXED_LOCK
            self._lock = statement, {"lock": _lock_number(schema or "")}
            self._reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def create(self, metadata: MetaData) -> None:
        """Bring an older schema up to date, then create the tables that are missing.

        Raises `schema_version.SchemaTooNew` for a database of a later release.
        """
        if not self._versioned and self.engine.url.database not in {None, "", ":memory:"}:
            with self.transaction() as rows:
                self.migrated = schema_version.settle(rows, self.schema)
        self._versioned = True
        with self.transaction() as rows:
            metadata.create_all(rows)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write transaction: takes the write lock at once, commits at the end, undoes on error."""
        with self._connection("writing") as connection, connection.begin():
            if self._lock is not None:
                connection.execute(*self._lock)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read transaction: one consistent view, never blocks writers."""
        with self._connection("reading") as connection, connection.begin():
            yield connection

    @contextmanager
    def _connection(self, purpose: str) -> Iterator[Connection]:
        """Lend the thread's own connection for a purpose, a further one while that is lent.

        Opening one from the pool costs as much as a short transaction on it.
        """
        free: dict[str, Connection] | None = None
        connection: Connection | None = None
        if self._kept is not None:
            free = self._kept.__dict__.setdefault("free", {})
            connection = free.pop(purpose, None)
        if connection is None:
            reading = purpose == "reading"
            connection = (self._readers if reading else self.engine).connect()
            if reading and self._reading:
                connection = connection.execution_options(**self._reading)
        try:
            yield connection
        finally:
            usable = not (connection.closed or connection.invalidated or self._closed)
            if free is not None and usable and purpose not in free:
                free[purpose] = connection
            else:
                connection.close()

    def _is_shared(self, engine: Engine) -> bool:
        """Say whether other stores or threads may need the connections: memory, and PostgreSQL."""
        return engine.dialect.name != "sqlite" or isinstance(engine.pool, StaticPool)

    def ping(self) -> None:
        """Ask the database for anything at all; raises SQLAlchemyError when it cannot answer."""
        with self.read() as rows:
            rows.execute(_PING)

    def close(self) -> None:
        """Close all connections of its own."""
        self._closed = True
        if self._kept is not None:
            for connection in self._kept.__dict__.pop("free", {}).values():
                connection.close()
        if self._owned:
            self.engine.dispose()
            self._readers.dispose()


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Return an engine for a URL; `postgresql://` means the driver psycopg."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, durable=durable)
    if parsed.get_backend_name() != "postgresql":
        raise ValueError(
            f"{parsed.get_backend_name()} is not supported; use sqlite:// or postgresql://"
        )
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=POOL,
        hide_parameters=True,
    )


def _within(engine: Engine, schema: str) -> Engine:
    """Return the engine of one schema; the connections stay shared."""
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema, if_not_exists=True))
    return engine.execution_options(schema_translate_map={None: schema})


def _lock_number(schema: str) -> int:
    """Return the key of a store's advisory lock: 64 bits, stable between processes."""
    digest = hashlib.sha256(f"mafalab:{schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _sqlite(url: URL, *, durable: bool, begin: str = "BEGIN IMMEDIATE") -> Engine:
    memory = url.database in {None, "", ":memory:"}
    engine = create_engine(
        url,
        # Parameters are data of patients; they stay out of messages, and so out of logs.
        hide_parameters=True,
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

    def open_transaction(dbapi_connection: Any) -> None:
        dbapi_connection.execute(begin)

    event.listen(engine, "connect", configure)
    # Not an event of the engine: one listener makes SQLAlchemy dispatch a dozen per statement.
    engine.dialect.do_begin = open_transaction  # type: ignore[method-assign]  # this engine's alone
    return engine
