"""Rate control per sender: a bucket of calls that fills again with time. [RM-P3-C]."""

from __future__ import annotations

from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal

EVERYBODY = ""
MAX_SENDERS = 10_000


class Rate:
    """Buckets by centre; rate and burst are data of the pack (`x-ditas-rate`)."""

    def __init__(self, config: Configuration) -> None:
        limits = config.pack.shared["x-ditas-rate"]
        self.per_second, self.burst = float(limits["perSecond"]), float(limits["burst"])
        self._clock = config.clock
        self._faults = config.faults
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, centre: str) -> None:
        """Take one call; raise Refusal RATE_LIMITED when the bucket is empty."""
        if self._faults.on("gateway.rate.unlimited"):
            return
        sender = EVERYBODY if self._faults.on("gateway.rate.one_bucket_for_all") else centre
        now = self._clock.now().timestamp()
        left, at = self._left.get(sender, (self.burst, now))
        left = min(self.burst, left + max(0.0, now - at) * self.per_second)
        if left < 1:
            self._left[sender] = (left, now)
            raise Refusal("RATE_LIMITED", headers={"retry-after": "1"})
        if len(self._left) > MAX_SENDERS:
            # Whoever is forgotten starts with a full bucket, as after a pause.
            self._left.clear()
        self._left[sender] = (left - 1, now)
