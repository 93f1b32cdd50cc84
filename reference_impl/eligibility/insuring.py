"""What insurers tell: covers of their insured persons, and which providers have a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from reference_impl.eligibility import store
from reference_impl.eligibility.domain import SELF_PAY_INSURER, patient_key
from reference_impl.eligibility.people import check_form
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Work

OK = 200
FUNDS = "urn:ir:maksa:fund-synthetic"
NO_CONTRACT = "No contract with this insurer: self-pay only. / قرارداد ندارد: مسیر آزاد."


class Insuring:
    """The desk of the insurers."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._faults = config.faults
        self._funds = {row["code"] for row in config.pack.codes[FUNDS]["concepts"]}
        self._contracts = {
            one.siam_id.lower(): frozenset(one.contracts) for one in config.world.centres.values()
        }

    async def upload(self, call: Call) -> Work:
        """Take covers as an insurer reports them; the highest number of each wins. [RUL-059].

        Refused as a whole when one of them cannot be; stale ones are counted, and refused when
        nothing else was sent.
        """
        updates = call.body["updates"]
        insurer = await self._insurer(call)
        for index, update in enumerate(updates):
            self._check(update, insurer, f"/updates/{index}")

        def commit(rows: Connection) -> Answer:
            stale_wins = self._faults.on("eligibility.covers.stale_wins")
            goes_on = self._faults.on("eligibility.covers.end_ignored")
            taken = sum(
                store.put_cover(rows, _values(one, ends=not goes_on), stale_wins=stale_wins)
                for one in updates
            )
            if updates and not taken:
                raise Refusal("COVER_UPDATE_STALE", pointer="/updates")
            receipt = {
                "accepted": taken,
                "stale": len(updates) - taken,
                "receivedAt": written(self.config.clock.now()),
            }
            return Answer(200, receipt)

        return commit

    async def check_provider(self, call: Call) -> Answer:
        """Tell licence and contract of a provider at the calling centre apart. [RUL-094]."""
        asked = call.body
        member = await call.peer("irimc").get(
            f"/members/{asked['councilKind']}/{asked['councilNumber']}"
        )
        if member.code is not None:
            raise Refusal("PRESCRIBER_UNKNOWN", pointer="/councilNumber")
        centre = await call.peer("siam").get(f"/centres/{call.caller.centre.lower()}")
        contracted = self._contracted(call.caller.centre, asked["insurerCode"])
        verdict: dict[str, Any] = {
            "licensed": bool(member.json["privileges"]),
            "contracted": contracted,
            "centreActive": centre.status == OK and _works(centre.json, asked["day"]),
        }
        if self._faults.on("eligibility.provider.licence_ignored"):
            verdict["licensed"] = True
        if not contracted and not self._faults.on("eligibility.variant.no_message"):
            verdict["message"] = NO_CONTRACT
        return Answer(200, verdict)

    async def _insurer(self, call: Call) -> str | None:
        """Return the insurer the caller speaks for, as the registry of centres knows it."""
        reply = await call.peer("siam").get(f"/centres/{call.caller.centre.lower()}")
        if reply.status != OK or "insurer" not in reply.json["roles"]:
            return None
        return str(reply.json["represents"])

    def _check(self, update: Mapping[str, Any], insurer: str | None, pointer: str) -> None:
        own = insurer is not None and update["insurerCode"] == insurer
        if not own and not self._faults.on("eligibility.covers.of_any_insurer"):
            raise Refusal("INSURER_NOT_ALLOWED", pointer=f"{pointer}/insurerCode")
        check_form(update["person"], f"{pointer}/person/value")
        if f"{update['insurerCode']}.{update['fund']}" not in self._funds:
            raise Refusal("CODE_UNKNOWN", pointer=f"{pointer}/fund")
        if update["validUntil"] < update["validFrom"]:
            raise Refusal("COVER_PERIOD_INVALID", pointer=f"{pointer}/validUntil")

    def _contracted(self, centre: str, insurer: str) -> bool:
        if insurer == SELF_PAY_INSURER or self._faults.on("eligibility.provider.always_contracted"):
            return True
        return insurer in self._contracts.get(centre.lower(), frozenset())


def _values(update: Mapping[str, Any], *, ends: bool = True) -> dict[str, Any]:
    return {
        "person_key": patient_key(update["person"], with_birth_date=False),
        "insurer": update["insurerCode"],
        "sequence": update["sequence"],
        "fund": update["fund"],
        "valid_from": update["validFrom"],
        "valid_until": update["validUntil"],
        "ended": update["ended"] and ends,
    }


def _works(centre: Mapping[str, Any], day: str) -> bool:
    return centre["licenceState"] == "active" and day <= str(centre["licenceValidUntil"])
