"""Results as FHIR R4 bundles, as a laboratory writes them by hand."""

from __future__ import annotations

import uuid
from typing import Any

from reference_impl.tour.stage import Stage
from reference_impl.tour.writing import Json

CATEGORIES = "http://terminology.hl7.org/CodeSystem/v2-0074"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"


def laboratory(stage: Stage, who: Json, code: str = "mg/dL") -> Json:
    """Return a fasting glucose of 92 in a unit."""
    value = {"value": 92, "unit": "mg/dL", "system": UCUM, "code": code}
    part = _observation(stage, who, ("1558-6", "Fasting glucose"), valueQuantity=value)
    return _bundle(stage, who, "LAB", ("1558-6", "Fasting glucose"), part)


def pathology(stage: Stage, who: Json) -> Json:
    """Return a final diagnosis of a biopsy."""
    name = ("22637-3", "Pathology report, final diagnosis")
    part = _observation(stage, who, name, valueString="Benign.")
    return _bundle(stage, who, "PAT", ("11526-1", "Pathology study"), part)


def subject(who: Json) -> Json:
    """Return how a resource names the person."""
    order = f"-{who['birthOrder']}" if "birthOrder" in who else ""
    return {"reference": f"Patient/{who['value']}{order}"}


def _observation(stage: Stage, who: Json, code: tuple[str, str], **value: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "observation-1",
        "status": "final",
        "code": _concept(LOINC, *code),
        "subject": subject(who),
        "effectiveDateTime": stage.instant(minutes=-10),
        **value,
    }


def _bundle(stage: Stage, who: Json, category: str, code: tuple[str, str], part: Json) -> Json:
    report: Json = {
        "resourceType": "DiagnosticReport",
        "id": f"report-{uuid.uuid4().hex[:12]}",
        "status": "final",
        "category": [_concept(CATEGORIES, category, category)],
        "code": _concept(LOINC, *code),
        "subject": subject(who),
        "effectiveDateTime": stage.instant(minutes=-10),
        "issued": stage.instant(minutes=-1),
    }
    report["result"] = [{"reference": "urn:uuid:part-1"}]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": stage.instant(),
        "entry": [
            {"fullUrl": "urn:uuid:report-1", "resource": report},
            {"fullUrl": "urn:uuid:part-1", "resource": part},
        ],
    }


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}
