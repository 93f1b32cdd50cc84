"""Referrals and appointments."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, String, Table, UniqueConstraint

METADATA = MetaData()

referrals = Table(
    "referral",
    METADATA,
    Column("referral_id", String(36), primary_key=True),
    Column("person_key", String(80), nullable=False),
    Column("from_centre", String(36), nullable=False),
    Column("to_centre", String(36), nullable=False),
    Column("to_level", String(1), nullable=False),
    Column("specialty", JSON, nullable=False),
    Column("reason", JSON, nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("valid_until", String(10), nullable=False),
    Column("feedback", String(200), nullable=True),
    Column("document_id", String(36), nullable=True),
    Column("answered_at", String(40), nullable=True),
)

appointments = Table(
    "appointment",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("appointment_id", String(36), nullable=False, unique=True),
    Column("person_key", String(80), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("booked_by", String(36), nullable=False),
    Column("service", JSON, nullable=False),
    Column("slot", String(40), nullable=False),
    Column("slot_utc", String(40), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("state", String(12), nullable=False),  # booked, waiting, cancelled
    # "booked" while this one holds its time, else its own id: two cannot hold one time.
    Column("holds", String(36), nullable=False),
    UniqueConstraint("centre", "slot_utc", "holds", name="appointment_one_holder"),
)
