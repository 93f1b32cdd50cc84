"""Readiness and metrics of many processes, gathered into one answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from reference_impl.topology.loopback import fetch

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
            told = _parsed(content).get("services", {})
            found[name] = told.get(name, SILENT)
        return found

    async def metrics(self) -> bytes:
        """Join the metrics; every sample carries the name of its service."""
        registry = CollectorRegistry()
        registry.register(_Joined(list((await self._all("/metrics")).values())))
        return generate_latest(registry)

    async def messages(self) -> Mapping[str, int]:
        """Ask the gateway's process for its counters."""
        messages: dict[str, int] = _parsed(await _body(f"{self._urls['gateway']}/health")).get(
            "messages", {}
        )
        return messages

    async def _all(self, path: str) -> dict[str, bytes]:
        bodies = await asyncio.gather(*(_body(f"{url}{path}") for url in self._urls.values()))
        return dict(zip(self._urls, bodies, strict=True))


class _Joined(Collector):
    """The families of many texts, each family once."""

    def __init__(self, texts: list[bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        """Yield every family with the samples of all processes."""
        families: dict[str, Metric] = {}
        for text in self._texts:
            for family in text_string_to_metric_families(text.decode()):
                known = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                known.samples += [s for s in family.samples if not s.name.endswith("_created")]
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
