"""Electronic adjudication: the post-service stage of every base insurer and self-insuring body.

A claim is decided when it arrives: against the claim the purchaser keeps, the tariff of the day and
the limits of the code book. The purchaser reads the results for its statements. (ADR 0011)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.adjudication import store
from reference_impl.adjudication.domain import (
    RULES,
    Adjustment,
    accepted,
    deductions,
    end_of_day,
    given_back,
    last_day,
    month_of,
    state_at,
)
from reference_impl.adjudication.lines import Ceilings, claimed_lines, visit_keys
from reference_impl.faults.meeting import Meeting
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import FieldError, Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

_CLAIM = frozenset({"insurerCode", "hid", "admission", "servedOn", "items"})
"""What a claim needs to be decided item by item; a purchaser may publish claims without it."""
REASONS = "urn:ir:maksa:reason-synthetic"


@dataclass(frozen=True)
class Terms:
    """Days after the result within which it may be objected to, and after which it is paid."""

    objection_days: int
    settlement_days: int


@dataclass(frozen=True)
class Before:
    """What was seen before the change, and believed in it: seeded races only."""

    visits: frozenset[str] | None = None
    is_free: bool = False


def create(config: Configuration) -> Service:
    """Make the adjudication service on its store."""
    config.store.create(store.METADATA)
    desk = Adjudication(config)
    return Service(
        "adjudication",
        (
            Operation("submitClaim", desk.submit),
            Operation("getClaimResult", desk.read, callers=EVERYONE),
            Operation("objectToClaim", desk.object),
            Operation("listClaimResults", desk.month, callers=EVERYONE),
        ),
    )


class Adjudication:
    """The desk at which claims are decided."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.book = CodeBook(config.pack.codes.values())
        self.ceilings = Ceilings.of(config.pack.tariff_years)
        cycle = config.pack.lifecycles["claim"]
        self.terms = Terms(int(cycle["objectionDays"]), int(cycle["settlementDays"]))
        self.meeting = Meeting()

    async def submit(self, call: Call) -> Work:
        """Decide a claim that the purchaser keeps. [RM-INS-ADJ, RM-INS-POST-A]."""
        asked = call.body
        claim = await self._claim(call, asked["claimId"])
        self._check_submission(asked, claim)
        sector = await self._sector(call)
        before = await self._looked_before(claim)

        def commit(rows: Connection) -> Answer:
            kept = _find(rows, asked["claimId"]) is not None
            if kept and not (
                before.is_free or self.config.faults.on("adjudication.submission.taken_again")
            ):
                raise Refusal("CLAIM_DUPLICATE", pointer="/claimId", detail=asked["claimId"])
            now = self.config.clock.now()
            visits = self._seen(rows, claim) if before.visits is None else before.visits
            lines = claimed_lines(claim, sector, self.book, self.ceilings, visits)
            found = deductions(lines, self.config.faults)
            if not kept:
                self._keep(rows, call, claim, now)
                _keep_visits(rows, claim, self.book)
            known = len(_adjustments(rows, asked["claimId"]))
            _keep_adjustments(rows, asked["claimId"], found, now, first=known)
            return Answer(201, self._shown(rows, asked["claimId"]))

        return commit

    async def _looked_before(self, claim: Mapping[str, Any]) -> Before:
        """Return what a seeded race saw before the change; without one nothing is looked at."""
        faults, before = self.config.faults, Before()
        if faults.on("adjudication.visit.looked_up_before"):
            with self.config.store.read() as rows:
                before = Before(visits=self._seen(rows, claim))
            await self.meeting.meet(f"visit {claim['hid']}")
        if faults.on("adjudication.claim.looked_up_before"):
            with self.config.store.read() as rows:
                before = Before(is_free=_find(rows, claim["claimId"]) is None)
            await self.meeting.meet(f"claim {claim['claimId']}")
        return before

    async def read(self, call: Call) -> Answer:
        """Show the result to the centre that claimed."""
        with self.config.store.read() as rows:
            row = self._own(rows, call)
            return Answer(200, self._shown(rows, row["claim_id"]))

    async def month(self, call: Call) -> Answer:
        """Show all results of claims the centre submitted in a Jalali month."""
        table = store.claims
        query = select(table.c.claim_id).where(table.c.month == call.path["period"])
        if not self.config.faults.on("adjudication.result.any_centre"):
            query = query.where(table.c.centre == call.caller.centre)
        with self.config.store.read() as rows:
            found = rows.execute(query.order_by(table.c.adjudicated_at)).scalars().all()
            as_decided = self.config.faults.on("adjudication.month.as_decided")
            results = [self._shown(rows, one, as_decided=as_decided) for one in found]
        return Answer(200, {"period": call.path["period"], "results": results})

    async def object(self, call: Call) -> Work:
        """Decide an objection to what was deducted from an item, once. [ERX-8-4-E]."""
        item_ref = call.body["itemRef"]

        def commit(rows: Connection) -> Answer:
            row = self._own(rows, call)
            now = self.config.clock.now()
            known = _adjustments(rows, row["claim_id"])
            if not self._check_objection(rows, row, item_ref, now):
                rows.execute(
                    insert(store.objections).values(
                        claim_id=row["claim_id"],
                        item_ref=item_ref,
                        text=call.body["text"],
                        at=store.instant(now),
                    )
                )
            back = given_back(item_ref, known)
            if back is not None and not self.config.faults.on("adjudication.objection.no_effect"):
                _keep_adjustments(rows, row["claim_id"], (back,), now, first=len(known))
            return Answer(201, self._shown(rows, row["claim_id"]))

        return commit

    async def _claim(self, call: Call, claim_id: str) -> Mapping[str, Any]:
        reply = await call.peer("purchaser").get(f"/claims/{claim_id}")
        if reply.code is not None:
            raise Refusal("CLAIM_NOT_FOUND", pointer="/claimId")
        claim: Mapping[str, Any] = reply.json
        if not claim.keys() >= _CLAIM:
            raise Refusal("CLAIM_INCOMPLETE", pointer="/claimId", detail="no service behind it")
        return claim

    async def _sector(self, call: Call) -> str:
        reply = await call.peer("siam").get(f"/centres/{call.caller.centre}")
        if reply.code is not None:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        return str(reply.json["sector"])

    def _check_submission(self, asked: Mapping[str, Any], claim: Mapping[str, Any]) -> None:
        """Refuse a submission that says otherwise than the claim, or leaves its documents out."""
        faults = self.config.faults
        if asked["insurerCode"] != claim["insurerCode"] and not faults.on(
            "adjudication.submission.insurer_unchecked"
        ):
            raise Refusal("HID_INVALID", pointer="/insurerCode", detail="not the payer of this HID")
        needed = [claim["documentId"]] if "documentId" in claim else []
        missing = [one for one in needed if one not in asked["documents"]]
        if missing and not faults.on("adjudication.submission.documents_unchecked"):
            errors = tuple(FieldError("/documents", one) for one in missing)
            raise Refusal("CLAIM_INCOMPLETE", errors=errors)
        if asked["admission"] != claim["admission"]:
            raise Refusal("COST_MISMATCH", pointer="/admission", detail="not as it was served")
        for member in ("total", "insurerShare", "patientShare"):
            if asked["cost"][member] != claim[member]:
                raise Refusal("COST_MISMATCH", pointer=f"/cost/{member}")

    def _check_objection(
        self, rows: Connection, row: Mapping[str, Any], item_ref: str, now: datetime
    ) -> bool:
        """Refuse an objection that may not be heard; say whether one stands there already."""
        faults = self.config.faults
        deducted = [one for one in _adjustments(rows, row["claim_id"]) if one.item_ref == item_ref]
        if not deducted:
            raise Refusal("CLAIM_STATE_CONFLICT", pointer="/itemRef", detail="nothing was deducted")
        repeated = rows.execute(
            select(store.objections.c.at).where(
                store.objections.c.claim_id == row["claim_id"],
                store.objections.c.item_ref == item_ref,
            )
        ).first()
        if repeated is not None and not faults.on("adjudication.objection.decided_again"):
            raise Refusal("CLAIM_STATE_CONFLICT", pointer="/itemRef", detail="decided before")
        if now >= store.moment(row["settles_at"]):
            raise Refusal("CLAIM_STATE_CONFLICT", detail="settled", pointer="path:claimId")
        late = now >= store.moment(row["object_before"])
        if late and not faults.on("adjudication.objection.window_ignored"):
            raise Refusal("APPEAL_WINDOW_CLOSED")
        return repeated is not None

    def _seen(self, rows: Connection, claim: Mapping[str, Any]) -> frozenset[str]:
        """Return the items whose visit was claimed before under the same HID and day."""
        if self.config.faults.on("adjudication.rules.repeats_unseen"):
            return frozenset()
        table = store.visits
        found = set()
        for item_id, code in visit_keys(claim, self.book):
            query = select(table.c.claim_id).where(
                table.c.hid == claim["hid"],
                table.c.code == code,
                table.c.served_on == claim["servedOn"],
            )
            if rows.execute(query).first() is not None:
                found.add(item_id)
        return frozenset(found)

    def _own(self, rows: Connection, call: Call) -> Mapping[str, Any]:
        """Return the caller's claim; another centre's looks as if it did not exist."""
        row = _find(rows, call.path["claimId"])
        anybody = self.config.faults.on("adjudication.result.any_centre")
        if row is None or (row["centre"] != call.caller.centre and not anybody):
            raise Refusal("CLAIM_NOT_FOUND")
        return row

    def _keep(self, rows: Connection, call: Call, claim: Mapping[str, Any], now: datetime) -> None:
        submitted = datetime.fromisoformat(claim["submittedAt"])
        rows.execute(
            insert(store.claims).values(
                claim_id=claim["claimId"],
                centre=call.caller.centre,
                insurer=claim["insurerCode"],
                month=month_of(submitted),
                insurer_share=claim["insurerShare"],
                patient_share=claim["patientShare"],
                adjudicated_at=store.instant(now),
                object_before=store.instant(end_of_day(now, self.terms.objection_days)),
                settles_at=store.instant(end_of_day(now, self.terms.settlement_days)),
            )
        )

    def _shown(
        self, rows: Connection, claim_id: str, *, as_decided: bool = False
    ) -> dict[str, Any]:
        row = _find(rows, claim_id)
        if row is None:
            message = f"claim {claim_id} has adjustments but no result"
            raise LookupError(message)
        known = _adjustments(rows, claim_id)
        faults = self.config.faults
        counted = accepted(row["insurer_share"], row["patient_share"], known, faults)
        settles_at = store.moment(row["settles_at"])
        early = faults.on("adjudication.result.settled_at_once")
        now = settles_at if early else self.config.clock.now()
        if faults.on("adjudication.result.never_settled") or as_decided:
            now = store.moment(row["adjudicated_at"])
        told = len(known) > 0 and not faults.on("adjudication.result.adjusted_untold")
        state = state_at(settles_at, told, now)
        shown: dict[str, Any] = {
            "claimId": claim_id,
            "state": state,
            "accepted": {
                "total": counted.total,
                "insurerShare": counted.insurer,
                "patientShare": counted.patient,
            },
            "adjustments": [self._adjustment(one) for one in known],
            "insurerCode": row["insurer"],
            "objectUntil": last_day(store.moment(row["object_before"])).isoformat(),
            "settlesOn": last_day(settles_at).isoformat(),
        }
        if state == "SETTLED":
            whole = faults.on("adjudication.result.pays_what_was_claimed")
            shown["paid"] = row["insurer_share"] if whole else counted.insurer
        return shown

    def _adjustment(self, one: Adjustment) -> dict[str, Any]:
        concept = self.book.versions(REASONS, one.reason)[-1]
        shown: dict[str, Any] = {
            "itemRef": one.item_ref,
            "amount": one.amount,
            "reason": {
                "system": REASONS,
                "code": one.reason,
                "version": concept.version,
                "display": concept.properties["en"],
            },
        }
        if one.reason in RULES:
            shown["ruleId"] = RULES[one.reason]
        return shown


def _find(rows: Connection, claim_id: str) -> Mapping[str, Any] | None:
    query = select(store.claims).where(store.claims.c.claim_id == claim_id)
    row = rows.execute(query).mappings().first()
    return None if row is None else dict(row)


def _adjustments(rows: Connection, claim_id: str) -> tuple[Adjustment, ...]:
    table = store.adjustments
    query = select(table).where(table.c.claim_id == claim_id).order_by(table.c.position)
    return tuple(Adjustment(r.item_ref, r.amount, r.reason) for r in rows.execute(query))


def _keep_adjustments(
    rows: Connection,
    claim_id: str,
    found: tuple[Adjustment, ...],
    now: datetime,
    first: int = 0,
) -> None:
    for position, one in enumerate(found, start=first):
        rows.execute(
            insert(store.adjustments).values(
                claim_id=claim_id,
                position=position,
                item_ref=one.item_ref,
                amount=one.amount,
                reason=one.reason,
                at=store.instant(now),
            )
        )


def _keep_visits(rows: Connection, claim: Mapping[str, Any], book: CodeBook) -> None:
    """Remember the visits of a claim; one that was claimed before keeps its first claim."""
    table = store.visits
    for code in sorted({code for _, code in visit_keys(claim, book)}):
        key = {"hid": claim["hid"], "code": code, "served_on": claim["servedOn"]}
        query = select(table.c.claim_id).where(*(table.c[name] == key[name] for name in key))
        if rows.execute(query).first() is None:
            rows.execute(insert(table).values(claim_id=claim["claimId"], **key))
