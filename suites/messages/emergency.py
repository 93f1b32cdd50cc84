"""Declarations of outages that say more than the honest one."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder

_CREATED = 201
_MINISTRY = Caller("ministry-1", person="dr02")


@message_builder("emergency.two_areas")
def two_areas(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Declare an outage of two areas; its cause names the version of its code."""
    body = {
        "cause": data.versioned(data.reason("GATEWAY_DOWN")),
        "areas": ["synthetic-rural-district", "synthetic-island"],
        "startedAt": data.instant(seconds=-7200),
    }
    return Message("declareOutage", "emergency", _MINISTRY, _CREATED, body=body)
