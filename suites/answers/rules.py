"""Words of examples for the rule banks and the prices of the pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures import load_pack
from lab.kit import SyntheticData, message_word
from lab.model.base import JsonValue
from suites.answers.forms import ABSENT
from suites.oracles.pricing import split_item


def _bank(name: str) -> Mapping[str, Mapping[str, Any]]:
    return {row["id"]: row for row in load_pack().rule_banks[name]["rules"]}


@message_word("rule")
def rule(_data: SyntheticData, bank: str, rule_id: str) -> JsonValue:
    """Return a rule as its service publishes it."""
    row = _bank(bank)[rule_id]
    told: dict[str, JsonValue] = {
        "ruleId": rule_id,
        "positions": list(row["positions"]),
        "kind": row["outcome"]["kind"],
        "textEn": row["en"],
        "textFa": row["fa"],
        "validFrom": row["validFrom"],
        "source": row["source"],
        "overridable?": bool(row.get("overridable", False)),
        "condition?": row["when"],
    }
    for name in ("validUntil", "insurers", "scope"):
        if name in row:
            told[f"{name}?"] = row[name]
    return told


@message_word("rules")
def rules(data: SyntheticData, bank: str) -> JsonValue:
    """Return all rules of a bank."""
    return [rule(data, bank, rule_id) for rule_id in _bank(bank)]


@message_word("rule_message")
def rule_message(_data: SyntheticData, bank: str, rule_id: str, item: str = "1") -> JsonValue:
    """Return what a rule of the bank says when it hits an item and nobody overrode it.

    A message names the insurer whose own rule it is, and what may be overridden.
    """
    row = _bank(bank)[rule_id]
    insurers, outcome = row.get("insurers", ()), row["outcome"]
    return {
        "insurer?": insurers[0] if len(insurers) == 1 else ABSENT,
        "keep?": outcome.get("keep", ABSENT),
        "drop?": outcome.get("drop", ABSENT),
        "ruleId": rule_id,
        "itemId?": item,
        "source?": "health" if bank == "clinical" else bank,
        "kind": row["outcome"]["kind"],
        "messageFa": row["fa"],
        "messageEn": row["en"],
        "overridable?": bool(row.get("overridable", False)),
        "overridden?": False,
    }


@message_word("overridden")
def overridden(data: SyntheticData, bank: str, rule_id: str, item: str = "1") -> JsonValue:
    """Return what a rule says that the signer overrode."""
    said = rule_message(data, bank, rule_id, item)
    return {**said, "overridden?": True}


@message_word("audited")
def audited(_data: SyntheticData, bank: str) -> JsonValue:
    """Return the rules an audit tells about."""
    return [{"ruleId": rule_id} for rule_id in _bank(bank)]


@message_word("drug_cost")
def drug_cost(data: SyntheticData, code: str, quantity: str) -> JsonValue:
    """Return who pays a medicine at its reference price, for an outpatient with a valid cover."""
    price = data.product(code).reference_price
    percent = int(load_pack().tariffs["patientPercent"]["outpatient"])
    parts = split_item(
        quantity=int(quantity), unit_price=price, reference_price=price, patient_percent=percent
    )
    return {
        "total": parts.total,
        "insurerShare": parts.insurer,
        "patientShare": parts.patient,
    }


@message_word("drug_costs")
def drug_costs(data: SyntheticData, *lines: str) -> JsonValue:
    """Return who pays several medicines together: `$drug_costs 99012:60 99001:30`."""
    parts = [drug_cost(data, *line.split(":")) for line in lines]
    return {name: sum(part[name] for part in parts) for name in parts[0]}


@message_word("drug_of")
def drug_of(data: SyntheticData, generic: str) -> JsonValue:
    """Return the coded text of a medicine with this generic name."""
    codes = [one.code for one in data.world.products.values() if one.generic == generic]
    return data.drug(codes[0])
