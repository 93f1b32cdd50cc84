"""HIDs with their life, their uses, and covers as insurers reported them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from reference_impl.platform.prepared import Prepared

METADATA = MetaData()

hids = Table(
    "hid",
    METADATA,
    Column("hid", String(16), primary_key=True),
    # Bound to a visit: patient and day. A reserved HID has neither yet.
    Column("patient_key", String(80), index=True),
    Column("patient", JSON),
    Column("centre", String(36), nullable=False, index=True),
    Column("provider", String(40)),
    Column("insurer", String(4), nullable=False),
    Column("valid_on", String(10), nullable=False),
    Column("state", String(10), nullable=False, default="bound"),
    Column("batch", String(36)),
    Column("cancel_reason", String(20)),
)
"""`state` is reserved, bound or cancelled; `valid_on` is the day of the visit, of a reserved HID
the last day on which it may be given to one."""

uses = Table(
    "hid_use",
    METADATA,
    Column("hid", String(16), primary_key=True),
    Column("correlation", String(36), primary_key=True),
)
"""Messages in which an insurer relied on a HID."""

covers = Table(
    "cover",
    METADATA,
    Column("person_key", String(80), primary_key=True),
    Column("insurer", String(4), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("fund", String(20), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_until", String(10), nullable=False),
    Column("ended", Boolean, nullable=False),
)


# Made once: building and hashing a statement costs more than running it.
_HID = Prepared(select(hids).where(hids.c.hid == bindparam("one")))
_USED = Prepared(
    select(uses.c.hid).where(
        uses.c.hid == bindparam("one"), uses.c.correlation == bindparam("message")
    )
)
_USE = Prepared(insert(uses))


def hid_of(rows: Connection, patient: str, insurer: str) -> str | None:
    """Return some HID that a person has of an insurer."""
    query = select(hids.c.hid).where(hids.c.patient_key == patient, hids.c.insurer == insurer)
    return rows.execute(query).scalars().first()


def hid_row(rows: Connection, hid: str) -> Mapping[str, Any] | None:
    """Return a HID as it stands."""
    found = rows.execute(_HID, {"one": hid}).mappings().first()
    return None if found is None else dict(found)


def use_count(rows: Connection, hid: str) -> int:
    """Return in how many messages an insurer relied on a HID."""
    query = select(func.count()).select_from(uses).where(uses.c.hid == hid)
    return int(rows.execute(query).scalar_one())


def note_use(rows: Connection, hid: str, correlation: str) -> None:
    """Count a message once, however often it asks."""
    if rows.execute(_USED, {"one": hid, "message": correlation}).first() is None:
        rows.execute(_USE, {"hid": hid, "correlation": correlation})


def held(rows: Connection, centre: str, today: str) -> int:
    """Return how many reserved HIDs a centre still holds."""
    query = (
        select(func.count())
        .select_from(hids)
        .where(hids.c.centre == centre, hids.c.state == "reserved", hids.c.valid_on >= today)
    )
    return int(rows.execute(query).scalar_one())


def bind(rows: Connection, hid: str, values: Mapping[str, Any]) -> bool:
    """Give a reserved HID to a visit; False when another visit was faster."""
    contended = update(hids).where(hids.c.hid == hid, hids.c.state == "reserved")
    return rows.execute(contended.values(state="bound", **values)).rowcount == 1


def cancel(rows: Connection, hid: str, reason: str) -> bool:
    """End a HID; False when it was ended at the same moment."""
    contended = update(hids).where(hids.c.hid == hid, hids.c.state != "cancelled")
    return rows.execute(contended.values(state="cancelled", cancel_reason=reason)).rowcount == 1


def reported(
    rows: Connection, person_key: str, *, by_end: bool = False
) -> dict[str, Mapping[str, Any]]:
    """Return the covers insurers reported for a person, by insurer.

    `by_end` compares ten last characters of the key only; a seeded fault does.
    """
    same = covers.c.person_key == person_key
    if by_end:
        same = covers.c.person_key.endswith(person_key[-10:], autoescape=True)
    query = select(covers).where(same)
    return {row["insurer"]: dict(row) for row in rows.execute(query).mappings()}


def put_cover(rows: Connection, values: Mapping[str, Any], *, stale_wins: bool = False) -> bool:
    """Store a cover; False when a newer report of it is known."""
    same = (covers.c.person_key == values["person_key"]) & (covers.c.insurer == values["insurer"])
    if rows.execute(select(covers.c.sequence).where(same)).first() is None:
        rows.execute(insert(covers).values(**values))
        return True
    newer = same if stale_wins else same & (covers.c.sequence < values["sequence"])
    return rows.execute(update(covers).where(newer).values(**values)).rowcount == 1
