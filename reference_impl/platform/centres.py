"""What the registry of centres says, for services that depend on who calls."""

from __future__ import annotations

from typing import Any

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

OK, NOT_FOUND = 200, 404


async def centre_record(call: Call, siam_id: str) -> dict[str, Any] | None:
    """Return a centre as the registry publishes it, None when it knows none."""
    reply = await call.peer("siam").get(f"/centres/{siam_id}")
    if reply.status == NOT_FOUND:
        return None
    if reply.status != OK or not isinstance(reply.json, dict):
        raise Refusal("DEPENDENCY_UNAVAILABLE")
    return reply.json


async def has_role(call: Call, role: str) -> bool:
    """Say whether the calling centre has a role and a licence today."""
    record = await centre_record(call, call.caller.centre)
    return record is not None and bool(record["active"]) and role in record["roles"]
