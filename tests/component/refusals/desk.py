"""What a row of the catalogue is, and the desk it works at: one exchange, seals of two codes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import inspect, select, table
from sqlalchemy import text as raw

from tests.component.bench import Answered
from tests.component.record_bench import RecordBench
from tests.component.trusted import TrustCaller
from tests.unit.reference_platform.sealed_caller import Heard

Refused = Answered | Heard
Act = Callable[[], Refused]
Ledgers = dict[str, tuple[int, str]]
"""Table by "store.table": number of rows, and a digest of their contents."""

NOT_LEDGERS = ("-nonces", "-log")
"""Stores of nonces, marks of questions and the message log: they keep that somebody asked."""
NOT_BUSINESS = frozenset({"idempotent_answers", "alembic_version"})


@dataclass(frozen=True)
class Row:
    """One mistake of a client.

    `prepare` does what goes before at a desk and returns the call that has to be refused. `leaves`
    names tables whose purpose is to keep refusals.
    """

    code: str
    name: str
    prepare: Callable[[Desk], Act]
    leaves: frozenset[str] = frozenset()


@dataclass
class Area:
    """The rows of one service area, in their order."""

    name: str
    rows: list[Row] = field(default_factory=list)

    def refused(self, code: str, *, leaves: str = "") -> Callable[[Any], Any]:
        """Enter a function as the row of a code; `leaves` as in `Row`, separated by blanks."""

        def enter(prepare: Callable[[Desk], Act]) -> Callable[[Desk], Act]:
            self.rows.append(Row(code, prepare.__name__, prepare, frozenset(leaves.split())))
            return prepare

        return enter

    def add(self, code: str, name: str, prepare: Callable[[Desk], Act]) -> None:
        self.rows.append(Row(code, name, prepare))


class SharedCaller(TrustCaller):
    """Seals by the judging side's code, at the exchange of a desk."""

    def __init__(self, desk: Desk) -> None:  # the base would make an exchange of its own
        self.exchange, self.world, self.kit = desk.exchange, desk.world, desk.kit
        self.runner, self.clock = desk.runner, desk.clock


@dataclass
class Desk(RecordBench):
    """One exchange for all rows; what a row changes of it is put back after the row."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.caller = SharedCaller(self)
        self.after = ExitStack()

    def later(self, **by: float) -> None:
        """Move the clock for the rest of this row."""
        self.clock.advance(timedelta(**by))

    def without(self, service: str) -> None:
        """Take a service away for the rest of this row."""
        services = self.exchange.services
        self.after.callback(services.__setitem__, service, services.pop(service))

    def replace(self, thing: Any, name: str, value: Any) -> None:
        """Set an attribute for the rest of this row."""
        self.after.callback(setattr, thing, name, getattr(thing, name))
        setattr(thing, name, value)

    @contextmanager
    def row(self) -> Iterator[None]:
        """Undo at the end what the row did to clock and exchange; its data stay."""
        offset = self.clock.offset
        self.after = ExitStack()
        try:
            yield
        finally:
            self.after.close()
            self.clock.offset = offset

    def ledgers(self) -> Ledgers:
        """Return the state of every business table of every store."""
        self.settle()
        found: Ledgers = {}
        for name, store in self.exchange.databases.stores.items():
            if name.endswith(NOT_LEDGERS):
                continue
            with store.read() as rows:
                for kept in sorted(set(inspect(rows).get_table_names()) - NOT_BUSINESS):
                    every = select(raw("*")).select_from(table(kept))
                    content = sorted(map(repr, rows.execute(every)))
                    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()
                    found[f"{name}.{kept}"] = len(content), digest
        return found
