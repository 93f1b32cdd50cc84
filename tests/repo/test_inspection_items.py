"""Every requirement for inspection has items in all its roles or a written reason, computed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fixtures import load_pack
from fixtures.lint_inspections import ATTESTERS, KINDS, product_roles
from lab.model.case import Plan
from lab.model.inspection import AttachmentKind, Attester, InspectionItem
from lab.model.roles import load_roles
from lab.selection.inspections import items_of, matching
from lab.selection.plan_files import LEVELS

PLANS = Path(__file__).resolve().parents[2] / "suites" / "plans"
PACK = load_pack()
ROLES = sorted(product_roles(PACK))
ITEMS: dict[str, tuple[InspectionItem, ...]] = {role: items_of(PACK, role) for role in ROLES}


def test_every_inspection_requirement_has_an_item_per_role_or_a_reason() -> None:
    reasons = {k for row in PACK.untested["reasons"].values() for k in row["requirements"]}
    looked_at = {(key, role) for role in ROLES for item in ITEMS[role] for key in item.requirements}
    for key, row in PACK.requirements.items():
        if row["testability"] != "inspection":
            continue
        wanted = {(key, role) for role in row["roles"] if role in ROLES}
        assert (key in reasons) != bool(wanted and wanted <= looked_at), key


def test_every_product_under_test_can_be_inspected_or_has_nothing_to_inspect() -> None:
    assert set(load_roles()) <= set(ROLES)
    bound = {r for row in PACK.requirements.values() if row["testability"] == "inspection"
             for r in row["roles"]}  # fmt: skip
    assert {role for role in ROLES if ITEMS[role]} == bound & set(ROLES)


def test_the_words_of_the_pack_are_those_of_the_laboratory() -> None:
    assert {one.value for one in AttachmentKind} == KINDS
    assert {one.value for one in Attester} == ATTESTERS


def test_conditions_are_claims_of_the_role() -> None:
    roles = load_roles()
    for role in ROLES:
        for item in ITEMS[role]:
            if item.selected_if is not None:
                assert item.selected_if in {one.key for one in roles[role].ics}, item.id


def test_severity_is_that_of_the_strongest_requirement() -> None:
    rank = {"major": 0, "minor": 1, "observation": 2}
    level = {"must": 0, "should": 1, "may": 2}
    for role in ROLES:
        for item in ITEMS[role]:
            strongest = min(level[PACK.requirements[key]["level"]] for key in item.requirements)
            assert rank[item.severity.value] == strongest, (item.id, role)


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.toml")), ids=lambda path: path.stem)
def test_plans_count_the_inspections_of_their_level(path: Path) -> None:
    plan = Plan.model_validate(tomllib.loads(path.read_text("utf-8")))
    level = next((one for one in LEVELS if path.stem.endswith(f"-{one.name}")), None)
    wanted = matching(ITEMS[plan.role], level.inspections if level else ())
    assert matching(ITEMS[plan.role], plan.inspections) == wanted
    assert plan.expected_inspections == len(wanted)


def test_questions_are_questions_in_both_languages() -> None:
    texts: dict[str, str] = {}
    for key, row in PACK.inspections.items():
        assert row["question"]["en"].endswith("?"), key
        assert row["question"]["fa"].endswith("؟"), key
        assert row["criterion"]["en"].endswith("."), key
        assert row["criterion"]["fa"].endswith("."), key
        assert texts.setdefault(row["question"]["en"], key) == key
