"""Notes of documents on their way to a service, so that none it accepted is lost to the record.

A note is made before a document is forwarded and struck out after the answer. One that is left, by
a killed process or a lost connection, is settled by asking the service for the answer it gave under
the key of the request. (ADR 0014)
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from reference_impl.gateway.outbox import Outbox
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route, contract_of
from reference_impl.platform.problem import Refusal
from reference_impl.platform.seal import is_uuid
from reference_impl.platform.service import Caller
from reference_impl.platform.storage import Store

LOG = logging.getLogger("reference.gateway")
ROUND_SECONDS = 5.0
IN_FLIGHT = 5
"""Seconds in which a request is left to whoever forwards it."""
HOPELESS = 900
"""Seconds after which a service cannot accept the message any more: its seal is too old."""
OK, NOT_FOUND, MULTIPLE_CHOICES = 200, 404, 300

METADATA = MetaData()
_NOTES = Table(
    "forwarding_note",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("seconds", Integer, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("correlation", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
# Made once: building and hashing a statement costs more than running it.
_NOTE = insert(_NOTES)
_STRIKE = delete(_NOTES).where(_NOTES.c.id == bindparam("note"))


class Pending:
    """Notes in a store without a flush per write: they outlive the process, not the machine."""

    def __init__(self, config: Configuration, relaxed: Store, outbox: Outbox) -> None:
        relaxed.create(METADATA)
        self._config = config
        self._store = relaxed
        self._outbox = outbox

    def note(self, caller: Caller, service: str, route: Route, body: bytes, key: str) -> int:
        """Note a document before it is forwarded; return the number of the note."""
        now = self._config.clock.now()
        row = {
            "seconds": int(now.timestamp()),
            "received_at": written(now),
            "correlation": caller.correlation,
            "centre": caller.centre,
            "software": caller.software,
            "user_id": caller.user,
            "service": service,
            "operation": route.operation_id,
            "key": key,
            "body": body,
        }
        with self._store.transaction() as rows:
            made = rows.execute(_NOTE, row).inserted_primary_key
        if made is None:
            raise LookupError("the database gave the note no number")
        return int(made[0])

    def strike(self, note: int) -> None:
        """Strike a note out: its answer is known, and its copy stored."""
        with self._store.transaction() as rows:
            rows.execute(_STRIKE, {"note": note})

    def count(self) -> int:
        """Return how many notes are open."""
        with self._store.read() as rows:
            return int(rows.execute(select(func.count()).select_from(_NOTES)).scalar_one())

    async def run(self) -> None:
        """Settle for ever what was left; starts with what a crash left."""
        while True:
            try:
                await self.settle()
            except Exception:  # logged; notes must outlive one bad round
                LOG.exception("a round of pending documents failed")
            await asyncio.sleep(ROUND_SECONDS)

    async def settle(self) -> None:
        """Ask the services about the notes that nobody struck out."""
        until = self._seconds() - IN_FLIGHT
        with self._store.read() as rows:
            query = select(_NOTES).where(_NOTES.c.seconds <= until).order_by(_NOTES.c.id)
            left = list(rows.execute(query).all())
        for row in left:
            if await self._settled(row):
                self.strike(row.id)
        if left:
            self._outbox.deliver_soon()

    async def _settled(self, row: Row[Any]) -> bool:
        caller = Caller("centre", row.centre, row.software, row.user_id, row.correlation, b"")
        peer = self._config.peers.to(row.service, caller.behalf)
        try:
            reply = await peer.get(f"/answers/{row.key}")
        except Refusal:
            return False
        if reply.status == NOT_FOUND:
            return bool(self._seconds() - row.seconds > HOPELESS)
        if reply.status != OK:
            return False
        if reply.json["status"] < MULTIPLE_CHOICES:
            LOG.warning("a copy of %s was made up for", row.operation)
            route = self._route(row.service, row.operation)
            await self._outbox.put(
                caller,
                row.service,
                route,
                row.body,
                resource_of(reply.json["body"]),
                received=row.received_at,
            )
        return True

    def _route(self, service: str, operation: str) -> Route:
        routes = contract_of(self._config.pack, service).routes
        return next(one for one in routes if one.operation_id == operation)

    def _seconds(self) -> int:
        return int(self._config.clock.now().timestamp())


def resource_of(content: Any) -> str | None:
    """Return the prescription an accepted document belongs to; the record links by it."""
    found = content.get("prescriptionId") if isinstance(content, dict) else None
    return found if isinstance(found, str) and is_uuid(found) else None
