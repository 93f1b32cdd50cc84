"""Fault points of the purchaser beyond its first sixteen operations."""

from __future__ import annotations

from reference_impl.faults.declared import Point

_STAY = (
    Point("purchaser.stay.without_cover", "A stay is opened at the insurer without any cover."),
    Point("purchaser.stay.after_discharge", "Events are taken after the discharge."),
    Point("purchaser.stay.any_centre", "Any centre may report events of a stay."),
    Point("purchaser.stay.order_ignored", "An event may lie before the admission."),
    Point("purchaser.stay.services_uncounted", "Services given during a stay are not counted."),
    Point("purchaser.stay.outpatient_share", "Services of a stay are shared as outpatient."),
)

_TERMS = (
    Point("purchaser.lease.never_ends", "A lease that ran out still opens the dispense."),
    Point("purchaser.dispense.confirmed_late", "A dispense is confirmed long after its time."),
    Point("purchaser.dispense.void_without_end", "A dispense is voided after more than ten days."),
)

_PAPER = (
    Point("purchaser.paper.late_entry", "Paper is taken in after more than 72 hours."),
    Point("purchaser.paper.serial_reused", "One paper form can be entered twice."),
    Point("purchaser.paper.outage_unproved", "An outage of the exchange needs no number."),
)

_QUESTION = (
    Point("purchaser.question.any_centre", "Centres that do not serve it ask about anything."),
    Point("purchaser.question.answered_by_anybody", "Any prescriber may answer for the author."),
    Point("purchaser.question.answer_replaced", "A given answer can be replaced."),
)

_LEDGER = (
    Point("purchaser.claim.results_ignored", "Claims never leave the state they came in."),
    Point("purchaser.claim.void_keeps_claim", "What was voided is still claimed."),
    Point("purchaser.statement.insurers_mixed", "One insurer's ledger shows all insurers."),
    Point("purchaser.statement.claimed_as_accepted", "A statement tells the claimed as accepted."),
    Point("purchaser.payments.parts_swapped", "Parts of payments stand under other insurers."),
    Point("purchaser.answer.abandoned_for_nothing", "An abandoned dispense is told at no cost."),
    Point("purchaser.answer.paper_note_lost", "The note of a sheet of paper is not told."),
    Point("purchaser.statement.insurer_named", "A statement names the insurer as its centre."),
    Point("purchaser.payments.open_as_paid", "What is still owed is reported as paid."),
    Point("purchaser.payments.adjusted_still_owed", "What was adjusted is reported as owed."),
    Point("purchaser.tariff.newest_year", "Next year's announced tariff is used already."),
)

_DISPENSING = (
    Point("purchaser.repeat.due_date_ignored", "Repeats are given before they are due."),
    Point("purchaser.query.any_pharmacy_preferred", "Every pharmacy counts as the preferred one."),
    Point("purchaser.query.preferred_pharmacy_unknown", "The preferred pharmacy needs a code."),
    Point("purchaser.product.not_consumed", "Packs are given without being consumed."),
)

_PAYMENT = (
    Point("purchaser.payment.unchecked", "Nobody asks whether a payment was made."),
    Point("purchaser.payment.used_accepted", "A payment of another visit is taken."),
    Point("purchaser.payment.any_terminal", "A payment at any terminal is taken."),
)

_STANDING = (
    Point("purchaser.cover.own_copy", "Covers are read from a copy made once."),
    Point("purchaser.code.medicines_only", "Only the codes of medicines are looked up."),
    Point("purchaser.paper.not_payable", "Visits with paper become no claim."),
)

_CONTRACT = (
    Point("purchaser.answer.stay_events_as_text", "The number of events of a stay is a string."),
    Point("purchaser.answer.paper_as_200", "Entered paper is answered with 200."),
    Point("purchaser.answer.question_state_missing", "A question is answered without its state."),
    Point("purchaser.answer.payment_period_missing", "A payment report names no month."),
)

PURCHASER_FURTHER_POINTS: tuple[Point, ...] = (
    _STAY + _TERMS + _PAPER + _QUESTION + _LEDGER + _DISPENSING + _PAYMENT + _STANDING + _CONTRACT
)
