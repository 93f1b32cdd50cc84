"""Fault points of the purchaser by which an answer loses a member of what was sent or decided."""

from __future__ import annotations

from reference_impl.faults.declared import Point

PURCHASER_MEMBER_POINTS: tuple[Point, ...] = (
    Point("purchaser.answer.code_versions_lost", "Coded texts come back without their version."),
    Point("purchaser.answer.question_item_lost", "A question does not say which item it is about."),
    Point("purchaser.amend.approval_lost", "An amendment comes back without its approvals."),
    Point("purchaser.paper.note_lost", "Paper that was entered comes back without its note."),
    Point("purchaser.document.repeat_half_told", "A repeat is told as new, with what was given."),
    Point("purchaser.statement.one_deduction", "A statement tells one deduction of a claim."),
)
