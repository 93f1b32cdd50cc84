"""Fault points of the registry of centres."""

from __future__ import annotations

from reference_impl.faults.declared import Point

SIAM_POINTS: tuple[Point, ...] = (
    Point("siam.centre.events_ignored", "A centre is answered as it was when first registered."),
    Point("siam.centre.last_day_refused", "A licence ends on the morning of its last day."),
    Point("siam.centre.end_ignored", "A licence that is not withdrawn counts for ever."),
    Point("siam.centre.unknown_answered", "A SIAM id nobody has is answered as a centre."),
    Point("siam.centre.both_roles", "Every centre of care may prescribe and dispense."),
    Point("siam.centre.first_level", "Every centre belongs to the first level of care."),
    Point("siam.centre.id_by_beginning", "The last character of a SIAM id is not compared."),
    Point("siam.list.kind_ignored", "Lists hold centres of every kind."),
    Point("siam.licence.source_ignored", "A licence id is found under any licensing system."),
    Point("siam.licence.reported_only", "Only licences reported by an event lead to a centre."),
    Point("siam.users.other_centres_shown", "Any centre reads the users of any other."),
    Point("siam.users.one_id_everywhere", "A professional has one user id in all centres."),
    Point("siam.event.second_id", "Every event of a licence makes another centre."),
    Point("siam.changes.kind_always_changed", "The kind of a change is not told."),
    Point("siam.event.any_source", "Anybody may report licences of any kind."),
    Point("siam.event.stale_accepted", "An older event overwrites a newer one."),
    Point("siam.changes.event_not_noted", "Events do not reach the feed of changes."),
    Point("siam.changes.last_one_repeated", "The change the caller has seen is sent again."),
    Point("siam.variant.small_pages", "The feed of changes comes in small pages.", "variant"),
)
