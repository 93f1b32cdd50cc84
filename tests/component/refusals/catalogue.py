"""All rows of the bad input catalogue, and the codes no service raises."""

from __future__ import annotations

from tests.component.refusals import (
    admission,
    citizens,
    payers,
    products,
    purchasing,
    record,
    registries,
    rules,
    transport,
    trust,
)

AREAS = (
    transport.AREA,
    admission.AREA,
    registries.AREA,
    rules.AREA,
    purchasing.AREA,
    payers.AREA,
    products.AREA,
    trust.AREA,
    record.AREA,
    citizens.AREA,
)
OF_CLIENTS = {
    "RULE_REJECTED": "tests/component/test_clients.py::test_a_rejected_item_is_not_registered",
}
"""Codes no service refuses with (`raisedBy: client` in the bank), and the test that sees them."""
ROWS = {f"{area.name}: {row.code}: {row.name}": row for area in AREAS for row in area.rows}
PROVOKED = frozenset(row.code for row in ROWS.values())
