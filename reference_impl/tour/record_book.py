"""Reading a person's record under a lawful basis: consent where a telephone can confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import reason

DOCUMENTS = frozenset({"prescription", "dispense", "service", "cancellation"})


def recorded(stage: Stage, reader: Actor, who: Mapping[str, Any]) -> list[str]:
    """Return what the record keeps of a person: ids of signed documents and of results.

    A person without a registered telephone is read under an emergency access, with its reason.
    """
    question: dict[str, Any] = {"person": dict(who), "purpose": reason("TREATMENT")}
    phone = _phone(stage, who)
    if phone is None:
        glass = {"person": dict(who), "reason": reason("UNCONSCIOUS"), "text": "end of the tour"}
        reader.ask("/sepas/v1/break-glass", glass)
        question["purpose"] = reason("UNCONSCIOUS")
    else:
        question["consentId"] = consent(stage, reader, who, reader.siam_id, phone)
    found: list[str] = []
    while True:
        page = reader.ask("/sepas/v1/history", question)
        found += [
            str(one["documentId"] if one["kind"] in DOCUMENTS else one["recordId"])
            for one in page["entries"]
        ]
        if "next" not in page:
            return found
        question["after"] = page["next"]


def consent(
    stage: Stage, actor: Actor, who: Mapping[str, Any], to: str, phone: str, **more: Any
) -> str:
    """Record a consent of a person, confirmed on the telephone."""
    body = {
        "person": dict(who),
        "grantedTo": to,
        "purpose": reason("TREATMENT"),
        "validUntil": stage.day(30),
        "phone": phone,
        **more,
    }
    return str(actor.ask("/sepas/v1/consents", body)["consentId"])


def _phone(stage: Stage, who: Mapping[str, Any]) -> str | None:
    known = {
        (one.id_type, one.id_value): one.phone
        for one in stage.world.people.values()
        if one.id_type in {"NC", "FIDA"}
    }
    return known.get((str(who["type"]), str(who["value"])))
