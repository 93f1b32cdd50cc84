"""Messages to the services for citizens that depend on another message or on a free time."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import citizen_journeys as citizen
from suites import record_journeys as record


@message_builder("citizen.appointment")
def appointment(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return a wish for a time nobody else asks for."""
    body = citizen.appointment(data, "P01", citizen.slot(data, label))
    return Message("bookAppointment", "citizen", record.OFFICE, record.CREATED, body=body)


@message_builder("citizen.versioned_appointment")
def versioned_appointment(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return a wish for a time whose service names the version of its code."""
    message = appointment(sut, data, f"versioned {label}")
    service = data.versioned(message.body["service"])
    return message.changed(body={**message.body, "service": service})


@message_builder("citizen.versioned_referral")
def versioned_referral(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Return a referral to the hospital whose codes name their versions."""
    body = citizen.referral(data, "3", emergency=True)
    coded = {name: data.versioned(body[name]) for name in ("specialty", "reason")}
    body |= coded
    return Message("createReferral", "citizen", record.OFFICE, record.CREATED, body=body)


@message_builder("citizen.feedback")
def feedback(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the answer of the centre a patient was sent to."""
    made = citizen.refer(sut, citizen.referral(data, "2"), "preamble: refer")
    return Message(
        "sendFeedback",
        "citizen",
        citizen.receiver(data, made),
        200,
        path={"referralId": str(made.required("/referralId"))},
        body={"text": "seen, continue", "documentId": data.uuid(f"feedback {label}")},
    )
