"""What the gateway writes down: a log of messages without personal data, and the record outbox.

The outbox row is durable before the caller hears the answer; delivery repeats until the record has
taken the document, and the record knows a document it already has.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, delete, insert, select

from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.peers import Behalf
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Caller
from reference_impl.platform.storage import Store
from reference_impl.platform.strict_json import read_json

LOG = logging.getLogger("reference.gateway")
RETRY_SECONDS = 5.0
BATCH = 50
ACCEPTED = 202
MAX_LOGGED = 1000

_LOG = MetaData()
_MESSAGES = Table(
    "messages",
    _LOG,
    Column("id", Integer, primary_key=True),
    Column("correlation", Text, nullable=False, index=True),
    Column("centre", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
)
_QUEUE = MetaData()
_OUTBOX = Table(
    "outbox",
    _QUEUE,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("submission", Text, nullable=False),
)


class MessageLog:
    """Who asked which service when, with what status; path templates only, no identifiers."""

    def __init__(self, config: Configuration, relaxed: Store) -> None:
        relaxed.create(_LOG)
        self._store = relaxed
        self._clock = config.clock
        self.counters: Counter[str] = Counter()

    def write(self, caller: Caller, service: str, method: str, path: str, status: int) -> None:
        """Note one message."""
        self.counters[f"{service}.{status // 100}xx"] += 1
        with self._store.transaction() as rows:
            rows.execute(
                insert(_MESSAGES).values(
                    correlation=caller.correlation,
                    centre=caller.centre,
                    at=written(self._clock.now()),
                    service=service,
                    method=method,
                    path=path,
                    status=status,
                )
            )

    def of(self, correlation: str, centre: str) -> list[dict[str, Any]]:
        """Return the messages of one correlation that this centre sent."""
        query = (
            select(_MESSAGES)
            .where(_MESSAGES.c.correlation == correlation, _MESSAGES.c.centre == centre)
            .order_by(_MESSAGES.c.id)
            .limit(MAX_LOGGED)
        )
        with self._store.read() as rows:
            return [
                {
                    "at": row.at,
                    "service": row.service,
                    "method": row.method,
                    "path": row.path,
                    "status": row.status,
                }
                for row in rows.execute(query)
            ]


class Outbox:
    """Documents on their way to the record."""

    def __init__(self, config: Configuration) -> None:
        config.store.create(_QUEUE)
        self._config = config
        self._delivering = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(
        self, caller: Caller, service: str, route: Route, body: bytes, resource: str | None = None
    ) -> None:
        """Store a copy of an accepted document, durably; `resource` is what the service made."""
        submission = {
            **({} if resource is None else {"resourceId": resource}),
            "correlation": caller.correlation,
            "service": service,
            "operation": route.operation_id,
            "centre": caller.centre,
            "receivedAt": written(self._config.clock.now()),
            "documentType": f"erx.{route.document}",
            "document": read_json(body),
        }
        with self._config.store.transaction() as rows:
            rows.execute(
                insert(_OUTBOX).values(
                    key=self._config.ids.token(),
                    software=caller.software,
                    user=caller.user,
                    submission=json.dumps(submission),
                )
            )

    def deliver_soon(self) -> None:
        """Start a delivery beside the request that is being answered."""
        task = asyncio.create_task(self.deliver())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self) -> None:
        """Hand over what waits; what the record does not take stays for the next time."""
        async with self._delivering:
            with self._config.store.read() as rows:
                waiting = rows.execute(select(_OUTBOX).order_by(_OUTBOX.c.id).limit(BATCH)).all()
            for row in waiting:
                submission = json.loads(row.submission)
                behalf = Behalf(
                    submission["centre"], row.software, row.user, submission["correlation"]
                )
                if not await self._delivered(row.key, submission, behalf):
                    return
                with self._config.store.transaction() as rows:
                    rows.execute(delete(_OUTBOX).where(_OUTBOX.c.id == row.id))

    async def _delivered(self, key: str, submission: dict[str, Any], behalf: Behalf) -> bool:
        peer = self._config.peers.to("sepas", behalf)
        try:
            reply = await peer.post("/records", submission, key=key)
        except Refusal:
            return False
        if reply.status != ACCEPTED:
            # The record will not take it later either; what remains is a line for the operator.
            LOG.error("record refused %s: %s", submission["documentType"], reply.code)
        return True

    async def run(self) -> None:
        """Retry for ever; cancelled when the exchange stops."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            await self.deliver()
