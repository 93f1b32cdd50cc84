"""The rule service: insurance rules at three positions, and both kinds in one call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from reference_impl.insurance_rules import store
from reference_impl.insurance_rules.answers import NOT_ASKED, Composer, Findings, Health, Issue
from reference_impl.insurance_rules.domain import BEFORE, Question
from reference_impl.insurance_rules.ledger import recorded, remember, still_taken
from reference_impl.insurance_rules.oversight import Oversight, told_rows
from reference_impl.insurance_rules.questions import Asking, prescriber_of
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import FieldError, Refusal
from reference_impl.platform.rules.verdicts import worst
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

TRACKING_LIFE = timedelta(hours=24)
TRACKING_DIGITS = 20


def create(config: Configuration) -> Service:
    """Make the rule service on its store."""
    config.store.create(store.METADATA)
    asking = Asking(config)
    desk, oversight = Rules(config, asking), Oversight(config, asking)
    return Service(
        "insurance_rules",
        (
            Operation("evaluateRules", desk.evaluate, callers=EVERYONE),
            Operation("evaluateUnified", desk.unified, callers=EVERYONE),
            Operation("getRuleApproval", desk.approval, callers=EVERYONE),
            Operation("reportRuleUse", desk.use, callers=EVERYONE),
            Operation("listRules", oversight.bank_view, callers=EVERYONE),
            Operation("getRule", oversight.rule, callers=EVERYONE),
            Operation("evaluateTrial", oversight.trial, callers=EVERYONE, replayed=False),
            Operation("getRuleAudit", oversight.audit, callers=EVERYONE),
        ),
    )


class Rules:
    """The desk where rules are asked."""

    def __init__(self, config: Configuration, asking: Asking) -> None:
        self.config = config
        self.faults = config.faults
        self.asking = asking
        self.composer = Composer(config.faults)

    async def evaluate(self, call: Call) -> Work:
        """Judge all items, price them, and issue tracking ids for what is approved."""
        question = await self.asking.question(call, call.body)
        return self._work(call, self._findings(question, NOT_ASKED))

    async def unified(self, call: Call) -> Work:
        """Let insurance and health rules speak in one answer. [ERX-8-6-N2-B, RUL-006].

        After service the health rules have no position and are not asked.
        """
        question = await self.asking.question(call, call.body)
        findings = self._findings(question, await self._health(call, question))
        return self._work(call, findings, self._parts(findings))

    async def approval(self, call: Call) -> Answer:
        """Say what a tracking id approved, and until when it can be used."""
        with self.config.store.read() as rows:
            found = self._tracked(rows, call.path["trackingId"])
        whole = self.faults.on("insurance_rules.tracking.item_id_as_whole")
        return Answer(
            200,
            {
                "trackingId": found.tracking_id,
                "evaluationId": found.evaluation_id,
                "hid": found.hid,
                "itemId": None if whole else found.item_id,
                "expiresAt": found.expires_at,
            },
        )

    async def use(self, call: Call) -> Work:
        """Enter into the ledger that an approval was used in a registered document."""
        now = self.config.clock.now()

        def commit(rows: Connection) -> Answer:
            found, document = self._tracked(rows, call.path["trackingId"]), call.body["documentId"]
            uses = store.uses
            earlier = rows.execute(
                select(uses).where(
                    uses.c.tracking_id == found.tracking_id, uses.c.document_id == document
                )
            ).first()
            if earlier is not None:
                return Answer(200, _receipt(earlier))
            if datetime.fromisoformat(found.expires_at) < now:
                raise Refusal("TRACKING_ID_EXPIRED", pointer="path:trackingId")
            entries = remember(rows, found, document, now, self.faults)
            row = recorded(found, document, entries, now)
            rows.execute(insert(uses).values(row))
            return Answer(
                200,
                {
                    "trackingId": found.tracking_id,
                    "documentId": document,
                    "recordedAt": row["at"],
                    "entries": entries,
                },
            )

        return commit

    def _findings(self, question: Question, health: Health) -> Findings:
        hits = self.asking.hits(question)
        verdicts = self.asking.verdicts(question, hits)
        return Findings(question, verdicts, self.asking.amounts(question, hits), health)

    def _work(
        self, call: Call, findings: Findings, parts: list[dict[str, Any]] | None = None
    ) -> Work:
        question, now = findings.question, self.config.clock.now()

        def commit(rows: Connection) -> Answer:
            evaluation_id = self.config.ids.uuid()
            issue = self._issuer(rows, evaluation_id, now)
            answer = self.composer.answer(findings, evaluation_id, issue)
            if parts is not None:
                answer["parts"] = parts
            rows.execute(
                insert(store.evaluations).values(
                    evaluation_id=evaluation_id,
                    position=question.asked["position"],
                    centre=call.caller.centre,
                    hid=question.asked["hid"],
                    at=written(now),
                    answer=answer,
                    person=question.person,
                    place=question.asked["centre"],
                    prescriber=prescriber_of(question.asked),
                    noted=_noted(question),
                )
            )
            said = told_rows(findings, evaluation_id, self.faults)
            if said:
                rows.execute(insert(store.told), said)
            return Answer(200, answer)

        return commit

    async def _health(self, call: Call, question: Question) -> Health:
        """Ask the health rules; without their answer there is no verdict at all."""
        asked = question.asked
        ignored = self.faults.on("insurance_rules.unified.health_ignored")
        if asked["position"] not in BEFORE or ignored:
            return NOT_ASKED
        with self.config.store.read() as rows:
            taken = still_taken(rows, question.person, question.day)
        facts = dict(asked.get("facts", {}))
        if taken and not self.faults.on("insurance_rules.unified.ledger_not_told"):
            facts["active"] = [*facts.get("active", ()), *taken][:50]
        body = {**asked, "facts": facts} if facts else asked
        try:
            reply = await call.peer("health_rules").post("/evaluations", body)
        except Refusal as refusal:
            if self.faults.on("insurance_rules.unified.silent_without_health"):
                return NOT_ASKED
            raise Refusal("RULE_SOURCE_UNAVAILABLE") from refusal
        if reply.code is not None:
            raise Refusal(reply.code, errors=_places(reply.json))
        items = {one["itemId"]: one for one in reply.json["items"]}
        return Health(items, reply.json["evaluationId"])

    def _parts(self, findings: Findings) -> list[dict[str, Any]]:
        """Return the verdict of each source. [ERX-8-6-N2-B]."""
        question, health = findings.question, findings.health
        parts: list[dict[str, Any]] = [
            {
                "source": "insurance",
                "insurer": question.insurer,
                "outcome": worst(one.outcome for one in findings.verdicts),
            }
        ]
        parts += [
            {"source": "complementary", "insurer": one, "outcome": self._own_outcome(question, one)}
            for one in question.complementary
            if not self.faults.on("insurance_rules.unified.complementary_left_out")
        ]
        if health.evaluation_id is not None:
            parts.append(
                {
                    "source": "health",
                    "outcome": worst(health.outcome(one.item_id) for one in findings.verdicts),
                    "evaluationId": health.evaluation_id,
                }
            )
        return parts

    def _own_outcome(self, question: Question, insurer: str) -> str:
        """Return what the rules of a second payer say; the common ones were asked already."""
        hits = self.asking.bank.hits(
            question.case, question.position, insurer=insurer, day=question.day
        )
        own = [one for one in hits if one.rule.insurers is not None]
        return worst(one.outcome for one in self.asking.verdicts(question, own))

    def _issuer(self, rows: Connection, evaluation_id: str, now: datetime) -> Issue:
        life = TRACKING_LIFE
        if self.faults.on("insurance_rules.tracking.never_expires"):
            life = timedelta(days=3650)
        if self.faults.on("insurance_rules.tracking.one_hour"):
            life = timedelta(hours=1)
        expires = written(now + life)

        def issue(item_id: str | None) -> tuple[str, str]:
            tracking_id = self.config.ids.digits(TRACKING_DIGITS)
            rows.execute(
                insert(store.tracking_ids).values(
                    tracking_id=tracking_id,
                    evaluation_id=evaluation_id,
                    item_id=item_id,
                    expires_at=expires,
                )
            )
            return tracking_id, expires

        return issue

    def _tracked(self, rows: Connection, tracking_id: str) -> Row[Any]:
        ids, evaluations = store.tracking_ids, store.evaluations
        query = (
            select(
                ids,
                evaluations.c.hid,
                evaluations.c.position,
                evaluations.c.person,
                evaluations.c.place,
                evaluations.c.prescriber,
                evaluations.c.noted,
            )
            .join(evaluations, evaluations.c.evaluation_id == ids.c.evaluation_id)
            .where(ids.c.tracking_id == tracking_id)
        )
        found = rows.execute(query).first()
        if found is None:
            raise Refusal("TRACKING_ID_UNKNOWN", pointer="path:trackingId")
        return found


def _noted(question: Question) -> list[dict[str, Any]]:
    """Return what the ledger will need of each item should its approval be used."""
    noted = []
    for asked, facts in zip(question.asked["items"], question.case.items, strict=True):
        row = {name: facts[name] for name in ("kind", "system", "code")}
        row |= {"itemId": asked["itemId"], "coded": asked["code"]}
        if "durationDays" in asked:
            row["days"] = asked["durationDays"]
        noted.append(row)
    return noted


def _places(problem: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return the places a peer named; they hold here too, the body is the same."""
    return tuple(FieldError(one["pointer"], one["detail"]) for one in problem.get("errors", ()))


def _receipt(use: Row[Any]) -> dict[str, Any]:
    return {
        "trackingId": use.tracking_id,
        "documentId": use.document_id,
        "recordedAt": use.at,
        "entries": use.entries,
    }
