"""Baseline: the tables as the metadata of the services describes them.

There is nothing to do: `Store.create` makes tables that are missing. Later revisions change tables
that exist; `upgrade(store)` is called once for every store ("purchaser", "gateway_log", ...) and
must do nothing in stores that it is not about.
"""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade(store: str) -> None:
    """Leave the tables as they are."""
    del store
