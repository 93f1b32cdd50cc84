"""Notices to other services about accepted documents: a queue in the purchaser's own store.

A notice is written in the transaction that accepts the document and delivered after it, so that a
refused document leaves nothing behind elsewhere, an accepted one is never forgotten, and nobody
waits for it. Delivery repeats until it was taken; who is told knows a notice that comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from reference_impl.platform.configuration import Configuration
from reference_impl.platform.peers import Behalf, PeerReply
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.purchaser import store
from reference_impl.purchaser.transaction import Transaction

LOG = logging.getLogger("reference.purchaser")
BATCH = 50
ROUND_SECONDS = 1.0
GATHER_SECONDS = 0.1
"""Notices that follow each other closely are handed over together."""
LONGEST_PAUSE = 300
SERVER_FAULT = 500
TOO_MANY = 429
HID, RULE = "hid", "rule"

# Made once: building and hashing a statement costs more than running it.
_TABLE = store.notices
_PUT = Prepared(insert(_TABLE))
_DUE = Prepared(
    select(_TABLE)
    .where(_TABLE.c.id > bindparam("after"), _TABLE.c.next_at <= bindparam("now"))
    .order_by(_TABLE.c.id)
    .limit(BATCH)
)
_GONE = Prepared(delete(_TABLE).where(_TABLE.c.id == bindparam("one")))


class Notices:
    """The queue and its delivery."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._delivering = asyncio.Lock()
        self._asked = False
        self._handed_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def used(
        self,
        within: Transaction,
        call: Call,
        payload: Mapping[str, Any],
        lines: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Tell that an accepted document relies on its HID, and on the approvals of its lines.

        Uses of approvals are reported by a purchaser that keeps the counting rules (a legal
        variant, docs/adr/0014): what is counted depends on the person's documents before.
        """
        document = str(payload["documentId"])
        told = [(HID, str(payload["hid"]))]
        if within.faults.on("purchaser.variant.reports_rule_use"):
            told += [(RULE, one) for one in _approvals(payload, lines)]
        self._put(within, call, document, told)

    def approvals(self, within: Transaction, call: Call, payload: Mapping[str, Any]) -> None:
        """Tell that the approvals of a prepared dispense were used, now that it was given."""
        if within.faults.on("purchaser.variant.reports_rule_use"):
            told = [(RULE, one) for one in _approvals(payload, payload["items"])]
            self._put(within, call, str(payload["documentId"]), told)

    def relied(self, within: Transaction, call: Call, hid: str, subject: str) -> None:
        """Tell that something without a document, named by `subject`, relies on a HID."""
        self._put(within, call, subject, [(HID, hid)])

    def _put(
        self, within: Transaction, call: Call, document: str, told: list[tuple[str, str]]
    ) -> None:
        if not told:
            return
        caller = call.caller
        fixed = {
            "document_id": document,
            "correlation": caller.correlation,
            "centre": caller.centre,
            "software": caller.software,
            "user_id": caller.user,
            "attempts": 0,
            "next_at": 0,
        }
        within.rows.execute(
            _PUT,
            [
                {**fixed, "kind": kind, "subject": subject, "key": within.ids.token()}
                for kind, subject in told
            ],
        )
        self._deliver_soon()

    def _deliver_soon(self) -> None:
        """Start a delivery beside the request; it begins after the transaction has ended."""
        if self._asked:
            return
        self._asked = True
        task = asyncio.get_running_loop().create_task(self._soon())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _soon(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._handed_at + GATHER_SECONDS - loop.time()))
        await self._round()
        self._handed_at = loop.time()

    async def run(self) -> None:
        """Deliver for ever; starts with what a crash left."""
        while True:
            await self._round()
            await asyncio.sleep(ROUND_SECONDS)

    async def _round(self) -> None:
        try:
            await self.deliver()
        except Exception:  # logged; the queue must outlive one bad round
            LOG.exception("a round of notices failed")

    async def deliver(self) -> None:
        """Hand over what is due."""
        async with self._delivering:
            last = 0
            while True:
                self._asked = False
                due = self._due(last)
                if not due:
                    return
                last = due[-1].id
                uses = [row for row in due if row.kind == HID]
                if uses:
                    taken = await self._taken(uses[0], "eligibility", *_of_hids(uses))
                    self._settle(uses, taken=taken)
                for row in due:
                    if row.kind == RULE:
                        taken = await self._taken(row, "insurance_rules", *_of_rule(row))
                        self._settle([row], taken=taken)

    def _due(self, after: int) -> list[Row[Any]]:
        found = self._config.store.look(_DUE, {"after": after, "now": self._seconds()})
        return list(found.all())

    async def _taken(self, row: Row[Any], service: str, path: str, body: Any) -> bool:
        behalf = Behalf(row.centre, row.software, row.user_id, row.correlation)
        try:
            reply = await self._config.peers.to(service, behalf).post(path, body, key=row.key)
        except Refusal:
            return False
        return _is_settled(reply, row)

    def _settle(self, settled: list[Row[Any]], *, taken: bool) -> None:
        table = store.notices
        with self._config.store.transaction() as rows:
            if taken:
                rows.execute(_GONE, [{"one": row.id} for row in settled])
                return
            for row in settled:
                pause = min(LONGEST_PAUSE, 2 ** min(row.attempts + 1, 16))
                change = {"attempts": row.attempts + 1, "next_at": self._seconds() + pause}
                rows.execute(update(table).where(table.c.id == row.id).values(change))

    def _seconds(self) -> int:
        return int(self._config.clock.now().timestamp())


def _approvals(payload: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the id of the whole if there is one, else those of the lines."""
    whole = payload.get("rules", {}).get("wholeTrackingId")
    if whole is not None:
        return [str(whole)]
    return [str(line["ruleTrackingId"]) for line in lines if "ruleTrackingId" in line]


def _of_hids(uses: list[Row[Any]]) -> tuple[str, Any]:
    told = [{"hid": row.subject, "correlation": row.correlation} for row in uses]
    return "/hids/uses", {"uses": told}


def _of_rule(row: Row[Any]) -> tuple[str, Any]:
    return f"/tracking-ids/{row.subject}/uses", {"documentId": row.document_id}


def _is_settled(reply: PeerReply, row: Row[Any]) -> bool:
    """Say whether asking again is useless: taken, or refused for good."""
    if reply.code is not None and reply.status != TOO_MANY:
        LOG.error("a notice of %s was refused: %s", row.kind, reply.code)
    return reply.status < SERVER_FAULT and reply.status != TOO_MANY
