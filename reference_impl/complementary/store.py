"""Tables of the complementary insurers: letters and claims."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, Column, ForeignKey, Integer, MetaData, String, Table

METADATA = MetaData()


def instant(moment: datetime) -> str:
    """Write an instant the way the tables keep it: UTC, microseconds, sortable as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


letters = Table(
    "guarantee",
    METADATA,
    Column("guarantee_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("policy", String(20), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("ceiling", Integer, nullable=False),
    Column("services", JSON, nullable=False),  # codes; empty: any service
    Column("valid_until", String(10), nullable=False),
    Column("claim_id", String(36)),
    Column("issued_at", String(27), nullable=False),
)

claims = Table(
    "second_claim",
    METADATA,
    Column("claim_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("policy", String(20), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("guarantee_id", ForeignKey("guarantee.guarantee_id")),
    Column("share", Integer, nullable=False),
    Column("patient_share", Integer, nullable=False),
    Column("submitted_at", String(27), nullable=False),
    Column("settles_at", String(27), nullable=False),
)
