"""How observed cases of the pharmacy read its traffic; no expectation is evaluated here."""

from __future__ import annotations

from lab.kit import ObservedCall, Traffic


def dispenses(traffic: Traffic) -> tuple[ObservedCall, ...]:
    """Return the dispenses the IUT sent, accepted or not; INCONCLUSIVE when there are none."""
    return traffic.required("purchaser", "prepareDispense")


def answered_before(
    traffic: Traffic, call: ObservedCall, service: str, operation: str
) -> list[ObservedCall]:
    """Return the calls of an operation that were answered with success before another call."""
    return [c for c in traffic.before(call, service, operation) if c.answered]


def same_person(call: ObservedCall, dispense: ObservedCall) -> bool:
    """Whether a call names the patient of the dispense, or none at all."""
    named = call.find("/patient/value")
    return not isinstance(named, str) or named == dispense.find("/patient/id/value")


def whole(value: object) -> int | None:
    """Return a JSON integer, None for anything else (true is not a number)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
