"""What the secretariat sees: the bank, trials without effect, counts of a month."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import load_pack
from tests.component.bench import Answered, Bench, bench
from tests.component.rule_desk import (
    HEALTH,
    INSURANCE,
    TRIALS,
    UNIFIED,
    ask,
    counts,
    drug,
    month,
    override,
    question,
    said,
)

BANKS = load_pack().rule_banks


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    yield made
    made.close()


def trial(table: Bench, rule: str, *items: dict[str, Any], **more: Any) -> Answered:
    body = {"ruleId": rule, "request": question(table, *items, **more)}
    return table.call("POST", TRIALS, body=body)


@pytest.mark.parametrize(
    ("target", "bank"),
    [("/insurance_rules/v1/rules", "insurance"), ("/health_rules/v1/rules", "clinical")],
)
def test_the_whole_bank_is_read_with_texts_conditions_and_sources(
    table: Bench, target: str, bank: str
) -> None:
    rules = table.call("GET", target).json["rules"]
    rows = {row["id"]: row for row in BANKS[bank]["rules"]}
    assert {one["ruleId"] for one in rules} == set(rows)
    for one in rules:
        row = rows[one["ruleId"]]
        assert (one["textFa"], one["textEn"], one["source"]) == (
            row["fa"],
            row["en"],
            row["source"],
        )
        assert (one["condition"], one["positions"]) == (row["when"], row["positions"])


def test_one_rule_is_read(table: Bench) -> None:
    rule = table.call("GET", "/insurance_rules/v1/rules/N04A").json
    assert (rule["kind"], rule["insurers"], rule["overridable"]) == ("warning", ["2"], True)
    missing = table.call("GET", "/insurance_rules/v1/rules/N99Z")
    assert (missing.status, missing.code) == (404, "RULE_UNKNOWN")


def test_a_trial_tells_one_rule_and_leaves_nothing_behind(table: Bench) -> None:
    answer = trial(table, "N15A", drug(table, "99025", 1000)).json
    item = answer["items"][0]
    assert (answer["trial"], answer["outcome"], said(item)) == (True, "rejected", ["N15A"])
    assert "trackingId" not in item
    silent = trial(table, "N15A", drug(table, "99012")).json
    assert (silent["outcome"], "wholeTrackingId" in silent) == ("approved", False)
    assert counts(table, month(table)) == {}


def test_a_trial_of_a_calculation_shows_its_amounts(table: Bench) -> None:
    priced = drug(table, "99057", 60, unitPrice=15_000)
    answer = trial(table, "N01A", priced, position="pre_service").json
    assert answer["cost"] == {"total": 900_000, "insurerShare": 630_000, "patientShare": 270_000}
    assert "cost" not in trial(table, "N06", priced, position="pre_service").json


def test_refusals_of_a_trial(table: Bench) -> None:
    assert trial(table, "N99", drug(table, "99012")).code == "RULE_UNKNOWN"
    assert trial(table, "D01A", drug(table, "99012")).code == "RULE_UNKNOWN"
    assert trial(table, "N06", drug(table, "99012")).code == "RULE_POSITION_INVALID"
    wrong = drug(table, "99012")
    wrong["code"]["code"] = "99899"
    refused = trial(table, "N01A", wrong)
    assert refused.code == "CODE_UNKNOWN"
    assert refused.json["errors"][0]["pointer"] == "/request/items/0/code/code"


def test_the_audit_counts_hits_once_and_overrides_with_them(table: Bench) -> None:
    ask(table, INSURANCE, drug(table, "99025"), facts={"prescription": {"repeatNumber": 4}})
    costly = drug(table, "99097", 1)
    ask(table, INSURANCE, costly)
    ask(table, INSURANCE, {**costly, "overrides": [override(table, "N18A")]})
    twice = [drug(table, "99025"), drug(table, "99025")]
    ask(table, INSURANCE, *twice, facts={"prescription": {"repeatNumber": 4}})
    told = counts(table, month(table))
    assert (told["N18A"], told["N15A"], told["N07A"]) == ((2, 1), (3, 0), (2, 0))


def test_clinical_overrides_of_the_unified_service_are_counted(table: Bench) -> None:
    pair = [drug(table, "99023"), {**drug(table, "99007"), "overrides": [override(table, "D02")]}]
    ask(table, UNIFIED, *pair)
    assert counts(table, month(table))["D02"] == (2, 1)


def test_a_month_counts_for_itself_and_one_to_come_is_refused(table: Bench) -> None:
    ask(table, INSURANCE, drug(table, "99012"))
    assert counts(table, "1404-01") == {}
    later = table.call("GET", "/insurance_rules/v1/audits/1499-01")
    assert (later.status, later.code) == (422, "STATEMENT_PERIOD_INVALID")
    assert table.call("GET", "/insurance_rules/v1/audits/1405-13").code == "PARAMETER_INVALID"


@pytest.mark.parametrize("target", [INSURANCE, UNIFIED, HEALTH])
def test_the_same_key_gets_the_same_answer_and_counts_once(table: Bench, target: str) -> None:
    body, key = question(table, drug(table, "99012")), table.ids.token()
    first = table.call("POST", target, body=body, key=key)
    assert first.status == 200, first
    assert table.call("POST", target, body=body, key=key).json == first.json
    assert max((hits for hits, _ in counts(table, month(table)).values()), default=1) == 1
    other = {**body, "hid": table.hid()}
    assert table.call("POST", target, body=other, key=key).code == "IDEMPOTENCY_KEY_REUSED"
