"""The engine of the rule services: every worked example of the banks, edges of the language."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures import load_pack
from fixtures.bundle import Json
from reference_impl.insurance_rules.amounts import Amounts, split
from reference_impl.platform.rules.bank import Bank, Hit
from reference_impl.platform.rules.language import Case, NotOfTheLanguage, Reading, View, compiled
from reference_impl.platform.rules.verdicts import hits_of

PACK = load_pack()
BANKS = {name: Bank(PACK.rule_banks[name]["rules"]) for name in ("insurance", "clinical")}
DRUGS = {row["code"]: row for row in PACK.codes["urn:ir:maksa:eRx-synthetic"]["concepts"]}
EXAMPLES = [
    pytest.param(bank, example, id=example["id"])
    for bank in BANKS
    for example in PACK.rule_banks[bank]["examples"]
]


def medicine(stated: Json) -> Json:
    """Complete an item that only names a medicine."""
    row = DRUGS.get(stated["code"], {})
    known = {name: row[name] for name in ("generic", "atc") if row.get(name, "-") != "-"}
    return {**known, **stated}


def case_of(given: Json) -> Case:
    lists = {"items", "active", "history"}
    return Case(
        groups={name: group for name, group in given.items() if name not in lists},
        items=[medicine(one) for one in given.get("items", ())],
        active=[medicine(one) for one in given.get("active", ()) if not one["ended"]],
        history=given.get("history", ()),
        observations=given.get("patient", {}).get("observations", ()),
    )


def plain(hit: Hit) -> dict[str, Any]:
    shown: dict[str, Any] = {"rule": hit.rule.id, "kind": hit.rule.kind}
    if hit.item is not None:
        shown["item"] = hit.item + 1
    if hit.proposed is not None:
        shown["proposed"] = hit.proposed
    return shown


@pytest.mark.parametrize(("bank", "example"), EXAMPLES)
def test_every_worked_example_is_computed_exactly(bank: str, example: Json) -> None:
    case = case_of(example["input"])
    insurer = example["input"].get("cover", {}).get("insurer")
    hits = BANKS[bank].hits(case, example["position"], insurer=insurer)
    key = lambda hit: (hit["rule"], hit.get("item", 0))  # noqa: E731 - used twice, below only
    assert sorted(map(plain, hits), key=key) == sorted(example["expect"], key=key)
    if "amounts" in example:
        parts = [split(item, hits_of(hits, i)) for i, item in enumerate(case.items)]
        total = sum((one for one in parts if one is not None), Amounts(0, 0))
        assert total.shown() == example["amounts"]


@pytest.mark.parametrize("bank", BANKS)
def test_rules_are_told_common_ones_first_then_by_id(bank: str) -> None:
    order = [(one.insurers is not None, one.id) for one in BANKS[bank].rules]
    assert order == sorted(order)


def test_an_anchored_rule_is_found_like_one_that_is_always_asked() -> None:
    """The index by generic and code may save work, never lose a hit."""
    for name, bank in BANKS.items():
        for example in PACK.rule_banks[name]["examples"]:
            case = case_of(example["input"])
            insurer = example["input"].get("cover", {}).get("insurer")
            found = bank.hits(case, example["position"], insurer=insurer)
            asked = [
                (rule.id, index if rule.per_item else None)
                for rule in bank.rules
                if example["position"] in rule.positions and rule.of(insurer)
                for index, view in (
                    enumerate(View(case, item, item) for item in case.items)
                    if rule.per_item
                    else [(0, View(case))]
                )
                if rule.test(view)
            ]
            assert [(hit.rule.id, hit.item) for hit in found] == asked


def test_validity_bounds_are_both_included() -> None:
    row = {**PACK.rule_banks["insurance"]["rules"][0], "validUntil": "2026-04-20"}
    rule = Bank([row]).rules[0]
    assert rule.in_force(rule.valid_from)
    assert not rule.in_force(rule.valid_from.replace(day=20))
    assert rule.valid_until is not None
    assert rule.in_force(rule.valid_until)
    assert not rule.in_force(rule.valid_until.replace(day=21))


def holds(condition: Any, reading: Reading | None = None, **groups: Json) -> bool:
    return compiled(condition, reading or Reading())(View(Case(groups)))


def test_a_missing_fact_fulfils_no_comparison_and_not_turns_that_round() -> None:
    assert not holds(["patient.sex", "ne", "F"])
    assert holds({"not": ["patient.sex", "eq", "F"]})
    assert holds(["patient.sex", "missing", True])
    assert holds(["patient.sex", "missing", False], patient={"sex": "F"})
    assert not holds(["patient.ageYears", "lt", {"fact": "patient.limit"}], patient={"ageYears": 1})


def test_what_is_not_of_the_language_is_refused() -> None:
    with pytest.raises(NotOfTheLanguage):
        compiled({"sometimes": []})
    with pytest.raises(NotOfTheLanguage):
        compiled(["patient.sex", "like", "F"])
    with pytest.raises(NotOfTheLanguage):
        compiled({"count": "visits", "where": [], "withinDays": 1, "op": "ge", "value": 1})


@pytest.mark.parametrize(
    "reading",
    [
        "limits_reached", "windows_exclusive", "missing_differs", "oldest_measurement",
        "stale_measurements", "units_ignored", "pairs_one_way", "own_duplicate", "sums_one_item",
    ],
)  # fmt: skip
def test_every_wrong_reading_is_caught_by_a_worked_example(reading: str) -> None:
    wrong = {
        name: Bank(PACK.rule_banks[name]["rules"], Reading(**{reading: True})) for name in BANKS
    }
    caught = 0
    for name, bank in wrong.items():
        for example in PACK.rule_banks[name]["examples"]:
            insurer = example["input"].get("cover", {}).get("insurer")
            hits = bank.hits(case_of(example["input"]), example["position"], insurer=insurer)
            key = lambda hit: (hit["rule"], hit.get("item", 0))  # noqa: E731 - in this loop only
            caught += sorted(map(plain, hits), key=key) != sorted(example["expect"], key=key)
    assert caught > 0
