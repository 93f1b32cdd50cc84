"""Fault points of the support portal."""

from __future__ import annotations

from reference_impl.faults.declared import Point

SUPPORT_POINTS: tuple[Point, ...] = (
    Point("support.clock.office_hours_only", "The clock of a ticket stands still at night."),
    Point("support.clock.urgency_ignored", "An outage waits as long as a question."),
    Point("support.clock.never_overdue", "A late ticket is not shown as late."),
    Point("support.triage.code_ignored", "The error a ticket names does not decide its class."),
    Point("support.owner.facility_as_vendor", "Errors of a centre are handed to its vendor."),
    Point("support.owner.vendor_as_facility", "Errors of software are handed to the centre."),
    Point("support.note.closed_takes_notes", "A closed ticket takes further notes."),
    Point("support.note.answer_lost", "The answer of the staff is only one more note."),
    Point("support.ticket.any_centre_reads", "Any centre reads any ticket."),
)
