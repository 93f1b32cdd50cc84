"""From a signed document to the core of an event [RUL-087]. Pure: nothing is asked or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reference_impl.platform.persons import person_key
from reference_impl.platform.problem import Refusal

KINDS = {
    "erx.prescription": "prescription",
    "erx.amendment": "prescription",
    "erx.cancellation": "cancellation",
    "erx.dispense": "dispense",
    "erx.service-record": "service",
}
"""What a document becomes in the record, by its type."""


@dataclass(frozen=True)
class Event:
    """The core of one health event. `person` is None where the document names nobody."""

    kind: str
    document_id: str
    person: str | None
    started_at: str
    ended_at: str
    hid: str | None
    prescription_id: str | None
    version: int
    core: Mapping[str, Any] = field(default_factory=dict)


def utc(text: str) -> str:
    """Return an instant in one form that sorts; raise ValueError for a day that is none."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")


def event_of(document_type: str, payload: Mapping[str, Any]) -> Event:
    """Read the event out of a payload.

    Raises Refusal DOCUMENT_TYPE_MISMATCH for a type the record does not know and
    RECORD_MANDATORY_MISSING with the pointer of what is not there.
    """
    kind = KINDS.get(document_type)
    if kind is None:
        raise Refusal("DOCUMENT_TYPE_MISMATCH", pointer="/documentType")
    issued = _text(payload, "issuedAt")
    started = str(payload.get("startedAt", issued))
    ended = str(payload.get("endedAt", payload.get("dispensedAt", issued)))
    for text in (started, ended):
        _check_instant(text)
    replaced = payload.get("amends", {})
    if not isinstance(replaced, dict) or not isinstance(replaced.get("version", 0), int):
        raise _missing("/amends")
    named = payload.get("prescriptionId", replaced.get("prescriptionId"))
    return Event(
        kind=kind,
        document_id=_text(payload, "documentId"),
        person=None if kind == "cancellation" else _person(payload),
        started_at=started,
        ended_at=ended,
        hid=None if kind == "cancellation" else _text(payload, "hid"),
        prescription_id=str(named) if named is not None else None,
        version=replaced.get("version", 0) + 1,
        core=_core(payload),
    )


def _core(payload: Mapping[str, Any]) -> dict[str, Any]:
    signer = payload.get("prescriber", payload.get("provider"))
    if not isinstance(signer, dict) or not {"councilKind", "councilNumber"} <= set(signer):
        raise _missing("/prescriber")
    lines = payload.get("items", payload.get("services", []))
    if not all(isinstance(line, dict) and "code" in line for line in lines):
        raise _missing("/items")
    core: dict[str, Any] = {
        "provider": {name: signer[name] for name in ("councilKind", "councilNumber")},
        "items": [line["code"] for line in lines],
        "diagnoses": list(payload.get("diagnoses", [])),
    }
    for name in ("cost", "reason"):
        if name in payload:
            core[name] = payload[name]
    return core


def without_versions(core: Mapping[str, Any]) -> dict[str, Any]:
    """Return the core with codes that forgot their versions, as a seeded fault has it."""
    lists = {name: [_bare(one) for one in core.get(name, ())] for name in ("items", "diagnoses")}
    reason = {"reason": _bare(core["reason"])} if "reason" in core else {}
    return {**core, **lists, **reason}


def _bare(coded: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in coded.items() if name != "version"}


def _person(payload: Mapping[str, Any]) -> str:
    patient = payload.get("patient")
    identifier = patient.get("id") if isinstance(patient, dict) else None
    if not isinstance(identifier, dict) or not {"type", "value"} <= set(identifier):
        raise _missing("/patient/id")
    return person_key(identifier)


def _text(payload: Mapping[str, Any], name: str) -> str:
    found = payload.get(name)
    if not isinstance(found, str) or not found:
        raise _missing(f"/{name}")
    return found


def _check_instant(text: str) -> None:
    try:
        utc(text)
    except ValueError as error:
        raise _missing("/issuedAt") from error


def _missing(pointer: str) -> Refusal:
    return Refusal("RECORD_MANDATORY_MISSING", pointer=f"/document/payload{pointer}")
