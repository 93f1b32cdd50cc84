"""What the services count: requests, time and waiting documents. Names of operations only.

Labels come from the contract and from status codes, never from a message, so that no scrape can
carry personal data. The text format is Prometheus', which OpenTelemetry collectors also read.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LABELS = ("service", "operation", "status")
UNMATCHED = "unmatched"
"""Operation of requests that were turned away before their path was looked at."""


class Metrics:
    """Counters of the services of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "mafa_requests", "Answered requests.", LABELS, registry=self.registry
        )
        self._seconds = Histogram(
            "mafa_request_seconds",
            "Time from the last header of a request to its sealed answer.",
            LABELS,
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._waiting = Gauge(
            "mafa_outbox_documents",
            "Accepted documents that the record has not taken yet.",
            ("service",),
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, service: str, operation: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        name = (service, operation, status)
        found = self._known.get(name)
        if found is None:
            labels = (service, operation, str(status))
            found = self._requests.labels(*labels), self._seconds.labels(*labels)
            self._known[name] = found
        found[0].inc()
        found[1].observe(seconds)

    def watch_outbox(self, service: str, length: Callable[[], int]) -> None:
        """Ask `length` for the number of waiting documents whenever somebody looks."""
        self._waiting.labels(service).set_function(length)
