"""Messages of the health record that need a signature inside."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.kit.documents import sign_document
from suites import record_journeys as record

GATEWAY = Caller("office-1", token="gateway.seal", seal="gateway.seal")  # noqa: S106 - identity name


@message_builder("sepas.record")
def copy(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the copy of a signed prescription as the gateway hands it over."""
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    payload = data.prescription(hid, label=f"record {label}")
    signer = sut.kit.identity("dr01")
    document = sign_document("prescription", payload, signer, issued_at=int(data.now.timestamp()))
    return Message(
        operation="submitRecord",
        service="sepas",
        caller=GATEWAY,
        success=202,
        body={
            "correlation": data.uuid(f"correlation {label}"),
            "service": "purchaser",
            "operation": "registerPrescription",
            "centre": data.centre("office-1").siam_id,
            "receivedAt": data.instant(),
            "documentType": "erx.prescription",
            "document": document,
        },
    )


@message_builder("sepas.records")
def records(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return two copies handed over together."""
    single = [copy(sut, data, f"{label} {number}") for number in (1, 2)]
    return Message(
        operation="submitRecords",
        service="sepas",
        caller=GATEWAY,
        success=200,
        body={"submissions": [message.body for message in single]},
    )


@message_builder("sepas.records_one_broken")
def records_one_broken(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return two copies handed over together, the second with the signature of the first."""
    message = records(sut, data, label)
    first, second = message.body["submissions"]
    swapped = {**second["document"], "signature": first["document"]["signature"]}
    broken = {**second, "document": swapped}
    return message.changed(body={"submissions": [first, broken]})


@message_builder("sepas.newborn_consent")
def newborn_consent(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return a consent for a newborn to some kinds of events; its purpose names the version."""
    body = record.consent(
        data,
        "NB1",
        "office-2",
        purpose=data.versioned(data.reason("TREATMENT")),
        scope=["dispense", "service"],
    )
    return Message("grantConsent", "sepas", record.OFFICE, record.CREATED, body=body)


@message_builder("sepas.versioned_emergency")
def versioned_emergency(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return the opening of a record in an emergency; its reason names the version."""
    body = {
        "person": data.person_id("P07"),
        "reason": data.versioned(data.reason("UNCONSCIOUS")),
        "text": "found without consciousness",
    }
    return Message("openBreakGlass", "sepas", record.HOSPITAL, record.CREATED, body=body)
