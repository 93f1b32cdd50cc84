"""Pure parts of the health rules: positions, seeded misreadings, the case, the verdict's words.

The service keeps no health data of anybody: what a question states is used for its answer only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.rules.facts import person_facts
from reference_impl.platform.rules.language import Case, Reading
from reference_impl.platform.rules.verdicts import Leniency, Verdict

POSITIONS = {"pre_prescription": "C1", "pre_service": "C2"}
_WORDS = {"approved": "approved", "advice": "approved", "warning": "warned", "rejected": "rejected"}


def reading_of(faults: FaultSwitch) -> Reading:
    """Return how conditions are read, with the mistakes that are switched on."""
    return Reading(
        limits_reached=faults.on("health_rules.limit.boundary_included"),
        missing_differs=faults.on("health_rules.missing.counts_as_different"),
        oldest_measurement=faults.on("health_rules.measurement.oldest_taken"),
        stale_measurements=faults.on("health_rules.measurement.stale_taken"),
        units_ignored=faults.on("health_rules.measurement.unit_ignored"),
        pairs_one_way=faults.on("health_rules.interaction.one_way"),
        own_duplicate=faults.on("health_rules.duplicate.of_itself"),
        sums_one_item=faults.on("health_rules.dose.per_item"),
    )


def leniency_of(faults: FaultSwitch) -> Leniency:
    """Return what is let pass, with the mistakes that are switched on."""
    return Leniency(
        any_reason=faults.on("health_rules.override.any_reason"),
        rejections=faults.on("health_rules.override.rejection_allowed"),
        first_hit_decides=faults.on("health_rules.outcome.first_hit_decides"),
    )


def case_of(
    asked: Mapping[str, Any],
    identity: Mapping[str, Any],
    coded: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]], Sequence[str]],
    day: date,
    faults: FaultSwitch,
) -> Case:
    """Put together what is known: the registry's identity, stated facts, facts of the items.

    `coded` are the facts of the items and of active medicines, and the codes of the diagnoses.
    """
    items, active, diagnoses = coded
    stated = dict(asked.get("facts", {}).get("patient", {}))
    patient = person_facts(identity, stated, diagnoses, day)
    if faults.on("health_rules.allergy.ignored"):
        patient["allergies"] = []
    if faults.on("health_rules.condition.stated_ignored"):
        patient["conditions"] = sorted(set(diagnoses))
    if faults.on("health_rules.age.ignored"):
        patient.pop("ageYears", None)
    if faults.on("health_rules.sex.ignored"):
        patient.pop("sex", None)
    ended_count = faults.on("health_rules.interaction.ended_counts")
    taken = [one for one in active if ended_count or not one["ended"]]
    if faults.on("health_rules.interaction.active_ignored"):
        taken = []
    return Case({"patient": patient}, items, taken, (), stated.get("observations", ()))


def word(outcome: str) -> str:
    """Return the outcome of the whole in the words of this service."""
    return _WORDS[outcome]


def gets_id(verdicts: Sequence[Verdict], faults: FaultSwitch) -> bool:
    """Say whether the whole is approved or every objection overridden. [ERX-8-7-E, RUL-006]."""
    if faults.on("health_rules.tracking.despite_warning"):
        return all(one.outcome != "rejected" for one in verdicts)
    return all(one.settled for one in verdicts)
