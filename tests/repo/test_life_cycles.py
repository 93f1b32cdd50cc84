"""Every life cycle of the pack has a machine or a written reason, and the list of them is true."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from fixtures import load_pack
from lab.kit import catalogue
from lab.model.case import Case

ROOT = Path(__file__).resolve().parents[2]
PROPERTY = ROOT / "suites" / "property"
LISTED = tomllib.loads((PROPERTY / "lifecycles.toml").read_text("utf-8"))
CASE = re.compile(r"TC-[A-Z]{3}-[A-Z0-9-]+")
LEAST_REASON = 40  # characters


def table() -> dict[str, Any]:
    return dict(load_pack().lifecycles)


@cache
def cases() -> dict[str, Case]:
    for path in sorted((ROOT / "suites").glob("*/tc_*.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return {row.case.id: row.case for row in catalogue()}


@cache
def driven() -> dict[str, set[str]]:
    """Return which life cycles a function of the property suite drives, by the ids of its cases.

    A case drives what it names in `run("...")`, itself or in a function of its module it calls.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(PROPERTY.glob("tc_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        runs = {name: names_run(node) for name, node in functions.items()}
        for name, node in functions.items():
            called = {c.func.id for c in calls(node) if isinstance(c.func, ast.Name)}
            driving = runs[name].union(*(runs[one] for one in called & set(functions)))
            for decorator in (d for d in node.decorator_list if isinstance(d, ast.Call)):
                first = decorator.args[0]
                if driving and isinstance(first, ast.Constant):
                    found[str(first.value)] = driving
    return found


def calls(node: ast.AST) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def names_run(node: ast.AST) -> set[str]:
    return {
        str(one.args[0].value)
        for one in calls(node)
        if isinstance(one.func, ast.Name) and one.func.id == "run"
        and one.args and isinstance(one.args[0], ast.Constant)
    }  # fmt: skip


def test_every_life_cycle_has_a_machine_or_a_written_reason() -> None:
    with_machine, without = set(LISTED["machines"]), set(LISTED["without"])
    assert with_machine | without == set(table())
    assert not with_machine & without
    assert all(LISTED["machines"].values())
    assert all(len(reason) >= LEAST_REASON for reason in LISTED["without"].values())


def test_the_machines_are_those_of_the_suites() -> None:
    listed = {case: name for name, ids in LISTED["machines"].items() for case in ids}
    assert {case: {name} for case, name in listed.items()} == driven()
    assert all(cases()[case].generated for case in listed)


def test_what_is_said_of_other_steps_is_about_steps_and_cases_that_exist() -> None:
    for name, said in LISTED["other_steps"].items():
        steps = {f"{one['from']} > {one['to']}" for one in table()[name]["transitions"]}
        assert set(said) <= steps, name
        for step, why in said.items():
            is_case = CASE.fullmatch(why) is not None
            assert why in cases() if is_case else len(why) >= LEAST_REASON, (name, step)


def test_reasons_name_cases_that_exist() -> None:
    told = [
        *LISTED["without"].values(),
        *(w for s in LISTED["other_steps"].values() for w in s.values()),
    ]
    named = {case.rstrip("-") for reason in told for case in CASE.findall(reason)}
    assert named
    assert named <= set(cases())
