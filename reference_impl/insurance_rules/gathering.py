"""Collects the facts the rules need, each from the service that answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call


@dataclass(frozen=True, slots=True)
class Known:
    """Answers of the registries to one question."""

    member: Mapping[str, Any]
    centre: Mapping[str, Any]
    eligibility: Mapping[str, Any]
    hid: Mapping[str, Any]


async def gather(call: Call, asked: Mapping[str, Any], root: str = "") -> Known:
    """Ask council, registry of centres and eligibility. `root` is where the request stands.

    Refuses what makes the question meaningless: a patient or prescriber nobody knows, and before
    prescribing a HID that does not hold. Later positions answer with rules N29 instead.
    """
    prescriber = asked["prescriber"]
    member = await call.peer("irimc").get(
        f"/members/{prescriber['councilKind']}/{prescriber['councilNumber']}"
    )
    if member.code is not None:
        raise Refusal("PRESCRIBER_UNKNOWN", pointer=f"{root}/prescriber/councilNumber")
    centre = await call.peer("siam").get(f"/centres/{asked['centre']}")
    if centre.code is not None:
        raise Refusal("HID_CENTRE_MISMATCH", pointer=f"{root}/centre", detail="no such centre")
    eligible = await call.peer("eligibility").post(
        "/inquiries", {"patient": asked["patient"], "centre": asked["centre"]}
    )
    if eligible.code is not None:
        raise Refusal(eligible.code, pointer=f"{root}/patient/value")
    hid = await _hid(call, asked, root)
    return Known(member.json, centre.json, eligible.json, hid)


async def _hid(call: Call, asked: Mapping[str, Any], root: str) -> Mapping[str, Any]:
    if not hid_is_sound(asked["hid"]):
        raise Refusal(
            "HID_INVALID", pointer=f"{root}/hid", detail="the check character does not fit"
        )
    reply = await call.peer("eligibility").post(
        "/hids/verification", {"hid": asked["hid"], "patient": asked["patient"]}
    )
    if reply.code is not None:
        raise Refusal(reply.code, pointer=f"{root}/hid")
    verdict: Mapping[str, Any] = reply.json
    if asked["position"] == "pre_prescription" and not verdict["valid"]:
        other = verdict["state"] == "PATIENT_MISMATCH"
        raise Refusal("HID_PATIENT_MISMATCH" if other else "HID_INVALID", pointer=f"{root}/hid")
    return verdict
