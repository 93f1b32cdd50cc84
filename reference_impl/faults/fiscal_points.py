"""Fault points of payments and fiscal terminals."""

from __future__ import annotations

from reference_impl.faults.declared import Point

FISCAL_POINTS: tuple[Point, ...] = (
    Point("fiscal.payment.amount_ignored", "Any amount is taken for the amount paid."),
    Point("fiscal.payment.reusable", "One payment pays for several visits."),
    Point("fiscal.payment.unknown_taken", "A payment nobody made is valid."),
    Point("fiscal.terminal.of_any_centre", "A payment at another business's terminal is taken."),
    Point("fiscal.terminal.always_active", "The terminal of a closed business works on."),
    Point("fiscal.terminal.memory_of_neighbour", "The fiscal memory of the next terminal is told."),
    Point("fiscal.memory.unchecked", "Any fiscal memory id is taken."),
    Point("fiscal.variant.no_time", "The time of the payment is not told.", "variant"),
)
