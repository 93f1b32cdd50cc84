"""The table of issued HIDs."""

from __future__ import annotations

from sqlalchemy import JSON, Column, MetaData, String, Table

METADATA = MetaData()

hids = Table(
    "hid",
    METADATA,
    Column("hid", String(16), primary_key=True),
    Column("patient_key", String(80), nullable=False, index=True),
    Column("patient", JSON, nullable=False),
    Column("centre", String(36), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("valid_on", String(10), nullable=False),
)
