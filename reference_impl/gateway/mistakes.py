"""Mistakes that seeded faults make with messages on their way: point, and what it is about."""

from __future__ import annotations

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
