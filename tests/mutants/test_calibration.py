"""The suites prove themselves: a survivor or a wrong accusation fails this.

`make test` takes a sample of the seeded faults and legal variants, few inputs per law, and against
a fault only its named cases; `make calibrate` runs it all. That every case has a fault which proves
it is counted by `tests/component/test_cli_catalogue.py`. Which subjects are drawn follows from the
hash of the suites: the same tree always draws the same, another tree looks at others.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.campaign.freeze import suite_hash
from lab.validation.corpus import Subject, SubjectKind, load_subjects

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "fixtures" / "faults"
EACH = {"purchaser_system": 2, "pharmacy_system": 12}  # faults per kind of suite
LEGAL = 4  # variants; each is a whole campaign
pytestmark = pytest.mark.slow


def drawn(role: str) -> list[str]:
    """Return ids: some faults of every kind of suite, some variants, all null implementations."""
    chance = random.Random(suite_hash())  # noqa: S311 - a sample, no secret
    groups: dict[tuple[SubjectKind, str], list[Subject]] = defaultdict(list)
    for subject in load_subjects(FAULTS, role):
        groups[subject.kind, subject.suite].append(subject)
    found: list[Subject] = []
    for (kind, _), subjects in sorted(groups.items()):
        most = {SubjectKind.FAULT: EACH[role], SubjectKind.VARIANT: LEGAL}.get(kind, len(subjects))
        found += chance.sample(subjects, min(most, len(subjects)))
    return [subject.id for subject in found if subject.kind is not SubjectKind.REFERENCE]


def calibrate(role: str, ids: Sequence[str], out: Path, *, jobs: int) -> dict[str, str]:
    """Run the calibration of these subjects and the reference; return outcomes by id."""
    only = [part for name in ids for part in ("--only", name)]
    done = subprocess.run(
        [
            sys.executable, "-m", "lab.cli.main", "calibrate", "--role", role, "--named",
            "--examples", "6", "--jobs", str(jobs), "--out", str(out), *only,
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    looked_at = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("OK "))
    assert done.returncode == 0, looked_at + done.stderr[-2000:]
    matrix = json.loads((out / "matrix.json").read_text("utf-8"))
    return {row["subject"]["id"]: row["outcome"] for row in matrix["rows"]}


def starting(ids: Sequence[str], start: str) -> list[str]:
    return [name for name in ids if name.startswith(start)]


def outcomes(found: dict[str, str], start: str) -> dict[str, str]:
    return {name: outcome for name, outcome in found.items() if name.startswith(start)}


def test_the_same_tree_draws_the_same_of_every_kind() -> None:
    ids = drawn("purchaser_system")
    assert ids == drawn("purchaser_system")
    assert len(starting(ids, "FLT-")) >= 5 * EACH["purchaser_system"]
    assert len(starting(ids, "VAR-")) == LEGAL
    assert len(starting(ids, "NULL-")) == 5
    kinds = {s.suite for s in load_subjects(FAULTS, "purchaser_system") if s.id in ids}
    assert {"contract", "property", "workflow", "semantic", "security"} <= kinds


def test_purchaser_suites_are_proven(tmp_path: Path) -> None:
    ids = drawn("purchaser_system")
    found = calibrate("purchaser_system", ids, tmp_path, jobs=2)
    assert found["REFERENCE"] == "accepted"
    assert outcomes(found, "FLT-") == dict.fromkeys(starting(ids, "FLT-"), "caught")
    assert outcomes(found, "VAR-") == dict.fromkeys(starting(ids, "VAR-"), "accepted")
    assert outcomes(found, "NULL-") == dict.fromkeys(starting(ids, "NULL-"), "earned_nothing")


def test_pharmacy_suites_are_proven(tmp_path: Path) -> None:
    ids = drawn("pharmacy_system")
    found = calibrate("pharmacy_system", ids, tmp_path, jobs=1)
    assert found["REFERENCE"] == "accepted"
    assert outcomes(found, "FLT-") == dict.fromkeys(starting(ids, "FLT-"), "caught")
    assert outcomes(found, "NULL-") == dict.fromkeys(starting(ids, "NULL-"), "earned_nothing")
