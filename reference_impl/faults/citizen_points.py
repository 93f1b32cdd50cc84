"""Fault points of the citizen services."""

from __future__ import annotations

from reference_impl.faults.declared import Point

CITIZEN_POINTS: tuple[Point, ...] = (
    Point("citizen.own.last_access_hidden", "The newest reading is not told to the person."),
    Point("citizen.information.all_versions", "Services out of force are told as offered."),
    Point("citizen.referral.level_skipped", "A patient is referred past the map."),
    Point("citizen.referral.emergency_ignored", "An emergency has to climb level by level."),
    Point("citizen.referral.any_sender", "A centre refers in the name of another."),
    Point("citizen.referral.any_centre_reads", "Any centre reads any referral."),
    Point("citizen.referral.feedback_by_anybody", "The referring centre answers itself."),
    Point("citizen.referral.feedback_twice", "A later feedback replaces the first."),
    Point("citizen.appointment.booked_twice", "Two people get the same time."),
    Point("citizen.appointment.past_accepted", "A time that has passed can be booked."),
    Point("citizen.appointment.list_not_moved", "A cancelled time moves nobody up."),
    Point("citizen.appointment.position_from_zero", "The first who waits has position 0."),
    Point("citizen.channel.unchecked", "Every service is offered on every channel."),
    Point("citizen.channel.smartphones_only", "Services are offered on web and app alone."),
    Point("citizen.identity.telephone_unchecked", "Anybody is taken for the citizen named."),
    Point("citizen.information.tariffs_shifted", "Tariffs stand beside the wrong services."),
    Point("citizen.information.tariff_left_out", "The last service of a centre has no tariff."),
    Point("citizen.finder.city_ignored", "Pharmacies of another city are named."),
    Point("citizen.finder.total_as_share", "The whole price is told as the patient's share."),
    Point("citizen.own.share_hidden", "What the insurer paid is not told."),
    Point("citizen.own.kind_ignored", "Whatever is asked, the whole history comes."),
    Point("citizen.own.cancellations_recoded", "Every cancellation has the same reason."),
    Point("citizen.referral.versions_dropped", "Codes of referrals lose their version."),
    Point(
        "citizen.appointment.version_dropped", "The service of an appointment loses its version."
    ),
)
