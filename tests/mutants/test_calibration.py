"""The suites prove themselves: a survivor, a wrong accusation or an unproven case fails this.

Inputs per law are few and against a fault only its named cases run; `make calibrate` runs it all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def calibrate(role: str, out: Path, *, jobs: int) -> dict[str, object]:
    done = subprocess.run(
        [
            sys.executable, "-m", "lab.cli.main", "calibrate", "--role", role, "--named",
            "--examples", "6", "--jobs", str(jobs), "--out", str(out),
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    looked_at = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("OK "))
    assert done.returncode == 0, looked_at + done.stderr[-2000:]
    matrix: dict[str, object] = json.loads((out / "matrix.json").read_text("utf-8"))
    return matrix


def outcomes(matrix: dict[str, object]) -> dict[str, str]:
    rows = matrix["rows"]
    assert isinstance(rows, list)
    return {row["subject"]["id"]: row["outcome"] for row in rows}


def test_purchaser_suites_are_proven(tmp_path: Path) -> None:
    found = outcomes(calibrate("purchaser_system", tmp_path, jobs=2))
    faults = {k: v for k, v in found.items() if k.startswith("FLT-")}
    assert len(faults) >= 24
    assert set(faults.values()) == {"caught"}
    assert len([k for k in found if k.startswith("VAR-")]) >= 6
    assert len([k for k in found if k.startswith("NULL-")]) == 5


def test_pharmacy_suites_are_proven(tmp_path: Path) -> None:
    found = outcomes(calibrate("pharmacy_system", tmp_path, jobs=1))
    faults = {k: v for k, v in found.items() if k.startswith("FLT-")}
    assert len(faults) >= 10
    assert set(faults.values()) == {"caught"}
