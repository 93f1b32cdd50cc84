"""The catalogue of purchaser cases is sound: ids, requirements, purposes, independence, plans."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from fixtures import load_pack
from lab.kit import catalogue
from lab.model.case import Case, Plan
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.selection.select import select
from suites.contract.recipes import RECIPES

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "suites"
KINDS = ("contract", "property", "workflow", "semantic", "security")
PLANS = ("purchaser-certification", "purchaser-smoke")
LONGEST_CASE = 40  # lines of code below the docstring
HELD_BACK = tomllib.loads(
    (Path(__file__).parent / "error_codes_without_case.toml").read_text("utf-8")
)["reasons"]


@cache
def modules() -> tuple[Path, ...]:
    return tuple(path for kind in KINDS for path in sorted((SUITES / kind).glob("tc_*.py")))


@cache
def cases() -> tuple[Case, ...]:
    for path in modules():
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return tuple(row.case for row in catalogue() if row.case.role == "purchaser_system")


@cache
def functions() -> dict[str, ast.FunctionDef]:
    found: dict[str, ast.FunctionDef] = {}
    for path in modules():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("tc_"):
                assert node.name not in found, f"{node.name} is defined twice"
                found[node.name] = node
    return found


def sources() -> list[Path]:
    folders = [SUITES / kind for kind in (*KINDS, "oracles")]
    return [SUITES / "journeys.py", *(path for folder in folders for path in folder.glob("*.py"))]


def test_there_are_at_least_sixty_hand_written_cases() -> None:
    assert sum(not case.generated for case in cases()) >= 60
    assert {case.suite.value for case in cases()} == set(KINDS)


def test_every_operation_of_the_contract_has_a_contract_case() -> None:
    contract = load_pack("erx-1401").contracts["purchaser"]
    operations = {
        row["operationId"]
        for item in contract["paths"].values()
        for row in item.values()
        if isinstance(row, dict) and "operationId" in row
    }
    assert set(RECIPES) == operations
    text = "".join(path.read_text("utf-8") for path in (SUITES / "contract").glob("tc_*.py"))
    assert not [name for name in operations if f'RECIPES["{name}"]' not in text]


def test_every_case_verifies_requirements_of_the_register() -> None:
    known = set(load_pack("erx-1401").requirements)
    unknown = {name for case in cases() for name in case.requirements if name not in known}
    assert not unknown


def test_every_requirement_has_a_case_or_a_written_reason() -> None:
    pack = load_pack()
    assert cases()
    for path in sorted((SUITES / "observed").glob("tc_*.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    looked_at = {name for row in catalogue() for name in row.case.requirements}
    reasons = pack.untested["reasons"].values()
    still_open = {k for row in reasons if row.get("open") for k in row["requirements"]}
    testable = {
        key
        for key, row in pack.requirements.items()
        if row["testability"] in {"automated", "observed"}
    }
    assert still_open == testable - looked_at


def test_every_ruling_exists() -> None:
    known = set(load_pack("erx-1401").rulings)
    assert not {name for case in cases() for name in case.rulings if name not in known}


def test_purposes_are_published_sentences() -> None:
    for case in cases():
        assert case.purpose.startswith("Ensure that the IUT "), case.id
        assert case.purpose.endswith("."), case.id
        assert len(case.purpose) < 160, case.id
    purposes = Counter(case.purpose for case in cases())
    assert max(purposes.values()) == 1


def test_every_case_says_given_when_then() -> None:
    for name, node in functions().items():
        text = ast.get_docstring(node) or ""
        body = text.partition("\n\n")[2]
        assert body.startswith("Given "), name
        assert re.search(r"\bwhen\b", body), name
        assert re.search(r"\bthen\b", body), name


def test_every_case_has_a_persian_title() -> None:
    for case in cases():
        assert re.search("[\u0600-\u06ff]", case.title_fa), case.id


def test_cases_are_short() -> None:
    long = {}
    for name, node in functions().items():
        first = node.body[1] if len(node.body) > 1 else node.body[0]
        lines = (node.end_lineno or 0) - first.lineno + 1
        if lines > LONGEST_CASE:
            long[name] = lines
    assert not long


def test_files_are_short() -> None:
    long = {
        path.name: count
        for path in sources()
        if (count := len(path.read_text("utf-8").splitlines())) > 420
    }
    assert not long


def test_suites_know_neither_the_reference_nor_bare_asserts_nor_sleep() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [item.name for item in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.startswith("reference_impl")], path
            assert not isinstance(node, ast.Assert), path
            if isinstance(node, ast.Attribute):
                assert node.attr != "sleep", path


def test_oracles_import_nothing_that_could_answer_for_them() -> None:
    for path in (SUITES / "oracles").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in {"lab", "fixtures"}, path
                assert "persiantools" not in (node.module or ""), path


def purchaser_codes() -> set[str]:
    """Codes that operations of the purchaser contract may answer with; others bind others."""
    pack = load_pack("erx-1401")
    groups = pack.shared["x-error-groups"]
    found: set[str] = set()
    for item in pack.contract_sources["purchaser"]["paths"].values():
        for operation in item.values():
            if not isinstance(operation, dict) or operation.get("operationId") not in RECIPES:
                continue
            found |= set(operation.get("x-error-codes", ()))
            found |= {code for name in operation["x-error-groups"] for code in groups[name]}
    return found


def test_every_error_code_is_named_by_a_case_or_held_back_with_a_reason() -> None:
    bank = purchaser_codes()
    text = "".join(path.read_text("utf-8") for path in sources())
    named = {code for code in bank if f'"{code}"' in text}
    assert len(named) > 40
    assert bank - named - set(HELD_BACK) == set()
    assert not named & set(HELD_BACK), "these have a case now; strike them from the list"
    assert set(HELD_BACK) <= set(load_pack("erx-1401").errors)
    assert all(len(reason) > 10 for reason in HELD_BACK.values())


def test_every_named_error_code_is_in_the_bank() -> None:
    bank = set(load_pack("erx-1401").errors)
    pattern = re.compile(r'code=\(?((?:"[A-Z][A-Z0-9_]+",?\s*)+)')
    for path in modules():
        for group in pattern.findall(path.read_text("utf-8")):
            for code in re.findall(r'"([A-Z][A-Z0-9_]+)"', group):
                assert code in bank, f"{code} in {path.name}"


@pytest.mark.parametrize("name", PLANS)
def test_plans_count_their_cases(name: str) -> None:
    plan = Plan.model_validate(
        tomllib.loads((SUITES / "plans" / f"{name}.toml").read_text("utf-8"))
    )
    assert plan.id == name
    profile = _profile()
    planned = select(cases(), plan, profile)
    assert len(planned) == plan.expected_cases
    assert planned[0].case.id == plan.opening
    assert planned[-1].case.id == plan.closing


def test_certification_plans_every_case() -> None:
    text = (SUITES / "plans" / "purchaser-certification.toml").read_text("utf-8")
    plan = Plan.model_validate(tomllib.loads(text))
    assert plan.expected_cases == len(cases())


def _profile() -> SutProfile:
    return SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="purchaser_system",
        ixit=Ixit(credentials="/nowhere"),
    )
