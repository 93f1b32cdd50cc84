"""Fault points of the value-added gateway."""

from __future__ import annotations

from reference_impl.faults.declared import Point

VALUE_ADDED_POINTS: tuple[Point, ...] = (
    Point("value_added.licence.receiver_unchecked", "One business fetches in another's name."),
    Point("value_added.licence.licence_unchecked", "A centre without a licence gets data."),
    Point("value_added.consent.ended_consent_shown_as_empty", "An ended consent is no refusal."),
    Point("value_added.data.scope_unchecked", "More may be asked than the consent covers."),
    Point(
        "value_added.data.whole_consent_delivered", "All the consent covers comes, asked or not."
    ),
    Point("value_added.data.providers_shown", "The delivery names the person's physicians."),
    Point("value_added.data.first_page_only", "A long history is cut after its first page."),
    Point(
        "value_added.data.paid_by_insurer", "What the person paid is told as the insurer's share."
    ),
)
