"""Declared outages and the serial numbers of paper that was entered."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

METADATA = MetaData()

outages = Table(
    "outage",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("outage_id", String(36), nullable=False, unique=True),
    Column("cause", JSON, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("ended_at", String(40), nullable=True),
    Column("declared_by", String(36), nullable=False),
    Column("evidence", String(200), nullable=True),
)

papers = Table(
    "paper",
    METADATA,
    Column("serial", String(30), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("document_id", String(36), nullable=True),
    Column("entered_at", String(40), nullable=False),
)
