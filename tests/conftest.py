"""Shared by all tests: a clean environment, and one reference exchange per session and worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.cli.children import Exchange, exchange
from tests.support.postgres import Cluster, cluster

# Campaigns start pytest as a child; options meant for this run (a JUnit file) must not reach it.
for _name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def reference_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """Run the clean reference exchange on free ports."""
    with exchange(tmp_path_factory.mktemp("exchange")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run a private PostgreSQL server, one per session and worker, started when first asked for."""
    with cluster() as running:
        yield running
