"""docs/workflows-covered.md: every step of the workflow texts has cases that exist, or a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import load_pack
from lab.model.workflow import WorkflowTable, problems, read_table, render
from lab.selection.collecting import collect_catalogue
from lab.selection.inspections import items_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workflows-covered.md"
STEPS = (
    [f"P{n}" for n in range(1, 9)] + ["P2b", "P4b"] + [f"D{n}" for n in range(1, 10)]
)  # the numbered steps of clauses 9-1 and 9-2
PARTS = ["2", "3", "4", "5", "6", "7"]
EXCEPTIONS = {
    "unknown", "blocked", "foreigner", "newborn", "af-newborn", "af-eligibility", "outage",
    "deprived", "partial", "substitution", "refill", "return", "cancellation", "expiry",
    "inpatient",
}  # fmt: skip
FLOWS = {
    "certification", "sepas-errors", "shams", "imaging", "citizen-drug", "citizen-laboratory",
    "referral", "coding",
}  # fmt: skip


@pytest.fixture(scope="module")
def table() -> WorkflowTable:
    return read_table()


def test_every_step_has_cases_that_exist_or_a_reason(table: WorkflowTable) -> None:
    pack = load_pack("erx-1401")
    roles = {role for row in pack.requirements.values() for role in row["roles"]}
    items = {item.id for role in roles for item in items_of(pack, role)}
    assert list(problems(table, {case.id for case in collect_catalogue()}, items)) == []


def test_no_step_of_the_texts_is_missing(table: WorkflowTable) -> None:
    ids = {row.id for row in table.rows}
    assert ids >= set(STEPS)
    assert [part.id for part in table.part] == PARTS
    assert {name[2:] for name in ids if name.startswith("6-")} == EXCEPTIONS
    assert {name[2:] for name in ids if name.startswith("7-")} == FLOWS


def test_the_page_is_that_of_the_table(table: WorkflowTable) -> None:
    assert PAGE.read_text("utf-8") == render(table), "mafalab catalogue workflows --write"


def test_what_is_wrong_is_named(table: WorkflowTable) -> None:
    first = table.part[0].row[0]
    cases, inspections = [first.direct[0].replace("*", "PUR")], ["INS-X-001"]
    bad = [
        first.model_copy(update={"direct": ()}),
        first.model_copy(update={"id": "Y", "gateway": ("TC-PUR-WF-NOBODY-001",)}),
        first.model_copy(update={"id": "Z", "gateway": (), "no_gateway": "because"}),
        first.model_copy(update={"id": "I", "inspections": ("INS-NO-001",)}),
        first.model_copy(),
    ]
    made = WorkflowTable(part=(table.part[0].model_copy(update={"row": tuple(bad)}),))
    found = "\n".join(problems(made, cases, inspections))
    for text in (
        "P1: stands twice", "P1: direct has neither", "Y: no case is called TC-PUR-WF-NOBODY-001",
        "Z: gateway: the reason says nothing", "I: no inspection is called INS-NO-001",
    ):  # fmt: skip
        assert text in found
