"""Covers as an insurer reports them."""

from __future__ import annotations

from datetime import UTC, datetime

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue

INSURER = Caller("insurer-1")
_COUNTED_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def sequence(data: SyntheticData, step: int = 0) -> int:
    """Return the number of a report: higher in every later campaign, and from step to step."""
    return int((data.now - _COUNTED_FROM).total_seconds()) * 4 + step


def cover(data: SyntheticData, person: JsonValue, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return a cover of insurer 1 around today."""
    return {
        "person": person,
        "insurerCode": "1",
        "fund": "main",
        "validFrom": data.day(-10),
        "validUntil": data.day(10),
        "sequence": sequence(data),
        "ended": False,
        **changes,
    }


def stranger(data: SyntheticData, label: str) -> JsonValue:
    """Return the id of an insured foreign national the synthetic world does not have."""
    return {"type": "FIDA", "value": f"9907{data.random(f'insured {label}').randrange(10**8):08d}"}


@message_builder("eligibility.covers")
def covers(_sut: Sut, data: SyntheticData, label: str) -> Message:
    """Report the cover of a person nobody else asks about."""
    return Message(
        operation="uploadCovers",
        service="eligibility",
        caller=INSURER,
        success=200,
        body={"updates": [cover(data, stranger(data, label))]},
    )
