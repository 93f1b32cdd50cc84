"""What the Medical Council says of a member, and what the membership allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fixtures.synthetic import Professional

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
PRIVILEGES = "urn:ir:maksa:privilege-synthetic"
SERVICE_KINDS = "urn:ir:maksa:service-kind-synthetic"
_PRIVILEGES = {
    "MD": ("prescribing", "service"),
    "DDS": ("prescribing", "service"),
    "MIDWIFE": ("prescribing", "service"),
    "FOREIGN": ("prescribing", "service"),
    "PHARM": ("dispensing", "service"),
}


PRACTISING = frozenset({"active", "limited"})
LIMITED_TO = frozenset({"admission", "procedure"})
"""What a member limited to ward rounds may still order."""


def in_practice(member: Professional) -> bool:
    """Say whether the licence allows practice; a reprimand on record blocks nothing. [RUL-065]."""
    return member.licence_state in PRACTISING


def may_order(member: Professional, service_kind: str) -> bool:
    """Say whether the standing of a member allows a kind of service, the matrix apart."""
    limited = member.licence_state == "limited"
    return in_practice(member) and (not limited or service_kind in LIMITED_TO)


def privileges(member: Professional) -> tuple[str, ...]:
    """Return what a member may do; nothing while the licence is not active. [ERX-8-12-N1-C]."""
    if not in_practice(member):
        return ()
    return ("service",) if member.licence_state == "limited" else _of_kind(member)


def _of_kind(member: Professional) -> tuple[str, ...]:
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


def privilege_of(
    rows: Iterable[Mapping[str, Any]], specialty: str, service_kind: str
) -> Mapping[str, Any] | None:
    """Return the row of the matrix for specialty and kind of service, None when refused."""
    for row in rows:
        if row["specialty"] == specialty and row["serviceKind"] == service_kind:
            return row
    return None


def formulary(member: Professional, row: Mapping[str, Any]) -> list[str]:
    """Return the only codes a member may order under a privilege; empty means no limit."""
    limits = [set(map(str, found)) for found in (member.formulary, row.get("formulary")) if found]
    return sorted(set.intersection(*limits)) if limits else []


def initial_changes(members: Iterable[Professional]) -> list[tuple[str, str, str, int]]:
    """Return the past as the feed starts with it: kind, number, kind of change, days ago."""
    found = []
    for member in members:
        name = (member.council_kind, member.council_number)
        if member.sanction is not None:
            found.append((*name, "sanction", 30))
        elif member.licence_state != "active":
            found.append((*name, "licence", 60))
        if member.degree_changed_days_ago is not None:
            found.append((*name, "degree", member.degree_changed_days_ago))
    return sorted(found, key=lambda one: (-one[3], one[1]))
