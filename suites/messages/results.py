"""Messages of results: FHIR collections with their HID."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue
from suites import record_journeys as record


def _message(operation: str, body: JsonValue) -> Message:
    return Message(operation, "sepas", record.LAB, record.CREATED, body=body)


@message_builder("sepas.laboratory")
def laboratory(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return a laboratory result."""
    body = record.laboratory(data, "P01", data.hid(sut, "P01"), label=label)
    return _message("submitLaboratoryResult", body)


@message_builder("sepas.imaging")
def imaging(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return an imaging result."""
    body = record.imaging(data, "P01", data.hid(sut, "P01"), label=label)
    return _message("submitImagingResult", body)


@message_builder("sepas.pathology")
def pathology(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return a pathology result."""
    body = record.pathology(data, "P01", data.hid(sut, "P01"), label=label)
    return _message("submitPathologyResult", body)
