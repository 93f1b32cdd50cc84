"""The feed of changes of members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

METADATA = MetaData()

changes = Table(
    "member_change",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("council_kind", String(10), nullable=False),
    Column("council_number", String(12), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("changed_at", String(40), nullable=False),
)


def fill(rows: Connection, past: Iterable[tuple[str, str, str, str]]) -> None:
    """Open an empty feed with what happened before."""
    if rows.execute(select(func.count()).select_from(changes)).scalar_one():
        return
    for council_kind, number, kind, moment in past:
        rows.execute(
            insert(changes).values(
                council_kind=council_kind, council_number=number, kind=kind, changed_at=moment
            )
        )


def feed(rows: Connection, after: int, size: int) -> list[Mapping[str, Any]]:
    """Return up to `size` changes with a number above `after`, oldest first."""
    query = (
        select(changes).where(changes.c.sequence > after).order_by(changes.c.sequence).limit(size)
    )
    return [dict(row) for row in rows.execute(query).mappings()]
