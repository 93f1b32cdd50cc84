"""Fault points of eligibility and the database of insured persons."""

from __future__ import annotations

from reference_impl.faults.declared import Point

ELIGIBILITY_POINTS: tuple[Point, ...] = (
    Point("eligibility.person.links_unknown", "Links of newborns to their code are not asked for."),
    Point("eligibility.covers.reports_ignored", "What insurers report changes no answer."),
    Point("eligibility.covers.stale_wins", "An older report overwrites a newer one."),
    Point("eligibility.covers.of_any_insurer", "An insurer ends the covers of another one."),
    Point("eligibility.reserve.limit_per_batch", "The limit counts for a batch, not for a centre."),
    Point("eligibility.bind.twice", "A reserved HID is given to two visits."),
    Point("eligibility.bind.late_accepted", "A reserved HID is bound long after its last day."),
    Point("eligibility.bind.overlap_ignored", "The person is not asked which cover counts."),
    Point("eligibility.cancel.used_one", "A HID that carries a service is cancelled."),
    Point("eligibility.cancel.any_reason", "Any coded text is a reason."),
    Point("eligibility.hid.of_any_centre", "A centre binds and cancels HIDs of another one."),
    Point("eligibility.use.not_counted", "Uses of a HID are not counted."),
    Point("eligibility.verify.cancelled_valid", "A cancelled HID still holds."),
    Point("eligibility.provider.licence_ignored", "Every member of the council is licensed."),
    Point("eligibility.provider.always_contracted", "Every centre has a contract."),
    Point("eligibility.variant.no_message", "The verdict on a provider has no text.", "variant"),
)
