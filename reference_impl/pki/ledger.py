"""What the authority does at run time: certificates it issued and revocations it published.

The credential kit is made once and stays as it is; this ledger is what came after. OCSP and CRL
read both.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import Column, Connection, MetaData, Table, Text, delete, insert, select, update

from reference_impl.pki.kit import Authority
from reference_impl.platform.storage import Store

METADATA = MetaData()
_ISSUED = Table(
    "issued_certificates",
    METADATA,
    Column("serial", Text, primary_key=True),
    Column("certificate", Text, nullable=False),
    Column("issued_at", Text, nullable=False),
)
_REVOKED = Table(
    "revoked_certificates",
    METADATA,
    Column("serial", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
REASONS = {
    "KEY_COMPROMISED": x509.ReasonFlags.key_compromise,
    "CENTRE_CLOSED": x509.ReasonFlags.cessation_of_operation,
    "SOFTWARE_REPLACED": x509.ReasonFlags.superseded,
    "SURVEILLANCE": x509.ReasonFlags.privilege_withdrawn,
}
"""Reasons of RFC 5280 by the coded reasons of the pack."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """When and why a certificate ended early."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


class Ledger:
    """Certificates by serial number: those of the kit, and those of run time.

    `store` None knows the kit alone. `silent` is a seeded fault: revocations are kept but not
    published.
    """

    def __init__(
        self, authority: Authority, store: Store | None = None, *, silent: bool = False
    ) -> None:
        if store is not None:
            store.create(METADATA)
        self._authority = authority
        self._store = store
        self._silent = silent

    def certificate(self, serial: int) -> x509.Certificate | None:
        """Return a certificate of the health authority; None for a serial it never gave."""
        entry = self._authority.register.get(serial)
        if entry is not None:
            is_ours = entry.state != "foreign"
            return self._authority.credential(entry.name).certificate if is_ours else None
        if self._store is None:
            return None
        query = select(_ISSUED.c.certificate).where(_ISSUED.c.serial == f"{serial:x}")
        with self._store.read() as rows:
            found = rows.execute(query).scalar_one_or_none()
        return None if found is None else x509.load_der_x509_certificate(base64.b64decode(found))

    def revocation(self, serial: int) -> Revocation | None:
        """Return the revocation of a certificate, None while there is none."""
        entry = self._authority.register.get(serial)
        if entry is not None and entry.revoked_at is not None:
            return Revocation(serial, entry.revoked_at, x509.ReasonFlags.key_compromise)
        if self._store is None:
            return None
        with self._store.read() as rows:
            return self.revocation_in(rows, serial)

    def published(self, serial: int) -> Revocation | None:
        """Return the revocation that OCSP and CRL tell of."""
        entry = self._authority.register.get(serial)
        if self._silent and (entry is None or entry.revoked_at is None):
            return None
        return self.revocation(serial)

    def all_published(self) -> list[Revocation]:
        """Return every published revocation."""
        found = [
            Revocation(entry.serial, entry.revoked_at, x509.ReasonFlags.key_compromise)
            for entry in self._authority.register.values()
            if entry.revoked_at is not None
        ]
        if self._silent or self._store is None:
            return found
        with self._store.read() as rows:
            listed = rows.execute(select(_REVOKED).order_by(_REVOKED.c.serial)).all()
        return found + [_revocation(row.serial, row.at, row.reason) for row in listed]

    def revocation_in(self, rows: Connection, serial: int) -> Revocation | None:
        """Return the revocation of a certificate as a transaction sees it."""
        row = rows.execute(select(_REVOKED).where(_REVOKED.c.serial == f"{serial:x}")).one_or_none()
        return None if row is None else _revocation(row.serial, row.at, row.reason)

    def forget(self, rows: Connection, serial: int) -> None:
        """Take a revocation out again; only seeded faults do."""
        rows.execute(delete(_REVOKED).where(_REVOKED.c.serial == f"{serial:x}"))

    def keep(self, rows: Connection, certificate: x509.Certificate, at: datetime) -> None:
        """Note a certificate issued now."""
        der = certificate.public_bytes(serialization.Encoding.DER)
        rows.execute(
            insert(_ISSUED).values(
                serial=f"{certificate.serial_number:x}",
                certificate=base64.b64encode(der).decode(),
                issued_at=at.isoformat(),
            )
        )

    def revoke(
        self, rows: Connection, serial: int, at: datetime, reason: str, *, moves: bool
    ) -> Revocation:
        """Revoke, or return the first revocation; `moves` is a seeded fault."""
        known = self.revocation_in(rows, serial)
        if known is not None and not moves:
            return known
        name = f"{serial:x}"
        if known is None:
            rows.execute(insert(_REVOKED).values(serial=name, at=at.isoformat(), reason=reason))
        else:
            rows.execute(
                update(_REVOKED).where(_REVOKED.c.serial == name).values(at=at.isoformat())
            )
        return _revocation(name, at.isoformat(), reason)


def _revocation(serial: str, at: str, reason: str) -> Revocation:
    return Revocation(int(serial, 16), datetime.fromisoformat(at), REASONS[reason])
