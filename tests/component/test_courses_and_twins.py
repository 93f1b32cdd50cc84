"""Machines of life cycles and metamorphic twins: good, caught by their fault, nothing for nulls."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.kit.case import catalogue
from lab.model.roles import load_roles, role_of
from lab.model.verdict import Verdict
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from reference_impl.faults import nulls
from tests.support import case_bench

FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
FEW = 3
MARKS = ("-PROP-LC-", "-PROP-META-")


def _proofs() -> list[Subject]:
    return [
        one
        for role in load_roles()
        for one in load_subjects(FAULTS, role)
        if one.kind is SubjectKind.FAULT and one.id.split("-")[2].startswith("7")
        and any(mark in case for case in one.expected_cases for mark in MARKS)
    ]  # fmt: skip


PROOFS = _proofs()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case_bench.import_suites()
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.mark.parametrize("fault", PROOFS, ids=lambda one: one.id)
def test_a_course_passes_the_reference_and_catches_its_fault(
    state: Path, fault: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(case_bench, "EXAMPLES", FEW)  # all of them run in calibration
        (good,) = case_bench.judged(fault.role, fault.expected_cases, state)
    assert good.verdict is Verdict.PASS, [one.observed for one in good.findings]
    assert good.accepted_inputs > 0
    (caught,) = case_bench.judged(fault.role, fault.expected_cases, state, fault.id)
    assert caught.verdict is Verdict.FAIL
    assert [one.requirement_id for one in caught.findings] == [fault.requirement]


@pytest.mark.parametrize("kind", sorted(set(nulls.KINDS) - {"silent"}))
def test_who_does_nothing_earns_nothing(state: Path, kind: str) -> None:
    for role in sorted({one.role for one in PROOFS}):
        cases = [case for one in PROOFS if one.role == role for case in one.expected_cases]
        sessions = case_bench.judged_null(role, cases, state, kind)
        assert all(one.verdict is not Verdict.PASS for one in sessions), (role, kind)


def test_every_course_has_a_fault() -> None:
    known = {case for one in PROOFS for case in one.expected_cases}
    case_bench.import_suites()
    wanted = {row.case.id for row in catalogue() if any(mark in row.case.id for mark in MARKS)}
    assert wanted == known
    assert all(role_of(one.role).is_server for one in PROOFS)
