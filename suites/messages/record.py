"""Messages about P07, of whom no case but the examples of answers speaks to the record."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.kit.documents import sign_document
from lab.model.base import JsonValue
from suites import journeys_insurers as insurers
from suites import record_journeys as record
from suites.journeys import SERVICES, VISIT, coded, price_body, visit_tariff

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


def _ordered(data: SyntheticData) -> dict[str, JsonValue]:
    """Return two medicines and two diagnoses, one of each with the version of its code."""
    second = data.item("99001", item_id="2")
    return {
        "items": [data.item(), {**second, "code": data.versioned(second["code"])}],
        "diagnoses": [data.diagnosis("I10"), data.versioned(data.diagnosis("E11.9"))],
    }


@message_builder("sepas.quiet_prescription")
def prescription(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand over a prescription with two medicines and two diagnoses."""
    payload = record.prescription(
        data,
        QUIET,
        f"quiet prescription {label}",
        **_ordered(data),
    )
    made = data.uuid(f"quiet prescription id {label}")
    return _copied(sut, data, "prescription", payload, label, resourceId=made)


@message_builder("sepas.quiet_service")
def service(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand over a visit with what it cost."""
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    cost = insurers.cost_of(insurers.Delivered().split())
    return _copied(sut, data, "service-record", _visit(data, hid, cost, label), label)


def _visit(
    data: SyntheticData, hid: str, cost: Mapping[str, JsonValue], label: str
) -> dict[str, JsonValue]:
    line = {
        "itemId": "1",
        "code": data.versioned(coded(SERVICES, VISIT)),
        "quantity": 1,
        "unitPrice": cost["total"],
        "cost": cost,
    }
    return data.service_record(
        hid, services=[line], cost=cost, person=QUIET, label=f"quiet service {label}"
    )


@message_builder("sepas.allergic_summary")
def allergic_summary(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the summary of a child that is allergic to penicillin."""
    return _question(sut, data, "querySummary", "sepas", ALLERGIC)


@message_builder("viewer.allergic_view")
def allergic_view(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the view of a child that is allergic to penicillin."""
    return _question(sut, data, "queryView", "viewer", ALLERGIC)


def _withdrawal(data: SyntheticData, prescription_id: str, label: str) -> dict[str, JsonValue]:
    """Return the cancellation of a prescription; its reason names the version of its code."""
    payload = data.cancellation(prescription_id, label=f"quiet withdrawal {label}")
    return {**payload, "reason": data.versioned(payload["reason"])}


@message_builder("sepas.quiet_cancellation")
def cancellation(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Hand over the cancellation of a prescription that the record has."""
    _, made = record.stored(sut, data, QUIET, label=f"quiet withdrawn {label}")
    payload = _withdrawal(data, made, label)
    return _copied(
        sut, data, "cancellation", payload, label, operation="cancelPrescription", resourceId=made
    )


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
    purpose = data.versioned(data.reason("TREATMENT"))
    body = record.question(data, person, hid=data.hid(sut, person), purpose=purpose, **more)
    caller = Caller("office-1", person="dr01")
    return Message(operation, service_name, caller, OK, body=body)


@message_builder("sepas.quiet_history")
def history(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the history of today as the treating physician."""
    return _question(sut, data, "queryHistory", "sepas", since=data.day())


@message_builder("sepas.own_history")
def own_history(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the history of today as the service for citizens, who see whole events."""
    body = record.question(data, QUIET, since=data.day())
    return Message("queryHistory", "sepas", record.CITIZEN, OK, body=body)


@message_builder("sepas.quiet_entry")
def entry(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Read a laboratory result that was handed in a moment ago, as the treating physician."""
    handed = record.laboratory(data, QUIET, data.hid(sut, QUIET), label=f"quiet entry {label}")
    step = "preamble: a result to be read"
    made = record.ask(
        sut, "sepas", "submitLaboratoryResult", body=handed, caller=record.LAB, step=step
    )
    return Message(
        "getRecordEntry",
        "sepas",
        record.LAB,
        OK,
        path={"recordId": str(made.required("/recordId"))},
    )


@message_builder("sepas.quiet_summary")
def summary(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for the summary as the treating physician."""
    return _question(sut, data, "querySummary", "sepas")


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
        **_ordered(data),
    )
    return {"payload": payload}


def _cancelled(sut: Sut, data: SyntheticData, label: str) -> JsonValue:
    """Have a prescription registered and cancelled around the product, until the record knows."""
    _, made = record.stored(sut, data, QUIET, label=f"quiet withdrawn {label}")
    payload = _withdrawal(data, made, label)
    reply = sut.environment(
        "purchaser",
        "cancelPrescription",
        path={"prescriptionId": made},
        document=("cancellation", payload, "dr01"),
        caller=record.OFFICE,
        step="preamble: cancel the prescription",
    )
    record.copied(sut, reply)
    return {"payload": payload}


@message_builder("viewer.quiet_view")
def view(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for the view as the treating physician, after a prescription."""
    known = _prescribed(sut, data, label)
    return _question(sut, data, "queryView", "viewer").changed(known=known)


@message_builder("citizen.quiet_prescriptions")
def own_prescriptions(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for the own prescriptions, after one was registered."""
    return _own(data, _prescribed(sut, data, label))


@message_builder("citizen.quiet_cancellation")
def own_cancellation(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for the own prescriptions, after one was cancelled."""
    return _own(data, _cancelled(sut, data, label))


def _own(data: SyntheticData, known: JsonValue) -> Message:
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
    return _delivery(sut, data, known, "prescription", "laboratory_result")


@message_builder("value_added.quiet_cancellation")
def delivered_cancellation(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Fetch cancellations, after a prescription was cancelled."""
    return _delivery(sut, data, _cancelled(sut, data, label), "cancellation")


@message_builder("value_added.quiet_services")
def delivered_services(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Fetch delivered services with what they cost, after a visit."""
    lines = [("1", VISIT, 1, visit_tariff())]
    price = sut.environment(
        "purchaser",
        "price",
        body=price_body(data, lines, person=QUIET, kind="office"),
        caller=record.OFFICE,
        step="preamble: who pays the visit",
    )
    cost = {name: price.required(f"/{name}") for name in ("total", "insurerShare", "patientShare")}
    payload = _visit(data, data.hid(sut, QUIET), cost, f"delivered {label}")
    reply = sut.environment(
        "purchaser",
        "registerServiceRecord",
        document=("service-record", payload, "dr01"),
        caller=record.OFFICE,
        step="preamble: register a visit",
    )
    reply.required("/claimId")
    record.copied(sut, reply)
    return _delivery(sut, data, {"payload": payload}, "service")


def _delivery(sut: Sut, data: SyntheticData, known: JsonValue, *kinds: str) -> Message:
    scope = list(kinds)
    consent = record.granted(
        sut, data, QUIET, "business-1", purpose=data.reason("VALUE_ADDED"), scope=scope
    )
    body = {
        "consentId": consent,
        "scope": scope,
        "receiver": data.centre("business-1").siam_id,
    }
    return Message("queryData", "value_added", record.BUSINESS, OK, body=body, known=known)
