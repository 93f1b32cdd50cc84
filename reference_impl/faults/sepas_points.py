"""Fault points of the health record: consent, access, submission, results, summary."""

from __future__ import annotations

from reference_impl.faults.declared import Point

_ACCESS = (
    Point("sepas.access.without_basis", "A record opens without consent or treating relation."),
    Point("sepas.access.noted_twice", "Every reading is in the access log twice."),
    Point("sepas.access.not_logged", "Readings are not written to the access log."),
    Point("sepas.access.treating_relation_any_day", "An old HID still makes a treating relation."),
    Point("sepas.access.emergencies_hidden", "The person does not see emergency accesses."),
    Point("sepas.consent.ends_again", "A revoked consent can be revoked once more."),
    Point("sepas.consent.revoked_still_counts", "A revoked consent still opens the record."),
    Point("sepas.consent.expired_still_counts", "A consent counts after its last day."),
    Point("sepas.consent.other_grantee_accepted", "A consent to one centre opens to every centre."),
    Point("sepas.consent.unconfirmed_accepted", "A consent needs no telephone of the person."),
    Point("sepas.break_glass.reason_unchecked", "Any reason opens a record in an emergency."),
    Point("sepas.break_glass.not_reported", "The supervisor does not hear of other centres."),
    Point("sepas.break_glass.never_ends", "An emergency access has no end."),
)

_SUBMISSION = (
    Point("sepas.submit.repeat_stored_twice", "A document delivered again becomes a second event."),
    Point("sepas.submit.refusal_forgotten", "Refused submissions are not kept for the monitor."),
    Point("sepas.submit.items_dropped", "An event is kept without its items."),
    Point(
        "sepas.submit.filed_under_service",
        "Events stand under the service that passed them on.",
    ),
    Point("sepas.submit.own_number_told", "The receipt names a document by a number of its own."),
    Point("sepas.person.newborns_skipped", "What comes without a code of its own is not kept."),
    Point("sepas.person.birth_order_ignored", "Twins are filed under mother and day of birth."),
    Point("sepas.submit.signature_unchecked", "The signature of a document is not checked."),
    Point("sepas.person.newborns_merged", "Newborns are filed under the mother's code."),
    Point("sepas.history.links_ignored", "A newborn's history begins with its own code."),
    Point("sepas.history.closed_days_only", "History ends with yesterday."),
    Point("sepas.history.amended_version_kept", "History shows versions that were replaced."),
    Point("sepas.submit.reason_generalised", "Every reason of an event is kept as other."),
    Point("sepas.submit.code_versions_dropped", "Codes of events lose their version."),
    Point("sepas.consent.next_child", "A consent for a newborn is kept as that of the next child."),
    Point("sepas.summary.cancelled_still_active", "Cancelled prescriptions count as active."),
    Point("sepas.summary.allergies_missing", "The summary leaves allergies out."),
)

_RESULTS = (
    Point("sepas.result.unit_unchecked", "The unit of a value need not fit its test."),
    Point("sepas.result.code_unchecked", "Codes of results are not looked up."),
    Point("sepas.result.other_person_accepted", "A result may name another subject."),
    Point("sepas.result.hid_unchecked", "The HID of a result is not verified."),
    Point("sepas.result.links_unchecked", "Parts the report does not refer to are taken."),
    Point("sepas.result.retired_accepted", "Results may carry codes that were retired."),
    Point("sepas.result.any_system", "The system beside a code of a result is not looked at."),
    Point("sepas.result.dangling_accepted", "A report may refer to what is not there."),
    Point("sepas.result.category_unchecked", "A result may be filed under any department."),
    Point("sepas.result.future_accepted", "A result may be of tomorrow."),
    Point("sepas.result.value_missing", "An observation need not say anything."),
    Point("sepas.result.text_folded", "Texts of results are kept folded."),
    Point("sepas.result.bundle_of_first", "The answer shows the report without its values."),
    Point("sepas.result.final_overwrites", "A second final report silently replaces the first."),
)

_VARIANTS = (
    Point("sepas.variant.history_newest_first", "History starts with the newest event.", "variant"),
    Point("sepas.variant.small_pages", "History comes in pages of twenty.", "variant"),
)

SEPAS_POINTS: tuple[Point, ...] = _ACCESS + _SUBMISSION + _RESULTS + _VARIANTS
