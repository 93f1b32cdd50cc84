"""The oracles compute every worked example of both banks, of the tariffs and of the shares."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fixtures import load_pack
from fixtures.bundle import Json
from fixtures.synthetic import world
from suites.oracles.conditions import Facts, NotInLanguage, View, compiled
from suites.oracles.pricing import Split
from suites.oracles.rules import Bank, Hit, Undecided, amounts, strongest
from suites.oracles.tariffs import NoTariff, bill, second_payer, visit, year_of

PACK = load_pack()
MEDICINES = {
    row["code"]: row for row in PACK.codes["urn:ir:maksa:eRx-synthetic"]["concepts"]
}  # the newest version of a code stands last
SERVICES = PACK.codes["urn:ir:maksa:service-synthetic"]["concepts"]
BANKS = {
    name: Bank(PACK.rule_banks[name]["rules"], MEDICINES) for name in ("insurance", "clinical")
}
EXAMPLES = [
    pytest.param(bank, example, id=example["id"])
    for bank in BANKS
    for example in PACK.rule_banks[bank]["examples"]
]


def _told(hit: Hit) -> dict[str, Any]:
    row = {"rule": hit.rule, "kind": hit.kind, "item": hit.item, "proposed": hit.proposed}
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(("bank", "example"), EXAMPLES)
def test_a_worked_example_is_computed(bank: str, example: Json) -> None:
    facts = BANKS[bank].facts(example["input"])
    found = BANKS[bank].hits(facts, example["position"])
    key = lambda row: (row["rule"], row.get("item", 0))  # noqa: E731 - used twice, here only
    assert sorted(map(_told, found), key=key) == sorted(example["expect"], key=key)
    if "amounts" in example:
        split = amounts(facts, found)
        assert {
            "total": split.total, "insurerShare": split.insurer, "patientShare": split.patient,
        } == example["amounts"]  # fmt: skip


def test_common_rules_come_before_those_of_an_insurer() -> None:
    example = next(
        e
        for e in PACK.rule_banks["insurance"]["examples"]
        if {"N03A", "N01A"} <= {hit["rule"] for hit in e["expect"]}
    )
    bank = BANKS["insurance"]
    found = [h.rule for h in bank.hits(bank.facts(example["input"]), example["position"])]
    assert found.index("N01A") < found.index("N03A")


def test_a_rule_holds_only_while_it_is_valid() -> None:
    bank = BANKS["insurance"]
    facts = bank.facts({"prescription": {"ageDays": 61}})
    assert [h.rule for h in bank.hits(facts, "I2", "2026-03-21")] == ["N06"]
    assert bank.hits(facts, "I2", "2026-03-20") == []


def test_the_strongest_outcome_of_an_item() -> None:
    kinds = ("advice", "warning", "reject", "proposal", "calculation")
    assert strongest(Hit("X", kind) for kind in kinds) == "reject"
    assert strongest([]) is None


@pytest.mark.parametrize(
    "condition",
    [
        [1, 2], "item.code", {"all": [["item.code", "like", "9"]]}, {"none": []},
        {"count": "items", "where": ["a.b", "eq", 1], "withinDays": 1, "op": "ge", "value": 1},
    ],
)  # fmt: skip
def test_what_the_language_lacks_is_refused(condition: Any) -> None:
    with pytest.raises(NotInLanguage):
        compiled(condition)


def test_an_unknown_fact_fulfils_no_comparison_but_missing() -> None:
    view = View(Facts(groups={"patient": {}}))
    assert not compiled(["patient.sex", "ne", "M"])(view)
    assert not compiled(["patient.sex", "eq", {"fact": "patient.sex"}])(view)
    assert compiled(["patient.sex", "missing", True])(view)
    assert compiled({"not": ["patient.sex", "eq", "M"]})(view)


def test_an_item_without_a_share_is_undecided() -> None:
    with pytest.raises(Undecided, match="item 1"):
        amounts(Facts(groups={}, items=({"quantity": 1, "unitPrice": 1},)), [])


@pytest.mark.parametrize("example", PACK.tariff_years["examples"], ids=lambda e: e["id"])
def test_a_visit_costs_what_the_tables_say(example: Json) -> None:
    split = visit(PACK.tariff_years, example)
    assert split == Split(example["total"], example["insurerShare"], example["patientShare"])


def test_no_centre_may_ask_for_more_than_its_sector() -> None:
    example = {**PACK.tariff_years["examples"][0], "price": 400_001}
    with pytest.raises(NoTariff, match="above"):
        visit(PACK.tariff_years, example)
    with pytest.raises(NoTariff, match="1403"):
        year_of(PACK.tariff_years, date(2025, 3, 20))


@pytest.mark.parametrize("example", PACK.tariffs["examples"], ids=lambda e: e["id"])
def test_a_bill_costs_what_the_shares_say(example: Json) -> None:
    prices = {code: product.reference_price for code, product in world().products.items()}
    prices |= {row["code"]: row["publicTariff"] for row in SERVICES}
    covered = {code: bool(row["covered"]) for code, row in MEDICINES.items()}
    percents = PACK.tariffs["patientPercent"]
    whole = bill(percents, prices, covered, example)
    assert whole == Split(example["total"], example["insurerShare"], example["patientShare"])
    for item in example["items"]:
        part = bill(percents, prices, covered, {**example, "items": [item]})
        assert (part.insurer, part.patient) == (item["insurerShare"], item["patientShare"])


@pytest.mark.parametrize("example", PACK.tariffs["complementary"], ids=lambda e: e["id"])
def test_the_second_payer_stops_at_its_cap(example: Json) -> None:
    assert second_payer(example) == (example["complementaryShare"], example["patientShare"])
    assert second_payer({**example, "cap": 10**9}) == (316_800, 79_200)
