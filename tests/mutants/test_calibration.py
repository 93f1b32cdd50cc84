"""The suites prove themselves: a survivor or a wrong accusation fails this.

`make test` takes the clean reference of every role and a sample of the rest, few inputs per law,
and against a fault only its named cases; `make calibrate` runs it all (`MAFALAB_FAULTS=all` here).
That every case has a fault which proves it is counted by `tests/component/test_cli_catalogue.py`.
Which subjects are drawn follows from the hash of the suites: the same tree always draws the same,
another tree looks at others.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.campaign.freeze import suite_hash
from lab.model.roles import load_roles
from lab.validation.corpus import Subject, SubjectKind, load_subjects

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "fixtures" / "faults"
DEEP = "purchaser_system"  # the largest role; its kinds of suites are all drawn from
OF_EACH_KIND = 3  # its faults per kind of suite
OWN, COMMON = 1, 1  # faults of every other role: its own, and those of all servers
EXPECTED = {
    SubjectKind.REFERENCE: "accepted",
    SubjectKind.FAULT: "caught",
    SubjectKind.VARIANT: "accepted",
    SubjectKind.NULL: "earned_nothing",
    SubjectKind.MISCONFIGURATION: "excused",
}
pytestmark = pytest.mark.slow


def named(subject: Subject) -> str:
    return f"{subject.role}/{subject.id}"


def drawn() -> list[Subject]:
    """Return the references, and some faults, variants, nulls and misconfigurations."""
    chance = random.Random(suite_hash())  # noqa: S311 - a sample, no secret
    found: list[Subject] = []
    for role in load_roles():
        subjects = load_subjects(FAULTS, role)
        groups: dict[str, list[Subject]] = defaultdict(list)
        for subject in subjects:
            groups[group(subject)].append(subject)
        for name, members in sorted(groups.items()):
            found += chance.sample(members, min(most(role, name), len(members)))
    return found


def group(subject: Subject) -> str:
    if subject.kind is not SubjectKind.FAULT:
        return subject.kind.value
    if subject.role == DEEP:
        return f"fault {subject.suite}"
    return "common" if "-SRV-" in subject.id else "own"


def most(role: str, name: str) -> int:
    whole = os.environ.get("MAFALAB_FAULTS") == "all"
    if whole and name.split(maxsplit=1)[0] in {"own", "fault"}:
        return sys.maxsize
    deep = role == DEEP
    return {
        "reference": 1,
        "own": OWN,
        "common": COMMON,
        "variant": 2 if deep else int(role == "siam"),
        "null": 5 if deep else int(role in {"siam", "pharmacy_system"}),
        "misconfiguration": 3 if role == "ttac" else 0,
    }.get(name, OF_EACH_KIND)


def calibrate(subjects: Sequence[Subject], out: Path) -> dict[str, str]:
    """Run the calibration of these subjects; return outcomes by role and id."""
    only = [part for subject in subjects for part in ("--only", named(subject))]
    done = subprocess.run(
        [
            sys.executable, "-m", "lab.cli.main", "calibrate", "--named", "--examples", "3",
            "--jobs", "2", "--out", str(out), *only,
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip
    looked_at = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("OK "))
    assert done.returncode == 0, looked_at + done.stderr[-2000:]
    proof = json.loads((out / "matrix.json").read_text("utf-8"))
    return {
        f"{row['subject']['role']}/{row['subject']['id']}": row["outcome"]
        for matrix in proof["roles"]
        for row in matrix["rows"]
    }


def test_the_same_tree_draws_the_same_of_every_kind() -> None:
    subjects = drawn()
    assert subjects == drawn()
    assert {subject.kind for subject in subjects} == set(EXPECTED)
    assert {s.role for s in subjects if s.kind is SubjectKind.FAULT} == set(load_roles())
    kinds = {subject.suite for subject in subjects if subject.role == DEEP}
    assert {"contract", "property", "workflow", "semantic", "security"} <= kinds


def test_the_suites_of_all_roles_are_proven(tmp_path: Path) -> None:
    subjects = drawn()
    found = calibrate(subjects, tmp_path)
    assert found == {named(subject): EXPECTED[subject.kind] for subject in subjects}
