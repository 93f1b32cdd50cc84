"""Fault points of adjudication."""

from __future__ import annotations

from reference_impl.faults.declared import Point

ADJUDICATION_POINTS: tuple[Point, ...] = (
    Point("adjudication.submission.insurer_unchecked", "Any insurer may be named as the payer."),
    Point("adjudication.submission.documents_unchecked", "Missing documents are not missed."),
    Point("adjudication.rules.limits_ignored", "Quantities above the limit are paid."),
    Point("adjudication.rules.whole_item_struck", "One unit too many strikes the whole item."),
    Point("adjudication.rules.ceiling_ignored", "Prices above the sector's ceiling pass."),
    Point("adjudication.rules.repeats_unseen", "The same visit is paid twice."),
    Point("adjudication.result.any_centre", "Any centre may read any result."),
    Point(
        "adjudication.result.deduction_to_patient", "What is deducted is charged to the patient."
    ),
    Point("adjudication.result.settled_at_once", "A result is reported as paid at once."),
    Point("adjudication.objection.no_effect", "An accepted objection gives nothing back."),
    Point("adjudication.objection.window_ignored", "Objections are taken without any term."),
)
