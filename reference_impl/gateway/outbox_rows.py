"""The rows of the outbox, and the statements over them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from reference_impl.platform.contract import Route
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.service import Caller

WAITING, PARKED = "waiting", "parked"

METADATA = MetaData()
OUTBOX = Table(
    "record_outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("mark", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, index=True),
    Column("correlation", Text, nullable=False, index=True),
    Column("centre", Text, nullable=False, index=True),
    Column("software", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("submission", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
    Column("code", Text, nullable=False),
)
DELIVERED = Table(
    "record_delivered",
    METADATA,
    Column("mark", Text, primary_key=True),
    Column("centre", Text, nullable=False, index=True),
    Column("at", Text, nullable=False),
)


# Made once: building and hashing a statement costs more than running it.
PUT = Prepared(insert(OUTBOX))
KNOWN = Prepared(select(DELIVERED.c.mark).where(DELIVERED.c.mark == bindparam("one")))
OLDER = Prepared(
    select(OUTBOX.c.mark).where(OUTBOX.c.correlation == bindparam("one"), OUTBOX.c.state == WAITING)
)
TAKEN = Prepared(insert(DELIVERED))
GONE = Prepared(delete(OUTBOX).where(OUTBOX.c.mark == bindparam("one")))
RELEASE = Prepared(
    update(OUTBOX)
    .where(OUTBOX.c.mark == bindparam("one"), OUTBOX.c.attempts == 0)
    .values(next_at=0)
)
COUNT = select(func.count()).select_from(OUTBOX)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy on its way."""

    key: str
    mark: str
    centre: str
    software: str
    user_id: str
    correlation: str
    operation: str
    attempts: int
    submission: dict[str, Any]
    size: int


def copy_of(row: Row[Any]) -> Copy:
    """Read a copy."""
    return Copy(
        row.key, row.mark, row.centre, row.software, row.user_id, row.correlation,
        row.operation, row.attempts, json.loads(row.submission),
        len(row.submission),
    )  # fmt: skip


def shown(row: Row[Any]) -> dict[str, Any]:
    """Return a parked copy as operators see it."""
    return {
        "correlation": row.correlation,
        "operation": row.operation,
        "receivedAt": row.received_at,
        "attempts": row.attempts,
        "code": row.code,
    }


def mark_of(caller: Caller, route: Route, document: Any) -> str:
    """Name a document by centre, operation and signed content; signatures may differ."""
    payload = str(document["payload"])
    text = f"{caller.centre}\x00{route.operation_id}\x00{payload}"
    return hashlib.sha256(text.encode()).hexdigest()
