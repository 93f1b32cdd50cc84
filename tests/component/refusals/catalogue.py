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
ROWS = {f"{area.name}: {row.code}: {row.name}": row for area in AREAS for row in area.rows}
PROVOKED = frozenset(row.code for row in ROWS.values())
