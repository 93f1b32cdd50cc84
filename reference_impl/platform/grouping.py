"""Changes of one store that reach their commit in the same turn of the event loop share one flush.

Each still stands alone: it runs inside a savepoint, and what one refuses or breaks leaves the
others as they are. Nobody is answered before the flush; when it fails, nobody's change was made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from reference_impl.platform.storage import Store

Change = Callable[[Connection], Any]
_SAVEPOINT, _UNDO, _KEEP = "SAVEPOINT one", "ROLLBACK TO one", "RELEASE one"


@dataclass(slots=True)
class _Waiting:
    """A change, who waits for it, and what became of it."""

    change: Change
    future: asyncio.Future[Any]
    value: Any = None
    fault: Exception | None = None


class Grouping:
    """The changes of one store on their way to a common flush."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, change: Change) -> Any:
        """Return what the change returns, once it is flushed; raise what it raises."""
        loop = asyncio.get_running_loop()
        if not self._waiting or self._loop is not loop:
            # What another loop left behind ended with it, and so did those who waited.
            self._loop, self._waiting = loop, []
            loop.call_soon(self._flush)
        one = _Waiting(change, loop.create_future())
        self._waiting.append(one)
        return await one.future

    def _flush(self) -> None:
        # Whoever was cancelled meanwhile is owed nothing and gets no effect.
        group = [one for one in self._waiting if not one.future.done()]
        self._waiting = []
        try:
            with self._store.transaction() as rows:
                for one in group:
                    if len(group) == 1:
                        one.value = one.change(rows)
                    else:
                        _apart(rows, one)
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits
            for one in group:
                one.future.set_exception(error)
            return
        for one in group:
            if one.fault is None:
                one.future.set_result(one.value)
            else:
                one.future.set_exception(one.fault)


def _apart(rows: Connection, one: _Waiting) -> None:
    """Run one change so that its failure undoes nothing but itself.

    When the database has ended the whole transaction, undoing fails and so does the group.
    """
    rows.exec_driver_sql(_SAVEPOINT)
    try:
        one.value = one.change(rows)
    except Exception as error:  # noqa: BLE001 - handed to the one who waits
        one.fault = error
        rows.exec_driver_sql(_UNDO)
    rows.exec_driver_sql(_KEEP)
