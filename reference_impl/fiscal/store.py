"""Payments that were reported or asked about."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

from reference_impl.fiscal.domain import Payment

METADATA = MetaData()

payments = Table(
    "payment",
    METADATA,
    Column("payment_id", String(36), primary_key=True),
    Column("terminal", String(8), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("paid_at", String(40), nullable=False),
    Column("hid", String(16)),
)


def find(rows: Connection, payment_id: str, terminal: str) -> Payment | None:
    """Return a payment of a terminal."""
    row = (
        rows.execute(
            select(payments).where(
                payments.c.payment_id == payment_id, payments.c.terminal == terminal
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else Payment(**row)


def put(rows: Connection, payment: Payment) -> None:
    """Store a payment."""
    rows.execute(insert(payments).values(**vars(payment)))


def use(rows: Connection, payment: Payment, hid: str) -> bool:
    """Bind a payment to a visit; False when another visit was faster."""
    return (
        rows.execute(
            update(payments)
            .where(
                payments.c.payment_id == payment.payment_id,
                payments.c.terminal == payment.terminal,
                (payments.c.hid.is_(None)) | (payments.c.hid == hid),
            )
            .values(hid=hid)
        ).rowcount
        == 1
    )
