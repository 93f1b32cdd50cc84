"""Fault points that only show in the course of a life, or between two twins of one message."""

from __future__ import annotations

from reference_impl.faults.declared import Point

CYCLE_POINTS: tuple[Point, ...] = (
    Point("purchaser.item.left_out_stays_open", "An item that is not given can be given later."),
    Point("purchaser.split.rest_on_last_item", "What rounding leaves over goes to the last item."),
    Point("purchaser.confirm.drops_others", "A confirmation abandons other prepared dispenses."),
    Point("purchaser.prescription.never_ends", "A prescription is given out after its last day."),
    Point("purchaser.register.uncovered_refused", "Orders of what is not covered are refused."),
    Point("insurance_rules.items.last_unheard", "The last of several items meets no rule."),
    Point("health_rules.items.last_unheard", "The last of several items meets no clinical rule."),
    Point("adjudication.result.never_settled", "No claim is ever settled."),
    Point("adjudication.result.pays_what_was_claimed", "What was deducted is paid all the same."),
    Point("adjudication.month.as_decided", "The list of a month never shows what was paid."),
    Point("adjudication.objection.decided_again", "One deduction is given back time and again."),
    Point("adjudication.submission.taken_again", "A claim that was decided is taken once more."),
    Point("adjudication.result.adjusted_untold", "The state forgets that something was deducted."),
    Point("adjudication.result.round_thousands", "What is accepted is rounded to 1000 rial."),
    Point(
        "adjudication.visit.looked_up_before",
        "Earlier claims of a visit are looked up before the claim is kept.",
    ),
    Point(
        "adjudication.claim.looked_up_before",
        "Whether a claim was decided is looked up before it is kept.",
    ),
    Point("complementary.guarantee.never_ends", "A letter holds beyond its last day."),
    Point("complementary.guarantee.use_not_kept", "A letter that paid is still told as issued."),
    Point("complementary.guarantee.any_service", "A letter pays for services it does not name."),
    Point(
        "complementary.guarantee.looked_up_before",
        "Whether a letter is free is looked up before it is used.",
    ),
    Point("complementary.share.rest_rounded_up", "What is left to the patient is rounded up."),
    Point(
        "eligibility.issue.hid_looked_up_before",
        "Whether a HID is free is looked up before it is given away.",
    ),
    Point("purchaser.statement.last_line_uncounted", "The newest line is missing in the totals."),
    Point("citizen.referral.never_ends", "A referral stays open beyond its last day."),
    Point("emergency.outage.end_not_kept", "An outage that was ended lasts on."),
    Point("emergency.outage.end_unchecked", "An outage may end before it began, or in the future."),
    Point(
        "emergency.outage.number_looked_up_before",
        "The next number is looked up before the outage is kept.",
    ),
    Point("pki.revocation.not_kept", "A revocation is answered and forgotten."),
    Point("pki.renewal.ends_the_old", "A renewal revokes the certificate it renews."),
    Point(
        "pki.renewal.writes_state_back",
        "A renewal writes the old certificate back as it was when it was read.",
    ),
)
