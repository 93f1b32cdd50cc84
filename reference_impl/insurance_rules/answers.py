"""Puts the answer together: insurance verdicts, those of the health rules, amounts, paths, ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reference_impl.insurance_rules.amounts import Amounts
from reference_impl.insurance_rules.domain import Question, path_of
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.rules.bank import Hit
from reference_impl.platform.rules.verdicts import Verdict, message, worst

Issue = Callable[[str | None], tuple[str, str]]
"""Issues a tracking id for an item, or for the whole with None; returns the id and its expiry."""


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of the health rules, by item; empty when they were not asked."""

    items: Mapping[str, Mapping[str, Any]]
    evaluation_id: str | None = None

    def outcome(self, item_id: str) -> str:
        """Return the outcome of an item, `approved` when health rules were not asked."""
        return str(self.items.get(item_id, {}).get("outcome", "approved"))

    def messages(self, item_id: str) -> list[dict[str, Any]]:
        """Return what the health rules say of an item."""
        return list(self.items.get(item_id, {}).get("messages", ()))

    def approved(self, item_id: str) -> bool:
        """Whether health rules have nothing against an item."""
        return self.outcome(item_id) in {"approved", "advice"}

    def settled(self, item_id: str) -> bool:
        """Whether they have nothing against it, or the signer overrode what they have."""
        return self.approved(item_id) or bool(self.items[item_id].get("overridden"))


NOT_ASKED = Health({})


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything found out for one question."""

    question: Question
    verdicts: Sequence[Verdict]
    amounts: Sequence[Amounts | None]
    health: Health = NOT_ASKED

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each item over both kinds of rules."""
        return [worst((one.outcome, self.health.outcome(one.item_id))) for one in self.verdicts]


class Composer:
    """Shows findings as the wire wants them."""

    def __init__(self, faults: FaultSwitch) -> None:
        self.faults = faults

    def answer(self, findings: Findings, evaluation_id: str, issue: Issue | None) -> dict[str, Any]:
        """Return the whole answer; without `issue` no tracking id is given."""
        shown: dict[str, Any] = {
            "evaluationId": evaluation_id,
            "outcome": worst(findings.outcomes),
            "items": [
                self._item(findings, index, outcome, issue)
                for index, outcome in enumerate(findings.outcomes)
            ],
        }
        if issue is not None and self._whole(findings):
            shown["wholeTrackingId"], shown["wholeTrackingIdExpiresAt"] = issue(None)
        priced = [one for one in findings.amounts if one is not None]
        if priced:
            shown["cost"] = sum(priced, Amounts(0, 0)).shown()
            kinds = {one["costKind"] for one in shown["items"] if "costKind" in one}
            shown["costKind"] = "proposed" if "proposed" in kinds else "calculated"
        return shown

    def _item(
        self, findings: Findings, index: int, outcome: str, issue: Issue | None
    ) -> dict[str, Any]:
        question, verdict, health = findings.question, findings.verdicts[index], findings.health
        item_id = verdict.item_id
        closed = health.outcome(item_id) == "rejected"
        shown: dict[str, Any] = {
            "itemId": item_id,
            "outcome": outcome,
            "messages": [
                *(self._message(one, verdict) for one in verdict.hits),
                *health.messages(item_id),
            ],
            "path": path_of(verdict, question.insurer, closed=closed),
        }
        if self.faults.on("insurance_rules.message.other_insurer"):
            shown["messages"] = [
                {**one, "insurer": "1"} if "insurer" in one else one for one in shown["messages"]
            ]
        untold = self.faults.on("insurance_rules.proposal.untold")
        if verdict.proposed_quantity is not None and not untold:
            shown["proposed"] = {"quantity": verdict.proposed_quantity}
        amounts = findings.amounts[index]
        if amounts is not None:
            stated = "unitPrice" in question.asked["items"][index] or self.faults.on(
                "insurance_rules.cost.proposed_as_calculated"
            )
            shown["cost"] = amounts.shown()
            shown["costKind"] = "calculated" if stated else "proposed"
        generous = self.faults.on("insurance_rules.tracking.item_id_for_rejected")
        approved = verdict.approved and health.approved(item_id)
        if issue is not None and (approved or generous):
            shown["trackingId"], shown["trackingIdExpiresAt"] = issue(item_id)
        return shown

    def _message(self, hit: Hit, verdict: Verdict) -> dict[str, Any]:
        told = message(hit, verdict, "insurance")
        if "drop" in told and self.faults.on("insurance_rules.message.covers_swapped"):
            told |= {"keep": told["drop"], "drop": told["keep"]}
        return told

    def _whole(self, findings: Findings) -> bool:
        """Say whether the whole id is due: all approved, or overridden by the signer. [RUL-006]."""
        if self.faults.on("insurance_rules.tracking.whole_despite_warning"):
            return "rejected" not in findings.outcomes
        if self.faults.on("insurance_rules.override.without_effect"):
            return all(one.approved for one in findings.verdicts)
        return all(
            one.settled and findings.health.settled(one.item_id) for one in findings.verdicts
        )
