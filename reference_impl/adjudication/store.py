"""Tables of adjudication. Instants are UTC texts with fixed width, so that they sort."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()


def instant(moment: datetime) -> str:
    """Write an instant the way the tables keep it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


claims = Table(
    "adjudicated_claim",
    METADATA,
    Column("claim_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("month", String(7), nullable=False),  # Jalali month of the submission
    Column("insurer_share", Integer, nullable=False),
    Column("patient_share", Integer, nullable=False),
    Column("adjudicated_at", String(27), nullable=False),
    Column("object_before", String(27), nullable=False),
    Column("settles_at", String(27), nullable=False),
    Index("adjudicated_claim_month", "centre", "month"),
)

visits = Table(
    "claimed_visit",
    METADATA,
    Column("hid", String(16), primary_key=True),
    Column("code", String(20), primary_key=True),
    Column("served_on", String(10), primary_key=True),
    Column("claim_id", ForeignKey("adjudicated_claim.claim_id"), nullable=False),
)

adjustments = Table(
    "adjustment",
    METADATA,
    Column("claim_id", ForeignKey("adjudicated_claim.claim_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item_ref", String(80), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("at", String(27), nullable=False),
)

objections = Table(
    "objection",
    METADATA,
    Column("claim_id", ForeignKey("adjudicated_claim.claim_id"), primary_key=True),
    Column("item_ref", String(80), primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", String(27), nullable=False),
)
