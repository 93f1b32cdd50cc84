"""Fault points of the Medical Council."""

from __future__ import annotations

from reference_impl.faults.declared import Point

IRIMC_POINTS: tuple[Point, ...] = (
    Point("irimc.member.suspension_hidden", "A suspended member is shown as active."),
    Point("irimc.member.latin_names", "Names of members are told in Latin letters only."),
    Point("irimc.member.zeros_count", "Leading zeros make another council number."),
    Point("irimc.member.private_specialty", "Specialties carry codes of the council's own."),
    Point("irimc.verify.licence_ignored", "A member is confirmed whatever the licence says."),
    Point("irimc.verify.person_ignored", "Any person is taken for the member."),
    Point("irimc.verify.name_unfolded", "Arabic and Persian letters make different names."),
    Point("irimc.privilege.matrix_ignored", "Any specialty may order any kind of service."),
    Point("irimc.privilege.sanction_ignored", "A suspended member keeps the privileges."),
    Point("irimc.privilege.formulary_left_out", "The limited list of a member is not told."),
    Point("irimc.changes.after_ignored", "The feed always starts at its beginning."),
    Point("irimc.variant.small_pages", "The feed of changes comes one by one.", "variant"),
)
