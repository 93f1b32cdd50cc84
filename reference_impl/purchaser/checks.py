"""What must hold of a signed document before the purchaser acts on it.

Order: who signed and from where, the patient, coded texts, times, then the questions to the
registries (council member, HID), which cost a call each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reference_impl.platform.codes import CodeBook, CodeRefused, Concept, display_matches
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.documents import SignedDocument
from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.persons import check_identifier

CLOCK_TOLERANCE = timedelta(minutes=5)
LONG_TEXT = 150
_IGNORED_BY_FAULT = {
    "CODE_UNKNOWN": "purchaser.code.unknown_accepted",
    "CODE_RETIRED": "purchaser.code.retired_accepted",
    "CODE_NOT_YET_VALID": "purchaser.code.future_accepted",
}


@dataclass(frozen=True)
class HidFacts:
    """What the eligibility service vouches for."""

    insurer: str
    centre: str | None = None


def instant_of(text: str) -> datetime:
    """Read an instant whose form the schema has checked; a day that does not exist is refused."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("SCHEMA_VIOLATION", detail=f"{text}: {error}", pointer="/issuedAt") from error


def check_origin(call: Call, document: SignedDocument) -> None:
    """Refuse a document that names another centre than the seal proves.

    That the signer is the professional named was checked with the signature.
    """
    payload = document.payload
    if str(payload["centre"]["siamId"]).lower() != call.caller.centre.lower():
        raise Refusal("SEAL_CENTRE_MISMATCH", pointer="/centre/siamId")


def check_patient(call: Call, patient: Mapping[str, Any]) -> None:
    """Refuse a patient whose identifier cannot be one."""
    check_identifier(call, patient["id"], "/patient/id")


def check_coded(
    book: CodeBook, coded: Mapping[str, Any], day: date, pointer: str, faults: FaultSwitch
) -> Concept | None:
    """Refuse a coded text that is unknown, retired or not yet valid on a day, or says otherwise.

    Returns the concept; None only when a seeded fault lets an unknown code pass.
    """
    try:
        concept = book.find(coded["system"], coded["code"], day, coded.get("version"))
    except CodeRefused as refused:
        if faults.on(_IGNORED_BY_FAULT[refused.reason]):
            known = book.versions(coded["system"], coded["code"])
            return known[-1] if known else None
        raise Refusal(refused.reason, pointer=f"{pointer}/code") from refused
    if faults.on("purchaser.code.display_unfolded"):
        if coded["display"] not in {concept.properties["en"], concept.properties["fa"]}:
            raise Refusal("CODE_DISPLAY_MISMATCH", pointer=f"{pointer}/display")
    elif not display_matches(concept, coded["display"]) and not faults.on(
        "purchaser.code.display_ignored"
    ):
        raise Refusal("CODE_DISPLAY_MISMATCH", pointer=f"{pointer}/display")
    return concept


def check_codes_of_prescription(
    book: CodeBook, payload: Mapping[str, Any], faults: FaultSwitch
) -> None:
    """Check every coded text of a prescription at its prescribing time."""
    day = tehran_day(instant_of(payload["issuedAt"]))
    medicines_only = faults.on("purchaser.code.medicines_only")
    for index, item in enumerate(payload["items"]):
        for name in ("code",) if medicines_only else ("code", "frequency", "route"):
            if name not in item:
                continue  # only medicines need frequency and route; the schema has seen to that
            check_coded(book, item[name], day, f"/items/{index}/{name}", faults)
        for place, override in enumerate(item.get("overrides", ())):
            pointer = f"/items/{index}/overrides/{place}/reason"
            check_coded(book, override["reason"], day, pointer, faults)
    if medicines_only:
        return
    for index, diagnosis in enumerate(payload["diagnoses"]):
        check_coded(book, diagnosis, day, f"/diagnoses/{index}", faults)
    check_coded(book, payload["prescriber"]["specialty"], day, "/prescriber/specialty", faults)


def check_unique_items(items: Iterable[Mapping[str, Any]]) -> None:
    """Refuse two items under one item id."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item["itemId"] in seen:
            raise Refusal(
                "SCHEMA_VIOLATION",
                pointer=f"/items/{index}/itemId",
                detail=f'item id "{item["itemId"]}" is used twice; give every item its own',
            )
        seen.add(item["itemId"])


def check_time(text: str, pointer: str, now: datetime, not_before: datetime | None = None) -> None:
    """Refuse a time in the future, or one before what it must follow. [ERX-7-7-E]."""
    moment = instant_of(text)
    if moment > now + CLOCK_TOLERANCE:
        raise Refusal("SCHEMA_VIOLATION", pointer=pointer, detail=f"{text} lies in the future")
    if not_before is not None and moment < not_before - CLOCK_TOLERANCE:
        raise Refusal("SCHEMA_VIOLATION", pointer=pointer, detail=f"{text} is too early")


async def check_member(call: Call, named: Mapping[str, Any], privilege: str) -> None:
    """Refuse a professional the council does not know, or whose licence does not allow the act."""
    if call.config.faults.on("purchaser.prescriber.standing_ignored"):
        return
    reply = await call.peer("irimc").get(
        f"/members/{named['councilKind']}/{named['councilNumber']}"
    )
    if reply.code is not None:
        raise Refusal("PRESCRIBER_UNKNOWN")
    member = reply.json
    licensed = member["licenceState"] == "active" and not member["sanctions"]
    if not licensed or privilege not in member["privileges"]:
        raise Refusal("PRESCRIBER_NOT_ENTITLED")


async def check_hid(call: Call, hid: str, patient: Mapping[str, Any]) -> HidFacts:
    """Refuse a HID that is malformed, unknown, or not of this patient and centre."""
    faults = call.config.faults
    if faults.on("purchaser.hid.check_character_ignored"):
        return HidFacts("1")
    if not hid_is_sound(hid):
        raise Refusal("HID_INVALID", pointer="/hid", detail="the check character does not fit")
    question: dict[str, Any] = {"hid": hid, "patient": dict(patient)}
    if faults.on("purchaser.person.check_digit_ignored"):
        del question["patient"]  # whoever ignores check digits asks by HID alone
    reply = await call.peer("eligibility").post("/hids/verification", question)
    if reply.code is not None:
        raise Refusal(reply.code, pointer="/hid")
    verdict = reply.json
    if verdict["state"] == "PATIENT_MISMATCH":
        if faults.on("purchaser.hid.other_patient_accepted"):
            return HidFacts("1")
        raise Refusal("HID_PATIENT_MISMATCH", pointer="/hid")
    if not verdict["valid"]:
        raise Refusal("HID_INVALID", pointer="/hid", detail=f"state {verdict['state']}")
    return HidFacts(str(verdict["insurer"]), verdict.get("centre"))


@dataclass(frozen=True)
class Visit:
    """A visit known by its HID alone: what is vouched for, and whose it is."""

    facts: HidFacts
    patient: Mapping[str, Any]


async def check_visit(call: Call, hid: str) -> Visit:
    """Refuse a HID that does not hold; ask whose visit it is where no message says so."""
    if not hid_is_sound(hid):
        raise Refusal("HID_INVALID", pointer="/hid", detail="the check character does not fit")
    reply = await call.peer("eligibility").post("/hids/verification", {"hid": hid})
    if reply.code is not None:
        raise Refusal(reply.code, pointer="/hid")
    verdict = reply.json
    if not verdict["valid"]:
        raise Refusal("HID_INVALID", pointer="/hid", detail=f"state {verdict['state']}")
    return Visit(HidFacts(str(verdict["insurer"]), verdict.get("centre")), verdict["patient"])


def check_hid_centre(facts: HidFacts, centre: str) -> None:
    """Refuse a HID that was issued for a visit to another centre, as far as that is told."""
    if facts.centre is not None and facts.centre.lower() != centre.lower():
        raise Refusal("HID_CENTRE_MISMATCH", pointer="/hid")


async def check_tracking_ids(
    call: Call, payload: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse rule tracking ids the rule service did not issue for this visit. [ERX-9-1-4-F]."""
    if call.config.faults.on("purchaser.rules.tracking_ids_ignored"):
        return
    whole = payload.get("rules", {}).get("wholeTrackingId")
    if whole is not None:
        await _check_tracking_id(call, whole, None, payload["hid"], "/rules/wholeTrackingId")
    for index, line in enumerate(lines):
        if "ruleTrackingId" in line:
            pointer = f"/items/{index}/ruleTrackingId"
            await _check_tracking_id(
                call, line["ruleTrackingId"], line["itemId"], payload["hid"], pointer
            )


async def _check_tracking_id(
    call: Call, tracking_id: str, item_id: str | None, hid: str, pointer: str
) -> None:
    reply = await call.peer("insurance_rules").get(f"/tracking-ids/{tracking_id}")
    approval = reply.json
    if reply.code is not None or (approval["hid"], approval.get("itemId")) != (hid, item_id):
        raise Refusal("TRACKING_ID_UNKNOWN", pointer=pointer, item_ref=item_id)
    if instant_of(approval["expiresAt"]) < call.config.clock.now():
        raise Refusal("TRACKING_ID_EXPIRED", pointer=pointer, item_ref=item_id)
