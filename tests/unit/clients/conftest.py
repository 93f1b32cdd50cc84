"""A credential kit for the tests of the clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.synthetic import world
from reference_impl.pki.kit import open_authority
from reference_impl.topology.roster import identities


@pytest.fixture(scope="session")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("kit")
    return open_authority(state, identities(world()), "http://127.0.0.1:9").credentials
