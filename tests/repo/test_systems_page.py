"""docs/systems.md: all 92 systems, each with a module that exists, or its reason."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "systems.md"
MODULE = re.compile(r"`((?:reference_impl|lab)(?:\.[a-z_]+)*)`")
SYSTEMS = 92
SHORTEST_REASON = 30


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    number: int
    name: str
    side: str
    how: str
    what: str


def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].isdigit():
            found.append(Row(int(cells[0]), *cells[1:]))
    return found


def test_every_system_has_its_row() -> None:
    assert [row.number for row in rows()] == list(range(1, SYSTEMS + 1))
    assert len({row.name for row in rows()}) == SYSTEMS


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.number))
def test_a_row_names_modules_that_exist_or_a_reason(row: Row) -> None:
    modules = MODULE.findall(row.what)
    if row.how == "reason":
        assert row.side in {"X", "-"}, "what the laboratory plays needs a module, not a reason"
        assert len(row.what) > SHORTEST_REASON
    else:
        assert row.how in {"module", "stub"}
        assert modules
    for name in modules:
        assert importlib.util.find_spec(name) is not None, name
