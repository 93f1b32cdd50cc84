"""Which step a life cycle of the pack has, and which it has not.

Read from a table of `lifecycles.yaml` alone: a step is a state, what causes it, and the state
it leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cycle:
    """One life cycle: where it begins and its steps `(from, by, to)`."""

    name: str
    initial: str
    steps: frozenset[tuple[str, str, str]]

    def has(self, state: str, by: str, to: str) -> bool:
        """Say whether `by` may lead from `state` to `to`."""
        return (state, by, to) in self.steps


def cycle(name: str, table: Mapping[str, Any]) -> Cycle:
    """Return a life cycle from its entry in the pack."""
    steps = frozenset((one["from"], one["by"], one["to"]) for one in table["transitions"])
    return Cycle(name, str(table["initial"]), steps)
