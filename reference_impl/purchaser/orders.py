"""Answers for the kind of an order: what may stand in it, and which centres may give it.

A prescription is of one kind. Medicines come from the medicine list; laboratory, imaging and other
services from the service list, each with its own kind of concept. [ERX-7-6-C, RUL-021]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.records import Prescription

DRUG, SERVICE = "drug", "service"
SERVICES = "urn:ir:maksa:service-synthetic"
OK = 200
_OWN_KIND = frozenset({"laboratory", "imaging"})
"""Kinds of concepts with a kind of order of their own; everything else is ordered as a service."""
_WARDS = frozenset({"hospital", "phc", "maternity", "limited_surgery", "health_post"})
_GIVERS: Mapping[str, frozenset[str]] = {
    "laboratory": _WARDS | {"laboratory"},
    "imaging": _WARDS | {"imaging"},
    SERVICE: _WARDS | {"clinic", "dialysis", "physiotherapy"},
}
"""Kinds of centres that may give an order, beside what their role allows."""


def check_kind(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Refuse an item whose code does not belong to the kind of the order."""
    kind = payload["kind"]
    for index, item in enumerate(payload["items"]):
        code = item["code"]
        if (code["system"] == SERVICES) != (kind != DRUG) or not _fits(desk, kind, code):
            raise Refusal(
                "ORDER_KIND_MISMATCH",
                pointer=f"/items/{index}/code",
                detail=f"is not ordered as {kind}",
                item_ref=item["itemId"],
            )


def _fits(desk: Desk, kind: str, code: Mapping[str, Any]) -> bool:
    if kind == DRUG:
        return True
    versions = desk.book.versions(code["system"], code["code"])
    own = str(versions[-1].properties.get("kind", SERVICE)) if versions else SERVICE
    return own == kind if kind in _OWN_KIND else own not in _OWN_KIND


async def check_giver(call: Call, known: Prescription) -> None:
    """Refuse a centre whose kind does not give orders of this kind.

    Medicines are not asked for: the role of the centre says enough.
    """
    kind = known.document["kind"]
    if kind == DRUG:
        return
    reply = await call.peer("siam").get(f"/centres/{call.caller.centre}")
    if reply.status != OK:
        raise Refusal("DEPENDENCY_UNAVAILABLE")
    if reply.json["kind"] not in _GIVERS[kind]:
        raise Refusal("ORDER_CENTRE_UNFIT", detail=f"{reply.json['kind']} does not give {kind}")


def check_no_label(known: Prescription, payload: Mapping[str, Any]) -> None:
    """Refuse the label of a pack where nothing with a label is given."""
    if known.document["kind"] == DRUG:
        return
    for index, line in enumerate(payload["items"]):
        if "product" in line:
            pointer = f"/items/{index}/product"
            raise Refusal("SCHEMA_VIOLATION", pointer=pointer, detail="only medicines have a label")


def privilege_to_give(known: Prescription) -> str:
    """Return what the council must allow the person who delivers."""
    return "dispensing" if known.document["kind"] == DRUG else "service"
