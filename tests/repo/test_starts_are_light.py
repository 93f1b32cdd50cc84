"""Commands of every day start without what only other commands need.

No clock: which modules a start imports decides how long it takes, on any machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATORS = {"hypothesis", "schemathesis", "jsonschema", "pytest", "_pytest"}
STATISTICS = {"scipy", "numpy"}
SERVERS = {"starlette", "uvicorn", "sqlalchemy", "mitmproxy", "locust", "reference_impl", "suites"}
HEAVY = GENERATORS | STATISTICS | SERVERS
EVERYTHING = HEAVY | {"pydantic", "cryptography", "yaml", "fixtures", "reports", "jsonschema_rs"}


def imported(code: str) -> set[str]:
    """Return the top names of all modules a fresh process has after some code."""
    told = f"{code}\nimport sys\nprint('MODULES', *{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.rpartition("MODULES")[2].split())


def typed(*words: str) -> str:
    return (
        "from lab.cli.main import main\n"
        f"try:\n    main({list(words)!r})\nexcept SystemExit:\n    pass"
    )


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        (typed("--help"), EVERYTHING),
        (typed("run", "--help"), HEAVY),
        (typed("catalogue", "show", "ERX-9-1-5-A"), HEAVY),
        ("import lab.cli.doctor, lab.cli.preflight, lab.cli.sample_message", HEAVY),
        ("import lab.campaign, lab.cli.report", HEAVY),
    ],
    ids=["help", "run --help", "catalogue show", "doctor", "run"],
)
def test_a_start_imports_only_what_it_needs(code: str, unwanted: set[str]) -> None:
    found = imported(code)
    assert "lab" in found
    assert not found & unwanted
