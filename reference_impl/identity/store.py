"""Unique ids issued, registrations of newborns, and links between ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

METADATA = MetaData()

unique_ids = Table(
    "unique_id",
    METADATA,
    Column("uid", String(10), primary_key=True),
    Column("cause", String(30), nullable=False),
    Column("sex", String(1), nullable=False),
    Column("birth_date", String(10), nullable=False),
    Column("issued_at", String(40), nullable=False),
    Column("centre", String(36), nullable=False),
    # The id the person claims as own; one unique id for each of them.
    Column("claimed_key", String(80), unique=True),
)

links = Table(
    "link",
    METADATA,
    Column("former_key", String(80), primary_key=True),
    Column("current_key", String(80), nullable=False, index=True),
    Column("link_id", String(36), nullable=False, unique=True),
    Column("former", JSON, nullable=False),
    Column("current", JSON, nullable=False),
    Column("cause", String(30), nullable=False),
    Column("linked_at", String(40), nullable=False),
    Column("centre", String(36), nullable=False),
    # Set for newborns only: a code is given to one child.
    Column("child_key", String(80), unique=True),
)


def uid_row(rows: Connection, uid: str) -> Mapping[str, Any] | None:
    """Return an issued unique id."""
    return _one(rows.execute(select(unique_ids).where(unique_ids.c.uid == uid)))


def uid_for(rows: Connection, claimed_key: str) -> Mapping[str, Any] | None:
    """Return the unique id issued for a person who claims this id."""
    return _one(rows.execute(select(unique_ids).where(unique_ids.c.claimed_key == claimed_key)))


def add_uid(rows: Connection, values: Mapping[str, Any]) -> None:
    """Store an issued unique id."""
    rows.execute(insert(unique_ids).values(**values))


def link_of(rows: Connection, former_key: str) -> Mapping[str, Any] | None:
    """Return the link that ends an id."""
    return _one(rows.execute(select(links).where(links.c.former_key == former_key)))


def links_to(rows: Connection, current_key: str) -> list[Mapping[str, Any]]:
    """Return the links that lead to an id, oldest first."""
    query = select(links).where(links.c.current_key == current_key).order_by(links.c.linked_at)
    return [dict(row) for row in rows.execute(query).mappings()]


def link(rows: Connection, link_id: str) -> Mapping[str, Any] | None:
    """Return a link by its id."""
    return _one(rows.execute(select(links).where(links.c.link_id == link_id)))


def add_link(rows: Connection, values: Mapping[str, Any]) -> bool:
    """Store a link; False when one of the ids was linked at the same moment."""
    try:
        rows.execute(insert(links).values(**values))
    except IntegrityError:
        return False  # the caller undoes its transaction
    return True


def _one(found: Any) -> Mapping[str, Any] | None:
    row = found.mappings().first()
    return None if row is None else dict(row)
