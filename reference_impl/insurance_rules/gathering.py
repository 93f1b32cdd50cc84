"""Collects the facts the rules need, each from the service that answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.insurance_rules.domain import SELF_PAY, Facts
from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call


@dataclass(frozen=True)
class Gathered:
    """The facts, and the centre as price questions need it."""

    facts: Facts
    centre: Mapping[str, Any]


async def gather(call: Call, today: date) -> Gathered:
    """Ask council, registry of centres and eligibility.

    Refuses what makes the question meaningless: a patient or prescriber nobody knows, and before
    prescribing a HID that does not hold. Later positions answer with rule N29 instead.
    """
    asked: Mapping[str, Any] = call.body
    prescriber = asked["prescriber"]
    member = await call.peer("irimc").get(
        f"/members/{prescriber['councilKind']}/{prescriber['councilNumber']}"
    )
    if member.code is not None:
        raise Refusal("PRESCRIBER_UNKNOWN", pointer="/prescriber/councilNumber")
    centre = await call.peer("siam").get(f"/centres/{asked['centre']}")
    if centre.code is not None:
        raise Refusal("HID_CENTRE_MISMATCH", pointer="/centre", detail="no such centre")
    eligible = await call.peer("eligibility").post(
        "/inquiries", {"patient": asked["patient"], "centre": asked["centre"]}
    )
    if eligible.code is not None:
        raise Refusal(eligible.code, pointer="/patient/value")
    hid = await _hid(call, asked)
    identity = eligible.json["identity"]
    born = identity.get("birthDate")
    facts = Facts(
        position=asked["position"],
        day=today,
        insurer=str(hid.get("insurer") or SELF_PAY),
        entitled=bool(eligible.json["entitled"]),
        hid_holds=bool(hid["valid"]),
        sex=identity.get("sex"),
        birth_date=None if born is None else date.fromisoformat(born),
        specialty=member.json["specialty"]["code"],
        prescriber_active=bool(member.json["privileges"]),
        centre_active=bool(centre.json["active"]),
        centre_roles=frozenset(centre.json["roles"]),
    )
    return Gathered(facts, centre.json)


async def _hid(call: Call, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    if not hid_is_sound(asked["hid"]):
        raise Refusal("HID_INVALID", pointer="/hid", detail="the check character does not fit")
    reply = await call.peer("eligibility").post(
        "/hids/verification", {"hid": asked["hid"], "patient": asked["patient"]}
    )
    if reply.code is not None:
        raise Refusal(reply.code, pointer="/hid")
    verdict: Mapping[str, Any] = reply.json
    if asked["position"] == "pre_prescription" and not verdict["valid"]:
        other = verdict["state"] == "PATIENT_MISMATCH"
        raise Refusal("HID_PATIENT_MISMATCH" if other else "HID_INVALID", pointer="/hid")
    return verdict
