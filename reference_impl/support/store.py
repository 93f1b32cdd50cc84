"""The tickets."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

METADATA = MetaData()

tickets = Table(
    "ticket",
    METADATA,
    Column("ticket_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("state", String(12), nullable=False),
    Column("triage", Integer, nullable=False),
    Column("urgency", String(12), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("opened_at", String(40), nullable=False),
    Column("due_at", String(40), nullable=False),
    Column("answered_at", String(40), nullable=True),
    Column("answer", String(200), nullable=True),
    Column("notes", JSON, nullable=False),
)
