"""What licensing systems changed since the registry was filled, and the feed of changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from reference_impl.siam.domain import Registered

METADATA = MetaData()

licences = Table(
    "licence",
    METADATA,
    Column("source", String(30), primary_key=True),
    Column("licence", String(12), primary_key=True),
    Column("siam_id", String(36), nullable=False, unique=True),
    Column("centre", JSON, nullable=False),
    Column("sequence", Integer, nullable=False),
)
"""Centres with an event of their licensing system; the newest event number wins."""

changes = Table(
    "centre_change",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("siam_id", String(36), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("changed_at", String(40), nullable=False),
)


def fill(rows: Connection, siam_ids: list[str], moment: str) -> None:
    """Open an empty feed with the creation of every centre the registry starts with."""
    if rows.execute(select(func.count()).select_from(changes)).scalar_one():
        return
    for siam_id in siam_ids:
        rows.execute(insert(changes).values(siam_id=siam_id, kind="created", changed_at=moment))


def changed_centres(rows: Connection) -> list[Registered]:
    """Return every centre a licensing system has changed or created."""
    return [_read(row.centre) for row in rows.execute(select(licences.c.centre))]


def changed_centre(rows: Connection, siam_id: str) -> Registered | None:
    """Return a centre as its licensing system left it, None when nothing was reported."""
    query = select(licences.c.centre).where(licences.c.siam_id == siam_id)
    row = rows.execute(query).first()
    return None if row is None else _read(row.centre)


def of_licence(rows: Connection, source: str, licence: str) -> tuple[Registered, int] | None:
    """Return the centre of a licence with its last event number."""
    query = select(licences.c.centre, licences.c.sequence).where(
        licences.c.source == source, licences.c.licence == licence
    )
    row = rows.execute(query).first()
    return None if row is None else (_read(row.centre), row.sequence)


def keep(rows: Connection, source: str, centre: Registered, sequence: int, *, known: bool) -> bool:
    """Store the state after an event; False when a newer event came first."""
    value = {**vars(centre), "roles": list(centre.roles)}
    value["valid_until"] = centre.valid_until.isoformat()
    if not known:
        rows.execute(
            insert(licences).values(
                source=source,
                licence=centre.licence,
                siam_id=centre.siam_id,
                centre=value,
                sequence=sequence,
            )
        )
        return True
    newer = (
        update(licences)
        .where(
            licences.c.source == source,
            licences.c.licence == centre.licence,
            licences.c.sequence < sequence,
        )
        .values(centre=value, sequence=sequence)
    )
    return rows.execute(newer).rowcount == 1


def note(rows: Connection, siam_id: str, kind: str, moment: str) -> int:
    """Append to the feed and return the number of the change."""
    made = rows.execute(insert(changes).values(siam_id=siam_id, kind=kind, changed_at=moment))
    key = made.inserted_primary_key
    if key is None:
        raise LookupError("the database gave the change no number")
    return int(key[0])


def feed(rows: Connection, after: int, size: int) -> list[Mapping[str, Any]]:
    """Return up to `size` changes with a number above `after`, oldest first."""
    query = (
        select(changes).where(changes.c.sequence > after).order_by(changes.c.sequence).limit(size)
    )
    return [dict(row) for row in rows.execute(query).mappings()]


def _read(value: Mapping[str, Any]) -> Registered:
    return Registered(
        **{
            **value,
            "roles": tuple(value["roles"]),
            "valid_until": date.fromisoformat(value["valid_until"]),
        }
    )
