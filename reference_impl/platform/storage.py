"""Storage of one service: SQLAlchemy 2 Core, the same statements on SQLite and PostgreSQL.

Transactions are short and synchronous: never await inside one. Writers of one store pass one after
the other on both engines, so that what a change has read still holds when it writes: SQLite takes
its write lock at once, PostgreSQL an advisory lock of the store. Nothing can therefore fail to
serialise, and nothing is retried.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool
from sqlalchemy.schema import CreateSchema

from reference_impl.platform import schema_version
from reference_impl.platform.prepared import Prepared, all_of

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
        self._kept: Any = None if self._is_shared(whole) else threading.local()
        self._lock: Any = None
        self._reading: dict[str, Any] = {}
        if self._kept is not None:
            self._readers = _sqlite(whole.url, durable=durable, own_transactions=True)
            self.engine = _sqlite(whole.url, durable=durable, own_transactions=True)
            whole.dispose()
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

    def transaction(self) -> AbstractContextManager[Connection]:
        """Write transaction: takes the write lock at once, commits at the end, undoes on error."""
        if self._kept is not None:
            return _OnFile(self, "writing")
        return self._shared_transaction("writing")

    def read(self) -> AbstractContextManager[Connection]:
        """Read transaction: one consistent view, never blocks writers."""
        if self._kept is not None:
            return _OnFile(self, "reading")
        return self._shared_transaction("reading")

    def look(self, question: Prepared, parameters: Mapping[str, Any]) -> Any:
        """Ask one question; a single statement is a transaction of its own."""
        return self._alone("reading", question, parameters)

    def put(self, change: Prepared, parameters: Mapping[str, Any]) -> None:
        """Make one change; a single statement is a transaction of its own."""
        self._alone("writing", change, parameters)

    def _alone(self, purpose: str, statement: Prepared, parameters: Mapping[str, Any]) -> Any:
        if self._kept is None:
            with self._shared_transaction(purpose) as rows:
                return all_of(rows.execute(statement, parameters))
        lent = self.lend(purpose)
        try:
            return lent.connection.execute(statement, parameters)
        finally:
            self.take_back(purpose, lent)

    @contextmanager
    def _shared_transaction(self, purpose: str) -> Iterator[Connection]:
        reading = purpose == "reading"
        with (self._readers if reading else self.engine).connect() as connection:
            if reading and self._reading:
                connection = connection.execution_options(**self._reading)  # noqa: PLW2901 - the same connection
            with connection.begin():
                if not reading and self._lock is not None:
                    connection.execute(*self._lock)
                yield connection

    def lend(self, purpose: str) -> _Lent:
        """Lend the thread's own connection for a purpose, a further one while that is lent.

        Opening one from the pool costs as much as a short transaction on it.
        """
        free: dict[str, _Lent] = self._kept.__dict__.setdefault("free", {})
        lent = free.pop(purpose, None)
        if lent is None:
            lent = _Lent((self._readers if purpose == "reading" else self.engine).connect())
        return lent

    def take_back(self, purpose: str, lent: _Lent) -> None:
        """Keep a connection for the thread's next transaction, or close it."""
        free: dict[str, _Lent] = self._kept.__dict__.setdefault("free", {})
        connection = lent.connection
        if self._closed or purpose in free or connection.closed or connection.invalidated:
            connection.close()
        else:
            free[purpose] = lent

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
            for lent in self._kept.__dict__.pop("free", {}).values():
                lent.connection.close()
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


def _sqlite(url: URL, *, durable: bool, own_transactions: bool = False) -> Engine:
    """Return an engine; with `own_transactions` `_OnFile` opens and closes them, not SQLAlchemy."""
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
        dbapi_connection.execute("BEGIN IMMEDIATE")

    def nothing(_dbapi_connection: Any) -> None:
        pass

    event.listen(engine, "connect", configure)
    # Not an event of the engine: one listener makes SQLAlchemy dispatch a dozen per statement.
    dialect: Any = engine.dialect  # this engine's alone
    dialect.do_begin = nothing if own_transactions else open_transaction
    if own_transactions:
        dialect.do_commit = dialect.do_rollback = nothing
    return engine


class _Lent:
    """A connection to a SQLite file, and the driver's beneath it.

    For SQLAlchemy it is in one transaction that never ends; the real ones are the driver's.
    """

    __slots__ = ("connection", "driver")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.dbapi_connection
        connection.begin()


class _OnFile:
    """One transaction on the thread's own connection to a SQLite file.

    A class, because every request opens a dozen and a generator costs more than the work here.
    """

    __slots__ = ("_lent", "_purpose", "_store")

    def __init__(self, store: Store, purpose: str) -> None:
        self._store = store
        self._purpose = purpose

    def __enter__(self) -> Connection:
        self._lent = lent = self._store.lend(self._purpose)
        try:
            lent.driver.execute("BEGIN" if self._purpose == "reading" else "BEGIN IMMEDIATE")
        except BaseException as error:
            self._store.take_back(self._purpose, lent)
            raise self._wrapped(error) from error
        return lent.connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        driver = self._lent.driver
        try:
            if kind is None:
                driver.commit()
            else:
                driver.rollback()
        except BaseException as fault:
            driver.rollback()
            raise self._wrapped(fault) from fault
        finally:
            self._store.take_back(self._purpose, self._lent)

    def _wrapped(self, error: BaseException) -> BaseException:
        """Return a driver's error as SQLAlchemy's, any other as it is."""
        dialect = self._lent.connection.dialect
        fault = dialect.loaded_dbapi.Error
        if not isinstance(error, fault):
            return error
        return DBAPIError.instance(
            None, None, error, fault, hide_parameters=True, dialect=dialect
        )  # fmt: skip
