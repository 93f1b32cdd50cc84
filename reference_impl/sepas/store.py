"""The tables of the record."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

submissions = Table(
    "submission",
    METADATA,
    Column("correlation", String(36), primary_key=True),
    Column("document_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("service", String(30), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("received_at", String(40), nullable=False),
    Column("stored_at", String(40), nullable=False),
)

entries = Table(
    "entry",
    METADATA,
    Column("record_id", String(36), primary_key=True),
    # The id of the signed document, or of the report as its centre names it.
    Column("document_id", String(36), nullable=True, unique=True),
    Column("report_id", String(64), nullable=True),
    Column("person_key", String(80), nullable=True),
    Column("centre", String(36), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("ended_at", String(40), nullable=False),
    Column("started_utc", String(40), nullable=False),
    Column("stored_at", String(40), nullable=False),
    Column("hid", String(16), nullable=True),
    Column("prescription_id", String(36), nullable=True, index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # current, replaced, cancelled
    Column("core", JSON, nullable=False),
    Column("document", JSON, nullable=True),
    Column("bundle", JSON, nullable=True),
    Index("entry_person", "person_key", "started_utc"),
    Index("entry_report", "centre", "report_id"),
)

refusals = Table(
    "refusal",
    METADATA,
    Column("refusal_id", String(36), primary_key=True),
    Column("at", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("code", String(61), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("centre", String(36), nullable=False, index=True),
    Column("correlation", String(36), nullable=False, index=True),
)

consents = Table(
    "consent",
    METADATA,
    Column("consent_id", String(36), primary_key=True),
    Column("person_key", String(80), nullable=False, index=True),
    Column("person", JSON, nullable=False),
    Column("granted_to", String(36), nullable=False),
    Column("purpose", JSON, nullable=False),
    Column("scope", JSON, nullable=True),
    Column("valid_until", String(10), nullable=False),
    Column("recorded_by", String(36), nullable=False),
    Column("revoked_at", String(40), nullable=True),
)

grants = Table(
    "break_glass",
    METADATA,
    Column("grant_id", String(36), primary_key=True),
    Column("person_key", String(80), nullable=False, index=True),
    Column("centre", String(36), nullable=False),
    Column("user_id", String(36), nullable=False),
    Column("at", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("until_utc", String(40), nullable=False),
    Column("valid_until", String(40), nullable=False),
    Column("reason", JSON, nullable=False),
    Column("text", Text, nullable=False),
)

accesses = Table(
    "access",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("person_key", String(80), nullable=False, index=True),
    Column("at", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("user_id", String(36), nullable=False),
    Column("basis", String(20), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("purpose", JSON, nullable=True),
    Column("record_id", String(36), nullable=True),
)
