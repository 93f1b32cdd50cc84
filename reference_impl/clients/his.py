"""The hospital's program for inpatients (HIS): the stay under the insurer's eyes, and its claims.

Eligibility and HID, guarantee letter of the complementary insurer, admission, events, services,
discharge, base claim, second claim. [003, insurance stages; RUL-027]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reference_impl.clients.channel import Answer
from reference_impl.clients.counter import Counter, Stop, cost_of, patient_block, person_id
from reference_impl.clients.reception import eligibility, issue_hid
from reference_impl.clients.visit import coded_service, service_record, statement

STAYS = "/purchaser/v1/stays"
LETTER_DAYS = timedelta(days=30)
FULL = 100


@dataclass(frozen=True)
class Plan:
    """What happens in the stay: keys of the synthetic world and codes of the pack."""

    patient: str
    services: tuple[str, ...] = ("992131", "992112")
    ward: str = "ICU"
    policy: str | None = None  # number of the complementary policy, when there is one
    deviation: str | None = None  # what differed from the protocol, when something did


STAY_PLANS: dict[str, Plan] = {
    "stay": Plan("P26", policy="99000000001", deviation="one day longer than the protocol says"),
    "base-only": Plan("P01"),
}


def plan_from(data: dict[str, Any]) -> Plan:
    """Read a plan file; KeyError or TypeError when a member is missing or of another kind."""
    return Plan(
        patient=str(data["patient"]),
        services=tuple(str(code) for code in data.get("services", Plan.services)),
        ward=str(data.get("ward", Plan.ward)),
        policy=data.get("policy"),
        deviation=data.get("deviation"),
    )


def stay(counter: Counter, plan: Plan, *, invoice: bool = True) -> dict[str, Any]:
    """Go through a whole stay; return its ids, the base result and the second result.

    Raises Refused, Stop, SealNotTrusted.
    """
    person = counter.world.person(plan.patient)
    counter.admission("H1", "9-2-1", "dispensing")
    hid = issue_hid(counter, person, eligibility(counter, person))
    member = counter.member("P3", "9-1-3")
    letter = guarantee(counter, plan) if plan.policy else None
    stay_id = None
    if not counter.faults.on("his.stay.not_opened"):
        stay_id = _open(counter, hid)
        _follow(counter, plan, stay_id, hid)
    claim = _served(counter, plan, member, hid)
    if stay_id is not None and not counter.faults.on("his.stay.never_closed"):
        event(counter, stay_id, hid, "discharged")
        if counter.faults.on("his.stay.event_after_discharge"):
            service = coded_service(plan.services[0])
            event(counter, stay_id, hid, "service", service=service)
    base, second = _claimed(counter, plan, claim, letter)
    if counter.faults.on("his.second.letter_used_again"):
        _claimed(counter, plan, _served(counter, plan, member, hid), letter)
    if invoice:
        statement(counter, ("D9", "9-2-9"))
    return {
        "hid": hid,
        "stayId": stay_id,
        "claimId": base["claimId"],
        "guaranteeId": None if letter is None else letter["guaranteeId"],
        "base": base,
        "second": second,
    }


def guarantee(counter: Counter, plan: Plan) -> dict[str, Any]:
    """Ask the complementary insurer for its word before the stay; return the letter."""
    until = (counter.now() + LETTER_DAYS).date().isoformat()
    body = {
        "person": person_id(counter.world.person(plan.patient)),
        "policy": plan.policy,
        "services": [coded_service(code) for code in dict.fromkeys(plan.services)],
        "validUntil": until,
    }
    answer = counter.gateway.call("POST", "/complementary/v1/guarantees", body=body)
    letter: dict[str, Any] = answer.json
    counter.console.step(
        "H2",
        "003",
        "معرفی‌نامهٔ بیمهٔ تکمیلی صادر شد.",
        "The guarantee letter is issued.",
        guaranteeId=answer.text("guaranteeId"),
        ceiling=letter["ceiling"],
    )
    return letter


def event(counter: Counter, stay_id: str, hid: str, kind: str, **details: Any) -> dict[str, Any]:
    """Tell the insurer what happened in a stay; return the stay as it stands."""
    body = {"hid": hid, "kind": kind, "at": counter.instant(), **details}
    answer = counter.gateway.call("POST", f"{STAYS}/{stay_id}/events", body=body)
    shown: dict[str, Any] = answer.json
    counter.console.step(
        "H4", "003", f"رویداد بستری: {kind}", f"Event of the stay: {kind}", state=shown["state"]
    )
    return shown


def claim_base(counter: Counter, claim: Mapping[str, Any]) -> dict[str, Any]:
    """Submit the claim of a registered service for adjudication; return its result."""
    faults = counter.faults
    admission = str(claim["admission"])
    body = {
        "claimId": claim["claimId"],
        "insurerCode": claim["insurerCode"],
        "admission": "outpatient" if faults.on("his.claim.as_outpatient") else admission,
        "documents": [claim["documentId"]],
        "cost": cost_of(claim),
    }
    if faults.on("his.claim.without_documents"):
        body["documents"] = []
    answer = counter.gateway.call("POST", "/adjudication/v1/claims", body=body)
    if faults.on("his.claim.twice"):
        answer = counter.gateway.call("POST", "/adjudication/v1/claims", body=body)
    result: dict[str, Any] = answer.json
    counter.console.step(
        "H7",
        "003",
        "صورت‌حساب بیمهٔ پایه رسیدگی شد.",
        "The base claim is adjudicated.",
        state=answer.text("state"),
        **result["accepted"],
    )
    return result


def claim_second(
    counter: Counter, policy: str, base: Mapping[str, Any], letter: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Claim what the base insurer left to the patient, as far as the letter goes."""
    part = int(base["accepted"]["patientShare"])
    body: dict[str, Any] = {
        "claimId": base["claimId"],
        "policy": policy,
        "baseResult": dict(base),
        "patientPart": part,
    }
    if letter is not None:
        body["guaranteeId"] = letter["guaranteeId"]
        body["patientPart"] = min(part, letter["ceiling"] * FULL // max(1, letter["percent"]))
    if counter.faults.on("his.second.more_than_left"):
        body["patientPart"] = part + 1
    answer = counter.gateway.call("POST", "/complementary/v1/claims", body=body)
    second: dict[str, Any] = answer.json
    counter.console.step(
        "H8",
        "003",
        f"سهم بیمهٔ تکمیلی {second['complementaryShare']} ریال",
        f"The complementary insurer pays {second['complementaryShare']} rial",
        state=answer.text("state"),
    )
    return second


def _open(counter: Counter, hid: str) -> str:
    body = {"hid": hid, "kind": "admitted", "at": counter.instant()}
    answer = counter.gateway.call("POST", STAYS, body=body)
    counter.console.step(
        "H3", "003", "بیمار بستری شد.", "The stay is open.", stayId=answer.text("stayId")
    )
    return answer.text("stayId")


def _follow(counter: Counter, plan: Plan, stay_id: str, hid: str) -> None:
    event(counter, stay_id, hid, "transferred", ward=plan.ward)
    for code in plan.services:
        event(counter, stay_id, hid, "service", service=coded_service(code))
    if plan.deviation is not None:
        event(counter, stay_id, hid, "protocol_deviation", note=plan.deviation)


def _served(counter: Counter, plan: Plan, member: dict[str, Any], hid: str) -> Answer | str:
    person = counter.world.person(plan.patient)
    return service_record(
        counter,
        member,
        hid=hid,
        patient=patient_block(person, counter.now()),
        services=plan.services,
        step=("H5", "9-2-9"),
        inpatient=True,
    )


def _claimed(
    counter: Counter, plan: Plan, claim: Answer | str, letter: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    if isinstance(claim, str):
        raise Stop(
            "H7",
            "WAITS_IN_SPOOL",
            "ثبت خدمت در صف است؛ صورت‌حساب پس از ارسال آن.",
            f"the service record waits as {claim}; the claim follows when it was sent",
        )
    if plan.policy is not None and counter.faults.on("his.second.without_base"):
        unsaid = {"claimId": claim.text("claimId"), "state": "SUBMITTED", "adjustments": []}
        base = {**unsaid, "accepted": cost_of(claim.json)}
        return base, claim_second(counter, plan.policy, base, letter)
    base = claim_base(counter, claim.json)
    if plan.policy is None:
        return base, None
    return base, claim_second(counter, plan.policy, base, letter)
