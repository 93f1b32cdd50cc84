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


def rule_evaluations(traffic: Traffic, call: ObservedCall) -> list[ObservedCall]:
    """Return the answered evaluations of the insurers' rules before another call, in order.

    Both kinds of rules have to be asked (RUL-006): one unified evaluation, or the insurance service
    with the clinical rule service beside it. Insurance alone does not count.
    """
    unified = answered_before(traffic, call, "insurance_rules", "evaluateUnified")
    clinical = answered_before(traffic, call, "health_rules", "evaluateHealthRules")
    apart = answered_before(traffic, call, "insurance_rules", "evaluateRules")
    paired = [one for one in apart if any(_same_question(one, other) for other in clinical)]
    return sorted([*unified, *paired], key=lambda one: one.index)


def _same_question(one: ObservedCall, other: ObservedCall) -> bool:
    """Whether two evaluations ask about the same visit, position and items."""
    alike = all(one.find(name) == other.find(name) for name in ("/hid", "/position"))
    return alike and _asked(one) == _asked(other)


def _asked(call: ObservedCall) -> set[tuple[object, object]]:
    return {(row.get("itemId"), row.get("quantity")) for row in call.items()}
