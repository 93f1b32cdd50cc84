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
