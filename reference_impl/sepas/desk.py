"""What all sides of the record share: its clock, its codes, its memory of refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert

from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.coding import Coding
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.persons import Telephones
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call, Handler, Work
from reference_impl.sepas import store

SERVER_FAULT = 500


class NothingOn:
    """Fault switch of code that has no faults here: those of the platform are the purchaser's."""

    def on(self, _name: str) -> bool:
        """Say no."""
        return False


class Desk:
    """Configuration of the record with what is derived from it once."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.coding = Coding(config.pack)
        self.telephones = Telephones(config.world)
        self.off = NothingOn()

    def now(self) -> str:
        """Return the present as the wire writes it."""
        return written(self.config.clock.now())

    def today(self) -> date:
        """Return the day in Tehran."""
        return self.config.clock.now().astimezone(TEHRAN).date()

    def key_in_store(self, key: str | None) -> str | None:
        """Return the key a person is filed under; twins are two people unless a fault says so."""
        if key is not None and self.config.faults.on("sepas.person.newborns_merged"):
            return ":".join(key.split(":")[:2])
        if key is not None and self.config.faults.on("sepas.person.birth_order_ignored"):
            kind, value, *rest = key.split(":")
            return ":".join((kind, value, "1", *rest[1:])) if rest else key
        return key


def refusals_remembered(
    desk: Desk, handler: Callable[[Call], Awaitable[Work]], centre_of: Callable[[Call], str]
) -> Handler:
    """Wrap a submission so that its refusals are kept for the monitor. [SEP-ERR-1, SEP-ERR-2].

    The record itself keeps no trace of what it refused; the monitor's list is the trace.
    """

    async def remembering(call: Call) -> Work:
        try:
            return await handler(call)
        except Refusal as refusal:
            if is_remembered(desk, refusal):
                correlation = call.caller.correlation
                refused = Refused(centre_of(call), refusal.code, call.operation_id, correlation)
                with desk.config.store.transaction() as rows:
                    remember(desk, rows, refused)
            raise

    return remembering


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused submission as the monitor sees it."""

    centre: str
    code: str
    operation: str
    correlation: str


def is_remembered(desk: Desk, refusal: Refusal) -> bool:
    """Say whether a refusal is kept: not when the fault is our own."""
    own_fault = desk.config.errors.status(refusal.code) >= SERVER_FAULT
    return not own_fault and not desk.config.faults.on("sepas.submit.refusal_forgotten")


def remember(desk: Desk, rows: Connection, refused: Refused) -> None:
    """Keep a refused submission for the monitor."""
    rows.execute(
        insert(store.refusals).values(
            refusal_id=desk.config.ids.uuid(),
            at=desk.now(),
            day=desk.today().isoformat(),
            code=refused.code,
            operation=refused.operation,
            centre=refused.centre,
            correlation=refused.correlation,
        )
    )
