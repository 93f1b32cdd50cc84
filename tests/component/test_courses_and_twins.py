"""Machines of life cycles, races, laws of money, twins: good, caught, nothing for nulls."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from fixtures import load_pack
from lab.kit.case import catalogue
from lab.kit.session import CaseSession
from lab.model.roles import load_roles, role_of
from lab.model.verdict import Verdict
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from reference_impl.faults import nulls
from tests.support import case_bench

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "fixtures" / "faults"
LISTED = tomllib.loads((ROOT / "suites/property/lifecycles.toml").read_text("utf-8"))
FEW = 3
MARKS = tuple(f"-PROP-{name}-" for name in ("LC", "META", "RACE", "MONEY", "CLOCK"))
KNOWN = [
    one
    for role in load_roles()
    for one in load_subjects(FAULTS, role)
    if one.kind is SubjectKind.FAULT
    and any(mark in case for case in one.expected_cases for mark in MARKS)
]
PROOFS = [one for one in KNOWN if one.id.split("-")[2].startswith("7")]


class Reference:
    """The good reference before each case, judged once; `offered` are steps of life cycles."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.sessions: dict[str, CaseSession] = {}
        self.offered: dict[str, set[tuple[str, str, str]]] = {}

    def judged(self, role: str, case: str, patched: pytest.MonkeyPatch) -> CaseSession:
        if case not in self.sessions:
            observe = CaseSession.observe

            def observed(session: CaseSession, what: str, data: dict[str, Any]) -> None:
                if what == "life cycle":
                    steps = self.offered.setdefault(str(data["name"]), set())
                    steps.update((str(a), str(b), str(c)) for a, b, c in data["offered"])
                observe(session, what, data)

            patched.setattr(CaseSession, "observe", observed)
            patched.setattr(case_bench, "EXAMPLES", FEW)  # all of them run in calibration
            (self.sessions[case],) = case_bench.judged(role, [case], self.state)
        return self.sessions[case]


@pytest.fixture(scope="module")
def reference(state: Path) -> Reference:
    return Reference(state)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case_bench.import_suites()
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.mark.parametrize("fault", PROOFS, ids=lambda one: one.id)
def test_a_course_passes_the_reference_and_catches_its_fault(
    reference: Reference, state: Path, fault: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = fault.expected_cases
    with monkeypatch.context() as patched:
        good = reference.judged(fault.role, case, patched)
    assert good.verdict is Verdict.PASS, [one.observed for one in good.findings]
    assert good.accepted_inputs > 0 or not good.case.generated
    (caught,) = case_bench.judged(fault.role, [case], state, fault.id)
    assert caught.verdict is Verdict.FAIL
    assert {one.requirement_id for one in caught.findings} == {fault.requirement}


@pytest.mark.parametrize("name", sorted(LISTED["machines"]))
def test_each_step_is_set_off_by_a_machine_or_said_to_be_elsewhere(
    reference: Reference, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = {row.case.id: row.case.role for row in catalogue()}
    for case in LISTED["machines"][name]:
        with monkeypatch.context() as patched:
            reference.judged(roles[case], case, patched)
    steps = {(s["from"], s["by"], s["to"]) for s in load_pack().lifecycles[name]["transitions"]}
    left = {f"{start} > {to}" for start, _, to in steps - reference.offered[name]}
    assert left == set(LISTED["other_steps"].get(name, {}))


@pytest.mark.parametrize("kind", sorted(set(nulls.KINDS) - {"silent"}))
def test_who_does_nothing_earns_nothing(state: Path, kind: str) -> None:
    for role in sorted({one.role for one in PROOFS}):
        cases = [case for one in PROOFS if one.role == role for case in one.expected_cases]
        sessions = case_bench.judged_null(role, cases, state, kind)
        assert all(one.verdict is not Verdict.PASS for one in sessions), (role, kind)


def test_every_course_has_a_fault() -> None:
    known = {case for one in KNOWN for case in one.expected_cases}
    case_bench.import_suites()
    wanted = {row.case.id for row in catalogue() if any(mark in row.case.id for mark in MARKS)}
    assert wanted == {case for case in known if any(mark in case for mark in MARKS)}
    assert all(role_of(one.role).is_server for one in PROOFS)
