"""Fault points of the gateway: register of software, tokens, copy for the record, counters."""

from __future__ import annotations

from reference_impl.faults.declared import Point

GATEWAY_POINTS: tuple[Point, ...] = (
    Point(
        "gateway.answer.loses_given_name", "Answers are rebuilt without `givenName` of `patient`."
    ),
    Point(
        "gateway.answer.loses_birth_date", "Answers are rebuilt without `birthDate` of `patient`."
    ),
    Point("gateway.answer.loses_sex", "Answers are rebuilt without `sex` of `patient`."),
    Point("gateway.answer.loses_phone", "Answers are rebuilt without `phone` of `patient`."),
    Point("gateway.answer.loses_identifier_type", "Answers are rebuilt without `type` of `id`."),
    Point("gateway.answer.loses_birth_order", "Answers are rebuilt without `birthOrder` of `id`."),
    Point(
        "gateway.answer.loses_prescriber_name",
        "Answers are rebuilt without `familyName` of `prescriber`.",
    ),
    Point(
        "gateway.answer.loses_council_number",
        "Answers are rebuilt without `councilNumber` of `prescriber`.",
    ),
    Point(
        "gateway.answer.loses_prescriber_phone",
        "Answers are rebuilt without `phone` of `prescriber`.",
    ),
    Point("gateway.answer.loses_centre", "Answers are rebuilt without `centre` of `document`."),
    Point("gateway.answer.loses_user", "Answers are rebuilt without `userId` of `document`."),
    Point(
        "gateway.answer.loses_software", "Answers are rebuilt without `softwareId` of `document`."
    ),
    Point("gateway.answer.loses_start", "Answers are rebuilt without `startedAt`."),
    Point("gateway.answer.loses_end", "Answers are rebuilt without `endedAt`."),
    Point(
        "gateway.answer.loses_patient_share",
        "Answers are rebuilt without `patientShare` of `cost`.",
    ),
    Point("gateway.answer.loses_terminal", "Answers are rebuilt without `terminalId`."),
    Point("gateway.answer.loses_former", "Answers are rebuilt without `former`."),
    Point("gateway.answer.loses_remaining", "Answers are rebuilt without `remaining`."),
    Point("gateway.answer.loses_content", "Answers are rebuilt without `content`."),
    Point("gateway.intake.no_foreigners", "A check of the gateway's own knows no FIDA ids."),
    Point("gateway.intake.no_unique_ids", "A check of the gateway's own knows no unique ids."),
    Point(
        "gateway.intake.no_newborns",
        "A check of the gateway's own knows no newborns on the mother's code.",
    ),
    Point(
        "gateway.intake.no_insurance_codes",
        "A check of the gateway's own knows no insurance codes of newborns.",
    ),
    Point(
        "gateway.refusal.invalid_as_unknown",
        "PATIENT_IDENTIFIER_INVALID is told as PATIENT_UNKNOWN.",
    ),
    Point("gateway.refusal.blocked_as_unknown", "IDENTITY_BLOCKED is told as PATIENT_UNKNOWN."),
    Point("gateway.refusal.unknown_as_malformed", "PATIENT_UNKNOWN is told as SCHEMA_VIOLATION."),
    Point(
        "gateway.refusal.cover_is_advice", "Refusals that name PATIENT_NOT_COVERED pass as advice."
    ),
    Point(
        "gateway.refusal.entitlement_is_advice",
        "Refusals that name PRESCRIBER_NOT_ENTITLED pass as advice.",
    ),
    Point(
        "gateway.refusal.state_is_advice",
        "Refusals that name PRESCRIPTION_STATE_CONFLICT pass as advice.",
    ),
    Point("gateway.refusal.cost_is_advice", "Refusals that name COST_MISMATCH pass as advice."),
    Point("gateway.refusal.payment_is_advice", "Refusals that name paymentId pass as advice."),
    Point("gateway.refusal.terminal_is_advice", "Refusals that name terminalId pass as advice."),
    Point("gateway.answer.specialty_as_text", "A specialty is told as text, without its code."),
    Point("gateway.answer.quantity_as_text", "Quantities are told as text."),
    Point("gateway.answer.time_to_the_minute", "Prescribing times lose their seconds."),
    Point("gateway.answer.code_of_its_own", "Coded texts are told in code systems of the vendor."),
    Point("gateway.answer.letters_folded", "Persian letters and marks of texts are folded."),
    Point("gateway.answer.unsealed", "Answers lose the seal of their service."),
    Point("gateway.answer.kept", "Answers to readings are kept and told again."),
    Point("gateway.answer.kept_by_path", "Answers are kept by path, whatever the query asks."),
    Point("gateway.answer.kept_by_code", "Answers on a person are kept by the digits alone."),
    Point("gateway.answer.kept_by_payment", "A payment found good once is good for every visit."),
    Point("gateway.refusal.accepted_for_later", "What a service refuses is told as received."),
    Point("gateway.refusal.without_place", "Refusals lose which member they are about."),
    Point("gateway.refusal.own_words", "Refusals of services are told as a fault of the way."),
    Point("gateway.forward.too_late", "Every message is held back for a second."),
    Point("gateway.copy.nothing", "Nothing is copied for the record."),
    Point("gateway.copy.prescriptions_only", "Only prescriptions are copied for the record."),
    Point("gateway.copy.no_prescriptions", "Prescriptions are not copied for the record."),
    Point("gateway.copy.new_correlation", "Copies get a correlation of their own."),
    Point("gateway.copy.written_anew", "Documents are written anew before they are copied."),
    Point("gateway.token.stop_hits_siblings", "Stopping a token stops all of its centre."),
    Point(
        "gateway.admission.certificate_optional",
        "Software that never had a certificate is admitted.",
    ),
    Point("gateway.admission.skip_token", "Suspended, locked and revoked tokens are admitted."),
    Point("gateway.admission.skip_scope", "A certificate is good for every role of a centre."),
    Point("gateway.admission.remember_for_ever", "Facts about a centre are never asked again."),
    Point("gateway.register.ignore_status_list", "Suspended certificates count as valid."),
    Point("gateway.register.any_major_version", "The certified major version is not compared."),
    Point("gateway.token.reinstate_revoked", "A revoked token can be reinstated."),
    Point("gateway.token.certificate_stays_good", "Revoking a token leaves its certificate good."),
    Point("gateway.token.issue_unconditionally", "Tokens are issued whatever licence says."),
    Point("gateway.token.made_out_to_orderer", "A token names the office that ordered it."),
    Point("gateway.token.any_code_system", "The code system of a reason is not looked at."),
    Point("gateway.token.reason_unchecked", "Any coded text passes as a reason."),
    Point("gateway.outbox.forget_unreachable", "A copy the record cannot take now is dropped."),
    Point("gateway.outbox.poison_blocks", "A refused copy is tried again for ever."),
    Point("gateway.outbox.refused_forgotten", "A refused copy is dropped without a word."),
    Point("gateway.outbox.refused_for_nothing", "A parked copy is told without the true code."),
    Point("gateway.outbox.copy_refused", "Documents the service refused are copied as well."),
    Point("gateway.log.other_centres", "The message log is shown to every centre."),
    Point("gateway.rate.unlimited", "No sender is ever slowed down."),
    Point("gateway.rate.one_bucket_for_all", "One busy centre slows down all others."),
    Point("gateway.traffic.refusals_are_faults", "Refusals count as faults of the service."),
    Point("gateway.traffic.never_forgets", "Counters are those since the start."),
    Point("gateway.traffic.limits_untold", "Counters are shown without the limits."),
    Point("gateway.traffic.limits_doubled", "The limits told are twice those agreed."),
    Point("gateway.traffic.mean_as_p95", "The 95th percentile is the mean."),
    Point("gateway.variant.catalogue_reversed", "The catalogue has another order.", "variant"),
    Point("gateway.variant.copy_later", "Copies leave with the next round only.", "variant"),
)
