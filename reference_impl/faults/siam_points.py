"""Fault points of the registry of centres."""

from __future__ import annotations

from reference_impl.faults.declared import Point

SIAM_POINTS: tuple[Point, ...] = (
    Point("siam.centre.events_ignored", "A centre is answered as it was when first registered."),
    Point("siam.centre.last_day_refused", "A licence ends on the morning of its last day."),
    Point("siam.licence.source_ignored", "A licence id is found under any licensing system."),
    Point("siam.users.other_centres_shown", "Any centre reads the users of any other."),
    Point("siam.event.any_source", "Anybody may report licences of any kind."),
    Point("siam.event.stale_accepted", "An older event overwrites a newer one."),
    Point("siam.changes.event_not_noted", "Events do not reach the feed of changes."),
    Point("siam.changes.last_one_repeated", "The change the caller has seen is sent again."),
    Point("siam.variant.small_pages", "The feed of changes comes in small pages.", "variant"),
)
