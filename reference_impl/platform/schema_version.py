"""Which revision of the tables a store holds, and the way from an older one to today's (Alembic).

One history for all stores and both engines, in `reference_impl/migrations`. The first revision is
the metadata of the services as they stood; tables that are new appear by themselves at the next
start, a change of an existing table is a revision. Alembic itself is only loaded for that change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, func, insert, inspect, select

BASELINE = "0001"
HEAD = "0001"
"""The last revision of the history; a test compares it with the files."""
HISTORY = Path(__file__).parents[1] / "migrations"

_METADATA = MetaData()
# As Alembic writes it, so that its own command line reads our databases.
_VERSION = Table(
    "alembic_version",
    _METADATA,
    Column("version_num", String(32), primary_key=True, nullable=False),
)


class SchemaTooNew(Exception):
    """The database was written by a later release; the message says so and how to go on."""


def settle(
    rows: Connection, schema: str | None, *, head: str = HEAD, history: Path = HISTORY
) -> tuple[str | None, str]:
    """Bring one store to `head`; return the revision before (None for an empty store) and after.

    Runs in the caller's transaction. Raises SchemaTooNew for a revision the history does not know.
    """
    tables = frozenset(inspect(rows).get_table_names(schema=schema))
    if _VERSION.name not in tables:
        _METADATA.create_all(rows, checkfirst=False)
        # Tables without a version were made before there were versions: they are the baseline.
        found = BASELINE if tables else head
        rows.execute(insert(_VERSION).values(version_num=found))
        if not tables:
            return None, head
    else:
        found = str(rows.execute(select(_VERSION.c.version_num)).scalar_one())
    if found != head:
        _upgrade(rows, schema, found, head, history)
    return found, head


def _upgrade(rows: Connection, schema: str | None, found: str, head: str, history: Path) -> None:
    # Loaded here because starting an exchange whose tables are up to date does not need it.
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(history))
    scripts = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in scripts.walk_revisions()}
    if found not in known:
        raise SchemaTooNew(
            f"the database ({schema or rows.engine.url.database}) has schema revision {found}, "
            f"this release knows up to {head}. Start the release that wrote it, or choose "
            "another --state directory or --database."
        )

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(head, revision)  # noqa: SLF001 - Alembic's own recipe

    if schema is not None:
        # Alembic writes its own DDL, which no translation map reaches.
        rows.execute(select(func.set_config("search_path", schema, True)))
    with EnvironmentContext(config, scripts, fn=steps, destination_rev=head) as environment:
        environment.configure(connection=rows, version_table_schema=schema, transactional_ddl=False)
        environment.run_migrations(store=schema or Path(str(rows.engine.url.database)).stem)
