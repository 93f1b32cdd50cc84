"""Fault points of the insurance rule service: each a mistake a vendor could plausibly ship."""

from __future__ import annotations

from reference_impl.faults.declared import Point

_JUDGING = (
    Point("insurance_rules.position.rules_everywhere", "Rules speak at every position."),
    Point("insurance_rules.limit.boundary_included", "A value on the limit counts as beyond it."),
    Point("insurance_rules.count.last_day_forgotten", "The last day of a window is not counted."),
    Point("insurance_rules.history.ignored", "Earlier services are not counted at all."),
    Point("insurance_rules.age.ignored", "Limits of age are not looked at."),
    Point("insurance_rules.prescriber.standing_ignored", "A suspended prescriber passes."),
    Point("insurance_rules.prescriber.specialty_of_caller", "Everybody is a general practitioner."),
    Point("insurance_rules.hid.verdict_ignored", "Any HID holds before and after service."),
    Point("insurance_rules.cover.overlap_untold", "Only the first cover is looked at."),
    Point("insurance_rules.insurer.own_rules_ignored", "Only the common rules are asked."),
    Point("insurance_rules.proposal.untold", "What would be approved is not proposed."),
    Point(
        "insurance_rules.outcome.first_hit_decides", "The first rule decides, not the strongest."
    ),
)

_AMOUNTS = (
    Point("insurance_rules.cost.half_rial_cut_off", "Half a rial of the patient is cut off."),
    Point("insurance_rules.cost.reference_price_ignored", "The share follows the asked price."),
    Point("insurance_rules.cost.special_share_ignored", "The lowest rank decides the share."),
    Point(
        "insurance_rules.cost.proposed_as_calculated",
        "A proposed cost is marked as calculated.",
    ),
    Point("insurance_rules.cost.quantity_ignored", "Amounts are those of one unit."),
)

_IDS = (
    Point("insurance_rules.tracking.item_id_for_rejected", "Every item gets a tracking id."),
    Point(
        "insurance_rules.tracking.whole_despite_warning", "A warning does not stop the whole id."
    ),
    Point("insurance_rules.tracking.never_expires", "Tracking ids are good for ten years."),
    Point(
        "insurance_rules.tracking.item_id_as_whole", "An item's id is read as that of the whole."
    ),
    Point("insurance_rules.tracking.one_hour", "Tracking ids are good for one hour.", "variant"),
)

_OVERRIDES = (
    Point("insurance_rules.message.other_insurer", "An insurer's rule is told as another's."),
    Point("insurance_rules.override.any_reason", "A warning is overridden with any reason."),
    Point("insurance_rules.override.rejection_allowed", "A rejection can be overridden."),
    Point("insurance_rules.override.without_effect", "An override never opens the whole id."),
    Point("insurance_rules.override.not_recorded", "Overrides are not counted."),
)

_REST = (
    Point("insurance_rules.unified.health_ignored", "The unified service asks insurance only."),
    Point(
        "insurance_rules.unified.complementary_left_out",
        "Rules of complementary insurers are not asked.",
    ),
    Point("insurance_rules.unified.silent_without_health", "No health answer counts as approval."),
    Point("insurance_rules.unified.ledger_not_told", "Given medicines are not told health rules."),
    Point("insurance_rules.ledger.counts_repeats", "The same item of a document counts again."),
    Point("insurance_rules.ledger.visits_of_any_centre", "Visits elsewhere count as visits here."),
    Point("insurance_rules.trial.counted", "A trial raises the counts of the audit."),
    Point("insurance_rules.audit.all_months", "The audit counts all months together."),
    Point(
        "insurance_rules.trial.price_of_first",
        "A trial tells the price of the first item as the sum.",
    ),
    Point(
        "insurance_rules.message.covers_swapped", "The cover to keep is told as the one to drop."
    ),
)

INSURANCE_RULES_POINTS = (*_JUDGING, *_AMOUNTS, *_IDS, *_OVERRIDES, *_REST)
