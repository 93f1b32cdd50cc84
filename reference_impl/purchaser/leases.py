"""Leases: for a quarter of an hour one centre alone may dispense a prescription.

A lease is not a state. It is proved by a secret that only its holder was told; the table keeps the
hash. A centre that asks again gets a new secret and the old one dies, so that a lost answer does
not lock a pharmacy out of its own work.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.problem import Refusal
from reference_impl.purchaser import store
from reference_impl.purchaser.lifecycle import LEASE_TIME
from reference_impl.purchaser.transaction import Transaction

SECRET_BYTES = 18
LONG_SECRET_BYTES = 90


@dataclass(frozen=True)
class Granted:
    """A fresh lease; the secret is told once."""

    lease_id: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class Held:
    """The lease in force on a prescription."""

    lease_id: str
    centre: str
    secret_hash: str
    expires_at: datetime


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _latest(rows: Connection, prescription_id: str) -> Held | None:
    row = rows.execute(
        select(store.leases)
        .where(store.leases.c.prescription_id == prescription_id, store.leases.c.ended_at.is_(None))
        .order_by(store.leases.c.granted_at.desc())
    ).first()
    if row is None:
        return None
    return Held(row.lease_id, row.centre, row.secret_hash, store.moment(row.expires_at))


def held(rows: Connection, prescription_id: str, now: datetime) -> Held | None:
    """Return the lease in force now, or None."""
    latest = _latest(rows, prescription_id)
    return latest if latest is not None and now < latest.expires_at else None


def grant(within: Transaction, prescription_id: str, centre: str) -> Granted:
    """Grant or renew the lease; refuse with LEASE_HELD while another centre has it."""
    rows, now, faults = within.rows, within.now, within.faults
    current = held(rows, prescription_id, now)
    shared = faults.on("purchaser.lease.granted_twice")
    if current is not None and current.centre != centre and not shared:
        wait = max(1, int((current.expires_at - now).total_seconds()))
        raise Refusal("LEASE_HELD", headers={"retry-after": str(wait)})
    if not shared:
        end(rows, prescription_id, now)
    size = LONG_SECRET_BYTES if faults.on("variant.long_secrets") else SECRET_BYTES
    granted = Granted(within.ids.uuid(), within.ids.token(size), now + LEASE_TIME)
    rows.execute(
        insert(store.leases).values(
            lease_id=granted.lease_id,
            prescription_id=prescription_id,
            centre=centre,
            secret_hash=_hash(granted.secret),
            granted_at=store.instant(now),
            expires_at=store.instant(granted.expires_at),
        )
    )
    return granted


def end(rows: Connection, prescription_id: str, now: datetime) -> None:
    """End whatever lease is open on a prescription."""
    rows.execute(
        update(store.leases)
        .where(store.leases.c.prescription_id == prescription_id, store.leases.c.ended_at.is_(None))
        .values(ended_at=store.instant(now))
    )


def is_holder(
    rows: Connection, prescription_id: str, centre: str, secret: str | None, now: datetime
) -> bool:
    """Say whether this centre holds the lease in force and knows its secret."""
    current = held(rows, prescription_id, now)
    if current is None or secret is None or current.centre != centre:
        return False
    return hmac.compare_digest(current.secret_hash, _hash(secret))


def demand(within: Transaction, prescription_id: str, centre: str, secret: str | None) -> None:
    """Refuse unless the caller holds the lease in force and proves it.

    Codes: LEASE_REQUIRED without any proof, LEASE_INVALID for a wrong secret or another centre's
    lease, LEASE_EXPIRED when the caller's own lease ran out.
    """
    rows, now, faults = within.rows, within.now, within.faults
    if faults.on("purchaser.dispense.without_lease"):
        return
    if secret is None:
        raise Refusal("LEASE_REQUIRED", pointer="header:ditas-lease")
    if faults.on("purchaser.lease.granted_twice") and _any_lease(
        rows, prescription_id, centre, secret
    ):
        return
    latest = _latest(rows, prescription_id)
    if latest is None:
        # Released or never granted; the secret opens nothing.
        raise Refusal("LEASE_INVALID", pointer="header:ditas-lease")
    if latest.centre != centre:
        raise Refusal("LEASE_INVALID", pointer="header:ditas-lease")
    if not faults.on("purchaser.lease.secret_ignored") and not hmac.compare_digest(
        latest.secret_hash, _hash(secret)
    ):
        raise Refusal("LEASE_INVALID", pointer="header:ditas-lease")
    if now >= latest.expires_at and not faults.on("purchaser.lease.never_ends"):
        raise Refusal("LEASE_EXPIRED")


def _any_lease(rows: Connection, prescription_id: str, centre: str, secret: str) -> bool:
    """Seeded fault: every lease ever granted to the centre counts."""
    return (
        rows.execute(
            select(store.leases.c.lease_id).where(
                store.leases.c.prescription_id == prescription_id,
                store.leases.c.centre == centre,
                store.leases.c.secret_hash == _hash(secret),
            )
        ).first()
        is not None
    )
