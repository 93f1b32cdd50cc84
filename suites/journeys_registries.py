"""Steps at identity, centres, council and eligibility; every step is an ordinary recorded call."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures import load_pack
from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites.messages.eligibility import INSURER
from suites.messages.siam import INSTITUTIONS, event, fresh_licence

BESIDE = Caller("pharmacy-1")
PURCHASER = Caller("office-1", token="purchaser.seal", seal="purchaser.seal")  # noqa: S106 - identity name
NOBODY: dict[str, JsonValue] = {"type": "NC", "value": "9900000994"}
"""A sound national code that stands in no register."""
OTHER_CODE: dict[str, JsonValue] = {"type": "NC", "value": "9900000366"}


def birth_year(data: SyntheticData, key: str) -> int:
    """Return the Jalali year of birth of a grown person as the world states it."""
    return data.person(key).birth_year_jalali


def ask_identity(
    sut: Sut,
    data: SyntheticData,
    key: str,
    step: str,
    *,
    operation: str = "inquireIdentity",
    **changes: JsonValue,
) -> Reply:
    """Ask who a person of the world is, by id and year of birth."""
    body = {"person": data.person_id(key), "birthYearJalali": birth_year(data, key), **changes}
    return sut.call(operation, body=body, step=step)


def unique_id(sut: Sut, step: str, *, cause: str = "unknown_person", **more: JsonValue) -> Reply:
    """Ask for the unique id of somebody without a usable identifier."""
    body = {"cause": cause, "sex": "M", "estimatedBirthDate": "1990-03-21", **more}
    return sut.call("issueUniqueId", body=body, step=step)


def newborn_id(data: SyntheticData, key: str, *, born: int | None = None) -> dict[str, JsonValue]:
    """Return the id of a newborn on its mother's code; `born` is another day, counted from today.

    A day that is not the child's own makes an id under which another child is registered.
    """
    known = data.person_id(key)
    shown = dict(known) if isinstance(known, Mapping) else {}
    return shown if born is None else {**shown, "birthDate": data.day(born)}


def link_newborn(sut: Sut, former: JsonValue, current: JsonValue, step: str) -> Reply:
    """Tell that a newborn has got its national code."""
    body = {"former": former, "current": current, "cause": "newborn_registered"}
    return sut.call("linkIdentity", body=body, step=step)


CENTRE_LEVELS: dict[str, int] = {
    kind: int(row["code"])
    for row in load_pack().codes["urn:ir:maksa:centre-level-synthetic"]["concepts"]
    for kind in row["kinds"]
}
"""Level of care of every kind of centre, as the pack publishes it."""


def get_centre(sut: Sut, siam_id: str, step: str) -> Reply:
    """Ask for a centre by its SIAM id."""
    return sut.call("getCentre", path={"siamId": siam_id}, step=step)


def centre_of(sut: Sut, event_answer: Reply, step: str) -> Reply:
    """Ask for the centre that an event was about."""
    return get_centre(sut, str(event_answer.required("/centre")), step)


def mapping(sut: Sut, source: str, licence: str, step: str) -> Reply:
    """Ask which centre a licence belongs to."""
    path = {"source": source, "licence": licence}
    return sut.call("getLicenceMapping", path=path, step=step)


def send_event(sut: Sut, body: JsonValue, caller: Caller, step: str) -> Reply:
    """Report an event of a licence, whatever comes of it."""
    return sut.call("reportLicenceEvent", body=body, caller=caller, step=step)


def report_licence(
    sut: Sut,
    data: SyntheticData,
    label: str,
    *,
    step: str = "preamble: report a licence",
    **changes: JsonValue,
) -> Reply:
    """Report an event of a new laboratory; the same label is the same licence."""
    return send_event(sut, event(data, fresh_licence(data, label), **changes), INSTITUTIONS, step)


def feed(sut: Sut, after: int, step: str) -> Reply:
    """Read the changes of centres after a number."""
    return sut.call("listCentreChanges", query={"after": str(after)}, step=step)


def council(data: SyntheticData, key: str) -> dict[str, JsonValue]:
    """Return kind and number of a member of the council."""
    member = data.professional(key)
    return {"councilKind": member.council_kind, "councilNumber": member.council_number}


def member_of(sut: Sut, data: SyntheticData, key: str, step: str) -> Reply:
    """Ask the council for a member."""
    member = data.professional(key)
    path = {"kind": member.council_kind, "number": member.council_number}
    return sut.call("getMember", path=path, step=step)


def verify_member(
    sut: Sut, data: SyntheticData, key: str, step: str, **changes: JsonValue
) -> Reply:
    """Ask whether a council number is this person's, and whether he may practise."""
    member = data.professional(key)
    body = {
        **council(data, key),
        "person": {"type": member.id_type, "value": member.id_value},
        "familyName": member.family_name_fa,
        **changes,
    }
    return sut.call("verifyMember", body=body, step=step)


def check_privilege(sut: Sut, data: SyntheticData, key: str, kind: str, step: str) -> Reply:
    """Ask whether a member may order a kind of service today."""
    service = data.concept("urn:ir:maksa:service-kind-synthetic", kind)
    body = {**council(data, key), "serviceKind": service, "day": data.day()}
    return sut.call("checkPrivilege", body=body, step=step)


def ask_cover(
    sut: Sut, data: SyntheticData, key: str, step: str, *, patient: JsonValue = None
) -> Reply:
    """Ask at admission whether a person is insured."""
    body = {
        "patient": patient or data.person_id(key),
        "centre": data.centre("office-1").siam_id,
    }
    return sut.call("inquireEligibility", body=body, step=step)


def check_provider(sut: Sut, data: SyntheticData, key: str, insurer: str, step: str) -> Reply:
    """Ask whether a professional is licensed, and the calling centre contracted, today."""
    body = {**council(data, key), "insurerCode": insurer, "day": data.day()}
    return sut.call("checkProvider", body=body, step=step)


def issue_hid(
    sut: Sut, data: SyntheticData, key: str, insurer: str, step: str = "preamble: issue a HID"
) -> Reply:
    """Ask for the HID of a visit, whatever comes of it."""
    body = {
        "patient": data.person_id(key),
        "insurerCode": insurer,
        "providerCouncil": council(data, "dr01"),
    }
    return sut.call("issueHid", body=body, step=step)


def verify_hid(
    sut: Sut, hid: str, step: str, *, patient: JsonValue = None, caller: Caller | None = None
) -> Reply:
    """Ask what a HID is worth, for a patient when one is named."""
    named = {} if patient is None else {"patient": patient}
    return sut.call("verifyHid", body={"hid": hid, **named}, caller=caller, step=step)


def cancel_hid(
    sut: Sut,
    data: SyntheticData,
    hid: str,
    step: str,
    *,
    reason: str = "VISIT_NOT_HELD",
    caller: Caller | None = None,
) -> Reply:
    """Cancel a HID, whatever comes of it."""
    body = {"hid": hid, "reason": data.reason(reason)}
    return sut.call("cancelHid", body=body, caller=caller, step=step)


def reserved_hid(sut: Sut, data: SyntheticData, insurer: str = "37") -> str:
    """Return a HID that nobody has yet."""
    body = {"insurerCode": insurer, "providerCouncil": council(data, "dr01")}
    reply = sut.call("issueUrgentHid", body=body, step="preamble: a HID for an emergency")
    return str(reply.required("/hid"))


def bind_hid(
    sut: Sut, data: SyntheticData, hid: str, key: str, step: str, **more: JsonValue
) -> Reply:
    """Give a reserved HID to a visit, whatever comes of it."""
    served = data.instant(seconds=-1)
    body = {"hid": hid, "patient": data.person_id(key), "servedAt": served, **more}
    return sut.call("bindHid", body=body, step=step)


def report_cover(sut: Sut, updates: list[JsonValue], step: str) -> Reply:
    """Report covers as insurer 1."""
    return sut.call("uploadCovers", body={"updates": updates}, caller=INSURER, step=step)
