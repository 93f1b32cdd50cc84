"""The table of work-flow steps: every step stands in it, and every case it names exists."""

from __future__ import annotations

import re
from pathlib import Path

from lab.kit.case import catalogue
from tests.support.case_bench import import_suites

PAGE = Path(__file__).parents[3] / "docs" / "workflow-steps.md"
ROW = re.compile(r"^\| (\S+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
CASE = re.compile(r"TC-[A-Z0-9-]+")
STEPS = {f"P{number}" for number in range(1, 9)} | {f"D{number}" for number in range(1, 10)}


def test_every_step_is_made_through_the_gateway() -> None:
    import_suites()
    rows = ROW.findall(PAGE.read_text("utf-8"))
    told = {step: CASE.findall(cases) for step, _, cases in rows}
    assert told.keys() >= STEPS
    assert not [step for step in STEPS if not told[step]]


def test_every_case_of_the_table_is_one_of_the_gateway() -> None:
    import_suites()
    known = {row.case.id for row in catalogue() if row.case.role == "gateway"}
    named = CASE.findall(PAGE.read_text("utf-8"))
    assert len(named) > len(STEPS)
    assert not set(named) - known
