"""The second claim: what the base insurer left to the patient, claimed from the plan.

The base result is not believed because it was sent: it is read again from adjudication, and the
person from the visit of the claim. `base + complementary + patient == total`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.complementary import store
from reference_impl.complementary.domain import Part, Policy, letter_state, split
from reference_impl.complementary.letters import as_letter, letter_row
from reference_impl.complementary.policies import Policies, person_key
from reference_impl.faults.meeting import Meeting
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work

_NEEDED = frozenset({"hid", "servedOn", "items"})


@dataclass(frozen=True)
class Base:
    """What the base side says of the claim: its accepted cost, and the claim itself."""

    accepted: Mapping[str, int]
    claim: Mapping[str, Any]


class SecondClaims:
    """The desk of the second payer."""

    def __init__(self, config: Configuration, policies: Policies) -> None:
        self.config = config
        self.policies = policies
        self.meeting = Meeting()
        self.term = timedelta(days=int(config.pack.lifecycles["claim"]["settlementDays"]))

    async def submit(self, call: Call) -> Work:
        """Decide a claim with the base result. [ERX-A1-11-2]."""
        asked = call.body
        base = await self._base(call, asked)
        policy = await self._policy(call, asked, base)
        part = int(base.accepted["patientShare"])
        if asked["patientPart"] > part:
            raise Refusal("COST_MISMATCH", pointer="/patientPart", detail="more than was left")
        divided = split(
            base.accepted["total"], part, asked["patientPart"], policy, self.config.faults
        )

        free_before = await self._looked_before(asked, policy)

        def commit(rows: Connection) -> Answer:
            if _find(rows, asked["claimId"]) is not None:
                raise Refusal("CLAIM_DUPLICATE", pointer="/claimId", detail=asked["claimId"])
            if "guaranteeId" in asked:
                self._use_letter(rows, call, policy, base, believed_free=free_before)
            self._keep(rows, call, policy, divided)
            return Answer(201, self._shown(_found(rows, asked["claimId"])))

        return commit

    async def read(self, call: Call) -> Answer:
        """Show claim and payment to the centre that claimed."""
        with self.config.store.read() as rows:
            row = _found(rows, call.path["claimId"])
        anybody = self.config.faults.on("complementary.claim.any_centre")
        if row["centre"] != call.caller.centre and not anybody:
            raise Refusal("CLAIM_NOT_FOUND")
        return Answer(200, self._shown(row))

    async def _base(self, call: Call, asked: Mapping[str, Any]) -> Base:
        """Return the base result as adjudication knows it; refuse one that differs or is missing.

        Only the accepted cost has to agree: the state may have moved on since.
        """
        sent = asked["baseResult"]
        if sent["claimId"] != asked["claimId"] or sent["state"] == "SUBMITTED":
            raise Refusal("BASE_RESULT_MISSING", pointer="/baseResult")
        claim = await call.peer("purchaser").get(f"/claims/{asked['claimId']}")
        if claim.code is not None or not claim.json.keys() >= _NEEDED:
            raise Refusal("BASE_RESULT_MISSING", pointer="/claimId")
        if self.config.faults.on("complementary.base.unverified"):
            return Base(sent["accepted"], claim.json)
        reply = await call.peer("adjudication").get(f"/claims/{asked['claimId']}/result")
        if reply.code is not None or reply.json["accepted"] != sent["accepted"]:
            raise Refusal("BASE_RESULT_MISSING", pointer="/baseResult/accepted")
        return Base(reply.json["accepted"], claim.json)

    async def _policy(self, call: Call, asked: Mapping[str, Any], base: Base) -> Policy:
        visit = await call.peer("eligibility").post(
            "/hids/verification", {"hid": base.claim["hid"]}
        )
        patient = None if visit.code is not None else visit.json["patient"]
        if patient is None:
            raise Refusal("POLICY_NOT_FOUND", pointer="/policy", detail="nobody known was served")
        policy = self.policies.of_number(asked["policy"], person_key(patient), self._today())
        self.policies.check_in_force(policy, date.fromisoformat(base.claim["servedOn"]), "/policy")
        return policy

    async def _looked_before(self, asked: Mapping[str, Any], policy: Policy) -> bool:
        """Say whether a seeded race saw the letter free before the change; else look at nothing."""
        name = asked.get("guaranteeId")
        if name is None or not self.config.faults.on("complementary.guarantee.looked_up_before"):
            return False
        with self.config.store.read() as rows:
            letter = as_letter(letter_row(rows, name))
        await self.meeting.meet(name)
        return letter_state(letter, policy, self._today()) == "issued"

    def _use_letter(
        self, rows: Connection, call: Call, policy: Policy, base: Base, *, believed_free: bool
    ) -> None:
        """Use a letter up; refuse one that is not the centre's, not free, or not for this."""
        faults = self.config.faults
        row = letter_row(rows, call.body["guaranteeId"])
        if row["centre"] != call.caller.centre and not faults.on(
            "complementary.guarantee.any_centre"
        ):
            raise Refusal("GUARANTEE_NOT_FOUND", pointer="/guaranteeId")
        state = letter_state(as_letter(row), policy, self._today())
        again = state == "used" and (
            believed_free or faults.on("complementary.guarantee.used_twice")
        )
        named = set(row["services"])
        served = {one["code"]["code"] for one in base.claim["items"]}
        unnamed = bool(named) and not served <= named
        if faults.on("complementary.guarantee.any_service"):
            unnamed = False
        foreign = row["policy"] != policy.number or unnamed
        if (state != "issued" and not again) or foreign:
            raise Refusal("GUARANTEE_STATE_CONFLICT", pointer="/guaranteeId", detail=state)
        wanted = split(
            base.accepted["total"],
            base.accepted["patientShare"],
            call.body["patientPart"],
            policy.uncapped,
            faults,
        )
        if wanted.plan > row["ceiling"] and not faults.on("complementary.guarantee.above_ceiling"):
            raise Refusal("GUARANTEE_CEILING_EXCEEDED", pointer="/patientPart")
        if faults.on("complementary.guarantee.use_not_kept"):
            return
        rows.execute(
            update(store.letters)
            .where(store.letters.c.guarantee_id == row["guarantee_id"])
            .values(claim_id=call.body["claimId"])
        )

    def _keep(self, rows: Connection, call: Call, policy: Policy, divided: Part) -> None:
        now = self.config.clock.now()
        rows.execute(
            insert(store.claims).values(
                claim_id=call.body["claimId"],
                centre=call.caller.centre,
                policy=policy.number,
                insurer=policy.insurer,
                guarantee_id=call.body.get("guaranteeId"),
                share=divided.plan,
                patient_share=divided.patient,
                submitted_at=store.instant(now),
                settles_at=store.instant(now + self.term),
            )
        )

    def _shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        settles_at = store.moment(row["settles_at"])
        settled = self.config.clock.now() >= settles_at
        shown: dict[str, Any] = {
            "claimId": row["claim_id"],
            "complementaryShare": row["share"],
            "patientShare": row["patient_share"],
            "state": "SETTLED" if settled else "ADJUDICATED",
            "settlesOn": settles_at.astimezone(TEHRAN).date().isoformat(),
        }
        if settled:
            shown["paid"] = row["share"]
        return shown

    def _today(self) -> date:
        return self.config.clock.now().astimezone(TEHRAN).date()


def _find(rows: Connection, claim_id: str) -> Mapping[str, Any] | None:
    query = select(store.claims).where(store.claims.c.claim_id == claim_id)
    row = rows.execute(query).mappings().first()
    return None if row is None else dict(row)


def _found(rows: Connection, claim_id: str) -> Mapping[str, Any]:
    row = _find(rows, claim_id)
    if row is None:
        raise Refusal("CLAIM_NOT_FOUND")
    return row
