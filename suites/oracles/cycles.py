"""Which step a life cycle of the pack has, and which it has not.

Read from `lifecycles.yaml` alone: a step is a state, what causes it, and the state it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixtures import load_pack


@dataclass(frozen=True)
class Cycle:
    """One life cycle: where it begins and its steps `(from, by, to)`."""

    name: str
    initial: str
    steps: frozenset[tuple[str, str, str]]

    def has(self, state: str, by: str, to: str) -> bool:
        """Say whether `by` may lead from `state` to `to`."""
        return (state, by, to) in self.steps


def cycle(name: str, pack: str = "erx-1401") -> Cycle:
    """Return a life cycle of the pack. Raises KeyError for one it does not have."""
    found = load_pack(pack).lifecycles[name]
    steps = frozenset((one["from"], one["by"], one["to"]) for one in found["transitions"])
    return Cycle(name, str(found["initial"]), steps)
