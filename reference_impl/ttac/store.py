"""Uses of packs: one row per pack and dispense."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

METADATA = MetaData()

packs = Table(
    "pack",
    METADATA,
    Column("label", String(20), primary_key=True),
    Column("used", Integer, nullable=False),
)
"""How much of a pack is used; the row is what two uses of one pack contend for."""

uses = Table(
    "pack_use",
    METADATA,
    Column("label", String(20), primary_key=True),
    Column("dispense_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("count", Integer, nullable=False),
    Column("remaining", Integer, nullable=False),
    Column("used_at", String(40), nullable=False),
)


def used(rows: Connection, label: str) -> int:
    """Return how much of a pack is used; 0 for a fresh one."""
    found = rows.execute(select(packs.c.used).where(packs.c.label == label)).scalar()
    return int(found or 0)


def take(rows: Connection, label: str, seen: int, count: int) -> bool:
    """Use `count` of a pack that was seen with `seen` used; False when somebody was faster."""
    known = rows.execute(select(packs.c.label).where(packs.c.label == label)).first()
    if known is None:
        try:
            rows.execute(insert(packs).values(label=label, used=count))
        except IntegrityError:
            return False  # two first uses at one moment; the caller undoes its transaction
        return True
    contended = update(packs).where(packs.c.label == label, packs.c.used == seen)
    return rows.execute(contended.values(used=seen + count)).rowcount == 1


def give_back(rows: Connection, label: str, dispense_id: str, count: int) -> bool:
    """Undo the use by a dispense; False when there is none any more."""
    gone = rows.execute(
        delete(uses).where(uses.c.label == label, uses.c.dispense_id == dispense_id)
    )
    if gone.rowcount != 1:
        return False
    rows.execute(update(packs).where(packs.c.label == label).values(used=packs.c.used - count))
    return True
