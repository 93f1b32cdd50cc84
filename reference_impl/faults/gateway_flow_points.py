"""Fault points of the gateway on the way of messages: routing, answers, copies, log, catalogue."""

from __future__ import annotations

from reference_impl.faults.declared import Point

GATEWAY_FLOW_POINTS: tuple[Point, ...] = (
    Point("gateway.flow.receipts_shortened", "Of the receipt of a change only ids are handed on."),
    Point("gateway.flow.conflicts_as_done", "A conflict is taken for a repetition: it is done."),
    Point("gateway.flow.defects_queued", "Content a service refuses is queued to try it later."),
    Point("gateway.flow.refusals_as_empty", "Who may not see something is answered emptily."),
    Point("gateway.flow.unsigned_queued", "Documents with bad signatures are queued for repair."),
    Point("gateway.flow.unknown_as_empty", "What a service does not know is answered emptily."),
    Point("gateway.flow.conditions_as_done", "Failed preconditions are answered as accepted."),
    Point("gateway.flow.conditions_lost", "If-Match and ditas-lease are not handed on."),
    Point("gateway.flow.questions_kept", "Answers to questions are kept per operation only."),
    Point("gateway.flow.readings_kept", "What was read once is answered from memory."),
    Point("gateway.flow.headers_only", "Of what a question finds only the list is handed on."),
    Point("gateway.flow.services_missing", "The services of insurers are not routed."),
    Point("gateway.flow.bodies_reformatted", "JSON of answers is written anew after the seal."),
    Point("gateway.flow.lists_cut", "Lists of answers end after ten rows."),
    Point("gateway.flow.retired_left_out", "What is no longer valid is left out of answers."),
    Point("gateway.flow.other_words", "Answers about other insurers keep the insurer's words."),
    Point("gateway.flow.bytes_dropped", "Signatures and certificates are taken out of answers."),
    Point("gateway.flow.reasons_dropped", "Classes and reasons are left out of answers."),
    Point("gateway.flow.repetition_refused", "A repeated key is refused instead of handed on."),
    Point("gateway.flow.busy_refused", "More than ten messages in ten seconds are refused."),
    Point("gateway.outbox.prescriptions_only", "Only new prescriptions are copied to the record."),
    Point("gateway.outbox.made_later", "Copies for the record are not made with the answer."),
    Point("gateway.outbox.counts_nothing", "Copies of centres are not counted."),
    Point("gateway.log.changes_only", "Questions are not written to the log of messages."),
    Point("gateway.log.last_only", "Of a correlation the log tells only the last message."),
    Point("gateway.catalogue.outdated", "The catalogue lists the services of an earlier year."),
    Point("gateway.readiness.itself_only", "Readiness is told without looking at any service."),
    Point("gateway.traffic.own_refusals", "Refusals of the gateway count against the service."),
)
