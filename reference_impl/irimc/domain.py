"""What the Medical Council says of a member, and what the membership allows."""

from __future__ import annotations

from typing import Any

from fixtures.synthetic import Professional

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
_PRIVILEGES = {
    "MD": ("prescribing", "service"),
    "DDS": ("prescribing", "service"),
    "MIDWIFE": ("prescribing", "service"),
    "FOREIGN": ("prescribing", "service"),
    "PHARM": ("dispensing", "service"),
}


def privileges(member: Professional) -> tuple[str, ...]:
    """Return what a member may do; nothing while the licence is not active. [ERX-8-12-N1-C]."""
    if member.licence_state != "active" or member.sanction is not None:
        return ()
    return _PRIVILEGES.get(member.council_kind, ())


def record(member: Professional, specialty: dict[str, str]) -> dict[str, Any]:
    """Write a member as the council publishes it; `specialty` is the coded text."""
    return {
        "kind": member.council_kind,
        "number": member.council_number,
        "givenNameFa": member.given_name_fa,
        "familyNameFa": member.family_name_fa,
        "givenNameEn": member.given_name_en,
        "familyNameEn": member.family_name_en,
        "specialty": specialty,
        "licenceState": member.licence_state,
        "sanctions": [member.sanction] if member.sanction else [],
        "privileges": list(privileges(member)),
    }
