"""All stores of one exchange: a folder of SQLite files, memory, or one PostgreSQL database.

In PostgreSQL every store has its own schema and all share the connections of the process.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from reference_impl.platform.storage import MEMORY, Store, open_engine


class DatabaseUnusable(Exception):
    """The database cannot be reached; the message names it without its password."""


class Databases:
    """Opens stores by name.

    `url` is a PostgreSQL database; without it `folder` holds one SQLite file per store, and
    without both everything stays in memory.
    """

    def __init__(self, folder: Path | None = None, url: str | None = None) -> None:
        self._folder = folder
        self._shared: Engine | None = None
        self.stores: dict[str, Store] = {}
        if url is not None:
            self._shared = _connected(url)

    def store(self, name: str, *, durable: bool = True) -> Store:
        """Return the store of a service ("purchaser") or of a part of one ("purchaser-nonces")."""
        if name in self.stores:
            return self.stores[name]
        if self._shared is not None:
            made = Store(durable=durable, schema=name.replace("-", "_"), engine=self._shared)
        else:
            url = MEMORY if self._folder is None else f"sqlite:///{self._folder / name}.sqlite"
            made = Store(url, durable=durable)
        self.stores[name] = made
        return made

    def close(self) -> None:
        """Close all connections."""
        for store in self.stores.values():
            store.close()
        if self._shared is not None:
            self._shared.dispose()


def _connected(url: str) -> Engine:
    engine = open_engine(url)
    try:
        with engine.connect():
            return engine
    except OperationalError as error:
        engine.dispose()
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnusable(
            f"the database {where} cannot be reached ({reason}). "
            "Start it, or correct --database postgresql://USER:PASSWORD@HOST/NAME."
        ) from error
