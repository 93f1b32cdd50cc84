"""Evaluations, tracking ids, what rules said, and the ledger of used approvals.

Patients stand here under a pseudonym, never under their identifier.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, MetaData, String, Table

METADATA = MetaData()

evaluations = Table(
    "evaluation",
    METADATA,
    Column("evaluation_id", String(36), primary_key=True),
    Column("position", String(20), nullable=False),
    Column("centre", String(36), nullable=False),  # of the caller
    Column("hid", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("person", String(64), nullable=False),
    Column("place", String(36), nullable=False),  # the centre asked about
    Column("prescriber", String(40), nullable=False),
    Column("noted", JSON, nullable=False),  # id, kind, system, code, coded text, days of each item
)

tracking_ids = Table(
    "tracking_id",
    METADATA,
    Column("tracking_id", String(20), primary_key=True),
    Column("evaluation_id", String(36), nullable=False),
    Column("item_id", String(80)),  # none: the id of the whole
    Column("expires_at", String(32), nullable=False),
)

told = Table(
    "told",
    METADATA,
    Column("told_id", Integer, primary_key=True, autoincrement=True),
    Column("evaluation_id", String(36), nullable=False),
    Column("month", String(7), nullable=False),
    Column("rule_id", String(20), nullable=False),
    Column("item_id", String(80)),  # none: said of the whole
    Column("kind", String(20), nullable=False),
    Column("overridden", Boolean, nullable=False),
    Column("reason", String(20)),
    Index("told_by_month", "month", "rule_id"),
)

uses = Table(
    "approval_use",
    METADATA,
    Column("tracking_id", String(20), primary_key=True),
    Column("document_id", String(36), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("entries", Integer, nullable=False),
)

ledger = Table(
    "rule_ledger",
    METADATA,
    Column("entry_id", Integer, primary_key=True, autoincrement=True),
    Column("document_id", String(36), nullable=False),
    Column("person", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("place", String(36), nullable=False),
    Column("kind", String(30), nullable=False),  # prescription, or the kind of the item
    Column("item_id", String(80)),
    Column("code", String(20)),
    Column("mark", String(64)),  # of prescriptions: prescriber and items
    Column("coded", JSON(none_as_null=True)),  # of given medicines: the coded text
    Column("days", Integer),  # of given medicines: how long they are taken
    Index("ledger_by_person", "person", "day"),
)
