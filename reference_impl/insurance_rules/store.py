"""Evaluations and the tracking ids they issued, for audit and later look-up."""

from __future__ import annotations

from sqlalchemy import JSON, Column, MetaData, String, Table

METADATA = MetaData()

evaluations = Table(
    "evaluation",
    METADATA,
    Column("evaluation_id", String(36), primary_key=True),
    Column("position", String(20), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("hid", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("answer", JSON, nullable=False),
)

tracking_ids = Table(
    "tracking_id",
    METADATA,
    Column("tracking_id", String(20), primary_key=True),
    Column("evaluation_id", String(36), nullable=False),
    Column("item_id", String(80)),  # none: the id of the whole
    Column("expires_at", String(32), nullable=False),
)
