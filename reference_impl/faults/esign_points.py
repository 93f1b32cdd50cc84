"""Fault points of the mobile signature."""

from __future__ import annotations

from reference_impl.faults.declared import Point

ESIGN_POINTS: tuple[Point, ...] = (
    Point("esign.enrolment.identity_unchecked", "Person and telephone are not those of a member."),
    Point("esign.enrolment.licence_unchecked", "Members without a licence in force are enrolled."),
    Point("esign.enrolment.subject_unchecked", "A request may name another council number."),
    Point("esign.request.never_expires", "A request can be approved after its time."),
    Point("esign.request.other_centre", "Any centre may use any enrolment."),
    Point("esign.approval.device_unchecked", "Anybody's proof is taken for the signer's device."),
    Point("esign.approval.last_answer_wins", "A declined request can be approved later."),
    Point("esign.collect.other_centre", "A signature is handed to a centre that did not ask."),
    Point("esign.collect.waiting_as_success", "An unanswered request looks like a finished one."),
    Point(
        "esign.variant.patient", "Callers are asked to come back after half a minute.", "variant"
    ),
)
