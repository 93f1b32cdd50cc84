"""What must hold of a result bundle beyond its schema: FHIR R4 links, LOINC, UCUM, the person.

Pure. Raises Refusal RESULT_BUNDLE_INVALID, RESULT_ORDER_MISMATCH, RESULT_UNIT_INVALID or
CODE_UNKNOWN, each with the pointer of what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from reference_impl.platform.codes import CodeBook, CodeRefused, Concept
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.problem import Refusal

LOINC = "http://loinc.org"
_URN = "urn:ir:maksa:loinc-"
FUTURE = timedelta(minutes=5)
Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """One of the three kinds of results."""

    kind: str
    parts: str  # resource type beside the report
    member: str  # member of the report that refers to the parts
    systems: tuple[str, ...]
    category: str  # code of the diagnostic service section (HL7 table 0074)


LABORATORY = Profile(
    "laboratory_result", "Observation", "result", (f"{_URN}laboratory-synthetic",), "LAB"
)
IMAGING = Profile(
    "imaging_result", "ImagingStudy", "imagingStudy", (f"{_URN}imaging-synthetic",), "RAD"
)
PATHOLOGY = Profile(
    "pathology_result",
    "Observation",
    "result",
    (f"{_URN}pathology-synthetic", f"{_URN}laboratory-synthetic"),
    "PAT",
)


@dataclass(frozen=True)
class Order:
    """Whose result it is: the subject as FHIR writes it, and the prescription if one is named."""

    subject: str
    prescription_id: str | None


class BundleCheck:
    """Checks the bundles of one exchange on a day."""

    def __init__(self, book: CodeBook, faults: FaultSwitch, now: datetime) -> None:
        self._book = book
        self._faults = faults
        self._now = now

    def report(self, profile: Profile, bundle: Resource, order: Order) -> Resource:
        """Return the one report of a bundle that is in order."""
        placed = dict(_placed(bundle))
        reports = [p for p, r in placed.items() if r["resourceType"] == "DiagnosticReport"]
        if len(reports) != 1:
            raise _invalid("/bundle/entry", "exactly one DiagnosticReport")
        report = placed[reports[0]]
        self._check_links(profile, bundle, report, reports[0])
        self._check_subjects(placed, order)
        self._check_basis(report, order, reports[0])
        self._check_category(profile, report, reports[0])
        for place, resource in placed.items():
            self._check_content(profile, place, resource)
        if profile is IMAGING:
            self._check_modality(profile, placed, report)
        return report

    def _check_links(
        self, profile: Profile, bundle: Resource, report: Resource, place: str
    ) -> None:
        """Every part is named by the report, everything the report names is there."""
        parts = [e for e in bundle["entry"] if e["resource"]["resourceType"] != "DiagnosticReport"]
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        if len(urls) != len(set(urls)):
            raise _invalid("/bundle/entry", "a fullUrl stands twice")
        named = [one["reference"] for one in report.get(profile.member, ())]
        known = {e["fullUrl"]: e["fullUrl"] for e in parts}
        known |= {f"{profile.parts}/{e['resource']['id']}": e["fullUrl"] for e in parts}
        if self._faults.on("sepas.result.dangling_accepted"):
            return
        if any(name not in known for name in named):
            raise _invalid(f"{place}/{profile.member}", "refers to what the bundle does not hold")
        reached = {known[name] for name in named}
        if self._faults.on("sepas.result.links_unchecked"):
            return
        if reached != {e["fullUrl"] for e in parts}:
            raise _invalid("/bundle/entry", "a part the report does not refer to")
        if not reached and report["status"] != "cancelled":
            raise _invalid(f"{place}/{profile.member}", "a report without any part")

    def _check_subjects(self, placed: Mapping[str, Resource], order: Order) -> None:
        for place, resource in placed.items():
            other = resource["subject"]["reference"] != order.subject
            if other and not self._faults.on("sepas.result.other_person_accepted"):
                raise Refusal(
                    "RESULT_ORDER_MISMATCH",
                    pointer=f"{place}/subject/reference",
                    detail="is not the person of this request",
                )

    def _check_basis(self, report: Resource, order: Order, place: str) -> None:
        if order.prescription_id is None or "basedOn" not in report:
            return
        wanted = f"ServiceRequest/{order.prescription_id}"
        if wanted not in {one["reference"] for one in report["basedOn"]}:
            raise Refusal("RESULT_ORDER_MISMATCH", pointer=f"{place}/basedOn")

    def _check_category(self, profile: Profile, report: Resource, place: str) -> None:
        given = {c["code"] for one in report["category"] for c in one["coding"]}
        if profile.category not in given and not self._faults.on("sepas.result.category_unchecked"):
            raise _invalid(f"{place}/category", f"no category {profile.category}")

    def _check_content(self, profile: Profile, place: str, resource: Resource) -> None:
        for name in ("effectiveDateTime", "issued", "started"):
            if name in resource and not self._is_past(resource[name]):
                raise _invalid(f"{place}/{name}", "is no instant that has passed")
        if "code" not in resource:
            return
        concept = self._concept(profile, resource["code"], f"{place}/code")
        if resource["resourceType"] == "Observation":
            self._check_value(resource, concept, place)

    def _check_value(self, observation: Resource, concept: Concept | None, place: str) -> None:
        quantity = observation.get("valueQuantity")
        if quantity is None:
            said = "valueString" in observation or observation["status"] == "cancelled"
            if not said and not self._faults.on("sepas.result.value_missing"):
                raise _invalid(place, "an observation without a value")
            return
        if concept is None or self._faults.on("sepas.result.unit_unchecked"):
            return
        if quantity["code"] != concept.properties.get("ucum"):
            raise Refusal("RESULT_UNIT_INVALID", pointer=f"{place}/valueQuantity/code")

    def _check_modality(
        self, profile: Profile, placed: Mapping[str, Resource], report: Resource
    ) -> None:
        concept = self._concept(profile, report["code"], "/bundle")
        wanted = None if concept is None else concept.properties.get("modality")
        for place, study in placed.items():
            if study["resourceType"] != "ImagingStudy" or wanted is None:
                continue
            if wanted not in {one["code"] for one in study["modality"]}:
                raise _invalid(f"{place}/modality", f"the study is not of modality {wanted}")

    def _concept(self, profile: Profile, code: Resource, place: str) -> Concept | None:
        """Return the concept of the first coding the profile knows."""
        anywhere = self._faults.on("sepas.result.any_system")
        for coding in code["coding"]:
            if coding["system"] not in {LOINC, *profile.systems} and not anywhere:
                continue
            for system in profile.systems:
                try:
                    return self._book.find(system, coding["code"], self._day())
                except CodeRefused as refused:
                    kept = self._faults.on("sepas.result.retired_accepted")
                    if kept and refused.reason == "CODE_RETIRED":
                        return self._book.versions(system, coding["code"])[-1]
        if self._faults.on("sepas.result.code_unchecked"):
            return None
        raise Refusal("CODE_UNKNOWN", pointer=f"{place}/coding")

    def _day(self) -> date:
        return self._now.date()

    def _is_past(self, text: str) -> bool:
        if self._faults.on("sepas.result.future_accepted"):
            return True
        try:
            return datetime.fromisoformat(text) <= self._now + FUTURE
        except ValueError:
            return False


def _placed(bundle: Resource) -> Iterator[tuple[str, Resource]]:
    for index, entry in enumerate(bundle["entry"]):
        yield f"/bundle/entry/{index}/resource", entry["resource"]


def _invalid(pointer: str, detail: str) -> Refusal:
    return Refusal("RESULT_BUNDLE_INVALID", pointer=pointer, detail=detail)
