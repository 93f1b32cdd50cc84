"""What every desk needs to make and read HIDs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from reference_impl.eligibility import store
from reference_impl.eligibility.domain import IssuedHid
from reference_impl.platform.identifiers import new_hid
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call


def unused(rows: Connection, issuer: str) -> str:
    """Make a HID nobody has."""
    while True:
        hid = new_hid(issuer)
        if store.hid_row(rows, hid) is None:
            return hid


def as_issued(row: Mapping[str, Any]) -> IssuedHid:
    """Read a stored HID."""
    return IssuedHid(
        hid=row["hid"],
        patient=row["patient_key"],
        centre=row["centre"],
        insurer=row["insurer"],
        valid_on=date.fromisoformat(row["valid_on"]),
        state=row["state"],
    )


async def check_provider(call: Call, provider: Mapping[str, Any]) -> None:
    """Refuse a provider the council does not know, or who may do nothing today."""
    reply = await call.peer("irimc").get(
        f"/members/{provider['councilKind']}/{provider['councilNumber']}"
    )
    if reply.code is not None:
        raise Refusal("PRESCRIBER_UNKNOWN", pointer="/providerCouncil/councilNumber")
    if not reply.json["privileges"]:
        raise Refusal("PRESCRIBER_NOT_ENTITLED", pointer="/providerCouncil/councilNumber")
