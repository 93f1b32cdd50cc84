"""The cases of the monitor, and the ministry's tracker as a stub: a running number."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

METADATA = MetaData()

cases = Table(
    "case_file",
    METADATA,
    Column("case_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("state", String(20), nullable=False),
    Column("triage", Integer, nullable=False),
    Column("owner", String(12), nullable=False),
    Column("code", String(61), nullable=True),
    Column("tracker_key", String(13), nullable=True),
    Column("result", String(200), nullable=True),
    Column("steps", JSON, nullable=False),
)

tracker = Table(
    "tracker_issue",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("case_id", String(36), nullable=False, unique=True),
)
