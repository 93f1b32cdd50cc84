"""The eight operations of `insurance_rules.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.foreign.conditions import Hit, Json, judge
from tests.foreign.exchange import Exchange, Unavailable
from tests.foreign.facts import POSITIONS, Inquiry, Question, today
from tests.foreign.ledger import Ledger
from tests.foreign.published import Pack, Refused
from tests.foreign.verdicts import (
    Judged,
    Leniency,
    amounts,
    answer,
    jalali_month,
    new_id,
    overridden,
    strongest,
)

Work = Callable[[], tuple[int, Json]]


@dataclass(frozen=True)
class Asked:
    """An operation with its path, body and who asks."""

    path: Mapping[str, str]
    body: Json
    context: Mapping[str, str]


@dataclass(frozen=True)
class Habits:
    """Mistakes of the rule desk; none by default."""

    leniency: Leniency = field(default_factory=Leniency)
    trial_counted: bool = False
    health_ignored: bool = False
    window_short: bool = False


class Desk:
    """Answers questions; every method returns the work that remains to be done at once."""

    def __init__(self, pack: Pack, exchange: Exchange, ledger: Ledger, habits: Habits) -> None:
        self.pack, self.exchange, self.ledger, self.habits = pack, exchange, ledger, habits
        self.inquiry = Inquiry(pack, exchange, ledger)
        self.by_id = {rule["id"]: rule for rule in pack.rules}

    def evaluate_rules(self, asked: Asked) -> Work:
        question = self.inquiry.question(asked.body, asked.context, "")
        return self._evaluated(question, {}, None)

    def evaluate_unified(self, asked: Asked) -> Work:
        question = self.inquiry.question(asked.body, asked.context, "")
        health = self._health(question, asked.context)
        return self._evaluated(question, _by_item(health), self._parts(question, health))

    def evaluate_trial(self, asked: Asked) -> Work:
        rule, request = self._rule(asked.body["ruleId"], "/ruleId"), asked.body["request"]
        if POSITIONS[request["position"]] not in rule["positions"]:
            raise Refused("RULE_POSITION_INVALID", ("/request/position", "not one of the rule"))
        question = self.inquiry.question(request, asked.context, "/request")
        hits = judge([rule], question.situation)
        judged = self._judged(question, hits, {}, "/request")
        if rule["outcome"]["kind"] != "calculation":
            judged = [
                Judged(one.item_id, one.hits, one.taken, None, one.has_price, {}) for one in judged
            ]
        shown = answer(question, judged, new_id(), None, self.habits.leniency) | {"trial": True}

        def work() -> tuple[int, Json]:
            if self.habits.trial_counted:
                self._say(question, judged, hits)
            return 200, shown

        return work

    def get_rule_approval(self, asked: Asked) -> Work:
        number = asked.path["trackingId"]
        evaluation, item, until, request, _ = self.ledger.approved(number)
        shown = {
            "trackingId": number,
            "evaluationId": evaluation,
            "hid": request["hid"],
            "itemId": item,
            "expiresAt": until,
        }
        return lambda: (200, shown)

    def report_rule_use(self, asked: Asked) -> Work:
        number, document = asked.path["trackingId"], asked.body["documentId"]
        return lambda: (200, self.ledger.use(number, document, today()))

    def list_rules(self, _: Asked) -> Work:
        return lambda: (200, {"rules": [_text(rule) for rule in self.pack.rules]})

    def get_rule(self, asked: Asked) -> Work:
        shown = _text(self._rule(asked.path["ruleId"], "path:ruleId"))
        return lambda: (200, shown)

    def get_rule_audit(self, asked: Asked) -> Work:
        month = asked.path["period"]
        if month > jalali_month(today()):
            raise Refused("STATEMENT_PERIOD_INVALID", ("path:period", "has not begun"))
        counted = self.ledger.audit(month)
        names = [*self.by_id, *sorted(set(counted) - set(self.by_id))]
        rows = [
            {
                "ruleId": name,
                "hits": counted.get(name, (0, 0))[0],
                "overrides": counted.get(name, (0, 0))[1],
            }
            for name in names
        ]
        return lambda: (200, {"period": month, "rules": rows})

    def _rule(self, name: str, place: str) -> Mapping[str, Json]:
        if name not in self.by_id:
            raise Refused("RULE_UNKNOWN", (place, "not in the bank"))
        found: Mapping[str, Json] = self.by_id[name]
        return found

    def _in_force(self, question: Question, insurer: str | None) -> list[Mapping[str, Json]]:
        day = question.today.isoformat()
        return [
            rule
            for rule in self.pack.rules
            if question.position in rule["positions"]
            and rule["validFrom"] <= day <= rule.get("validUntil", day)
            and ("insurers" not in rule or insurer in rule["insurers"])
        ]

    def _hits(self, question: Question) -> list[Hit]:
        rules = self._in_force(question, question.insurer)
        if self.habits.window_short:
            rules = [_shortened(rule) for rule in rules]
        return judge(rules, question.situation)

    def _judged(
        self, question: Question, hits: Sequence[Hit], health: Mapping[str, Json], root: str
    ) -> list[Judged]:
        judged = []
        for index, item in enumerate(question.asked["items"]):
            mine = [one for one in hits if one.index in {None, index}]
            how = self.habits.leniency
            taken = overridden(self.pack, question, index, mine, root, how)
            cost = amounts(question.situation.items[index], mine, how)
            told = health.get(item["itemId"], {})
            judged.append(Judged(item["itemId"], mine, taken, cost, "unitPrice" in item, told))
        return judged

    def _evaluated(
        self, question: Question, health: Mapping[str, Json], parts: list[Json] | None
    ) -> Work:
        hits = self._hits(question)
        judged = self._judged(question, hits, health, "")

        def work() -> tuple[int, Json]:
            evaluation = new_id()
            noted = [
                {
                    "itemId": asked["itemId"],
                    "kind": facts["kind"],
                    "code": facts["code"],
                    "coded": asked["code"],
                    "days": asked.get("durationDays"),
                }
                for asked, facts in zip(
                    question.asked["items"], question.situation.items, strict=True
                )
            ]
            self.ledger.keep(evaluation, question.asked, noted)
            shown = answer(question, judged, evaluation, self.ledger.approve, self.habits.leniency)
            self._say(question, judged, hits)
            return 200, shown if parts is None else shown | {"parts": parts}

        return work

    def _say(self, question: Question, judged: Sequence[Judged], hits: Sequence[Hit]) -> None:
        """Count what was said: once for an item, once for the whole."""
        month = jalali_month(question.today)
        taken = {one for item in judged for one in item.taken}
        rows = [
            (
                month,
                str(hit.rule["id"]),
                hit.rule["id"] in (taken if hit.index is None else judged[hit.index].taken),
            )
            for hit in hits
        ]
        for item in judged:
            rows += [
                (month, str(said["ruleId"]), bool(said.get("overridden")))
                for said in item.health.get("messages", ())
            ]
        self.ledger.say(rows)

    def _health(self, question: Question, context: Mapping[str, str]) -> Json | None:
        asked = dict(question.asked)
        if asked["position"] == "post_service" or self.habits.health_ignored:
            return None
        taken = self.ledger.still_taken(asked, question.today)
        if taken:
            stated = asked.get("facts", {})
            asked["facts"] = {**stated, "active": [*stated.get("active", ()), *taken][:50]}
        try:
            reply = self.exchange.post("/health_rules/v1/evaluations", asked, context)
        except Unavailable:
            raise Refused("RULE_SOURCE_UNAVAILABLE") from None
        if reply.code is not None and reply.status < 500:
            raise Refused(reply.code, *_places(reply.json))
        if reply.status != 200:
            raise Refused("RULE_SOURCE_UNAVAILABLE")
        return reply.json

    def _parts(self, question: Question, health: Json | None) -> list[Json]:
        parts: list[Json] = [self._part("insurance", question, question.insurer, own_only=False)]
        parts += [
            self._part("complementary", question, one, own_only=True)
            for one in question.complementary
        ]
        if health is not None:
            outcome = strongest(one["outcome"] for one in health["items"])
            parts.append(
                {"source": "health", "outcome": outcome, "evaluationId": health["evaluationId"]}
            )
        return parts

    def _part(
        self, source: str, question: Question, insurer: str | None, *, own_only: bool
    ) -> Json:
        rules = self._in_force(question, insurer)
        hits = judge(
            [one for one in rules if "insurers" in one or not own_only], question.situation
        )
        judged = [Judged("", [one], set(), None, False, {}) for one in hits]
        part = {"source": source, "outcome": strongest(one.insurance for one in judged)}
        return part if insurer is None else {**part, "insurer": insurer}


def _by_item(health: Json | None) -> dict[str, Json]:
    return {} if health is None else {one["itemId"]: one for one in health["items"]}


def _places(problem: Mapping[str, Json]) -> list[tuple[str, str]]:
    return [(one["pointer"], one["detail"]) for one in problem.get("errors", ())]


def _shortened(rule: Mapping[str, Json]) -> Mapping[str, Json]:
    """Leave out the first day of every window of counting."""

    def walked(condition: Json) -> Json:
        if isinstance(condition, dict):
            rest = {name: walked(value) for name, value in condition.items()}
            return rest | {"withinDays": rest["withinDays"] - 1} if "count" in rest else rest
        return [walked(one) for one in condition] if isinstance(condition, list) else condition

    return {**rule, "when": walked(rule["when"])}


def _text(rule: Mapping[str, Json]) -> dict[str, Json]:
    names = ("positions", "validFrom", "validUntil", "insurers", "overridable", "scope", "source")
    return {
        "ruleId": rule["id"],
        "kind": rule["outcome"]["kind"],
        "textFa": rule["fa"],
        "textEn": rule["en"],
        "condition": rule["when"],
        **{name: rule[name] for name in names if name in rule},
    }
