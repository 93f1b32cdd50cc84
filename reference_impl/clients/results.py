"""Results as FHIR R4 bundles, as the record takes them [9-2-8]: laboratory, imaging, pathology.

One bundle has one report and the parts it refers to. Codes are LOINC, units UCUM.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fixtures import load_pack

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SECTIONS = "http://terminology.hl7.org/CodeSystem/v2-0074"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
LABORATORY = "urn:ir:maksa:loinc-laboratory-synthetic"
IMAGING = "urn:ir:maksa:loinc-imaging-synthetic"
PATHOLOGY = "urn:ir:maksa:loinc-pathology-synthetic"
PATHOLOGY_STUDY, GROSS, MICROSCOPIC, DIAGNOSIS = "11526-1", "22634-0", "22635-7", "22637-3"
USUAL: Mapping[str, float] = {
    "1558-6": 92, "4548-4": 5.4, "2160-0": 0.9, "718-7": 13.8, "6690-2": 6.7, "777-3": 240,
}  # fmt: skip
"""Values a healthy person has, where the person at the bench says nothing."""


@dataclass(frozen=True)
class About:
    """What every resource of a bundle says: whose result, of which order, when."""

    subject: str
    prescription_id: str | None
    observed: str
    issued: str

    def reference(self) -> dict[str, str]:
        """Return the subject as resources refer to it."""
        return {"reference": self.subject}


def subject_of(person: Mapping[str, Any]) -> str:
    """Return how a resource names a person; a newborn on the mother's code has its number."""
    order = f"-{person['birthOrder']}" if "birthOrder" in person else ""
    return f"Patient/{person['value']}{order}"


@lru_cache(maxsize=4)
def concepts(system: str) -> dict[str, dict[str, Any]]:
    """Return the concepts of a code system of the pack by code."""
    return {str(row["code"]): dict(row) for row in load_pack().codes[system]["concepts"]}


def term_of(service: str, system: str) -> dict[str, Any]:
    """Return the LOINC term that belongs to an ordered service. Raises KeyError."""
    for row in concepts(system).values():
        if row.get("serviceCode") == service:
            return row
    raise KeyError(f"no term of {system} belongs to service {service}")


def concept(system: str, code: str, display: str) -> dict[str, Any]:
    """Return a coded concept as FHIR writes it."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def laboratory(about: About, service: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bundle of one ordered test; a panel has one observation for each member.

    `values` are the measured ones by LOINC code: a number in the unit of the test, or a text.
    """
    ordered = term_of(service, LABORATORY)
    members = [str(one) for one in ordered.get("members", ())] or [str(ordered["code"])]
    parts = [
        _observation(about, concepts(LABORATORY)[code], values.get(code, USUAL.get(code, 1)))
        for code in members
    ]
    return _bundle(about, _report(about, "LAB", ordered), "result", parts)


def pathology(about: About, diagnosis: str) -> dict[str, Any]:
    """Return the bundle of a pathology study: gross view, microscopic view, final diagnosis."""
    terms = concepts(PATHOLOGY)
    texts = {GROSS: "tissue, 12 x 8 x 5 mm", MICROSCOPIC: "sections examined", DIAGNOSIS: diagnosis}
    parts = [_observation(about, terms[code], text) for code, text in texts.items()]
    report = {**_report(about, "PAT", terms[PATHOLOGY_STUDY]), "conclusion": diagnosis}
    return _bundle(about, report, "result", parts)


@dataclass(frozen=True)
class Study:
    """What the archive says of one study."""

    uid: str
    modality: str
    images: int
    started: str


def imaging(about: About, service: str, study: Study | None, conclusion: str) -> dict[str, Any]:
    """Return the bundle of an imaging report with its study."""
    parts = []
    if study is not None:
        modality = {"system": DICOM, "code": study.modality, "display": study.modality}
        parts.append(
            {
                "resourceType": "ImagingStudy",
                "id": study.uid.replace(".", "-")[-64:],
                "status": "available",
                "subject": about.reference(),
                "started": study.started,
                "modality": [modality],
                "numberOfInstances": study.images,
            }
        )
    report = {**_report(about, "RAD", term_of(service, IMAGING)), "conclusion": conclusion}
    return _bundle(about, report, "imagingStudy", parts)


def _report(about: About, section: str, term: Mapping[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": f"report-{uuid.uuid4()}",
        "status": "final",
        "category": [concept(SECTIONS, section, section)],
        "code": concept(LOINC, str(term["code"]), str(term["en"])),
        "subject": about.reference(),
        "effectiveDateTime": about.observed,
        "issued": about.issued,
    }
    if about.prescription_id is not None:
        report["basedOn"] = [{"reference": f"ServiceRequest/{about.prescription_id}"}]
    return report


def _observation(about: About, term: Mapping[str, Any], value: Any) -> dict[str, Any]:
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"obs-{uuid.uuid4()}",
        "status": "final",
        "code": concept(LOINC, str(term["code"]), str(term["en"])),
        "subject": about.reference(),
        "effectiveDateTime": about.observed,
    }
    unit = term.get("ucum")
    if unit is None:
        text = "negative" if isinstance(value, (int, float)) else str(value)
        return {**observation, "valueString": text}
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**observation, "valueQuantity": quantity}


def _bundle(
    about: About, report: dict[str, Any], member: str, parts: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    placed = [(f"urn:uuid:{uuid.uuid4()}", part) for part in parts]
    if placed:
        report[member] = [{"reference": url} for url, _ in placed]
    entries = [(f"urn:uuid:{uuid.uuid4()}", report), *placed]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": about.issued,
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
    }
