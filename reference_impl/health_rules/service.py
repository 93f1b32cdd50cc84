"""The health rule service: clinical rules before prescribing and before service. [ERX-8-7]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from reference_impl.health_rules import store
from reference_impl.health_rules.domain import (
    POSITIONS,
    case_of,
    gets_id,
    leniency_of,
    reading_of,
    word,
)
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rules.bank import Bank
from reference_impl.platform.rules.coded import Reader
from reference_impl.platform.rules.verdicts import Judge, Verdict, message, rule_text, worst
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

TRACKING_LIFE = timedelta(hours=24)
TRACKING_DIGITS = 20


def create(config: Configuration) -> Service:
    """Make the health rule service on its store."""
    config.store.create(store.METADATA)
    desk = HealthRules(config)
    return Service(
        "health_rules",
        (
            Operation("evaluateHealthRules", desk.evaluate, callers=EVERYONE),
            Operation("listHealthRules", desk.bank_view, callers=EVERYONE),
        ),
    )


class HealthRules:
    """The desk where clinical rules are asked."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.faults = config.faults
        self.book = CodeBook(config.pack.codes.values())
        self.bank = Bank(config.pack.rule_banks["clinical"]["rules"], reading_of(config.faults))
        self.judge = Judge(self.book, leniency_of(config.faults))

    async def evaluate(self, call: Call) -> Work:
        """Judge every item; a tracking id for the whole when nothing stands against it."""
        asked, now = call.body, self.config.clock.now()
        position = self._position(asked["position"])
        day = now.astimezone(TEHRAN).date()
        any_text = self.faults.on("health_rules.code.text_ignored")
        reader = Reader(self.book, day, any_text=any_text)
        items, active = reader.items(asked), reader.active(asked)
        diagnoses = reader.diagnoses(asked)
        reader.check_conditions(asked)
        identity = await self._identity(call)
        case = case_of(asked, identity, (items, active, diagnoses), day, self.faults)
        hits = self.bank.hits(case, position, day=day)
        if self.faults.on("health_rules.items.last_unheard"):
            last = len(case.items) - 1
            hits = [one for one in hits if not last or one.item != last]
        verdicts = self.judge.verdicts(asked["items"], hits, day)

        def commit(rows: Connection) -> Answer:
            answer = self._answer(verdicts, now)
            rows.execute(
                insert(store.evaluations).values(self._record(call, answer, verdicts, now))
            )
            return Answer(200, answer)

        return commit

    async def bank_view(self, _call: Call) -> Answer:
        """Show the clinical bank. [ERX-8-7-A]."""
        rules = [rule_text(one.text) for one in self.bank.rules]
        if self.faults.on("health_rules.bank.outdated"):
            rules = rules[:-10]
        return Answer(200, {"rules": rules})

    def _position(self, name: str) -> str:
        if name not in POSITIONS:
            if self.faults.on("health_rules.position.after_service_answered"):
                return "C2"
            raise Refusal("RULE_POSITION_INVALID", pointer="/position")
        if self.faults.on("health_rules.position.silent_before_service"):
            return {"C1": "C1"}.get(POSITIONS[name], "")
        return POSITIONS[name]

    async def _identity(self, call: Call) -> Mapping[str, Any]:
        question = {"patient": call.body["patient"], "centre": call.body["centre"]}
        reply = await call.peer("eligibility").post("/inquiries", question)
        if reply.code is not None:
            raise Refusal(reply.code, pointer="/patient/value")
        identity: Mapping[str, Any] = reply.json["identity"]
        return identity

    def _answer(self, verdicts: Sequence[Verdict], now: datetime) -> dict[str, Any]:
        shown = [self._item(one) for one in verdicts]
        answer: dict[str, Any] = {
            "evaluationId": self.config.ids.uuid(),
            "outcome": word(worst(one.outcome for one in verdicts)),
            "items": shown,
            "messages": [said for one in shown for said in one["messages"]],
        }
        if gets_id(verdicts, self.faults):
            answer["trackingId"] = self.config.ids.digits(TRACKING_DIGITS)
            answer["trackingIdExpiresAt"] = written(now + TRACKING_LIFE)
        return answer

    def _item(self, verdict: Verdict) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "itemId": verdict.item_id,
            "outcome": verdict.outcome,
            "messages": [message(one, verdict, "health") for one in verdict.hits],
        }
        if self.faults.on("health_rules.message.final"):
            shown["messages"] = [
                {**one, "overridable": False} if "overridable" in one else one
                for one in shown["messages"]
            ]
        if verdict.reasons and verdict.settled:
            shown["overridden"] = True
        return shown

    def _record(
        self, call: Call, answer: Mapping[str, Any], verdicts: Sequence[Verdict], now: datetime
    ) -> dict[str, Any]:
        return {
            "evaluation_id": answer["evaluationId"],
            "position": call.body["position"],
            "centre": call.caller.centre,
            "hid": call.body["hid"],
            "at": written(now),
            "outcome": answer["outcome"],
            "tracking_id": answer.get("trackingId"),
            "expires_at": answer.get("trackingIdExpiresAt"),
            "told": {one.item_id: [hit.rule.id for hit in one.hits] for one in verdicts},
            "overridden": {one.item_id: dict(one.reasons) for one in verdicts if one.reasons},
        }
