"""Messages of the health record that need a signature inside."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.kit.documents import sign_document

GATEWAY = Caller("office-1", token="gateway.seal", seal="gateway.seal")  # noqa: S106 - identity name


@message_builder("sepas.record")
def record(sut: Sut, data: SyntheticData, label: str) -> Message:
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
    single = [record(sut, data, f"{label} {number}") for number in (1, 2)]
    return Message(
        operation="submitRecords",
        service="sepas",
        caller=GATEWAY,
        success=200,
        body={"submissions": [message.body for message in single]},
    )
