"""Every answer of the rule services fits the schema its contract publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from fixtures import load_pack
from tests.component.bench import Bench, bench
from tests.component.rule_desk import (
    HEALTH,
    INSURANCE,
    TRIALS,
    UNIFIED,
    ask,
    drug,
    month,
    override,
    question,
    service,
    used,
)

SCHEMAS = load_pack().schemas


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def faults_of(schema: str, answer: Any) -> list[str]:
    found = jsonschema_rs.validator_for(SCHEMAS[schema]).iter_errors(answer)
    return [f"{one.instance_path}: {one.message}" for one in found]


BEFORE, AFTER = ("pre_prescription", "pre_service"), ("post_service",)
ASKED = [
    *((target, position) for target in (INSURANCE, UNIFIED) for position in (*BEFORE, *AFTER)),
    *((HEALTH, position) for position in BEFORE),
]


@pytest.mark.parametrize(("target", "position"), ASKED)
def test_evaluations(table: Bench, target: str, position: str) -> None:
    items = [
        drug(table, "99023", 1000, overrides=[override(table, "D02")]),
        drug(table, "99007", unitPrice=9999),
        drug(table, "99097", 1),
        service(table, "992101"),
    ]
    answer = ask(table, target, *items, position=position, person="P26")
    schema = "HealthRuleAnswer" if target == HEALTH else "RuleAnswer"
    assert faults_of(schema, answer) == []


def test_bank_trial_audit_and_use(table: Bench) -> None:
    base = "/insurance_rules/v1"
    body = {"ruleId": "N01A", "request": question(table, drug(table, "99012"))}
    whole = ask(table, UNIFIED, drug(table, "99012"))["wholeTrackingId"]
    answers = {
        "RuleBankView": table.call("GET", f"{base}/rules"),
        "RuleText": table.call("GET", f"{base}/rules/N04A"),
        "RuleAnswer": table.call("POST", TRIALS, body=body),
        "RuleAudits": table.call("GET", f"{base}/audits/{month(table)}"),
        "RuleApproval": table.call("GET", f"{base}/tracking-ids/{whole}"),
        "RuleUseReceipt": used(table, whole),
    }
    assert {one.status for one in answers.values()} == {200}
    assert {name: faults_of(name, one.json) for name, one in answers.items()} == {
        name: [] for name in answers
    }
    clinical = table.call("GET", "/health_rules/v1/rules")
    assert faults_of("RuleBankView", clinical.json) == []
