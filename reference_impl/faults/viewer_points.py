"""Fault points of the viewer."""

from __future__ import annotations

from reference_impl.faults.declared import Point

VIEWER_POINTS: tuple[Point, ...] = (
    Point("viewer.purpose.unchecked", "A view opens for whatever is stated as purpose."),
    Point("viewer.basis.hid_not_passed_on", "The HID of the visit never reaches the record."),
    Point("viewer.refusal.shown_as_empty", "A refusal looks like a record without content."),
    Point("viewer.view.allergies_left_out", "The view shows no allergies."),
    Point("viewer.view.medicines_left_out", "The view shows no medicines."),
    Point("viewer.view.results_left_out", "The view names no results."),
    Point("viewer.view.kept_after_revocation", "A view seen once is shown after revocation."),
    Point("viewer.view.kept_for_everybody", "A view opened by one centre is shown to the next."),
    Point("viewer.view.versions_of_system", "Codes carry the version of their whole system."),
)
