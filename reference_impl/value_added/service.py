"""Value-added gateway: a stub of the data operator, with consent, licence and scope in earnest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.platform.centres import centre_record
from reference_impl.platform.coding import REASONS
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service

OK, NOT_FOUND = 200, 404
BUSINESS = "business"
PURPOSE = {
    "system": REASONS,
    "code": "VALUE_ADDED",
    "display": "service of a business chosen by the person",
}
MAX_ENTRIES = 1000


def create(config: Configuration) -> Service:
    """Make the value-added gateway."""
    desk = ValueAdded(config)
    return Service("value_added", (Operation("queryData", desk.deliver, replayed=False),))


class ValueAdded:
    """The operator between record and businesses."""

    def __init__(self, config: Configuration) -> None:
        self.config = config

    async def deliver(self, call: Call) -> Answer:
        """Deliver the events a consent covers. [RM-VAS-CONSENT, RM-VAS-CERT]."""
        body: Mapping[str, Any] = call.body
        await self._check_licence(call, body["receiver"])
        consent = await self._consent(call, body["consentId"])
        covered = set(consent.get("scope", ()))
        if not set(body["scope"]) <= covered and not self._on("value_added.data.scope_unchecked"):
            raise Refusal("DATA_SCOPE_EXCEEDED", pointer="/scope")
        entries = await self._entries(call, consent)
        if not self._on("value_added.data.whole_consent_delivered"):
            entries = [one for one in entries if one["kind"] in body["scope"]]
        if not self._on("value_added.data.providers_shown"):
            # The business learns what happened, not who the person's physicians are.
            entries = [{k: v for k, v in one.items() if k != "provider"} for one in entries]
        if self._on("value_added.data.paid_by_insurer"):
            entries = [_paid_by_insurer(one) for one in entries]
        return Answer(200, {"deliveryId": self.config.ids.uuid(), "entries": entries[:MAX_ENTRIES]})

    async def _check_licence(self, call: Call, receiver: str) -> None:
        if receiver != call.caller.centre and not self._on(
            "value_added.licence.receiver_unchecked"
        ):
            raise Refusal("DATA_LICENCE_MISSING", pointer="/receiver")
        record = await centre_record(call, call.caller.centre)
        licensed = record is not None and record["active"] and BUSINESS in record["roles"]
        if not licensed and not self._on("value_added.licence.licence_unchecked"):
            raise Refusal("DATA_LICENCE_MISSING", pointer="/receiver")

    async def _consent(self, call: Call, consent_id: str) -> dict[str, Any]:
        reply = await call.peer("sepas").get(f"/consents/{consent_id}")
        if reply.status == NOT_FOUND:
            raise Refusal("CONSENT_NOT_FOUND", pointer="/consentId")
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        found: dict[str, Any] = reply.json
        if found["grantedTo"] != call.caller.centre:
            raise Refusal("CONSENT_NOT_FOUND", pointer="/consentId")
        if found["purpose"]["code"] != PURPOSE["code"]:
            raise Refusal("DATA_SCOPE_EXCEEDED", pointer="/consentId")
        if found["state"] != "active":
            if self._on("value_added.consent.ended_consent_shown_as_empty"):
                return found
            raise Refusal("CONSENT_STATE_CONFLICT", pointer="/consentId")
        return found

    async def _entries(self, call: Call, consent: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        question: dict[str, Any] = {
            "person": consent["person"],
            "purpose": PURPOSE,
            "consentId": consent["consentId"],
        }
        while True:
            reply = await call.peer("sepas").post("/history", question)
            if reply.code == "CONSENT_MISSING":
                # Revoked between the two questions, or what a fault let pass.
                return []
            if reply.status != OK:
                raise Refusal("DEPENDENCY_UNAVAILABLE")
            entries += reply.json["entries"]
            if "next" not in reply.json or self._on("value_added.data.first_page_only"):
                return entries
            question["after"] = reply.json["next"]

    def _on(self, point: str) -> bool:
        return self.config.faults.on(point)


def _paid_by_insurer(entry: dict[str, Any]) -> dict[str, Any]:
    """Seeded fault: tell the cost of an event as if the person had paid nothing."""
    if "cost" not in entry:
        return entry
    total = entry["cost"]["total"]
    return {**entry, "cost": {"total": total, "insurerShare": total, "patientShare": 0}}
