"""The plan's own rule service: what it would pay of items, before or after they are delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reference_impl.complementary.domain import Item, Judged, Rule, judge, worst
from reference_impl.complementary.policies import Policies
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.codes import CodeBook, CodeRefused, Concept
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call

AFTER = "post_service"


class Evaluation:
    """The desk that answers for the plan."""

    def __init__(self, config: Configuration, policies: Policies, book: CodeBook) -> None:
        self.config = config
        self.policies = policies
        self.book = book

    async def evaluate(self, call: Call) -> Answer:
        """Evaluate the plan of the patient over a list of items. [ERX-A1-11-1]."""
        asked = call.body
        today = self.config.clock.now().astimezone(TEHRAN).date()
        person = self.policies.check_person(asked["patient"], "/patient")
        policy = self.policies.of_person(person, today)
        self.policies.check_in_force(policy, today, "/patient")
        concepts = [self._concept(one, today, at) for at, one in enumerate(asked["items"])]
        costs = await self._base_costs(call, concepts)
        items = [
            Item(
                item_id=one["itemId"],
                total=costs[one["itemId"]]["total"],
                patient_part=costs[one["itemId"]]["patientShare"],
                covered=concept.properties.get("covered", True) is not False,
                kind=str(concept.properties.get("kind", "")),
            )
            for one, concept in zip(asked["items"], concepts, strict=True)
        ]
        as_base = self.config.faults.on("complementary.rules.named_as_base")
        insurer = "1" if as_base else policy.insurer
        before = asked["position"] != AFTER
        judged = judge(items, policy, before=before, faults=self.config.faults)
        return Answer(
            200,
            {
                "evaluationId": self.config.ids.uuid(),
                "outcome": self._word(worst(one.outcome for one in judged)),
                "items": [
                    _item(one, insurer, _kind(item))
                    for one, item in zip(judged, asked["items"], strict=True)
                ],
                "cost": _cost(sum(one.total for one in judged), sum(one.plan for one in judged)),
                "costKind": max(
                    map(_kind, asked["items"])
                ),  # one price that is not stated is enough
            },
        )

    def _word(self, outcome: str) -> str:
        """Return an outcome as the protocol has it, or as the insurer's old interface had it."""
        return (
            outcome[:1].upper()
            if self.config.faults.on("complementary.rules.own_words")
            else outcome
        )

    def _concept(self, item: Mapping[str, Any], day: date, at: int) -> Concept:
        coded = item["code"]
        try:
            return self.book.find(coded["system"], coded["code"], day, coded.get("version"))
        except CodeRefused as refused:
            pointer = f"/items/{at}/code"
            raise Refusal("CODE_UNKNOWN", pointer=pointer, detail=refused.reason) from refused

    async def _base_costs(
        self, call: Call, concepts: list[Concept]
    ) -> dict[str, Mapping[str, int]]:
        """Ask the purchaser what the base insurer leaves to the patient, by item id."""
        asked = call.body
        centre = await call.peer("siam").get(f"/centres/{call.caller.centre}")
        if centre.code is not None:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        lines = [
            {
                "itemId": one["itemId"],
                "code": dict(one["code"]),
                "quantity": one["quantity"],
                "unitPrice": one.get("unitPrice") or _usual_price(concept),
            }
            for one, concept in zip(asked["items"], concepts, strict=True)
        ]
        reply = await call.peer("purchaser").post(
            "/price",
            {
                "patient": dict(asked["patient"]),
                "centreKind": {"kind": centre.json["kind"], "sector": centre.json["sector"]},
                "items": lines,
            },
        )
        if reply.code is not None:
            # The codes were found here; what is left is their text, or the person.
            raise Refusal("CODE_UNKNOWN", pointer="/items", detail=reply.code)
        return {one["itemId"]: one for one in reply.json["items"]}


def _usual_price(concept: Concept) -> int:
    """Return the price the tables know; 1 rial for what has none, which then costs nothing."""
    row = concept.properties
    return int(row.get("publicTariff") or row.get("referencePrice") or 1)


def _kind(asked: Mapping[str, Any]) -> str:
    """Say whether a price was stated, so that the cost is what it will be."""
    return "calculated" if "unitPrice" in asked else "proposed"


def _item(one: Judged, insurer: str, kind: str) -> dict[str, Any]:
    return {
        "itemId": one.item_id,
        "outcome": one.outcome,
        "messages": [
            {**_message(rule), "itemId": one.item_id, "insurer": insurer} for rule in one.rules
        ],
        "cost": _cost(one.total, one.plan),
        "costKind": kind,
    }


def _message(rule: Rule) -> dict[str, str]:
    return {
        "ruleId": rule.rule_id,
        "kind": rule.kind,
        "messageFa": rule.fa,
        "messageEn": rule.en,
    }


def _cost(part: int, plan: int) -> dict[str, int]:
    """Write the patient's part, what the plan pays of it, and what is left."""
    return {"total": part, "insurerShare": plan, "patientShare": part - plan}
