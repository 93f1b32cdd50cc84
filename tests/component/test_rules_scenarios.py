"""Named scenarios of the synthetic world whose outcome is a rule, asked of the unified service."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import synthetic
from fixtures.synthetic import Person
from tests.component.bench import Bench, bench
from tests.component.rule_desk import UNIFIED, ask, drug, said, service

SOURCE = Path(synthetic.__file__).parent / "scenarios.toml"
RULE = re.compile(r"\b[NDK][0-9]{2}[A-Z]?\b")
UNITS = {"eGFR": ("EGFR", "mL/min/{1.73_m2}")}
SERVICES = {"mr-brain": "992007"}
ABOUT_THE_COVER = frozenset({"cover-edges"})
"""No HID of an insurer is issued then, so the rule is shown in the tests of the facts."""
SCENARIOS = [
    pytest.param(one, id=one["name"])
    for one in tomllib.loads(SOURCE.read_text("utf-8"))["scenario"]
    if RULE.search(one["expected"]) and one["name"] not in ABOUT_THE_COVER
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def facts_of(table: Bench, person: Person) -> dict[str, Any]:
    """Return what a prescriber's system knows of a person of the world."""
    seen = person.observations or {}
    return {
        "patient": {
            "conditions": list(person.conditions),
            "allergies": list(person.allergies),
            "observations": [
                {"code": UNITS[name][0], "unit": UNITS[name][1], "value": value, "ageDays": 5}
                for name, value in seen.items()
            ],
        },
        "active": [
            {"code": table.drug(code), "ended": False} for code in person.current_medication
        ],
    }


def told(table: Bench, scenario: Any, key: str) -> set[str]:
    person = table.world.person(key)
    if scenario["name"] in SERVICES:
        items = [service(table, SERVICES[scenario["name"]])]
    else:
        codes = scenario["products"] or ("99012",)
        items = [drug(table, code, frequency="OD") for code in codes]
    insurers = [one.insurer for one in person.cover if one.fund not in {"rural", "complementary"}]
    answer = ask(
        table,
        UNIFIED,
        *items,
        person=key,
        insurer=insurers[0],
        doctor=scenario["professionals"][0],
        facts=facts_of(table, person),
    )
    return {rule for item in answer["items"] for rule in said(item)}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_rules_a_scenario_promises_speak(table: Bench, scenario: Any) -> None:
    spoken = set().union(*(told(table, scenario, key) for key in scenario["people"]))
    expected = set(RULE.findall(scenario["expected"]))
    families = {rule[:3] for rule in spoken}
    assert {rule for rule in expected if rule not in spoken | families} == set()
