"""Tables of the purchaser. Instants are UTC texts with fixed width, so that they sort.

Documents are kept exactly as received; what is needed to find or count them is beside them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()


def instant(moment: datetime) -> str:
    """Write an instant the way the tables keep it: UTC, microseconds, sortable as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


prescriptions = Table(
    "prescription",
    METADATA,
    Column("prescription_id", String(36), primary_key=True),
    Column("tracking_code", String(20), nullable=False, unique=True),
    Column("short_code", String(5), nullable=False),
    Column("person", String(80), nullable=False),
    Column("hid", String(16), nullable=False, index=True),
    Column("centre", String(36), nullable=False),
    Column("prescriber", String(40), nullable=False),
    Column("registered_at", String(27), nullable=False),
    Column("prescribed_at", String(27), nullable=False),
    Column("valid_until", String(27), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(24), nullable=False),
    Column("cover", JSON, nullable=False),
    Index("prescription_person", "person", "short_code"),
)

versions = Table(
    "prescription_version",
    METADATA,
    Column("prescription_id", ForeignKey("prescription.prescription_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document_id", String(36), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Column("at", String(27), nullable=False),
)

items = Table(
    "prescription_item",
    METADATA,
    Column("prescription_id", ForeignKey("prescription.prescription_id"), primary_key=True),
    Column("item_id", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("ordered", Integer, nullable=False),
    Column("state", String(24), nullable=False),
    Column("coded", JSON, nullable=False),
)

leases = Table(
    "lease",
    METADATA,
    Column("lease_id", String(36), primary_key=True),
    Column("prescription_id", ForeignKey("prescription.prescription_id"), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("granted_at", String(27), nullable=False),
    Column("expires_at", String(27), nullable=False),
    Column("ended_at", String(27)),
    Index("lease_of_prescription", "prescription_id"),
)

dispenses = Table(
    "dispense",
    METADATA,
    Column("dispense_id", String(36), primary_key=True),
    Column("prescription_id", ForeignKey("prescription.prescription_id"), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("dispenser", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("prepared_at", String(27), nullable=False),
    Column("confirm_by", String(27), nullable=False),
    Column("confirmed_at", String(27)),
    Column("ended_at", String(27)),
    Column("reason", JSON),
    Column("payload", LargeBinary, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Index("dispense_of_prescription", "prescription_id"),
)

dispense_items = Table(
    "dispense_item",
    METADATA,
    Column("dispense_id", ForeignKey("dispense.dispense_id"), primary_key=True),
    Column("item_id", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("insurer_share", Integer, nullable=False),
    Column("patient_share", Integer, nullable=False),
    Column("rule_ids", JSON, nullable=False),
)

given_products = Table(
    "given_product",
    METADATA,
    Column("product_code", String(20), primary_key=True),
    Column("dispense_id", ForeignKey("dispense.dispense_id"), primary_key=True),
)

documents = Table(
    "document",
    METADATA,
    Column("document_id", String(36), primary_key=True),
    Column("payload_sha256", String(64), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(36), nullable=False),  # what it created or changed
    Column("centre", String(36), nullable=False),
)

claims = Table(
    "claim",
    METADATA,
    Column("claim_id", String(36), primary_key=True),
    Column("centre", String(36), nullable=False),
    Column("prescription_id", String(36)),
    Column("document_id", String(36)),
    Column("hid", String(16), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("admission", String(10), nullable=False),
    Column("state", String(16), nullable=False),
    Column("submitted_at", String(27), nullable=False),
    Column("total", Integer, nullable=False),
    Column("insurer_share", Integer, nullable=False),
    Column("patient_share", Integer, nullable=False),
    Column("payload", LargeBinary),
    Column("signed", LargeBinary),
    Index("claim_of_centre", "centre", "submitted_at"),
)

accesses = Table(
    "access",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(27), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("user", String(80), nullable=False),
    Column("person", String(80), nullable=False),
    Column("prescription_id", String(36)),
    Column("basis", String(24), nullable=False),
    Column("purpose", Text),
)

stays = Table(
    "stay",
    METADATA,
    Column("stay_id", String(36), primary_key=True),
    Column("hid", String(16), nullable=False, unique=True),
    Column("centre", String(36), nullable=False),
    Column("insurer", String(4), nullable=False),
    Column("state", String(12), nullable=False),
)

stay_events = Table(
    "stay_event",
    METADATA,
    Column("stay_id", ForeignKey("stay.stay_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("at", String(27), nullable=False),
    Column("received_at", String(27), nullable=False),
    Column("ward", String(40)),
    Column("service", JSON),
    Column("note", Text),
)

papers = Table(
    "paper",
    METADATA,
    Column("serial", String(30), primary_key=True),
    Column("prescription_id", ForeignKey("prescription.prescription_id"), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("outage_number", String(20)),
    Column("cause", JSON, nullable=False),
    Column("written_at", String(27), nullable=False),
    Column("entered_at", String(27), nullable=False),
)

questions = Table(
    "question",
    METADATA,
    Column("question_id", String(36), primary_key=True),
    Column("prescription_id", ForeignKey("prescription.prescription_id"), nullable=False),
    Column("item_id", String(80)),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("centre", String(36), nullable=False),
    Column("asked_at", String(27), nullable=False),
    Column("answer", Text),
    Column("answered_at", String(27)),
    Index("question_of_prescription", "prescription_id"),
)

reversals = Table(
    "claim_reversal",
    METADATA,
    Column("claim_id", ForeignKey("claim.claim_id"), primary_key=True),
    Column("item_ref", String(80), primary_key=True),
    Column("dispense_id", ForeignKey("dispense.dispense_id"), primary_key=True),
    Column("total", Integer, nullable=False),
    Column("insurer_share", Integer, nullable=False),
    Column("patient_share", Integer, nullable=False),
    Column("at", String(27), nullable=False),
)

notices = Table(
    "notice",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("subject", String(20), nullable=False),
    Column("document_id", String(36), nullable=False),
    Column("key", String(64), nullable=False),
    Column("correlation", String(36), nullable=False),
    Column("centre", String(36), nullable=False),
    Column("software", String(36), nullable=False),
    Column("user_id", String(36), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
)
"""What other services are still to be told of accepted documents."""
