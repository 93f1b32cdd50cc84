"""Tables of the mobile signature. No telephone number and no identity of a person is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

METADATA = MetaData()
_ENROLMENTS = Table(
    "enrolments",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("centre", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("certificate", Text, nullable=False),
)
_REQUESTS = Table(
    "signature_requests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("enrolment", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("signature", Text, nullable=False),
)


def add_enrolment(rows: Connection, **values: str) -> None:
    """Keep a confirmed enrolment."""
    rows.execute(insert(_ENROLMENTS).values(**values))


def enrolment(rows: Connection, name: str) -> Row[Any] | None:
    """Return an enrolment by id."""
    return rows.execute(select(_ENROLMENTS).where(_ENROLMENTS.c.id == name)).one_or_none()


def add_request(rows: Connection, **values: Any) -> None:
    """Keep a new request."""
    rows.execute(insert(_REQUESTS).values(**values))


def request(rows: Connection, name: str) -> Row[Any] | None:
    """Return a request by id."""
    return rows.execute(select(_REQUESTS).where(_REQUESTS.c.id == name)).one_or_none()


def answer(rows: Connection, name: str, state: str, signature: str) -> None:
    """Keep the signer's answer."""
    change = {"state": state, "signature": signature}
    rows.execute(update(_REQUESTS).where(_REQUESTS.c.id == name).values(**change))
