"""``python -m tests.benchmarks.rules``: questions per second of the rule engine, in this process.

One question is all rules of a bank at one position over one prescription. Beside it stands the same
bank asked rule by rule, so that the gain of the index by generic and code shows as a ratio.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from fixtures import load_pack
from reference_impl.insurance_rules.amounts import split
from reference_impl.platform.rules.bank import Bank
from reference_impl.platform.rules.language import Case, View
from reference_impl.platform.rules.verdicts import hits_of

SECONDS = 1.0
BATCH = 50
PERSON: dict[str, Any] = {"patient": {"ageYears": 60, "sex": "M", "conditions": ["E11.9"]}}
COVER: dict[str, Any] = {
    "cover": {"insurer": "1", "fund": "main", "state": "valid"},
    "centre": {"kind": "pharmacy", "sector": "private", "state": "active", "roleHeld": True},
    "context": {"admission": "outpatient"},
}


def medicines(number: int) -> list[dict[str, Any]]:
    """Return the first medicines of the pack as facts."""
    rows = load_pack().codes["urn:ir:maksa:eRx-synthetic"]["concepts"][:number]
    return [
        {
            **{name: row[name] for name in ("code", "generic", "atc", "maxQuantity", "covered")},
            "system": "drug",
            "kind": "drug",
            "quantity": 10,
            "unitPrice": row["referencePrice"],
            "tariff": row["referencePrice"],
        }
        for row in rows
    ]


def per_second(work: Callable[[], object]) -> float:
    """Return how often work is done in a second, after one warm-up."""
    work()
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        for _ in range(BATCH):
            work()
        done += BATCH
    return done / spent


def measure(name: str, position: str, items: int) -> str:
    """Ask one bank about a prescription of so many items."""
    bank = Bank(load_pack().rule_banks[name]["rules"])
    case = Case({**PERSON, **COVER}, medicines(items))

    def asked() -> object:
        hits = bank.hits(case, position, insurer="1")
        if name == "clinical":
            return hits
        return [split(item, hits_of(hits, index)) for index, item in enumerate(case.items)]

    def rule_by_rule() -> object:
        return [
            rule.test(View(case, item, item))
            for rule in bank.rules
            if position in rule.positions and rule.of("1")
            for item in case.items
        ]

    fast, slow = per_second(asked), per_second(rule_by_rule)
    return (
        f"{name:9} {position} {items:2} items  {fast:8.0f} /s   {fast / slow:4.1f} x rule by rule"
    )


def main() -> None:
    """Print one line for each bank and size."""
    for name, position in (("insurance", "I1"), ("insurance", "I2"), ("clinical", "C1")):
        for items in (1, 3, 10):
            sys.stdout.write(measure(name, position, items) + "\n")


if __name__ == "__main__":
    main()
