"""Outages that do not concern everybody."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites.record_journeys import CREATED, MINISTRY

AREAS = ("synthetic-rural-district", "synthetic-island")


@message_builder("emergency.two_areas")
def two_areas(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Declare an outage of two areas; its cause names the version of its code."""
    body = {
        "cause": data.versioned(data.reason("GATEWAY_DOWN")),
        "areas": list(AREAS),
        "startedAt": data.instant(seconds=-7200),
    }
    return Message("declareOutage", "emergency", MINISTRY, CREATED, body=body)
