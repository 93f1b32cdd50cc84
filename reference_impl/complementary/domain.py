"""Pure rules of a plan: what it pays of the patient's part, what a letter is worth on a day.

Amounts are whole rial. The plan pays a percentage of what the base insurer left to the patient, at
most its cap per case; `base + plan + patient == total`, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from reference_impl.platform.configuration import FaultSwitch

NO_CAP = 10**12
"""The largest amount a message can carry."""
FULL = 100
LetterState = Literal["issued", "used", "expired", "withdrawn"]
Outcome = Literal["approved", "advice", "warning", "rejected"]
_ORDER: tuple[Outcome, ...] = ("approved", "advice", "warning", "rejected")
_OUTCOME_OF: Mapping[str, Outcome] = {
    "calculation": "approved",
    "advice": "advice",
    "warning": "warning",
    "reject": "rejected",
}


@dataclass(frozen=True)
class Policy:
    """A policy: whose it is, what it pays, and the first and last day it is in force."""

    number: str
    person: str  # key of the person
    insurer: str
    percent: int
    cap: int
    first: date
    last: date

    def in_force(self, day: date) -> bool:
        """Say whether the policy counts on a day, both bounds included."""
        return self.first <= day <= self.last

    @property
    def uncapped(self) -> Policy:
        """The policy as if it had no cap: what it would have to pay."""
        return replace(self, cap=NO_CAP)


@dataclass(frozen=True)
class Letter:
    """A guarantee letter as issued. `claim` is what used it, None while it is free."""

    policy: str
    ceiling: int
    valid_until: date
    claim: str | None


def letter_state(letter: Letter, policy: Policy, day: date) -> LetterState:
    """Return the state of a letter on a day; a policy that ended takes its letters with it."""
    if letter.claim is not None:
        return "used"
    if day > letter.valid_until:
        return "expired"
    return "issued" if policy.in_force(day) else "withdrawn"


def percent_half_up(amount: int, percent: int) -> int:
    """Return `percent` of a non-negative amount, half a rial rounded up."""
    return (2 * amount * percent + FULL) // (2 * FULL)


@dataclass(frozen=True)
class Part:
    """What the patient was left with by the base insurer, split once more."""

    plan: int
    patient: int


def split(total: int, part: int, claimed: int, policy: Policy, faults: FaultSwitch) -> Part:
    """Split the patient's `part` of a `total`, of which `claimed` is claimed from the plan."""
    basis = total if faults.on("complementary.share.of_total") else claimed
    share = percent_half_up(basis, policy.percent)
    if not faults.on("complementary.share.cap_ignored"):
        share = min(share, policy.cap)
    share = min(share, part)
    if faults.on("complementary.share.rest_rounded_up") and share < min(policy.cap, part):
        return Part(share, part - claimed - -(claimed * (FULL - policy.percent)) // FULL)
    left = part if faults.on("complementary.share.not_deducted") else part - share
    return Part(share, left)


@dataclass(frozen=True)
class Rule:
    """One rule of the plan with its texts."""

    rule_id: str
    kind: Literal["advice", "warning", "reject", "calculation"]
    en: str
    fa: str


PAYS = Rule(
    "C01",
    "calculation",
    "The plan pays its percentage of the patient's part.",
    "طرح درصد خود از سهم بیمار را می‌پردازد.",
)
CAPPED = Rule(
    "C02",
    "advice",
    "The cap of the plan is reached; the rest is the patient's.",
    "سقف طرح پر شده و بقیه با بیمار است.",
)
LETTER_FIRST = Rule(
    "C03",
    "warning",
    "An admission needs a guarantee letter before it begins.",
    "بستری پیش از آغاز به معرفی‌نامه نیاز دارد.",
)
NOT_COVERED = Rule(
    "C04",
    "reject",
    "What the base insurer does not cover is not covered by the plan.",
    "آنچه بیمهٔ پایه پوشش نمی‌دهد در طرح نیز پوشش ندارد.",
)


@dataclass(frozen=True)
class Item:
    """An item with its cost at the base insurer, in rial, and what the code book says of it."""

    item_id: str
    total: int
    patient_part: int
    covered: bool
    kind: str


@dataclass(frozen=True)
class Judged:
    """An item after the rules of the plan."""

    item_id: str
    rules: tuple[Rule, ...]
    total: int
    plan: int

    @property
    def outcome(self) -> Outcome:
        """What weighs most of what was said."""
        return worst(_OUTCOME_OF[one.kind] for one in self.rules)


def judge(
    items: Iterable[Item], policy: Policy, *, before: bool, faults: FaultSwitch
) -> tuple[Judged, ...]:
    """Judge items in their order; the cap of the case is used up by the first ones."""
    left = NO_CAP if faults.on("complementary.share.cap_ignored") else policy.cap
    found = []
    for item in items:
        rules: list[Rule] = []
        share = 0
        if item.covered or faults.on("complementary.rules.uncovered_paid"):
            wanted = percent_half_up(item.patient_part, policy.percent)
            share = min(wanted, left)
            rules.append(PAYS)
            if share < wanted:
                rules.append(CAPPED)
            if before and item.kind == "admission":
                rules.append(LETTER_FIRST)
        else:
            rules.append(NOT_COVERED)
        left -= share
        found.append(Judged(item.item_id, tuple(rules), item.patient_part, share))
    return tuple(found)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that weighs most, `approved` when nothing was said."""
    return max(outcomes, key=_ORDER.index, default="approved")
