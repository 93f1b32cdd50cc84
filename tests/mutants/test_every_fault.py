"""Every role's own cases, judged one by one in this process: sound, and proven by seeded faults.

The reference passes every case that a fault names; every fault fails each case named for it, for
its own requirement. `make test` takes all faults of the purchaser and some of every other role,
drawn by the hash of the suites; `MAFALAB_FAULTS=all` takes all of them. Cases that all roles share
are proven by whole campaigns (`test_calibration.py`, `make calibrate`).
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from fixtures.faults import __file__ as faults_file
from lab.campaign.freeze import suite_hash
from lab.kit.case import registered
from lab.model.roles import server_roles
from lab.model.verdict import Verdict
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from tests.support.case_bench import import_suites, judged

FAULTS = Path(faults_file).parent
EACH = 2  # faults of every role but the purchaser
WHOLE = "purchaser_system"
SLOW = frozenset({"TC-EHR-WF-REC-007", "TC-VAS-SEC-DATA-007"})  # 200 stored results each
CHUNK = 12  # cases of one exchange
pytestmark = pytest.mark.slow


def own_faults(role: str) -> list[Subject]:
    """Return the faults of this role alone."""
    return [
        one
        for one in load_subjects(FAULTS, role)
        if one.kind is SubjectKind.FAULT and "-SRV-" not in one.id
    ]


def drawn() -> list[tuple[str, str]]:
    """Return role and id of the faults this run looks at."""
    chance = random.Random(suite_hash())  # noqa: S311 - a sample, no secret
    found: list[tuple[str, str]] = []
    for role in server_roles():
        faults = [f for f in own_faults(role.id) if not SLOW & set(f.expected_cases)]
        if role.id != WHOLE and os.environ.get("MAFALAB_FAULTS") != "all":
            faults = chance.sample(faults, min(EACH, len(faults)))
        found += [(role.id, fault.id) for fault in faults]
    return found


def named_cases() -> list[tuple[str, tuple[str, ...]]]:
    """Return every case that a fault names, by role, in parts of one exchange each."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for role in server_roles():
        named = {case for fault in own_faults(role.id) for case in fault.expected_cases}
        cases = sorted(named - SLOW)
        found += [(role.id, tuple(cases[i : i + CHUNK])) for i in range(0, len(cases), CHUNK)]
    return found


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import_suites()
    return tmp_path_factory.mktemp("exchange")


@pytest.mark.parametrize(
    ("role", "cases"), named_cases(), ids=lambda v: v if isinstance(v, str) else v[0]
)
def test_the_reference_passes(role: str, cases: tuple[str, ...], state: Path) -> None:
    assert all(registered(case).case.role == role for case in cases)
    last = sorted(cases, key=lambda case: registered(case).case.exclusive)  # as campaigns do
    wrong = {
        one.case.id: [(found.title, found.observed) for found in one.findings]
        for one in judged(role, last, state)
        if one.verdict is not Verdict.PASS
    }
    assert not wrong


@pytest.mark.parametrize(("role", "fault"), drawn())
def test_a_fault_fails_its_cases_for_its_requirement(role: str, fault: str, state: Path) -> None:
    subject = next(one for one in own_faults(role) if one.id == fault)
    assert subject.expected_cases
    told = {
        one.case.id: (one.verdict, {found.requirement_id for found in one.findings})
        for one in judged(role, subject.expected_cases, state, fault)
    }
    assert {case for case, (verdict, _) in told.items() if verdict is not Verdict.FAIL} == set()
    assert any(subject.requirement in blamed for _, blamed in told.values()), told
