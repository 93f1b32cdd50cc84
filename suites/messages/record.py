"""Messages about P07, of whom no case but the examples of answers speaks to the record."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.kit.documents import sign_document
from lab.model.base import JsonValue
from suites import journeys_insurers as insurers
from suites import record_journeys as record
from suites.journeys import SERVICES, VISIT, coded

QUIET = "P07"
ALLERGIC = "P05"  # known to be allergic to penicillins
LONE = "P32"  # nobody else writes about this person into the record
OK, ACCEPTED = 200, 202


def _copied(
    sut: Sut, data: SyntheticData, kind: str, payload: JsonValue, label: str, **more: JsonValue
) -> Message:
    signer = sut.kit.identity("dr01")
    issued = int(data.now.timestamp())
    body = {
        "correlation": data.uuid(f"quiet {kind} {label}"),
        "service": "purchaser",
        "operation": "registerPrescription",
        "centre": data.centre("office-1").siam_id,
        "receivedAt": data.instant(),
        "documentType": f"erx.{kind}",
        "document": sign_document(kind, payload, signer, issued_at=issued),
        **more,
    }
    return Message("submitRecord", "sepas", record.GATEWAY, ACCEPTED, body=body)


@message_builder("sepas.quiet_prescription")
def prescription(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand over a prescription with two medicines and two diagnoses."""
    payload = record.prescription(
        data,
        QUIET,
        f"quiet prescription {label}",
        items=[data.item(), data.item("99001", item_id="2")],
        diagnoses=[data.diagnosis("I10"), data.diagnosis("E11.9")],
    )
    made = data.uuid(f"quiet prescription id {label}")
    return _copied(sut, data, "prescription", payload, label, resourceId=made)


@message_builder("sepas.quiet_service")
def service(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand over a visit with what it cost."""
    cost = insurers.cost_of(insurers.Delivered().split())
    line = {
        "itemId": "1",
        "code": coded(SERVICES, VISIT),
        "quantity": 1,
        "unitPrice": cost["total"],
        "cost": cost,
    }
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    payload = data.service_record(
        hid, services=[line], cost=cost, person=QUIET, label=f"quiet service {label}"
    )
    return _copied(sut, data, "service-record", payload, label)


@message_builder("sepas.quiet_laboratory")
def laboratory(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand in a laboratory result."""
    body = record.laboratory(data, QUIET, data.hid(sut, QUIET), label=f"quiet {label}")
    return Message("submitLaboratoryResult", "sepas", record.LAB, record.CREATED, body=body)


def _question(
    sut: Sut,
    data: SyntheticData,
    operation: str,
    service_name: str,
    person: str = QUIET,
    **more: JsonValue,
) -> Message:
    body = record.question(data, person, hid=data.hid(sut, person), **more)
    caller = Caller("office-1", person="dr01")
    return Message(operation, service_name, caller, OK, body=body)


@message_builder("sepas.quiet_history")
def history(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the history of today as the treating physician."""
    return _question(sut, data, "queryHistory", "sepas", since=data.day())


@message_builder("sepas.quiet_summary")
def summary(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the summary as the treating physician."""
    return _question(sut, data, "querySummary", "sepas")


@message_builder("sepas.allergic_summary")
def allergic_summary(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the summary of a patient with an allergy."""
    return _question(sut, data, "querySummary", "sepas", ALLERGIC)


@message_builder("viewer.allergic")
def allergic_view(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the view of a patient with an allergy."""
    return _question(sut, data, "queryView", "viewer", ALLERGIC)


@message_builder("sepas.lone_laboratory")
def lone_laboratory(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand in the only result of a person."""
    body = record.laboratory(data, LONE, data.hid(sut, LONE), label=f"lone {label}")
    return Message("submitLaboratoryResult", "sepas", record.LAB, record.CREATED, body=body)


@message_builder("sepas.lone_summary")
def lone_summary(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the summary of this person."""
    return _question(sut, data, "querySummary", "sepas", LONE)


@message_builder("viewer.lone_view")
def lone_view(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the view of this person."""
    return _question(sut, data, "queryView", "viewer", LONE)


def _prescribed(sut: Sut, data: SyntheticData, label: str) -> JsonValue:
    """Have a prescription registered around the product, until the record has it."""
    payload, _ = record.stored(
        sut,
        data,
        QUIET,
        label=f"quiet prescription {label}",
        items=[data.item(), data.item("99001", item_id="2")],
        diagnoses=[data.diagnosis("I10"), data.diagnosis("E11.9")],
    )
    return {"payload": payload}


@message_builder("viewer.quiet_view")
def view(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for the view as the treating physician, after a prescription."""
    known = _prescribed(sut, data, label)
    return _question(sut, data, "queryView", "viewer").changed(known=known)


@message_builder("citizen.quiet_prescriptions")
def own_prescriptions(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for the own prescriptions, after one was registered."""
    known = _prescribed(sut, data, label)
    body = {
        "person": data.person_id(QUIET),
        "phone": data.person(QUIET).phone,
        "channel": "app",
        "kind": "prescriptions",
    }
    return Message("queryOwnData", "citizen", record.OFFICE, OK, body=body, known=known)


@message_builder("value_added.quiet_delivery")
def delivery(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Fetch what the quiet person consented to, after a prescription."""
    known = _prescribed(sut, data, label)
    consent = record.granted(
        sut,
        data,
        QUIET,
        "business-1",
        purpose=data.reason("VALUE_ADDED"),
        scope=["prescription", "laboratory_result"],
    )
    body = {
        "consentId": consent,
        "scope": ["prescription", "laboratory_result"],
        "receiver": data.centre("business-1").siam_id,
    }
    return Message("queryData", "value_added", record.BUSINESS, OK, body=body, known=known)
