"""Store-and-forward to the record: what a service accepted reaches the record exactly once.

A copy is durable before the caller hears the answer. Delivery repeats with growing pauses until the
record has taken it; copies of one correlation keep their order. What the record refuses for its
content is parked and shown to operators. A document is copied once, however often it is sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.peers import Behalf
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Caller
from reference_impl.platform.storage import Store
from reference_impl.platform.strict_json import read_json

LOG = logging.getLogger("reference.gateway")
ROUND_SECONDS, LATE_ROUND_SECONDS = 1.0, 60.0
BATCH = 50
LONGEST_PAUSE = 300
GIVE_UP_ROUND = 3
MAX_SHOWN = 100
ACCEPTED = 202
CONTENT_REFUSED = frozenset({400, 409, 413, 415, 422})
WAITING, PARKED = "waiting", "parked"

METADATA = MetaData()
_OUTBOX = Table(
    "record_outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("mark", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, index=True),
    Column("correlation", Text, nullable=False, index=True),
    Column("centre", Text, nullable=False, index=True),
    Column("software", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("submission", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
    Column("code", Text, nullable=False),
)
_DELIVERED = Table(
    "record_delivered",
    METADATA,
    Column("mark", Text, primary_key=True),
    Column("centre", Text, nullable=False, index=True),
    Column("at", Text, nullable=False),
)


# Made once: building and hashing a statement costs more than running it.
_PUT = insert(_OUTBOX)
_KNOWN = select(_DELIVERED.c.mark).where(_DELIVERED.c.mark == bindparam("one"))
_COUNT = select(func.count()).select_from(_OUTBOX)


class Outcome(Enum):
    """What became of one attempt."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True)
class _Settled:
    """A copy and what became of its attempt."""

    row: Row[Any]
    outcome: Outcome
    code: str


class Outbox:
    """Copies on their way to the record."""

    def __init__(self, config: Configuration) -> None:
        config.store.create(METADATA)
        self._config = config
        self._store: Store = config.store
        self._delivering = asyncio.Lock()
        self._asked = False
        self._tasks: set[asyncio.Task[None]] = set()
        config.metrics.watch_outbox("gateway", self.length)

    def length(self) -> int:
        """Count the copies that wait."""
        with self._store.read() as rows:
            return int(rows.execute(_COUNT.where(_OUTBOX.c.state == WAITING)).scalar_one())

    def put(
        self,
        caller: Caller,
        service: str,
        route: Route,
        body: bytes,
        resource: str | None = None,
        *,
        received: str | None = None,
    ) -> None:
        """Store a copy of an accepted document, durably; a known document changes nothing.

        `resource` names what the service made of it, when the record should link by it. `received`
        is when it came in, now by default.
        """
        received = received or written(self._config.clock.now())
        document = read_json(body)
        if route.document is None:
            document = document["document"]  # a form around it, as for paper
        submission = {
            "correlation": caller.correlation,
            "service": service,
            "operation": route.operation_id,
            "centre": caller.centre,
            "receivedAt": received,
            "documentType": route.record,
            "document": document,
        }
        if resource is not None:
            submission["resourceId"] = resource
        mark = _mark(caller, route, document)
        row = {
            "key": self._config.ids.token(),
            "mark": mark,
            "state": WAITING,
            "correlation": caller.correlation,
            "centre": caller.centre,
            "software": caller.software,
            "user_id": caller.user,
            "operation": route.operation_id,
            "received_at": received,
            "submission": json.dumps(submission),
            "attempts": 0,
            "next_at": 0,
            "code": "",
        }
        # A document that already waits breaks the unique mark: sent twice at the same time.
        with suppress(IntegrityError), self._store.transaction() as rows:
            if rows.execute(_KNOWN, {"one": mark}).first() is None:
                rows.execute(_PUT, row)

    def state(self, centre: str | None) -> dict[str, Any]:
        """Return the queue of one centre, or of the whole exchange for None."""
        mine = [] if centre is None else [_OUTBOX.c.centre == centre]
        waiting = and_(_OUTBOX.c.state == WAITING, *mine)
        taken = select(func.count()).select_from(_DELIVERED)
        if centre is not None:
            taken = taken.where(_DELIVERED.c.centre == centre)
        with self._store.read() as rows:
            count = rows.execute(_COUNT.where(waiting)).scalar()
            delivered = rows.execute(taken).scalar()
            first = rows.execute(
                select(_OUTBOX).where(waiting).order_by(_OUTBOX.c.id).limit(1)
            ).one_or_none()
            parked = rows.execute(
                select(_OUTBOX)
                .where(_OUTBOX.c.state == PARKED, *mine)
                .order_by(_OUTBOX.c.id)
                .limit(MAX_SHOWN)
            ).all()
        shown: dict[str, Any] = {
            "waiting": count,
            "delivered": delivered,
            "parked": [_shown(row) for row in parked],
        }
        if first is not None:
            shown["oldestAt"] = first.received_at
        if first is not None and first.next_at:
            shown["retryAt"] = written(datetime.fromtimestamp(first.next_at, UTC))
        return shown

    def deliver_soon(self) -> None:
        """Start a delivery beside the request that is being answered."""
        if self._asked or self._config.faults.on("gateway.variant.copy_later"):
            return
        self._asked = True
        task = asyncio.create_task(self.deliver())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, *, urgent: bool = False) -> None:
        """Hand over what is due; `urgent` does not wait for pauses to end."""
        async with self._delivering:
            last, failures, blocked = 0, 0, set[str]()
            while failures < GIVE_UP_ROUND:
                # Copies put from here on need another look.
                self._asked = False
                batch = self._due(last, urgent=urgent)
                if not batch:
                    return
                last = batch[-1].id
                settled: list[_Settled] = []
                for row in batch:
                    if row.correlation in blocked or failures >= GIVE_UP_ROUND:
                        continue
                    settled.append(_Settled(row, *await self._attempt(row)))
                    if settled[-1].outcome is Outcome.LATER:
                        failures += 1
                        blocked.add(row.correlation)
                # One flush for all: the record knows a copy that is handed over again.
                with self._store.transaction() as rows:
                    for one in settled:
                        self._settle(rows, one)

    async def run(self) -> None:
        """Deliver for ever; cancelled when the exchange stops. Starts with what a crash left."""
        late = self._config.faults.on("gateway.variant.copy_later")
        if not late:
            await self._round(urgent=True)
        while True:
            await asyncio.sleep(LATE_ROUND_SECONDS if late else ROUND_SECONDS)
            await self._round(urgent=False)

    async def _round(self, *, urgent: bool) -> None:
        try:
            await self.deliver(urgent=urgent)
        except Exception:  # logged; the queue must outlive one bad round
            LOG.exception("a round of the outbox failed")

    def _due(self, after: int, *, urgent: bool) -> list[Row[Any]]:
        """Return the next copies that may leave: none before an older one of its correlation."""
        older = _OUTBOX.alias("older")
        held = (
            select(older.c.id)
            .where(
                older.c.correlation == _OUTBOX.c.correlation,
                older.c.state == WAITING,
                older.c.id < _OUTBOX.c.id,
                older.c.next_at > self._seconds(),
            )
            .exists()
        )
        wanted: list[ColumnElement[bool]] = [_OUTBOX.c.state == WAITING, _OUTBOX.c.id > after]
        if not urgent:
            wanted += [_OUTBOX.c.next_at <= self._seconds(), ~held]
        with self._store.read() as rows:
            query = select(_OUTBOX).where(*wanted).order_by(_OUTBOX.c.id).limit(BATCH)
            return list(rows.execute(query).all())

    async def _attempt(self, row: Row[Any]) -> tuple[Outcome, str]:
        submission = json.loads(row.submission)
        behalf = Behalf(row.centre, row.software, row.user_id, row.correlation)
        outcome, code = await self._delivered(row.key, submission, behalf)
        faults = self._config.faults
        if outcome is Outcome.REFUSED and faults.on("gateway.outbox.poison_blocks"):
            outcome = Outcome.LATER
        if outcome is Outcome.LATER and faults.on("gateway.outbox.forget_unreachable"):
            outcome = Outcome.TAKEN
        return outcome, code

    def _settle(self, rows: Connection, one: _Settled) -> None:
        row, outcome, code = one.row, one.outcome, one.code
        this = _OUTBOX.c.id == row.id
        attempts = row.attempts + 1
        if outcome is Outcome.TAKEN:
            at = written(self._config.clock.now())
            # Another process on this database may have handed it over at the same time.
            if rows.execute(_KNOWN, {"one": row.mark}).first() is None:
                rows.execute(insert(_DELIVERED).values(mark=row.mark, centre=row.centre, at=at))
            rows.execute(delete(_OUTBOX).where(this))
            return
        change: dict[str, Any] = {"attempts": attempts, "code": code}
        if outcome is Outcome.REFUSED:
            LOG.error("the record refused a copy of %s: %s", row.operation, code)
            change["state"] = PARKED
        else:
            change["next_at"] = self._seconds() + min(LONGEST_PAUSE, 2 ** min(attempts, 16))
        rows.execute(update(_OUTBOX).where(this).values(**change))

    async def _delivered(
        self, key: str, submission: dict[str, Any], behalf: Behalf
    ) -> tuple[Outcome, str]:
        peer = self._config.peers.to("sepas", behalf)
        try:
            reply = await peer.post("/records", submission, key=key)
        except Refusal as refusal:
            return Outcome.LATER, refusal.code
        if reply.status == ACCEPTED:
            return Outcome.TAKEN, ""
        # Only the content can be at fault for good; a refused caller or rate passes.
        refused = reply.status in CONTENT_REFUSED
        return (Outcome.REFUSED if refused else Outcome.LATER), reply.code or "INTERNAL_FAULT"

    def _seconds(self) -> int:
        return int(self._config.clock.now().timestamp())


def _mark(caller: Caller, route: Route, document: Any) -> str:
    """Name a document by centre, operation and signed content; signatures may differ."""
    payload = str(document["payload"])
    text = f"{caller.centre}\x00{route.operation_id}\x00{payload}"
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "correlation": row.correlation,
        "operation": row.operation,
        "receivedAt": row.received_at,
        "attempts": row.attempts,
        "code": row.code,
    }
