"""Answers for patients: the form of their identifier, the key they are found by, their cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference_impl.platform.folding import folded
from reference_impl.platform.identifiers import ascii_digits, national_code_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

SELF_PAY = "37"
_CHECKED = frozenset({"NC", "MOTHER_NC"})


def person_key(person: Mapping[str, Any]) -> str:
    """Return the key under which a person is found, whatever digits the identifier was typed in.

    Type and value belong together, and newborns on one mother's code stay apart. [ERX-7-1-D]
    """
    parts = [str(person["type"]), folded(str(person["value"]))]
    if "birthOrder" in person:
        parts += [str(person["birthOrder"]), str(person["birthDate"])]
    return ":".join(parts)


def check_identifier(call: Call, person: Mapping[str, Any], pointer: str) -> None:
    """Refuse an identifier whose check digit is wrong."""
    faults = call.config.faults
    if person["type"] != "NC" and faults.on("purchaser.person.only_national_codes"):
        raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer=f"{pointer}/type")
    if faults.on("purchaser.person.check_digit_ignored"):
        return
    if person["type"] in _CHECKED and not national_code_is_sound(ascii_digits(person["value"])):
        raise Refusal(
            "PATIENT_IDENTIFIER_INVALID",
            pointer=f"{pointer}/value",
            detail="the check digit does not fit the other nine digits",
        )


def key_for_search(call: Call, person: Mapping[str, Any]) -> str:
    """Return the key of a person who is looked for."""
    if call.config.faults.on("purchaser.person.newborns_merged"):
        return f"NC:{folded(person['value'])}"
    if call.config.faults.on("purchaser.text.search_unfolded"):
        return f"{person['type']}:{person['value']}"
    return person_key(person)


def key_for_storage(call: Call, person: Mapping[str, Any]) -> str:
    """Return the key under which a person's prescriptions are filed."""
    if call.config.faults.on("purchaser.person.newborns_merged"):
        return f"NC:{folded(person['value'])}"
    return person_key(person)


@dataclass(frozen=True)
class Cover:
    """The cover a prescription or a price stands on; no insurer but the patient when self-pay."""

    insurer: str
    fund: str

    @property
    def insured(self) -> bool:
        """Whether anybody but the patient pays."""
        return self.insurer != SELF_PAY


def cover_of(answer: Mapping[str, Any], insurer: str | None = None) -> Cover:
    """Pick the base cover that counts from an eligibility answer.

    With an `insurer` (the one the HID names) only that one counts; else the first active one, as
    the eligibility service lists the cover its overlap decision prefers first.
    """
    if insurer == SELF_PAY or not answer.get("entitled", False):
        return Cover(SELF_PAY, "none")
    for cover in answer["covers"]:
        if cover["state"] != "active" or cover.get("kind", "base") != "base":
            continue
        if insurer is None or cover["insurerCode"] == insurer:
            return Cover(cover["insurerCode"], cover["fund"])
    return Cover(SELF_PAY, "none")


async def ask_cover(call: Call, person: Mapping[str, Any], insurer: str | None = None) -> Cover:
    """Ask the eligibility service for the cover of a person today."""
    if call.config.faults.on("purchaser.cover.own_copy"):
        return _copied(call, person)
    reply = await call.peer("eligibility").post(
        "/inquiries", {"patient": dict(person), "centre": call.caller.centre}
    )
    if reply.code is not None:
        if call.config.faults.on("purchaser.person.check_digit_ignored"):
            return Cover(SELF_PAY, "none")
        raise Refusal(reply.code, pointer="/patient")
    unknown = call.config.faults.on("purchaser.split.unknown_person_covered")
    if unknown and not reply.json["covers"]:
        return Cover("1", "main")
    return cover_of(reply.json, insurer)


def _copied(call: Call, person: Mapping[str, Any]) -> Cover:
    """Seeded fault: the cover as it stood when the exchange was set up."""
    for one in call.config.world.people.values():
        if (one.id_type, one.id_value) == (person["type"], person["value"]) and one.cover:
            return Cover(one.cover[0].insurer, one.cover[0].fund)
    return Cover(SELF_PAY, "none")
