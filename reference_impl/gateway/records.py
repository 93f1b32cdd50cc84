"""What the gateway writes down: a log of messages without personal data, and the record outbox.

The outbox row is durable before the caller hears the answer; delivery repeats until the record has
taken the document, and the record knows a document it already has.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
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

# Made once: building and hashing a statement costs more than running it.
_WRITE = insert(_MESSAGES)
_PUT = insert(_OUTBOX)
_WAITING = select(_OUTBOX).order_by(_OUTBOX.c.id).limit(BATCH)
_TAKEN = delete(_OUTBOX).where(_OUTBOX.c.id == bindparam("one"))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A document on its way: its row number, idempotency key, and on whose behalf it goes."""

    number: int
    key: str
    software: str
    user: str
    submission: dict[str, Any]


def _read(row: Row[Any]) -> _Waiting:
    return _Waiting(row.id, row.key, row.software, row.user, json.loads(row.submission))


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
                _WRITE,
                {
                    "correlation": caller.correlation,
                    "centre": caller.centre,
                    "at": written(self._clock.now()),
                    "service": service,
                    "method": method,
                    "path": path,
                    "status": status,
                },
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
        self._due = False
        self._fresh: list[_Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        config.metrics.watch_outbox("gateway", self.length)

    def length(self) -> int:
        """Count the documents that wait."""
        with self._config.store.read() as rows:
            return int(rows.execute(select(func.count()).select_from(_OUTBOX)).scalar_one())

    def put(self, caller: Caller, service: str, route: Route, body: bytes) -> None:
        """Store a copy of an accepted document, durably."""
        submission = {
            "correlation": caller.correlation,
            "service": service,
            "operation": route.operation_id,
            "centre": caller.centre,
            "receivedAt": written(self._config.clock.now()),
            "documentType": f"erx.{route.document}",
            "document": read_json(body),
        }
        waiting = _Waiting(0, self._config.ids.token(), caller.software, caller.user, submission)
        with self._config.store.transaction() as rows:
            done = rows.execute(
                _PUT,
                {
                    "key": waiting.key,
                    "software": caller.software,
                    "user": caller.user,
                    "submission": json.dumps(submission),
                },
            )
            (number,) = done.inserted_primary_key or (0,)
        self._fresh.append(replace(waiting, number=number))

    def deliver_soon(self) -> None:
        """Start a delivery beside the request that is being answered, unless one is due anyway."""
        if self._due:
            return
        self._due = True
        task = asyncio.create_task(self._deliver_fresh())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self) -> None:
        """Hand over whatever waits, from an earlier run too; the rest stays for the next time."""
        async with self._delivering:
            self._fresh.clear()
            while True:
                with self._config.store.read() as rows:
                    found = [_read(row) for row in rows.execute(_WAITING)]
                if await self._hand_over(found) < BATCH:
                    return

    async def _deliver_fresh(self) -> None:
        """Hand over what this process has put down itself, without reading it again.

        Other processes look after their own; `deliver` after those that were killed.
        """
        async with self._delivering:
            # Documents put down from here on need another look.
            self._due = False
            while self._fresh:
                batch, self._fresh = self._fresh[:BATCH], self._fresh[BATCH:]
                if await self._hand_over(batch) < len(batch):
                    return

    async def _hand_over(self, batch: list[_Waiting]) -> int:
        """Deliver in order up to the first that is not taken; return how many were."""
        taken: list[dict[str, int]] = []
        for one in batch:
            behalf = Behalf(
                one.submission["centre"], one.software, one.user, one.submission["correlation"]
            )
            if not await self._delivered(one.key, one.submission, behalf):
                break
            taken.append({"one": one.number})
        if taken:
            # One flush for all: the record knows a document that is handed over again.
            with self._config.store.transaction() as rows:
                rows.execute(_TAKEN, taken)
        return len(taken)

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
