"""Fault points of the health rule service: each a mistake a vendor could plausibly ship."""

from __future__ import annotations

from reference_impl.faults.declared import Point

HEALTH_RULES_POINTS = (
    Point("health_rules.interaction.active_ignored", "Medicines still taken are not looked at."),
    Point("health_rules.interaction.ended_counts", "A medicine that was ended still interacts."),
    Point("health_rules.interaction.one_way", "A pair is told of one of its two medicines only."),
    Point("health_rules.duplicate.of_itself", "Every medicine duplicates itself."),
    Point("health_rules.allergy.ignored", "Allergies are not looked at."),
    Point("health_rules.condition.stated_ignored", "Only diagnoses of the day are conditions."),
    Point("health_rules.age.ignored", "Limits of age are not looked at."),
    Point("health_rules.sex.ignored", "Rules for one sex are not asked."),
    Point("health_rules.code.text_ignored", "The text of a code may name anything."),
    Point("health_rules.limit.boundary_included", "A value on the limit counts as beyond it."),
    Point("health_rules.missing.counts_as_different", "What is not known counts as different."),
    Point("health_rules.measurement.oldest_taken", "The oldest measurement decides."),
    Point("health_rules.measurement.stale_taken", "Measurements of any age are used."),
    Point("health_rules.measurement.unit_ignored", "Values are compared without their units."),
    Point("health_rules.dose.per_item", "Daily doses of one substance are not added up."),
    Point("health_rules.outcome.first_hit_decides", "The first rule decides, not the strongest."),
    Point("health_rules.message.final", "Warnings are told as not to be overridden."),
    Point("health_rules.override.any_reason", "A warning is overridden with any reason."),
    Point("health_rules.override.rejection_allowed", "A rejection can be overridden."),
    Point("health_rules.tracking.despite_warning", "A warned prescription gets a tracking id."),
    Point("health_rules.position.after_service_answered", "A third position is answered."),
    Point("health_rules.bank.outdated", "The bank lacks the rules that came last."),
    Point("health_rules.position.silent_before_service", "No rule speaks before service."),
)
