"""Triage of errors and the life of a case (document 004, RUL-052). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRIAGE_CLASSES = "urn:ir:maksa:triage-class-synthetic"
UNKNOWN = 17
"""The class of what nobody has interpreted yet; it goes to the ministry's tracker."""
OWNERS = ("facility", "vendor", "ministry")


@dataclass(frozen=True)
class Interpretation:
    """What the bank says of an error: its class and who mends it."""

    triage: int
    owner: str


class Bank:
    """The bank of error interpretations: the error bank of the pack with its triage classes."""

    def __init__(self, errors: Mapping[str, Mapping[str, Any]], classes: Mapping[str, Any]) -> None:
        self._errors = errors
        self._owners = {int(row["code"]): str(row["owner"]) for row in classes["concepts"]}

    def entry(self, code: str) -> dict[str, Any] | None:
        """Return the entry of a code as the wire has it, None when there is none."""
        found = self._errors.get(code)
        if found is None:
            return None
        told = ("messageEn", "messageFa", "solutionEn", "solutionFa")
        meaning = self.interpret(code)
        return {
            "code": code,
            "triage": meaning.triage,
            "owner": meaning.owner,
            **{name: str(found[name]) for name in told},
        }

    def interpret(self, code: str | None) -> Interpretation:
        """Return class and owner; what is not in the bank is unknown. [SEP-ERR-4, SEP-ERR-5]."""
        found = None if code is None else self._errors.get(code)
        triage = UNKNOWN if found is None else int(found["triage"])
        return Interpretation(triage, self._owners[triage])


def first_state(triage: int) -> str:
    """Return the state a case begins in: the unknown goes to the ministry at once."""
    return "with_ministry" if triage == UNKNOWN else "open"


def may_step(state: str, to: str, owner: str) -> bool:
    """Say whether a case may take a step.

    First it goes to the owner of its class; from facility or vendor it may be passed on, back or up
    to the ministry; whoever has it solves it; only what is solved is closed. [SEP-ERR-6 to 9]
    """
    if state == "open":
        return to == owner
    if state.startswith("with_"):
        return to == "solved" or (to in OWNERS and f"with_{to}" != state)
    return state == "solved" and to in {"closed", *OWNERS}


def state_after(to: str) -> str:
    """Return the state a step leads to."""
    return f"with_{to}" if to in OWNERS else to
