"""Fault points that only show in the course of a life, or between two twins of one message."""

from __future__ import annotations

from reference_impl.faults.declared import Point

CYCLE_POINTS: tuple[Point, ...] = (
    Point("purchaser.item.left_out_stays_open", "An item that is not given can be given later."),
    Point("purchaser.split.rest_on_last_item", "What rounding leaves over goes to the last item."),
    Point("purchaser.confirm.drops_others", "A confirmation abandons other prepared dispenses."),
    Point("purchaser.prescription.never_ends", "A prescription is given out after its last day."),
    Point("purchaser.register.uncovered_refused", "Orders of what is not covered are refused."),
    Point("insurance_rules.items.last_unheard", "The last of several items meets no rule."),
    Point("health_rules.items.last_unheard", "The last of several items meets no clinical rule."),
)
