"""Fault points of eligibility and the database of insured persons."""

from __future__ import annotations

from reference_impl.faults.declared import Point

ELIGIBILITY_POINTS: tuple[Point, ...] = (
    Point("eligibility.person.links_unknown", "Links of newborns to their code are not asked for."),
    Point("eligibility.person.check_digit_ignored", "The form of a code is not looked at."),
    Point("eligibility.person.state_ignored", "Whoever has a cover is entitled, dead or blocked."),
    Point("eligibility.person.unique_id_covered", "A unique id is taken for a cover."),
    Point("eligibility.person.newborns_unknown", "Nobody without an own code is found."),
    Point(
        "eligibility.covers.period_ignored", "A cover counts before it begins and after its end."
    ),
    Point("eligibility.covers.overlap_hidden", "Two covers at once are not reported."),
    Point("eligibility.covers.calendar_year", "Every cover is told as from January to December."),
    Point("eligibility.covers.dropped_hidden", "Of two covers only the one that counts is told."),
    Point("eligibility.covers.private_funds", "Funds carry names of the database's own."),
    Point("eligibility.covers.complementary_hidden", "Complementary covers are not told."),
    Point("eligibility.issue.same_hid", "All visits of a day share one HID."),
    Point(
        "eligibility.issue.hid_not_told",
        "The HID goes to the telephone only, not to who asked.",
    ),
    Point("eligibility.issue.any_insurer", "A HID of any insurer is issued to anybody."),
    Point("eligibility.verify.patient_ignored", "A HID holds for whoever carries it."),
    Point("eligibility.covers.reports_ignored", "What insurers report changes no answer."),
    Point("eligibility.covers.by_end_of_id", "Reported covers are found by ten last digits."),
    Point("eligibility.inquiry.kept", "Whoever a centre asks for next gets the answer before."),
    Point("eligibility.covers.stale_wins", "An older report overwrites a newer one."),
    Point("eligibility.covers.end_ignored", "The reported end of a cover is taken and forgotten."),
    Point("eligibility.covers.of_any_insurer", "An insurer ends the covers of another one."),
    Point("eligibility.reserve.limit_per_batch", "The limit counts for a batch, not for a centre."),
    Point("eligibility.bind.twice", "A reserved HID is given to two visits."),
    Point("eligibility.bind.late_accepted", "A reserved HID is bound long after its last day."),
    Point("eligibility.bind.overlap_ignored", "The person is not asked which cover counts."),
    Point("eligibility.cancel.used_one", "A HID that carries a service is cancelled."),
    Point("eligibility.cancel.any_reason", "Any coded text is a reason."),
    Point("eligibility.hid.of_any_centre", "A centre binds and cancels HIDs of another one."),
    Point("eligibility.use.not_counted", "Uses of a HID are not counted."),
    Point("eligibility.verify.unissued_valid", "A HID holds when its check character fits."),
    Point("eligibility.verify.cancelled_valid", "A cancelled HID still holds."),
    Point("eligibility.provider.licence_ignored", "Every member of the council is licensed."),
    Point("eligibility.provider.always_contracted", "Every centre has a contract."),
    Point("eligibility.variant.no_message", "The verdict on a provider has no text.", "variant"),
)
