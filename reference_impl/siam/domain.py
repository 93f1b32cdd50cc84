"""What the registry of centres says of one centre."""

from __future__ import annotations

from datetime import date
from typing import Any

from fixtures.synthetic import Centre


def is_active(centre: Centre, day: date) -> bool:
    """Say whether a centre may take part: licence active and not past its end. [ERX-2-FAC-A]."""
    return centre.licence_state == "active" and day <= centre.licence_valid_until


def record(centre: Centre, day: date) -> dict[str, Any]:
    """Write a centre as the registry publishes it."""
    return {
        "siamId": centre.siam_id.lower(),
        "nameFa": centre.name_fa,
        "nameEn": centre.name_en,
        "kind": centre.kind,
        "sector": centre.sector,
        "roles": list(centre.roles),
        "level": centre.level,
        "licenceNumber": centre.licence_number,
        "licenceState": centre.licence_state,
        "licenceValidUntil": centre.licence_valid_until.isoformat(),
        "active": is_active(centre, day),
    }
