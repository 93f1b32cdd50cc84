"""Store-and-forward to the record: what a service accepted reaches the record exactly once.

A copy is durable before the caller hears the answer. Delivery repeats with growing pauses until the
record has taken it; copies of one correlation keep their order. What the record refuses for its
content is parked and shown to operators. A document is copied once, however often it is sent again.

A process hands over the copies it put itself, from memory. For that time their rows are its own:
the rounds of all processes pass over them and find those of a process that was killed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update
from sqlalchemy.exc import IntegrityError

from reference_impl.gateway import outbox_rows as rows_of
from reference_impl.gateway.outbox_rows import Copy, copy_of
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.grouping import Grouping
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
OK, ACCEPTED = 200, 202
OWN_SECONDS = 10
"""How long a new row is left to the process that put it."""
MAX_FRESH = 1000
MARGIN, MAX_TOGETHER = 1000, 800_000
"""Bytes: what a submission adds to its document, and how much is handed over in one call."""
GATHER_SECONDS = 0.1
"""Copies that follow each other closely are handed over together."""
CONTENT_REFUSED = frozenset({400, 409, 413, 415, 422})


class Outcome(Enum):
    """What became of one attempt."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Settled:
    """A copy and what became of its attempt."""

    copy: Copy
    outcome: Outcome
    code: str


class Outbox:
    """Copies on their way to the record."""

    def __init__(self, config: Configuration) -> None:
        config.store.create(rows_of.METADATA)
        self._config = config
        self._store: Store = config.store
        self._group = Grouping(config.store)
        self._delivering = asyncio.Lock()
        self._asked = False
        self._fresh: list[Copy] = []
        self._handed_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        config.metrics.watch_outbox("gateway", self.length)

    def length(self) -> int:
        """Count the copies that wait."""
        with self._store.read() as rows:
            return int(
                rows.execute(
                    rows_of.COUNT.where(rows_of.OUTBOX.c.state == rows_of.WAITING)
                ).scalar_one()
            )

    async def put(
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
        if self._left_out(route):
            return
        at = received or written(self._config.clock.now())
        copy = self._copied(caller, service, route, body, resource=resource, received=at)
        # A document that already waits breaks the unique mark: sent twice at the same time.
        with suppress(IntegrityError):
            if await self._group.run(lambda rows: self._put(rows, copy)):
                self._fresh.append(copy)

    def _left_out(self, route: Route) -> bool:
        if self._config.faults.on("gateway.copy.prescriptions_only"):
            return route.record != "erx.prescription"
        if self._config.faults.on("gateway.copy.no_prescriptions"):
            return route.record == "erx.prescription"
        return self._config.faults.on("gateway.copy.nothing")

    def _copied(
        self,
        caller: Caller,
        service: str,
        route: Route,
        body: bytes,
        *,
        resource: str | None,
        received: str,
    ) -> Copy:
        document = rows_of.signed_of(route, read_json(body))
        faults = self._config.faults
        anew = faults.on("gateway.copy.new_correlation")
        submission = {
            "correlation": self._config.ids.uuid() if anew else caller.correlation,
            "service": service,
            "operation": route.operation_id,
            "centre": caller.centre,
            "receivedAt": received,
            "documentType": route.record,
            "document": document,
        }
        if faults.on("gateway.copy.written_anew"):
            submission["document"] = _written_anew(document)
        if resource is not None:
            submission["resourceId"] = resource
        return Copy(
            key=self._config.ids.token(),
            mark=rows_of.mark_of(caller, route, document),
            centre=caller.centre,
            software=caller.software,
            user_id=caller.user,
            correlation=caller.correlation,
            operation=route.operation_id,
            attempts=0,
            submission=submission,
            size=len(body) + MARGIN,
        )

    def _put(self, rows: Connection, copy: Copy) -> bool:
        """Store a copy; say whether this process may hand it over by itself."""
        if rows.execute(rows_of.KNOWN, {"one": copy.mark}).first() is not None:
            return False
        older = {row.mark for row in rows.execute(rows_of.OLDER, {"one": copy.correlation})}
        # Copies of one correlation keep their order: behind somebody else's, rounds see to it.
        own = older <= {one.mark for one in self._fresh} and len(self._fresh) < MAX_FRESH
        rows.execute(
            rows_of.PUT,
            {
                "key": copy.key,
                "mark": copy.mark,
                "state": rows_of.WAITING,
                "correlation": copy.correlation,
                "centre": copy.centre,
                "software": copy.software,
                "user_id": copy.user_id,
                "operation": copy.operation,
                "received_at": copy.submission["receivedAt"],
                "submission": json.dumps(copy.submission),
                "attempts": 0,
                "next_at": self._seconds() + OWN_SECONDS if own else 0,
                "code": "",
            },
        )
        return own

    def state(self, centre: str | None) -> dict[str, Any]:
        """Return the queue of one centre, or of the whole exchange for None."""
        mine = [] if centre is None else [rows_of.OUTBOX.c.centre == centre]
        waiting = and_(rows_of.OUTBOX.c.state == rows_of.WAITING, *mine)
        taken = select(func.count()).select_from(rows_of.DELIVERED)
        if centre is not None:
            taken = taken.where(rows_of.DELIVERED.c.centre == centre)
        with self._store.read() as rows:
            count = rows.execute(rows_of.COUNT.where(waiting)).scalar()
            delivered = rows.execute(taken).scalar()
            first = rows.execute(
                select(rows_of.OUTBOX).where(waiting).order_by(rows_of.OUTBOX.c.id).limit(1)
            ).one_or_none()
            parked = rows.execute(
                select(rows_of.OUTBOX)
                .where(rows_of.OUTBOX.c.state == rows_of.PARKED, *mine)
                .order_by(rows_of.OUTBOX.c.id)
                .limit(MAX_SHOWN)
            ).all()
        shown: dict[str, Any] = {
            "waiting": count,
            "delivered": 0
            if self._config.faults.on("gateway.outbox.counts_nothing")
            else delivered,
            "parked": [rows_of.shown(row) for row in parked],
        }
        if first is not None:
            shown["oldestAt"] = first.received_at
        if first is not None and first.attempts:
            shown["retryAt"] = written(datetime.fromtimestamp(first.next_at, UTC))
        return shown

    def deliver_soon(self) -> None:
        """Start a delivery beside the request that is being answered."""
        if self._asked or self._config.faults.on("gateway.variant.copy_later"):
            return
        self._asked = True
        task = asyncio.create_task(self._deliver_fresh())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_fresh(self) -> None:
        """Hand over what this process has put down, without reading it again."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._handed_at + GATHER_SECONDS - loop.time()))
        async with self._delivering:
            # Copies put from here on need another look.
            self._asked = False
            while self._fresh:
                batch = self._next_fresh()
                settled = await self._together(batch) if len(batch) > 1 else None
                if settled is not None:
                    self._settle_all(settled, ())
                elif await self._hand_over(batch, set()):
                    # Its correlation waits now: what follows it must not overtake.
                    self._release()
                self._handed_at = loop.time()

    def _next_fresh(self) -> list[Copy]:
        """Take the next copies that fit into one call."""
        taken, size = 0, 0
        for copy in self._fresh[:BATCH]:
            size += copy.size
            if taken and size > MAX_TOGETHER:
                break
            taken += 1
        batch, self._fresh = self._fresh[:taken], self._fresh[taken:]
        return batch

    async def _together(self, batch: list[Copy]) -> list[_Settled] | None:
        """Hand over several copies in one call; None when they must be tried one by one.

        The call names the centre of its first copy; every submission names its own.
        """
        first = batch[0]
        behalf = Behalf(first.centre, first.software, first.user_id, first.correlation)
        body = {"submissions": [copy.submission for copy in batch]}
        try:
            reply = await self._config.peers.to("sepas", behalf).post("/record-batches", body)
            outcomes = reply.json["outcomes"] if reply.status == OK else ()
        except (Refusal, KeyError, TypeError) as error:
            LOG.warning("the record took no copies together: %s", type(error).__name__)
            return None
        if len(outcomes) != len(batch):
            return None
        settled = [_Settled(c, *self._judged(o)) for c, o in zip(batch, outcomes, strict=True)]
        # Alone, a copy that has to wait makes those behind it wait as well.
        return None if any(one.outcome is Outcome.LATER for one in settled) else settled

    def _judged(self, outcome: dict[str, str]) -> tuple[Outcome, str]:
        if outcome["state"] == "STORED":
            return Outcome.TAKEN, ""
        code = outcome.get("code", "INTERNAL_FAULT")
        refused = self._config.errors.status(code) in CONTENT_REFUSED
        return self._as_faults_say(Outcome.REFUSED if refused else Outcome.LATER), code

    def _release(self) -> None:
        """Leave what this process still holds to the rounds."""
        if self._fresh:
            with self._store.transaction() as rows:
                rows.execute(rows_of.RELEASE, [{"one": copy.mark} for copy in self._fresh])
            self._fresh.clear()

    async def deliver(self, *, urgent: bool = False) -> None:
        """Hand over what is due; `urgent` does not wait for pauses to end."""
        async with self._delivering:
            if not self._asked:
                self._release()
            last, failures, blocked = 0, 0, set[str]()
            while failures < GIVE_UP_ROUND:
                found = self._due(last, urgent=urgent)
                if not found:
                    return
                last = found[-1].id
                batch = [copy_of(row) for row in found]
                failures += await self._hand_over(batch, blocked, GIVE_UP_ROUND - failures)

    async def _hand_over(
        self, batch: list[Copy], blocked: set[str], patience: int = GIVE_UP_ROUND
    ) -> int:
        """Deliver in order; return how many could not be, at most `patience`.

        `blocked` are correlations of which an older copy waits; those that come to it are added.
        """
        settled: list[_Settled] = []
        failures = 0
        left: list[Copy] = []
        for copy in batch:
            if copy.correlation in blocked or failures >= patience:
                left.append(copy)
                continue
            settled.append(_Settled(copy, *await self._attempt(copy)))
            if settled[-1].outcome is Outcome.LATER:
                failures += 1
                blocked.add(copy.correlation)
        self._settle_all(settled, left)
        return failures

    def _settle_all(self, settled: Iterable[_Settled], left: Sequence[Copy]) -> None:
        """Write outcomes in one flush; the record knows a copy that is handed over again."""
        with self._store.transaction() as rows:
            if left:
                rows.execute(rows_of.RELEASE, [{"one": copy.mark} for copy in left])
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
        older = rows_of.OUTBOX.alias("older")
        held = (
            select(older.c.id)
            .where(
                older.c.correlation == rows_of.OUTBOX.c.correlation,
                older.c.state == rows_of.WAITING,
                older.c.id < rows_of.OUTBOX.c.id,
                older.c.next_at > self._seconds(),
            )
            .exists()
        )
        wanted: list[ColumnElement[bool]] = [
            rows_of.OUTBOX.c.state == rows_of.WAITING,
            rows_of.OUTBOX.c.id > after,
        ]
        if not urgent:
            wanted += [rows_of.OUTBOX.c.next_at <= self._seconds(), ~held]
        with self._store.read() as rows:
            query = select(rows_of.OUTBOX).where(*wanted).order_by(rows_of.OUTBOX.c.id).limit(BATCH)
            return list(rows.execute(query).all())

    async def _attempt(self, copy: Copy) -> tuple[Outcome, str]:
        behalf = Behalf(copy.centre, copy.software, copy.user_id, copy.correlation)
        outcome, code = await self._delivered(copy.key, copy.submission, behalf)
        return self._as_faults_say(outcome), code

    def _as_faults_say(self, outcome: Outcome) -> Outcome:
        faults = self._config.faults
        if outcome is Outcome.REFUSED and faults.on("gateway.outbox.poison_blocks"):
            outcome = Outcome.LATER
        if outcome is Outcome.REFUSED and faults.on("gateway.outbox.refused_forgotten"):
            outcome = Outcome.TAKEN
        if outcome is Outcome.LATER and faults.on("gateway.outbox.forget_unreachable"):
            outcome = Outcome.TAKEN
        return outcome

    def _settle(self, rows: Connection, one: _Settled) -> None:
        copy, outcome, code = one.copy, one.outcome, one.code
        this = rows_of.OUTBOX.c.mark == copy.mark
        attempts = copy.attempts + 1
        if outcome is Outcome.TAKEN:
            at = written(self._config.clock.now())
            # Another process on this database may have handed it over at the same time.
            if rows.execute(rows_of.KNOWN, {"one": copy.mark}).first() is None:
                rows.execute(rows_of.TAKEN, {"mark": copy.mark, "centre": copy.centre, "at": at})
            rows.execute(rows_of.GONE, {"one": copy.mark})
            return
        change: dict[str, Any] = {"attempts": attempts, "code": code}
        if outcome is Outcome.REFUSED:
            LOG.error("the record refused a copy of %s: %s", copy.operation, code)
            change["state"] = rows_of.PARKED
            if self._config.faults.on("gateway.outbox.refused_for_nothing"):
                change["code"] = "INTERNAL_FAULT"
        else:
            change["next_at"] = self._seconds() + min(LONGEST_PAUSE, 2 ** min(attempts, 16))
        rows.execute(update(rows_of.OUTBOX).where(this).values(**change))

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


def _written_anew(document: dict[str, Any]) -> dict[str, Any]:
    """Return a signed document whose payload went through a parser and a printer."""
    padded = document["payload"] + "=" * (-len(document["payload"]) % 4)
    printed = json.dumps(json.loads(base64.urlsafe_b64decode(padded)), indent=1)
    return {**document, "payload": base64.urlsafe_b64encode(printed.encode()).decode().rstrip("=")}
