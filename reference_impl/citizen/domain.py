"""The referral map, the channels, and what a centre offers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

REFERRAL_LIFE = timedelta(days=30)
LAST_LEVEL = 3
LAST_DAY = "9999-12-31"

CHANNELS: Mapping[str, frozenset[str]] = {
    "appointment": frozenset({"web", "app", "ussd", "ivr"}),
    "drug": frozenset({"web", "app", "sms", "ussd"}),
    "prescriptions": frozenset({"web", "app", "ussd"}),
    "costs": frozenset({"web", "app", "ussd", "sms"}),
    "results": frozenset({"web", "app"}),
    "accesses": frozenset({"web", "app"}),
}
"""What is offered where [RM-CIT-CHAN]: a result cannot be read out or put into a short message."""

KINDS: Mapping[str, frozenset[str]] = {
    "prescriptions": frozenset({"prescription", "dispense", "cancellation"}),
    "results": frozenset({"laboratory_result", "imaging_result", "pathology_result"}),
    "costs": frozenset({"dispense", "service"}),
    "accesses": frozenset(),
}
"""Which events of the record a question of a citizen means."""

SERVICES_OF: Mapping[str, frozenset[str]] = {
    "hospital": frozenset({"visit", "procedure", "nursing", "admission", "imaging", "laboratory"}),
    "clinic": frozenset({"visit", "procedure", "nursing"}),
    "office": frozenset({"visit"}),
    "phc": frozenset({"visit", "nursing"}),
    "laboratory": frozenset({"laboratory"}),
    "imaging": frozenset({"imaging"}),
    "dialysis": frozenset({"dialysis"}),
    "physiotherapy": frozenset({"physiotherapy"}),
}
"""Kinds of services by kind of centre; pharmacies have no service tariff."""


def leads(from_level: int, to_level: int, *, emergency: bool) -> bool:
    """Say whether the map leads from one level to another [RM-CIT-REF-A, RM-CIT-LEVEL].

    One level up, or to a colleague of the same level beyond the first; in an emergency straight to
    any higher level. Nobody is referred down: that is the feedback.
    """
    if emergency:
        return to_level > from_level
    return to_level == from_level + 1 or (to_level == from_level > 1)


def destination(centres: Iterable[Mapping[str, Any]], level: int, away_from: str) -> str | None:
    """Return the centre of a level a patient is sent to: active, prescribing, another one."""
    fitting = sorted(
        str(one["siamId"])
        for one in centres
        if one["active"]
        and one["level"] == level
        and "prescribing" in one["roles"]
        and one["siamId"] != away_from
    )
    return fitting[0] if fitting else None


def offered(
    kind: str, services: Iterable[Mapping[str, Any]], day: str | None
) -> list[Mapping[str, Any]]:
    """Return the rows of the service list that a kind of centre offers, in force on a day."""
    kinds = SERVICES_OF.get(kind, frozenset())
    return [
        row
        for row in services
        if row.get("kind") in kinds
        and "publicTariff" in row
        and (day is None or str(row["validFrom"]) <= day <= str(row.get("validUntil") or LAST_DAY))
    ]
