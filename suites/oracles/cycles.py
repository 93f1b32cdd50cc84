"""Which step a life cycle of the pack has, and which it has not.

Read from a table of `lifecycles.yaml` alone: a step is a state, what causes it, and the state
it leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def way(
        self, state: str, causes: Sequence[str], to: str
    ) -> tuple[tuple[str, str, str], ...] | None:
        """Return the steps from `state` to `to` by these causes in their order, None without any.

        One message may cause several: a claim is adjudicated and adjusted in one answer.
        """
        ways: dict[str, tuple[tuple[str, str, str], ...]] = {state: ()}
        for cause in causes:
            ways = {
                step[2]: (*ways[step[0]], step)
                for step in sorted(self.steps)
                if step[0] in ways and step[1] == cause
            }
        return ways.get(to)

    def set_off(self, causes: Sequence[str], to: str) -> frozenset[tuple[str, str, str]]:
        """Return all steps these causes may take on their way to a state, wherever they begin."""
        begins = {step[0] for step in self.steps}
        return frozenset(step for one in begins for step in self.way(one, causes, to) or ())


def cycle(name: str, table: Mapping[str, Any]) -> Cycle:
    """Return a life cycle from its entry in the pack."""
    steps = frozenset((one["from"], one["by"], one["to"]) for one in table["transitions"])
    return Cycle(name, str(table["initial"]), steps)
