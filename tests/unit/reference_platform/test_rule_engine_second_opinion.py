"""The engine against the second evaluator of the tests, on cases nobody wrote by hand."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from fixtures import load_pack
from reference_impl.insurance_rules.amounts import Amounts, split
from reference_impl.platform.rules.bank import Bank
from reference_impl.platform.rules.language import Case
from reference_impl.platform.rules.verdicts import hits_of
from tests.support import rule_bank

PACK = load_pack()
BANKS = {name: Bank(PACK.rule_banks[name]["rules"]) for name in ("insurance", "clinical")}
DRUGS = {row["code"]: row for row in PACK.codes["urn:ir:maksa:eRx-synthetic"]["concepts"]}
EXAMPLES = {
    name: [one["input"] for one in PACK.rule_banks[name]["examples"]]
    for name in ("insurance", "clinical")
}
GROUPS = ("cover", "covers", "centre", "context", "prescription", "prescriber", "hid")
PRICED = {"quantity": 3, "unitPrice": 15_335, "tariff": 12_001}
LISTS = ("items", "active", "history")
ROUNDS = 40


def mixed(draw: Random, bank: str) -> dict[str, Any]:
    """Return a case whose parts come from different worked examples, so that rules meet."""
    given: dict[str, Any] = {name: [] for name in LISTS}
    given["patient"] = {}
    for source in draw.choices(EXAMPLES[bank], k=draw.randint(2, 6)):
        for name in GROUPS:
            given[name] = {**given.get(name, {}), **source.get(name, {})}
        for name in LISTS:
            given[name] += source.get(name, ())
        given["patient"] |= source.get("patient", {})
    # Every item is another one, also when two come from the same example.
    given["items"] = [{**PRICED, **one} for one in given["items"]][:8]
    return given


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize(
    ("bank", "positions"), [("insurance", ("I1", "I2", "I3")), ("clinical", ("C1", "C2"))]
)
def test_both_evaluators_hear_the_same_rules(
    bank: str, positions: tuple[str, ...], seed: int
) -> None:
    draw = Random(f"{bank}-{seed}")  # noqa: S311 - cases, not secrets
    given = mixed(draw, bank)
    second = rule_bank.Case(given, DRUGS)
    case = Case(
        groups={name: given[name] for name in (*GROUPS, "patient") if name in given},
        items=second.items,
        active=second.active,
        history=given["history"],
        observations=given["patient"].get("observations", ()),
    )
    insurer = given.get("cover", {}).get("insurer")
    for position in positions:
        theirs = second.hits(PACK.rule_banks[bank]["rules"], position)
        mine = BANKS[bank].hits(case, position, insurer=insurer)
        assert sorted((h.rule.id, 0 if h.item is None else h.item + 1) for h in mine) == sorted(
            (rule["id"], number or 0) for rule, number in theirs
        )
        shared = {n for rule, n in theirs if "patientPercent" in rule["outcome"]}
        if bank == "insurance" and shared == set(range(1, len(case.items) + 1)):
            parts = [split(one, hits_of(mine, i)) for i, one in enumerate(case.items)]
            total = sum((one for one in parts if one is not None), Amounts(0, 0))
            assert total.shown() == second.amounts(theirs)
