"""Rules of the house that hold for the whole repository."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("lab", "suites", "fixtures", "reference_impl", "reports")
ALLOWED_TOP_LEVEL = {
    "pyproject.toml", "suites", "fixtures", "reference_impl", "reports", "lab", "tests",
    "README.md", "Makefile", "requirements.lock", "CHANGELOG.md", "docs",
}  # fmt: skip


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).exists()]


def python_sources() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in SOURCES]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_top_level_is_the_agreed_one() -> None:
    names = {p.relative_to(ROOT).parts[0] for p in tracked()}
    strangers = {n for n in names if not n.startswith(".")} - ALLOWED_TOP_LEVEL
    assert not strangers


def test_no_bags() -> None:
    bags = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not [p for p in python_sources() if p.stem in bags or bags & set(p.parts)]


def test_files_stay_readable() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in python_sources()
        if (n := len(p.read_text("utf-8").splitlines())) > 450
    }
    assert not long


def test_adr_numbers_are_unique() -> None:
    numbers = Counter(
        m.group(1) for p in (ROOT / "docs/adr").glob("*.md") if (m := re.match(r"(\d{4})-", p.name))
    )
    assert numbers
    assert max(numbers.values()) == 1


def test_lock_names_no_registry() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert "--hash=sha256:" in text


def test_every_dependency_is_justified() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.split("dependencies = [", 1)[1].split("\n]", 1)[0]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert lines
    assert not [line for line in lines if "#" not in line]
