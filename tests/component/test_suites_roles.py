"""Hand-written cases of the roles around the record and of trust: sound, and proven by faults.

The reference passes every case; every fault fails each case named for it, for its requirement. The
cases that all roles share are proven by `mafalab calibrate`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.faults import __file__ as faults_file
from lab.kit.case import registered
from lab.model.verdict import Verdict
from lab.validation.corpus import SubjectKind, load_subjects
from tests.component.case_bench import import_suites, judged

FAULTS = Path(faults_file).parent
ROLES = (
    "support_portal",
    "sepas_monitor",
    "issue_tracker",
    "ehr_viewer",
    "citizen_service",
    "ehr",
    "esign_service",
    "health_ca",
    "registration_authority",
    "exchange_centre",
    "gateway",
)
SLOW = frozenset({"TC-EHR-WF-REC-007"})


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import_suites()
    return tmp_path_factory.mktemp("exchange")


def own_faults(role: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Faults of this role alone: id, requirement and the cases they must fail."""
    return [
        (one.id, one.requirement, one.expected_cases)
        for one in load_subjects(FAULTS, role)
        if one.kind is SubjectKind.FAULT and "-SRV-" not in one.id
    ]


@pytest.mark.parametrize("role", ROLES)
def test_the_reference_passes(role: str, state: Path) -> None:
    cases = sorted({case for _, _, named in own_faults(role) for case in named} - SLOW)
    assert len(cases) >= 5
    assert all(registered(case).case.role == role for case in cases)
    wrong = {
        one.case.id: [(found.title, found.observed) for found in one.findings]
        for one in judged(role, cases, state)
        if one.verdict is not Verdict.PASS
    }
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_a_fault_fails_its_cases_for_its_requirement(role: str, state: Path) -> None:
    """One fault of every role here; `mafalab calibrate` tries all of them."""
    fault, requirement, cases = own_faults(role)[0]
    for one in judged(role, cases, state, fault):
        failed = {found.requirement_id for found in one.findings}
        assert (one.verdict, requirement in failed) == (Verdict.FAIL, True), one.case.id
