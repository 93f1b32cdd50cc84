"""The suites judge a server that shares nothing with us: Flask, written from the pack alone.

It conforms; with any of ten planted mistakes it fails the named case for the right requirement.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.cli.children import mafalab
from lab.model.campaign import ResultDocument
from lab.model.sut import Ixit
from lab.model.verdict import Blame, Verdict
from tests.foreign.insurance_rules_flask import MISTAKES
from tests.support.case_bench import import_suites, judged_at

ROOT = Path(__file__).resolve().parents[2]
ROLE = "insurance_rule_service"
OURS = {"lab", "suites", "fixtures", "reference_impl", "reports"}
CAUGHT = {
    "rounds_down": ("TC-IRS-SEM-COST-001", "ERX-8-6-I"),
    "nonce_forgotten": ("TC-IRS-SEC-SEAL-005", ""),
    "status_not_asked": ("TC-IRS-SEC-SEAL-003", ""),
    "last_member_wins": ("TC-IRS-SEC-USE-004", ""),
    "window_short": ("TC-IRS-SEM-BANK-003", "RM-INS-CAP"),
    "ids_for_all": ("TC-IRS-WF-TRACK-002", "ERX-9-1-4-D"),
    "overrides_rejections": ("TC-IRS-WF-OVERRIDE-001", "ERX-8-6-G"),
    "trial_counted": ("TC-IRS-WF-AUDIT-001", "RM-INS-RULEBANK"),
    "key_alone": ("TC-IRS-PROP-IDEM-002", ""),
    "health_ignored": ("TC-IRS-WF-UNIFIED-001", "ERX-8-6-N2-B"),
}
"""Mistake -> the case that must fail, and the requirement its finding must name."""


@dataclass(frozen=True)
class Around:
    """The exchange around the foreign service."""

    gateway: str
    services: str
    status: str
    credentials: str


@contextmanager
def started(*command: str) -> Iterator[dict[str, str]]:
    """Run a program that prints one JSON line when it is ready."""
    child = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield json.loads(child.stdout.readline())
    finally:
        child.stdin.close()
        child.terminate()
        child.wait(20)
        child.stdout.close()


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    state = tmp_path_factory.mktemp("exchange")
    with started("reference_impl.topology", "up", "--state", str(state), "--port", "0") as ready:
        yield Around(
            ready["gateway"], ready["services"], ready["status"], str(state / "credentials")
        )


@contextmanager
def foreign(around: Around, mistake: str = "") -> Iterator[str]:
    """Run the Flask service and give its address."""
    with started(
        "tests.foreign.insurance_rules_flask",
        "--pack", str(ROOT / "fixtures" / "pack" / "erx-1401"),
        "--credentials", around.credentials,
        "--services", around.services,
        "--mistake", mistake,
    ) as ready:  # fmt: skip
        yield ready["address"]


def ixit(around: Around, address: str) -> Ixit:
    return Ixit(
        base_url=address,
        environment_url=around.gateway,
        status_url=around.status,
        credentials=around.credentials,
    )


def test_it_imports_nothing_of_ours() -> None:
    found = set()
    for path in (ROOT / "tests" / "foreign").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(path.name, one.name) for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, "relative imports would hide where a name comes from"
                found.add((path.name, str(node.module)))
    assert any(name == "flask" for _, name in found)
    ours = {row for row in found if row[1].partition(".")[0] in OURS}
    inside = {row for row in found if row[1].startswith("tests") and "tests.foreign" not in row[1]}
    assert not ours | inside


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_caught(around: Around, mistake: str) -> None:
    import_suites()
    case_id, requirement = CAUGHT[mistake]
    with foreign(around, mistake) as address:
        [session] = judged_at(ROLE, [case_id], ixit(around, address))
    assert session.verdict is Verdict.FAIL, session.findings
    assert {one.blame for one in session.findings} == {Blame.SUT}
    named = {one.requirement_id for one in session.findings}
    assert requirement in named if requirement else named <= set(session.case.requirements)


@pytest.mark.slow
def test_it_conforms(around: Around, tmp_path: Path) -> None:
    with foreign(around) as address:
        where = ixit(around, address).model_dump(exclude_none=True, exclude_defaults=True)
        lines = [f"{name} = {json.dumps(value)}" for name, value in where.items()]
        sut = tmp_path / "sut.toml"
        head = f'role = "{ROLE}"\n[product]\nvendor = "Foreign"\nproduct = "Flask"\nversion = "1"\n'
        sut.write_text(head + "[ixit]\n" + "\n".join(lines) + "\n", "utf-8")
        done = mafalab(
            "run", "--sut", sut, "--plan", "insurance-rule-certification",
            "--out", tmp_path / "out", "--seed", "1401", "--no-report",
        )  # fmt: skip
    document = (tmp_path / "out" / "result.json").read_bytes()
    result = ResultDocument.model_validate_json(document)
    assert not [
        (row.case.id, row.verdict.value, row.findings[:1])
        for row in result.cases
        if row.verdict not in {Verdict.PASS, Verdict.NONE}
    ]
    assert done.code == 0, done.err
