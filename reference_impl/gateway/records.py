"""The log of messages: who asked which service when, how it went. No personal data."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from reference_impl.gateway.traffic import Traffic
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.contract import Route
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.service import Caller
from reference_impl.platform.storage import Store

MAX_LOGGED = 1000

_LOG = MetaData()
_MESSAGES = Table(
    "gateway_messages",
    _LOG,
    Column("id", Integer, primary_key=True),
    Column("correlation", Text, nullable=False, index=True),
    Column("centre", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
)

# Made once: building and hashing a statement costs more than running it.
_WRITE = Prepared(insert(_MESSAGES))


class MessageLog:
    """Path templates only, no identifiers of people; counters and latencies beside it."""

    def __init__(self, config: Configuration, relaxed: Store) -> None:
        relaxed.create(_LOG)
        self._store = relaxed
        self._clock = config.clock
        self._faults = config.faults
        self.silent: set[str] = set()  # services that did not answer when last asked
        self.counters: Counter[str] = Counter()
        self.traffic = Traffic(config)

    def write(
        self, caller: Caller, service: str, route: Route, status: int, milliseconds: int
    ) -> None:
        """Note one message."""
        if route.method == "GET" and self._faults.on("gateway.log.changes_only"):
            return
        self.counters[f"{service}.{status // 100}xx"] += 1
        self.traffic.note(service, route.operation_id, status, milliseconds)
        self._store.put(
            _WRITE,
            {
                "correlation": caller.correlation,
                "centre": caller.centre,
                "at": written(self._clock.now()),
                "service": service,
                "operation": route.operation_id,
                "method": route.method,
                "path": f"/{service}/v1{route.template}",
                "status": status,
                "milliseconds": milliseconds,
            },
        )

    def of(self, correlation: str, centre: str) -> list[dict[str, Any]]:
        """Return the messages of one correlation that this centre sent."""
        query = select(_MESSAGES).where(_MESSAGES.c.correlation == correlation)
        if not self._faults.on("gateway.log.other_centres"):
            query = query.where(_MESSAGES.c.centre == centre)
        with self._store.read() as rows:
            found = rows.execute(query.order_by(_MESSAGES.c.id).limit(MAX_LOGGED)).all()
        if self._faults.on("gateway.log.last_only"):
            found = found[-1:]
        names = ("at", "service", "operation", "method", "path", "status", "milliseconds")
        return [{name: getattr(row, name) for name in names} for row in found]
