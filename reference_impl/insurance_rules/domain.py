"""Pure insurance rules over facts that were asked for before: no calls, no clock, no storage.

A rule speaks only at its positions. Reject closes the insured path of the item; a proposal offers
what would be approved; ids are given for approved items only, the whole id when all are. [RUL-006]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

POSITIONS = {"pre_prescription": "I1", "pre_service": "I2", "post_service": "I3"}
SELF_PAY = "37"
_OUTCOME_OF = {
    "advice": "advice",
    "calculation": "approved",
    "proposal": "warning",
    "warning": "warning",
    "reject": "rejected",
}
_ORDER = ("approved", "advice", "warning", "rejected")


@dataclass(frozen=True)
class Facts:
    """What is known of person, prescriber and centre when the rules are asked."""

    position: str
    day: date
    insurer: str
    entitled: bool
    hid_holds: bool
    sex: str | None
    birth_date: date | None
    specialty: str | None
    prescriber_active: bool
    centre_active: bool
    centre_roles: frozenset[str]

    @property
    def age(self) -> int | None:
        """Completed years on the day, or None when the birth date is unknown."""
        if self.birth_date is None:
            return None
        had = (self.day.month, self.day.day) >= (self.birth_date.month, self.birth_date.day)
        return self.day.year - self.birth_date.year - (0 if had else 1)


@dataclass(frozen=True)
class Line:
    """One item with the row of its code."""

    item_id: str
    quantity: int
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """What one rule says of one item."""

    rule_id: str
    kind: str


@dataclass(frozen=True)
class Judged:
    """One item after all rules."""

    item_id: str
    outcome: str
    messages: tuple[Message, ...]
    proposed_quantity: int | None = None


def _above_maximum(line: Line, _facts: Facts) -> bool:
    most = line.row.get("maxQuantity")
    return most is not None and line.quantity > most


def _not_covered(line: Line, facts: Facts) -> bool:
    return line.row.get("covered", True) is False and facts.insurer != SELF_PAY


def _other_specialty(line: Line, facts: Facts) -> bool:
    allowed = line.row.get("specialties") or ()
    return len(allowed) > 0 and facts.specialty not in allowed


def _sex_or_age(line: Line, facts: Facts) -> bool:
    sex, age = line.row.get("sex"), facts.age
    if sex is not None and facts.sex in {"M", "F"} and facts.sex != sex:
        return True
    if age is None:
        return False
    return not line.row.get("ageMin", 0) <= age <= line.row.get("ageMax", age)


def _prescriber_barred(_line: Line, facts: Facts) -> bool:
    return not facts.prescriber_active


def _centre_barred(_line: Line, facts: Facts) -> bool:
    needed = "prescribing" if facts.position == "pre_prescription" else "dispensing"
    return not facts.centre_active or needed not in facts.centre_roles


def _no_cover(_line: Line, facts: Facts) -> bool:
    return facts.insurer != SELF_PAY and not facts.entitled


def _hid_does_not_hold(_line: Line, facts: Facts) -> bool:
    return not facts.hid_holds


CONDITIONS: dict[str, Callable[[Line, Facts], bool]] = {
    "N11": _above_maximum,
    "N13": _not_covered,
    "N15": _other_specialty,
    "N16": _sex_or_age,
    "N20": _prescriber_barred,
    "N21": _centre_barred,
    "N22": _no_cover,
    "N29": _hid_does_not_hold,
}
"""When a rule of the bank speaks; which ones exist, where and how loud is data of the pack."""


def judge(line: Line, facts: Facts, bank: Iterable[Mapping[str, Any]]) -> Judged:
    """Ask every rule of the bank about one item at the position of the facts."""
    here = POSITIONS[facts.position]
    messages = tuple(
        Message(rule["id"], rule["action"])
        for rule in bank
        if here in rule["positions"]
        and rule["id"] in CONDITIONS
        and CONDITIONS[rule["id"]](line, facts)
    )
    outcome = worst(_OUTCOME_OF[one.kind] for one in messages)
    offered = any(one.kind == "proposal" for one in messages)
    proposed = int(line.row["maxQuantity"]) if offered else None
    return Judged(line.item_id, outcome, messages, proposed)


def worst(outcomes: Iterable[str]) -> str:
    """Return the outcome that weighs most, `approved` when nothing was said."""
    return max(outcomes, key=_ORDER.index, default="approved")


def gets_id(judged: Judged) -> bool:
    """Say whether an item is approved, so that a tracking id is issued for it. [ERX-9-1-4-D]."""
    return judged.outcome in {"approved", "advice"}
