"""What the registry of centres says of one centre, and what a licensing system may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fixtures.synthetic import Centre
from reference_impl.faults.points import FaultSet

SOURCE_OF_KIND: Mapping[str, str] = {
    "office": "medical_practice",
    "pharmacy": "pharmacies",
    "hospital_pharmacy": "pharmacies",
}
"""Licensing system by kind of centre; all other kinds are institutions. [ERX-8-9-C]."""
INSTITUTIONS = "medical_institutions"
OF_CARE = frozenset({"prescribing", "dispensing"})
CHANGE_OF_STATE: Mapping[str, str] = {
    "active": "changed",
    "suspended": "suspended",
    "expired": "expired",
    "revoked": "closed",
    "closed": "closed",
}
"""What the change feed calls a new state of a licence."""


@dataclass(frozen=True)
class Registered:
    """A centre with the state of its licence, the licensing system and its last event number."""

    siam_id: str
    name_fa: str
    name_en: str
    kind: str
    sector: str
    roles: tuple[str, ...]
    level: int
    licence: str
    state: str
    valid_until: date
    represents: str | None = None

    @property
    def source(self) -> str:
        """Return the licensing system that keeps this kind of centre."""
        return source_of(self.kind)


def source_of(kind: str) -> str:
    """Return the licensing system that keeps a kind of centre."""
    return SOURCE_OF_KIND.get(kind, INSTITUTIONS)


def registered(centre: Centre) -> Registered:
    """Read a centre of the synthetic world."""
    return Registered(
        siam_id=centre.siam_id.lower(),
        name_fa=centre.name_fa,
        name_en=centre.name_en,
        kind=centre.kind,
        sector=centre.sector,
        roles=tuple(centre.roles),
        level=centre.level,
        licence=centre.licence_number,
        state=centre.licence_state,
        valid_until=centre.licence_valid_until,
        represents=centre.represents,
    )


def after(centre: Registered, event: Mapping[str, Any]) -> Registered:
    """Return a centre as an event of its licensing system leaves it."""
    until = date.fromisoformat(event["validUntil"])
    return replace(centre, state=event["state"], valid_until=until)


def is_active(centre: Registered, day: date) -> bool:
    """Say whether a centre may take part: licence active and not past its end. [ERX-2-FAC-A]."""
    return centre.state == "active" and day <= centre.valid_until


def spoiled(centre: Registered, faults: FaultSet, day: date, shown: dict[str, Any]) -> None:
    """Change a written centre as the faults that are switched on would have it."""
    if faults.on("siam.centre.end_ignored"):
        shown["active"] = centre.state == "active"
    if faults.on("siam.centre.last_day_refused"):
        shown["active"] = shown["active"] and day < centre.valid_until
    if faults.on("siam.centre.both_roles") and set(centre.roles) <= OF_CARE:
        shown["roles"] = sorted(OF_CARE)
    if faults.on("siam.centre.first_level"):
        shown["level"] = 1


def record(centre: Registered, day: date) -> dict[str, Any]:
    """Write a centre as the registry publishes it."""
    written: dict[str, Any] = {
        "siamId": centre.siam_id,
        "nameFa": centre.name_fa,
        "nameEn": centre.name_en,
        "kind": centre.kind,
        "sector": centre.sector,
        "roles": list(centre.roles),
        "level": centre.level,
        "licenceNumber": centre.licence,
        "licenceState": centre.state,
        "licenceValidUntil": centre.valid_until.isoformat(),
        "active": is_active(centre, day),
    }
    if centre.represents is not None:
        written["represents"] = centre.represents
    return written
