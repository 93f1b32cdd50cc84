"""Fault points of the purchaser: each a mistake a vendor could plausibly ship."""

from __future__ import annotations

from reference_impl.faults.declared import Point

_COST = (
    Point("purchaser.split.rounds_patient_share_down", "Half a rial of the patient is cut off."),
    Point("purchaser.split.total_off_by_one", "The insurer's share is one rial short of the rest."),
    Point("purchaser.split.rounds_the_sum", "Shares are rounded on the sum instead of per item."),
    Point("purchaser.split.reference_price_ignored", "The insurer's part follows the brand price."),
    Point("purchaser.split.special_disease_ignored", "A special-disease patient pays 30 %."),
    Point("purchaser.split.private_as_public", "A private price is shared like a public tariff."),
    Point("purchaser.split.uncovered_shared", "The insurer pays for what is not covered."),
    Point("purchaser.split.unknown_person_covered", "A unique id counts as cover."),
    Point("purchaser.answer.amount_as_string", "Amounts of money are JSON strings."),
)

_LIFE_CYCLE = (
    Point("purchaser.dispense.over_dispensing_allowed", "More than the remainder can be prepared."),
    Point("purchaser.dispense.remainder_not_reduced", "A partial dispense leaves the remainder."),
    Point("purchaser.dispense.prepared_not_reserved", "Prepared quantities can be promised twice."),
    Point("purchaser.dispense.void_keeps_quantity", "A void does not give the quantity back."),
    Point("purchaser.dispense.void_repeatable", "A voided dispense can be voided again."),
    Point("purchaser.dispense.void_moves_state_back", "A void makes it REGISTERED again."),
    Point("purchaser.dispense.confirm_doubles", "A repeated confirmation counts again."),
    Point("purchaser.dispense.without_lease", "A dispense is prepared without any lease."),
    Point("purchaser.dispense.cancelled_allowed", "A cancelled prescription can be dispensed."),
    Point("purchaser.dispense.abandon_keeps_reserved", "Abandoning leaves the quantity reserved."),
    Point("purchaser.dispense.ends_twice", "A dispense can be confirmed and abandoned both."),
    Point("purchaser.dispense.hid_unchecked", "A dispense may name any HID and patient."),
    Point("purchaser.lease.anybody_releases", "Any centre may end a lease."),
    Point("purchaser.lease.granted_twice", "Two centres can hold the lease at the same time."),
    Point("purchaser.lease.secret_ignored", "Any lease secret is taken."),
    Point("purchaser.amend.after_dispense", "A prescription can be amended after a dispense."),
    Point("purchaser.amend.if_match_ignored", "A stale If-Match is taken."),
    Point("purchaser.amend.if_match_optional", "An amendment without If-Match is taken."),
    Point("purchaser.amend.first_version_shown", "The first version is shown for ever."),
    Point("purchaser.amend.any_author", "Any prescriber may amend any prescription."),
    Point("purchaser.cancel.after_dispense", "A dispensed prescription can be cancelled."),
    Point("purchaser.document.repeat_registers_again", "A repeated document registers anew."),
    Point("purchaser.document.conflict_ignored", "A changed document under an old id is taken."),
    Point("purchaser.claim.without_service_record", "Every confirmed dispense makes a claim."),
)

_CONTENT = (
    Point("purchaser.code.unknown_accepted", "Codes are not looked up."),
    Point("purchaser.code.retired_accepted", "Retired codes are taken."),
    Point("purchaser.code.future_accepted", "Codes not yet valid are taken."),
    Point("purchaser.code.display_ignored", "The text of a code may name anything."),
    Point("purchaser.code.display_unfolded", "The text of a code is compared byte by byte."),
    Point("purchaser.person.newborns_merged", "Newborns are filed under the mother's code."),
    Point("purchaser.person.only_national_codes", "Only national codes are known."),
    Point("purchaser.person.check_digit_ignored", "National codes are not checked."),
    Point("purchaser.hid.check_character_ignored", "HIDs are taken without check or verification."),
    Point("purchaser.hid.other_patient_accepted", "A HID of another patient is taken."),
    Point("purchaser.prescriber.standing_ignored", "A suspended prescriber may prescribe."),
    Point("purchaser.text.folded_in_storage", "Arabic letters are replaced in the stored text."),
    Point("purchaser.text.long_text_breaks", "A text over 200 characters ends in a 500."),
    Point("purchaser.text.search_unfolded", "Identifiers in Persian digits find nothing."),
)

_RULES = (
    Point("purchaser.rules.tracking_ids_ignored", "Rule tracking ids are taken unasked."),
    Point("purchaser.rules.cost_unchecked", "Whatever split a dispense claims is taken."),
    Point("purchaser.product.authenticity_ignored", "Labels are not looked up."),
    Point("purchaser.dispense.item_unchecked", "Items that were not ordered can be dispensed."),
)

_PRIVACY = (
    Point("purchaser.query.person_returns_content", "A national code alone opens the content."),
    Point("purchaser.query.short_code_ignored", "Any short code opens the content."),
    Point("purchaser.query.short_code_for_anybody", "The short code works beside any person."),
    Point("purchaser.query.header_leaks_codes", "Headers show the codes that open the content."),
    Point("purchaser.query.only_national_codes", "Nobody is found by another identifier."),
    Point("purchaser.query.codes_find_nothing", "HID and tracking code find nothing."),
    Point("purchaser.read.any_centre", "Any centre may read any prescription."),
    Point("purchaser.statement.other_centres", "A statement lists the claims of all centres."),
    Point("purchaser.statement.month_shifted", "A statement holds the month before."),
    Point("purchaser.claim.any_centre", "Any centre may read any claim."),
    Point("purchaser.dispense.any_centre", "Any centre may read and change a dispense."),
)

_CONTRACT = (
    Point("purchaser.time.without_offset", "Times carry no offset."),
    Point("purchaser.time.seconds_dropped", "Times are cut to the minute."),
    Point("purchaser.http.created_as_200", "A created resource is answered with 200."),
    Point("purchaser.http.etag_missing", "No entity tag."),
    Point("purchaser.http.location_missing", "No location of the created resource."),
    Point("purchaser.answer.required_member_missing", "remaining is left out of the items."),
    Point("purchaser.answer.document_reduced", "The document comes back without its durations."),
    Point("purchaser.answer.state_in_lower_case", "States are spelled in lower case."),
    Point("purchaser.tracking.too_short", "The tracking code has 19 digits."),
    Point("purchaser.problem.wrong_code", "A stale version is reported as another problem."),
)

PURCHASER_POINTS: tuple[Point, ...] = _COST + _LIFE_CYCLE + _CONTENT + _RULES + _PRIVACY + _CONTRACT
