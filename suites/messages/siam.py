"""Events of licensing systems, each about a licence nobody else speaks of."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue

INSTITUTIONS = Caller("licensing-1")
PHARMACIES = Caller("licensing-2")


def fresh_licence(data: SyntheticData, label: str) -> str:
    """Return the number of a licence the synthetic world does not have: 88 and ten digits."""
    return f"88{data.random(f'licence {label}').randrange(10**10):010d}"


def event(data: SyntheticData, licence: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return the event that a laboratory holds a licence for one more year."""
    return {
        "source": "medical_institutions",
        "licence": licence,
        "state": "active",
        "centreKind": {"kind": "laboratory", "sector": "private"},
        "validUntil": data.day(365),
        "sequence": 1,
        **changes,
    }


@message_builder("siam.licence_event")
def licence_event(_sut: Sut, data: SyntheticData, label: str) -> Message:
    """Report a new laboratory, so that no centre of the world changes."""
    return Message(
        operation="reportLicenceEvent",
        service="siam",
        caller=INSTITUTIONS,
        success=201,
        body=event(data, fresh_licence(data, label)),
    )
