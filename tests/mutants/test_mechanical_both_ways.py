"""Mechanical mutants end the same on the cases that could see them as on the whole plan.

Only few, of a small plan: the recording of the reference, the choice of cases and the stop at the
first failure must not change whether a mutant is caught, survives or is never reached.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.selection.plan import load_plan
from lab.validation import bench
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.mechanical import subject_of
from lab.validation.work import Work

ROLE, PLAN = "licensing_system", "licensing-delta"
CHANGES: dict[str, Outcome | None] = {
    "getLicenceMapping drop /source": Outcome.CAUGHT,
    "getLicenceMapping no_header signature": Outcome.CAUGHT,
    "reportLicenceEvent status 200": Outcome.CAUGHT,
    "reportLicenceEvent lower /kind": Outcome.UNREACHED,  # it is lower case already
    "reportLicenceEvent other /nothing": Outcome.UNREACHED,  # no recorded answer has it
    "reportLicenceEvent later /changedAt": None,  # whatever it is, both ways say the same
}
SUBJECTS = (
    Subject(id="REFERENCE", kind=SubjectKind.REFERENCE, role=ROLE, title="the clean reference"),
    *(subject_of(ROLE, f"siam.{change}") for change in CHANGES),
)
pytestmark = pytest.mark.slow


def judged(out: Path, capsys: pytest.CaptureFixture[str], *, whole: bool) -> list[SubjectResult]:
    """Run the bench here; its children are forked from this process. Rows of mutants, in order."""
    work = Work(
        out=out, whole=whole, examples=1, suite_hash="0", plans={ROLE: PLAN},
        subjects=SUBJECTS[1:] if whole else SUBJECTS,
    )  # fmt: skip
    out.mkdir(exist_ok=True)
    (out / "work.json").write_text(work.model_dump_json(), "utf-8")
    assert bench.main([str(out / "work.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [SubjectResult.model_validate(json.loads(line)) for line in lines]
    found = {row.subject.point: row for row in rows if row.subject.point}
    return [found[one.point] for one in SUBJECTS[1:]]


def outcomes(rows: Sequence[SubjectResult]) -> list[tuple[str, str]]:
    return [(row.subject.point, row.outcome.value) for row in rows]


def test_few_cases_say_the_same_as_the_whole_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fast = judged(tmp_path / "fast", capsys, whole=False)
    whole = judged(tmp_path / "whole", capsys, whole=True)
    assert outcomes(fast) == outcomes(whole)
    known = zip(fast, CHANGES.values(), strict=True)
    assert all(row.outcome is outcome for row, outcome in known if outcome)
    every = load_plan(PLAN).expected_cases
    assert {len(row.verdicts) for row in whole} == {every}
    for row, rest in zip(fast, whole, strict=True):
        assert set(row.failed_cases) <= set(rest.failed_cases)
        if row.outcome is Outcome.CAUGHT:
            assert len(row.failed_cases) == 1
            assert row.not_needed + row.untouched > 0
            assert row.place_named is True
