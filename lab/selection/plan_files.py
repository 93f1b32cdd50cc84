"""Plans of the server roles, written from one rule per level; counts are what the catalogue gives.

A plan file stays the statement a campaign is held to: a lost case is noticed because the number in
the file no longer fits. `mafalab catalogue plans --write` makes files that are missing and corrects
numbers; without `--write` it says where they are off.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from fixtures import load_pack
from lab.model.case import Case, Plan
from lab.model.roles import SUITES, Role, load_roles
from lab.selection.inspections import items_of, matching

_INSPECTED = re.compile(r"^expected_inspections = \d+", re.MULTILINE)
_COUNT = re.compile(r"^expected_cases = \d+", re.MULTILINE)


@dataclass(frozen=True)
class Level:
    """One kind of plan: which cases (after the prefix), which suites, how many inputs per law."""

    name: str
    title: str
    suites: tuple[str, ...]
    include: tuple[str, ...]
    examples: int
    note: str
    inspections: tuple[str, ...] = ()  # patterns of inspection items; none for most levels


_EVERY = ("INS-*",)
_STANDING = ("INS-CERT-*", "INS-NET-*", "INS-SUP-*")
"""What changes without a new version: certificates, connections, support."""
_ALL = ("workflow", "semantic", "contract", "property", "security")
LEVELS = (
    Level("certification", "certification", _ALL, ("*",), 15, "Everything the role is held to.",
        _EVERY,
    ),
    Level(
        "self-test", "self-test before a campaign", _ALL, ("*",), 5,
        "All cases with few inputs per law: for the desk of the vendor, it certifies nothing.",
        _EVERY,
    ),
    Level(
        "smoke", "first look", _ALL,
        ("WF-SANITY-*", "CON-UNKNOWN-001", "SEC-SEAL-001", "SEC-TLS-001", "SEC-USE-006"), 5,
        "A first look in seconds. It certifies nothing.",
    ),
    Level(
        "surveillance", "surveillance of a certified product",
        ("workflow", "semantic", "security"), ("WF-*", "SEM-*", "SEC-*"), 10,
        "Between two certifications: does the product in service still behave as certified?",
        _STANDING,
    ),
    Level(
        "delta", "delta after a change of the product", ("workflow", "semantic", "contract"),
        ("WF-*", "SEM-*", "CON-*"), 10,
        "After a change within a major version: contract, meaning and sequences once more.",
    ),
)  # fmt: skip


_SCHEME_LEVEL = {"certification": "basic"}
"""Name of a level as the schemes of the pack write it."""


@dataclass(frozen=True)
class Difference:
    """A plan file that does not fit the catalogue; `text` is what it should be.

    `stated` and `found` are cases and inspections.
    """

    path: Path
    stated: tuple[int, int] | None
    found: tuple[int, int]
    text: str


def differences(catalogue: Sequence[Case], suites: Path = SUITES) -> Iterator[Difference]:
    """Yield every plan that is missing, counts wrongly, or lacks the inspections of its level."""
    for role in load_roles(suites).values():
        if role.is_server and role.shared:
            yield from _of_role(role, catalogue, suites)
    for path in sorted((suites / "plans").glob("*.toml")):
        text = path.read_text("utf-8")
        plan = Plan.model_validate(tomllib.loads(text))
        fixed = _corrected(text, path.stem, catalogue)
        if fixed != text:
            stated = (plan.expected_cases, plan.expected_inspections)
            yield Difference(path, stated, _counts(fixed, catalogue), fixed)


def _corrected(text: str, name: str, catalogue: Sequence[Case]) -> str:
    """Return the text of a plan with inspections of its level and both counts as they are."""
    plan = Plan.model_validate(tomllib.loads(text))
    level = next((one for one in LEVELS if name.endswith(f"-{one.name}")), None)
    if level is not None and not re.search(r"^inspections = ", text, re.MULTILINE):
        items = items_of(load_pack(), plan.role)
        patterns = [one for one in level.inspections if matching(items, (one,))]
        if patterns:
            listed = ", ".join(f'"{one}"' for one in patterns)
            lines = f"\\g<0>\ninspections = [{listed}]\nexpected_inspections = 0"
            text = _COUNT.sub(lines, text, count=1)
    cases, inspections = _counts(text, catalogue)
    text = _COUNT.sub(f"expected_cases = {cases}", text)
    return _INSPECTED.sub(f"expected_inspections = {inspections}", text)


def _counts(text: str, catalogue: Sequence[Case]) -> tuple[int, int]:
    plan = Plan.model_validate(tomllib.loads(text))
    inspections = matching(items_of(load_pack(), plan.role), plan.inspections)
    return count(plan, catalogue), len(inspections)


def count(plan: Plan, catalogue: Sequence[Case]) -> int:
    """Return how many cases the plan takes in."""
    return sum(
        case.role == plan.role
        and case.suite in plan.suites
        and any(fnmatchcase(case.id, pattern) for pattern in plan.include)
        and not any(fnmatchcase(case.id, pattern) for pattern in plan.exclude)
        for case in catalogue
    )


def _of_role(role: Role, catalogue: Sequence[Case], suites: Path) -> Iterator[Difference]:
    mine = [case for case in catalogue if case.role == role.id]
    if not mine:
        return  # its service is not mounted yet, or nobody has written its messages
    for level in LEVELS:
        name = f"{role.plan.removesuffix('-certification')}-{level.name}"
        path = suites / "plans" / f"{name}.toml"
        patterns = [
            pattern
            for pattern in (f"TC-{role.prefix}-{end}" for end in level.include)
            if any(fnmatchcase(case.id, pattern) for case in mine if case.suite in level.suites)
        ]
        if patterns and not path.exists():
            text = _corrected(_text(name, role, level, patterns), name, catalogue)
            yield Difference(path, None, _counts(text, catalogue), text)


def _text(name: str, role: Role, level: Level, patterns: list[str]) -> str:
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    suites = ", ".join(f'"{suite}"' for suite in level.suites)
    title = role.id.replace("_", " ").capitalize()
    return f"""# {level.note}
id = "{name}"
title = "{title}: {level.title}"
scheme = "{role.id}"
role = "{role.id}"
level = "{_SCHEME_LEVEL.get(level.name, level.name)}"
suites = [{suites}]
include = [{listed}]
expected_cases = 1
opening = "TC-{role.prefix}-WF-SANITY-001"
closing = "TC-{role.prefix}-WF-SANITY-002"
generated_examples = {level.examples}
"""
