"""Readiness and metrics of many processes, gathered into one answer."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from reference_impl.topology.loopback import fetch
from reference_impl.topology.readiness import OK

SILENT = {"process": "does not answer"}


class Gathered:
    """View of services that live in other processes, asked at their plain loopback ports."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    async def checks(self) -> dict[str, dict[str, str]]:
        """Ask every process to exercise its service."""
        answers = await self._all("/ready")
        found: dict[str, dict[str, str]] = {}
        for name, content in answers.items():
            # A process serves the service it is named after, or as a worker all of them.
            told = _parsed(content).get("services") or {name: SILENT}
            for service, checks in told.items():
                if any(verdict != OK for verdict in {**found.get(service, {}), **checks}.values()):
                    # The worst word about a service counts.
                    bad = {k: v for k, v in found.get(service, {}).items() if v != OK}
                    found[service] = {**checks, **bad}
                else:
                    found[service] = checks
        return found

    async def metrics(self) -> bytes:
        """Join the metrics; every sample carries the name of its service."""
        registry = CollectorRegistry()
        registry.register(_Joined(list((await self._all("/metrics")).values())))
        return generate_latest(registry)

    async def messages(self) -> Mapping[str, int]:
        """Add up what the gateways have counted."""
        total: Counter[str] = Counter()
        for content in (await self._all("/health")).values():
            total.update(_parsed(content).get("messages", {}))
        return total

    async def _all(self, path: str) -> dict[str, bytes]:
        bodies = await asyncio.gather(*(_body(f"{url}{path}") for url in self._urls.values()))
        return dict(zip(self._urls, bodies, strict=True))


class _Joined(Collector):
    """The families of many texts, each family once; equal samples of workers become one."""

    def __init__(self, texts: list[bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        """Yield every family with the samples of all processes."""
        families: dict[str, Metric] = {}
        values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        for text in self._texts:
            for family in text_string_to_metric_families(text.decode()):
                families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                known = values.setdefault(family.name, {})
                for sample in family.samples:
                    name = (sample.name, tuple(sample.labels.items()))
                    before = known.get(name, 0.0)
                    # All workers see the one outbox; what they have counted adds up.
                    gauge = family.type == "gauge"
                    known[name] = max(before, sample.value) if gauge else before + sample.value
        for family_name, known in values.items():
            for (sample_name, labels), value in known.items():
                families[family_name].add_sample(sample_name, dict(labels), value)
        yield from families.values()


async def _body(url: str) -> bytes:
    try:
        _, content = await fetch(url)
    except OSError:
        # A process that does not answer is told as such by whoever reads the emptiness.
        return b""
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
