"""The secretariat's tools: read the bank, try one rule, count what rules said. [ERX-8-6-N3-B]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, func, insert, select

from reference_impl.insurance_rules import store
from reference_impl.insurance_rules.answers import Composer, Findings
from reference_impl.insurance_rules.months import month_of
from reference_impl.insurance_rules.questions import Asking
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import Configuration, FaultSwitch
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rules.bank import Bank, Rule
from reference_impl.platform.rules.verdicts import rule_text
from reference_impl.platform.service import Answer, Call, Work


class Oversight:
    """The desk of the secretariat."""

    def __init__(self, config: Configuration, asking: Asking) -> None:
        self.config = config
        self.faults = config.faults
        self.asking = asking
        self.composer = Composer(config.faults)

    async def bank_view(self, _call: Call) -> Answer:
        """Show the whole bank in the order of evaluation."""
        return Answer(200, {"rules": [rule_text(one.text) for one in self.asking.bank.rules]})

    async def rule(self, call: Call) -> Answer:
        """Show one rule."""
        return Answer(200, rule_text(self._rule(call.path["ruleId"], "path:ruleId").text))

    async def trial(self, call: Call) -> Answer | Work:
        """Try one rule, in force or announced, on a request; nothing remains of it."""
        tried, asked = self._rule(call.body["ruleId"], "/ruleId"), call.body["request"]
        question = await self.asking.question(call, asked, "/request")
        if question.position not in tried.positions:
            raise Refusal("RULE_POSITION_INVALID", pointer="/request/position", rule_id=tried.id)
        hits = self.asking.hits(question, Bank([tried.text], self.asking.reading))
        amounts = self.asking.amounts(question, hits)
        if tried.kind != "calculation":
            amounts = [None] * len(amounts)
        findings = Findings(question, self.asking.verdicts(question, hits), amounts)
        answer = self.composer.answer(findings, self.config.ids.uuid(), None) | {"trial": True}
        if "cost" in answer and self.faults.on("insurance_rules.trial.price_of_first"):
            answer["cost"] = answer["items"][0]["cost"]
        said = told_rows(findings, answer["evaluationId"], self.faults)
        if said and self.faults.on("insurance_rules.trial.counted"):
            return _counting(said, answer)
        return Answer(200, answer)

    async def audit(self, call: Call) -> Answer:
        """Count hits and overrides of every rule in a month that has begun. [RM-INS-RULEBANK]."""
        month = call.path["period"]
        if month > month_of(self.config.clock.now().astimezone(TEHRAN).date()):
            raise Refusal("STATEMENT_PERIOD_INVALID", pointer="path:period")
        told = store.told
        query = select(
            told.c.rule_id,
            func.count().label("hits"),
            func.sum(case((told.c.overridden, 1), else_=0)).label("overrides"),
        ).group_by(told.c.rule_id)
        if not self.faults.on("insurance_rules.audit.all_months"):
            query = query.where(told.c.month == month)
        with self.config.store.read() as rows:
            counted = {one.rule_id: one for one in rows.execute(query).all()}
        named = dict.fromkeys([*self.asking.bank.by_id, *sorted(counted)])
        shown = [
            {
                "ruleId": name,
                "hits": int(counted[name].hits) if name in counted else 0,
                "overrides": int(counted[name].overrides) if name in counted else 0,
            }
            for name in named
        ]
        return Answer(200, {"period": month, "rules": shown})

    def _rule(self, rule_id: str, pointer: str) -> Rule:
        found = self.asking.bank.by_id.get(rule_id)
        if found is None:
            raise Refusal("RULE_UNKNOWN", pointer=pointer)
        return found


def _counting(said: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> Work:
    def commit(rows: Connection) -> Answer:
        rows.execute(insert(store.told), list(said))
        return Answer(200, answer)

    return commit


def told_rows(findings: Findings, evaluation_id: str, faults: FaultSwitch) -> list[dict[str, Any]]:
    """Return what every rule said, for the audit: once for each item, or once for the whole.

    Health rules of a unified answer are counted too, with their overrides.
    """
    question = findings.question
    fixed = {"evaluation_id": evaluation_id, "month": month_of(question.day)}
    forgets = faults.on("insurance_rules.override.not_recorded")
    rows: dict[tuple[str, str | None], dict[str, Any]] = {}
    for index, verdict in enumerate(findings.verdicts):
        reasons = {} if forgets else verdict.reasons
        for hit in verdict.hits:
            item_id = None if hit.item is None else verdict.item_id
            rows[hit.rule.id, item_id] = {
                **fixed,
                "rule_id": hit.rule.id,
                "item_id": item_id,
                "kind": hit.rule.kind,
                "overridden": hit.rule.id in reasons,
                "reason": reasons.get(hit.rule.id),
            }
        overrides = question.asked["items"][index].get("overrides", ())
        coded = {} if forgets else {one["ruleId"]: one["reason"]["code"] for one in overrides}
        for said in findings.health.messages(verdict.item_id):
            overridden = bool(said.get("overridden")) and not forgets
            rows[said["ruleId"], verdict.item_id] = {
                **fixed,
                "rule_id": said["ruleId"],
                "item_id": verdict.item_id,
                "kind": said["kind"],
                "overridden": overridden,
                "reason": coded.get(said["ruleId"]) if overridden else None,
            }
    return list(rows.values())
