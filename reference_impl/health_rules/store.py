"""Evaluations for later proof: rules that spoke and reasons of overrides; no facts of patients."""

from __future__ import annotations

from sqlalchemy import JSON, Column, MetaData, String, Table

METADATA = MetaData()

evaluations = Table(
    "health_evaluation",
    METADATA,
    Column("evaluation_id", String(36), primary_key=True),
    Column("position", String(20), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("hid", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("tracking_id", String(20)),
    Column("expires_at", String(32)),
    Column("told", JSON, nullable=False),  # item id -> ids of the rules that spoke
    Column("overridden", JSON, nullable=False),  # item id -> rule id -> code of the reason
)
