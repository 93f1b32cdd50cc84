"""The surroundings of one change: the open transaction, the one time it happens at, ids, faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from reference_impl.platform.configuration import Configuration, FaultSwitch
from reference_impl.platform.ids import Ids


@dataclass(frozen=True)
class Transaction:
    """Everything a rule needs besides its own facts. `now` is read once per transaction."""

    rows: Connection
    now: datetime
    ids: Ids
    faults: FaultSwitch


def transaction(config: Configuration, rows: Connection) -> Transaction:
    """Make the surroundings for an open connection."""
    return Transaction(rows, config.clock.now(), config.ids, config.faults)
