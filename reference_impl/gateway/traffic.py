"""Counters and latencies of a sliding window, held against the service levels of the pack.

Latencies fall into buckets that grow by a tenth, so memory is bounded and a percentile is at most
ten per cent too high, never too low. What an observer sees at the gateway is monitored, never
certified (RUL-011).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration

PROFILE = "lab"
WINDOW = timedelta(minutes=15)
SLOT_SECONDS = 60
LONGEST = 600_000
FAULT, REFUSAL = 500, 400
LEVELS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _bounds() -> tuple[int, ...]:
    """Return upper bounds in milliseconds: each one is next to a tenth above the one before."""
    found = [1]
    while found[-1] < LONGEST:
        found.append(min(LONGEST, max(found[-1] + 1, found[-1] * 11 // 10)))
    return tuple(found)


BOUNDS = _bounds()


@dataclass
class Tally:
    """What was seen of one operation in one slot, or of several together."""

    calls: int = 0
    refusals: int = 0
    faults: int = 0
    milliseconds: int = 0
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.calls += other.calls
        self.refusals += other.refusals
        self.faults += other.faults
        self.milliseconds += other.milliseconds
        self.buckets.update(other.buckets)

    def percentile(self, share: float) -> int:
        """Return the upper bound of the bucket that holds the nearest rank; 0 without calls."""
        rank, seen = share * self.calls, 0
        for bound in sorted(self.buckets):
            seen += self.buckets[bound]
            if seen >= rank:
                return bound
        return 0


class Traffic:
    """Tallies by operation and minute."""

    def __init__(self, config: Configuration) -> None:
        self._clock = config.clock
        self._faults = config.faults
        self._profile = config.pack.sla[PROFILE]
        self._slots: dict[int, dict[tuple[str, str], Tally]] = {}

    def note(self, service: str, operation: str, status: int, milliseconds: int) -> None:
        """Count one answered call."""
        slot = int(self._clock.now().timestamp()) // SLOT_SECONDS
        if slot not in self._slots:
            self._forget(slot)
        tally = self._slots.setdefault(slot, {}).setdefault((service, operation), Tally())
        as_faults = self._faults.on("gateway.traffic.refusals_are_faults")
        tally.calls += 1
        tally.faults += status >= (REFUSAL if as_faults else FAULT)
        tally.refusals += REFUSAL <= status < FAULT and not as_faults
        tally.milliseconds += milliseconds
        tally.buckets[BOUNDS[min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)]] += 1

    def view(self) -> dict[str, Any]:
        """Return counters by service and the classes of the profile beside their limits."""
        now = self._clock.now()
        self._forget(int(now.timestamp()) // SLOT_SECONDS)
        start = now - WINDOW
        seen: dict[tuple[str, str], Tally] = {}
        for slot in self._slots.values():
            for name, tally in slot.items():
                seen.setdefault(name, Tally()).add(tally)
        by_service: dict[str, list[Tally]] = {}
        by_operation: dict[str, list[Tally]] = {}
        for (service, operation), tally in sorted(seen.items()):
            by_service.setdefault(service, []).append(tally)
            by_operation.setdefault(operation, []).append(tally)
        return {
            "profile": PROFILE,
            "window": {"from": written(start), "to": written(now)},
            "services": [
                self._service(name, written(start), tallies) for name, tallies in by_service.items()
            ],
            "classes": [
                self._class(
                    name, limits, (t for o in limits["operations"] for t in by_operation.get(o, ()))
                )
                for name, limits in self._profile["classes"].items()
            ],
        }

    def _service(self, name: str, since: str, tallies: Iterable[Tally]) -> dict[str, Any]:
        total = _sum(tallies)
        return {
            "service": name,
            "period": since,
            "calls": total.calls,
            "refusals": total.refusals,
            "faults": total.faults,
            "p50Ms": total.percentile(LEVELS["p50"]),
            "p95Ms": self._p95(total),
        }

    def _class(self, name: str, limits: Any, tallies: Iterable[Tally]) -> dict[str, Any]:
        total = _sum(tallies)
        allowed = float(self._profile["errorRateLimit"])
        share = total.faults / total.calls if total.calls else 0.0
        shown = {
            "class": name,
            "calls": total.calls,
            "faults": total.faults,
            "errorShare": round(share, 6),
            "errorShareLimit": allowed,
            "limitMs": {level: int(limits[level]) for level in LEVELS},
        }
        if self._faults.on("gateway.traffic.limits_doubled"):
            shown["limitMs"] = {level: 2 * int(limits[level]) for level in LEVELS}
        if self._faults.on("gateway.traffic.limits_untold"):
            del shown["limitMs"]
        if not total.calls:
            # Nothing was seen, so nothing is claimed.
            return shown
        observed = {level: total.percentile(part) for level, part in LEVELS.items()}
        observed["p95"] = self._p95(total)
        in_time = all(observed[level] <= limits[level] for level in LEVELS)
        return {**shown, "observedMs": observed, "within": in_time and share <= allowed}

    def _p95(self, total: Tally) -> int:
        if self._faults.on("gateway.traffic.mean_as_p95") and total.calls:
            return total.milliseconds // total.calls
        return total.percentile(LEVELS["p95"])

    def _forget(self, present: int) -> None:
        if self._faults.on("gateway.traffic.never_forgets"):
            return
        oldest = present - int(WINDOW.total_seconds()) // SLOT_SECONDS
        for slot in [slot for slot in self._slots if slot <= oldest]:
            del self._slots[slot]


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
