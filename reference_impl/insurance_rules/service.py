"""The rule service: one question at three positions, answered item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.insurance_rules import store
from reference_impl.insurance_rules.domain import Judged, Line, gets_id, judge, worst
from reference_impl.insurance_rules.gathering import Gathered, gather
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.codes import CodeBook, CodeRefused, Concept, display_matches
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

TRACKING_LIFE = timedelta(hours=24)
TRACKING_DIGITS = 20


def create(config: Configuration) -> Service:
    """Make the rule service on its store."""
    config.store.create(store.METADATA)
    desk = Rules(config)
    return Service(
        "insurance_rules",
        (
            Operation("evaluateRules", desk.evaluate),
            Operation("getRuleApproval", desk.approval, callers=EVERYONE),
        ),
    )


@dataclass(frozen=True)
class Costed:
    """The price answer of the purchaser by item, and its sums; empty when nothing has a price."""

    items: Mapping[str, Mapping[str, Any]]
    whole: Mapping[str, int] | None


class Rules:
    """The desk where rules are asked."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.book = CodeBook(config.pack.codes.values())
        self.bank: list[Mapping[str, Any]] = list(config.pack.rules["rules"])
        self.texts = {rule["id"]: rule for rule in self.bank}

    async def evaluate(self, call: Call) -> Work:
        """Judge all items, price them, and issue tracking ids for what is approved."""
        asked = call.body
        now = self.config.clock.now()
        today = now.astimezone(TEHRAN).date()
        concepts = [self._concept(one, index, now) for index, one in enumerate(asked["items"])]
        for index, diagnosis in enumerate(asked.get("diagnoses", ())):
            self._check(diagnosis, f"/diagnoses/{index}", now)
        known = await gather(call, today)
        judged = [
            judge(Line(one["itemId"], one["quantity"], concept.properties), known.facts, self.bank)
            for one, concept in zip(asked["items"], concepts, strict=True)
        ]
        costed = await self._costed(call, concepts, known)

        def commit(rows: Connection) -> Answer:
            evaluation_id = self.config.ids.uuid()
            shown = [self._item(rows, evaluation_id, one, costed, now) for one in judged]
            answer: dict[str, Any] = {
                "evaluationId": evaluation_id,
                "outcome": worst(one.outcome for one in judged),
                "items": shown,
            }
            if all(gets_id(one) for one in judged):
                answer["wholeTrackingId"] = self._issue(rows, evaluation_id, None, now)
            if costed.whole is not None:
                answer["cost"] = costed.whole
            rows.execute(
                insert(store.evaluations).values(
                    evaluation_id=evaluation_id,
                    position=asked["position"],
                    centre=call.caller.centre,
                    hid=asked["hid"],
                    at=written(now),
                    answer=answer,
                )
            )
            return Answer(200, answer)

        return commit

    async def approval(self, call: Call) -> Answer:
        """Say what a tracking id approved, and until when it can be used."""
        ids, evaluations = store.tracking_ids, store.evaluations
        query = (
            select(ids, evaluations.c.hid)
            .join(evaluations, evaluations.c.evaluation_id == ids.c.evaluation_id)
            .where(ids.c.tracking_id == call.path["trackingId"])
        )
        with self.config.store.read() as rows:
            found = rows.execute(query).first()
        if found is None:
            raise Refusal("TRACKING_ID_UNKNOWN", pointer="path:trackingId")
        return Answer(
            200,
            {
                "trackingId": found.tracking_id,
                "evaluationId": found.evaluation_id,
                "hid": found.hid,
                "itemId": found.item_id,
                "expiresAt": found.expires_at,
            },
        )

    def _concept(self, item: Mapping[str, Any], index: int, now: datetime) -> Concept:
        return self._check(item["code"], f"/items/{index}/code", now)

    def _check(self, coded: Mapping[str, Any], pointer: str, now: datetime) -> Concept:
        day = now.astimezone(TEHRAN).date()
        try:
            concept = self.book.find(coded["system"], coded["code"], day, coded.get("version"))
        except CodeRefused as refused:
            raise Refusal(refused.reason, pointer=f"{pointer}/code") from refused
        if not display_matches(concept, coded["display"]):
            raise Refusal("CODE_DISPLAY_MISMATCH", pointer=f"{pointer}/display")
        return concept

    async def _costed(self, call: Call, concepts: list[Concept], known: Gathered) -> Costed:
        """Let the purchaser split the cost; items without a price are asked at the tariff."""
        asked = call.body
        lines = []
        for item, concept in zip(asked["items"], concepts, strict=True):
            row = concept.properties
            price = item.get("unitPrice") or row.get("referencePrice") or row.get("publicTariff")
            if price:
                line = {name: item[name] for name in ("itemId", "code", "quantity")}
                lines.append({**line, "unitPrice": price})
        if not lines:
            return Costed({}, None)
        kind = {"kind": known.centre["kind"], "sector": known.centre["sector"]}
        reply = await call.peer("purchaser").post(
            "/price", {"patient": asked["patient"], "centreKind": kind, "items": lines}
        )
        if reply.code is not None:
            raise Refusal(reply.code)
        return Costed({one["itemId"]: one for one in reply.json["items"]}, _cost(reply.json))

    def _item(
        self, rows: Connection, evaluation_id: str, judged: Judged, costed: Costed, now: datetime
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "itemId": judged.item_id,
            "outcome": judged.outcome,
            "messages": [self._message(one.rule_id, one.kind) for one in judged.messages],
        }
        priced = costed.items.get(judged.item_id)
        if priced is not None:
            shown["cost"] = _cost(priced)
            shown["messages"] += [
                self._message(rule, "calculation") for rule in priced["ruleIds"] if rule != "N13"
            ]
        if judged.proposed_quantity is not None:
            shown["proposed"] = {"quantity": judged.proposed_quantity}
        if gets_id(judged):
            shown["trackingId"] = self._issue(rows, evaluation_id, judged.item_id, now)
            shown["trackingIdExpiresAt"] = written(now + TRACKING_LIFE)
        return shown

    def _message(self, rule_id: str, kind: str) -> dict[str, str]:
        rule = self.texts[rule_id]
        return {"ruleId": rule_id, "kind": kind, "messageFa": rule["fa"], "messageEn": rule["en"]}

    def _issue(
        self, rows: Connection, evaluation_id: str, item_id: str | None, now: datetime
    ) -> str:
        tracking_id = self.config.ids.digits(TRACKING_DIGITS)
        rows.execute(
            insert(store.tracking_ids).values(
                tracking_id=tracking_id,
                evaluation_id=evaluation_id,
                item_id=item_id,
                expires_at=written(now + TRACKING_LIFE),
            )
        )
        return tracking_id


def _cost(amounts: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(amounts[name]) for name in ("total", "insurerShare", "patientShare")}
