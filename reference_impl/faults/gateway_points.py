"""Fault points of the gateway: register of software, tokens, copy for the record, counters."""

from __future__ import annotations

from reference_impl.faults.declared import Point

LOST_MEMBERS: dict[str, tuple[str, str]] = {
    "gateway.answer.loses_given_name": ("patient", "givenName"),
    "gateway.answer.loses_birth_date": ("patient", "birthDate"),
    "gateway.answer.loses_sex": ("patient", "sex"),
    "gateway.answer.loses_phone": ("patient", "phone"),
    "gateway.answer.loses_identifier_type": ("id", "type"),
    "gateway.answer.loses_birth_order": ("id", "birthOrder"),
    "gateway.answer.loses_prescriber_name": ("prescriber", "familyName"),
    "gateway.answer.loses_council_number": ("prescriber", "councilNumber"),
    "gateway.answer.loses_prescriber_phone": ("prescriber", "phone"),
    "gateway.answer.loses_centre": ("document", "centre"),
    "gateway.answer.loses_user": ("document", "userId"),
    "gateway.answer.loses_software": ("document", "softwareId"),
    "gateway.answer.loses_start": ("", "startedAt"),
    "gateway.answer.loses_end": ("", "endedAt"),
    "gateway.answer.loses_patient_share": ("cost", "patientShare"),
    "gateway.answer.loses_terminal": ("", "terminalId"),
    "gateway.answer.loses_former": ("", "former"),
    "gateway.answer.loses_remaining": ("", "remaining"),
    "gateway.answer.loses_content": ("", "content"),
}
"""Members that answers rebuilt by the gateway lack: the object they belong to ("" any), name."""

RETOLD: dict[str, tuple[str, str]] = {
    "gateway.refusal.invalid_as_unknown": ("PATIENT_IDENTIFIER_INVALID", "PATIENT_UNKNOWN"),
    "gateway.refusal.blocked_as_unknown": ("IDENTITY_BLOCKED", "PATIENT_UNKNOWN"),
    "gateway.refusal.unknown_as_malformed": ("PATIENT_UNKNOWN", "SCHEMA_VIOLATION"),
}
"""Codes of refusals that a table of the gateway's own replaces."""

TAKEN_FOR_ADVICE: dict[str, str] = {
    "gateway.refusal.cover_is_advice": "PATIENT_NOT_COVERED",
    "gateway.refusal.entitlement_is_advice": "PRESCRIBER_NOT_ENTITLED",
    "gateway.refusal.state_is_advice": "PRESCRIPTION_STATE_CONFLICT",
    "gateway.refusal.cost_is_advice": "COST_MISMATCH",
    "gateway.refusal.payment_is_advice": "paymentId",
    "gateway.refusal.terminal_is_advice": "terminalId",
}
"""What stands in refusals that the gateway takes for advice: the sender hears of success."""

FORBIDDEN_TYPES: dict[str, str] = {
    "FIDA": "gateway.intake.no_foreigners",
    "UID": "gateway.intake.no_unique_ids",
    "MOTHER_NC": "gateway.intake.no_newborns",
    "AF_INS": "gateway.intake.no_insurance_codes",
}
"""Types of identifiers that a check of the gateway's own turns away."""

_LOSSES = tuple(
    Point(name, f"Answers are rebuilt by classes that lack `{member}` of {parent or 'anything'}.")
    for name, (parent, member) in LOST_MEMBERS.items()
)
_INTAKE = tuple(
    Point(name, f"A check of the gateway's own knows no identifiers of type {kind}.")
    for kind, name in FORBIDDEN_TYPES.items()
)
_REFUSALS = (
    *(Point(name, f"{old} is told as {new}.") for name, (old, new) in RETOLD.items()),
    *(
        Point(name, f"Refusals with {word} pass as advice.")
        for name, word in TAKEN_FOR_ADVICE.items()
    ),
)

GATEWAY_POINTS: tuple[Point, ...] = (
    *_LOSSES,
    *_INTAKE,
    *_REFUSALS,
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
    Point("gateway.admission.skip_token", "Suspended, locked and revoked tokens are admitted."),
    Point("gateway.admission.skip_scope", "A certificate is good for every role of a centre."),
    Point("gateway.admission.remember_for_ever", "Facts about a centre are never asked again."),
    Point("gateway.register.ignore_status_list", "Suspended certificates count as valid."),
    Point("gateway.register.stale_list", "A status list past its time is believed."),
    Point("gateway.register.any_major_version", "The certified major version is not compared."),
    Point("gateway.token.reinstate_revoked", "A revoked token can be reinstated."),
    Point("gateway.token.certificate_stays_good", "Revoking a token leaves its certificate good."),
    Point("gateway.token.issue_unconditionally", "Tokens are issued whatever licence says."),
    Point("gateway.token.reason_unchecked", "Any coded text passes as a reason."),
    Point("gateway.outbox.forget_unreachable", "A copy the record cannot take now is dropped."),
    Point("gateway.outbox.poison_blocks", "A refused copy is tried again for ever."),
    Point("gateway.outbox.copy_refused", "Documents the service refused are copied as well."),
    Point("gateway.log.other_centres", "The message log is shown to every centre."),
    Point("gateway.rate.unlimited", "No sender is ever slowed down."),
    Point("gateway.rate.one_bucket_for_all", "One busy centre slows down all others."),
    Point("gateway.traffic.refusals_are_faults", "Refusals count as faults of the service."),
    Point("gateway.traffic.mean_as_p95", "The 95th percentile is the mean."),
    Point("gateway.variant.catalogue_reversed", "The catalogue has another order.", "variant"),
    Point("gateway.variant.copy_later", "Copies leave with the next round only.", "variant"),
)
