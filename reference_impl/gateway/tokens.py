"""Tokens: the client certificates of one centre and one product, and the life of each.

active -> suspended | locked -> active (reinstated) ; active | suspended | locked -> revoked
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from reference_impl.platform.certificates import Certificate, read_certificate
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal

METADATA = MetaData()
_TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("serial", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("valid_until", Text, nullable=False),
    Column("certificate", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
# Asked at every call: made once.
_STATE = Prepared(select(_TOKENS.c.state).where(_TOKENS.c.fingerprint == bindparam("one")))
FROM = {
    "suspended": frozenset({"active"}),
    "locked": frozenset({"active", "suspended"}),
    "active": frozenset({"suspended", "locked"}),
    "revoked": frozenset({"active", "suspended", "locked"}),
}
"""From which states a state can be reached."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token as kept."""

    id: str
    serial: str
    issuer: str
    centre: str
    software: str
    state: str
    valid_until: str
    certificate: str

    def body(self) -> dict[str, Any]:
        """Return the token as the contract shows it."""
        return {
            "tokenId": self.id,
            "centre": self.centre,
            "software": self.software,
            "state": self.state,
            "validUntil": self.valid_until,
            "certificate": self.certificate,
        }


class Tokens:
    """The table of tokens. Unknown certificates have no state: trust alone judges them."""

    def __init__(self, config: Configuration, known: Iterable[bytes] = ()) -> None:
        config.store.create(METADATA)
        self._store = config.store
        self._clock = config.clock
        self._faults = config.faults
        with self._store.transaction() as rows:
            kept = set(rows.execute(select(_TOKENS.c.fingerprint)).scalars())
            for der in known:
                certificate = read_certificate(der)
                if certificate.fingerprint not in kept:
                    self.add(rows, certificate)

    def add(self, rows: Connection, certificate: Certificate) -> Token:
        """Enter a certificate as an active token."""
        token = Token(
            # The id follows from the certificate, so that kit and table agree without a list.
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, certificate.fingerprint)),
            serial=f"{certificate.x509.serial_number:x}",
            issuer=certificate.x509.issuer.rfc4514_string(),
            centre=certificate.organisation,
            software=certificate.serial_number,
            state="active",
            valid_until=certificate.not_after.astimezone(TEHRAN).date().isoformat(),
            certificate=base64.b64encode(certificate.der).decode(),
        )
        rows.execute(
            insert(_TOKENS).values(
                id=token.id,
                fingerprint=certificate.fingerprint,
                serial=token.serial,
                issuer=token.issuer,
                centre=token.centre,
                software=token.software,
                state=token.state,
                valid_until=token.valid_until,
                certificate=token.certificate,
                changed_at=written(self._clock.now()),
                reason="",
            )
        )
        return token

    def state_of(self, fingerprint: str) -> str | None:
        """Return the state of a certificate's token; None when it is not in the table."""
        state: str | None = self._store.look(_STATE, {"one": fingerprint}).scalar_one_or_none()
        return state

    def get(self, token_id: str) -> Token:
        """Return a token; raise Refusal TOKEN_NOT_FOUND."""
        with self._store.read() as rows:
            return self._find(rows, token_id)

    def check(self, token: Token, state: str) -> None:
        """Refuse a step that the life of a token does not have."""
        lenient = self._faults.on("gateway.token.reinstate_revoked") and state == "active"
        if token.state not in FROM[state] and not lenient:
            raise Refusal("TOKEN_STATE_CONFLICT", detail=f"it is {token.state}", pointer="/state")

    def change(self, rows: Connection, token_id: str, state: str, reason: str) -> Token:
        """Take one step; raise Refusal TOKEN_STATE_CONFLICT."""
        self.check(self._find(rows, token_id), state)
        change = {"state": state, "reason": reason, "changed_at": written(self._clock.now())}
        which = _TOKENS.c.id == token_id
        if self._faults.on("gateway.token.stop_hits_siblings"):
            which = _TOKENS.c.centre == self._find(rows, token_id).centre
        rows.execute(update(_TOKENS).where(which).values(**change))
        return self._find(rows, token_id)

    def _find(self, rows: Connection, token_id: str) -> Token:
        row = rows.execute(select(_TOKENS).where(_TOKENS.c.id == token_id)).one_or_none()
        if row is None:
            raise Refusal("TOKEN_NOT_FOUND", pointer="path:tokenId")
        return Token(
            row.id, row.serial, row.issuer, row.centre, row.software, row.state,
            row.valid_until, row.certificate,
        )  # fmt: skip
