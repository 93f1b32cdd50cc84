"""The message of a business that fetches what a person consented to."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import record_journeys as record


@message_builder("value_added.delivery")
def delivery(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return a question under a fresh consent of P06."""
    consent = record.granted(
        sut,
        data,
        "P06",
        "business-1",
        purpose=data.reason("VALUE_ADDED"),
        scope=["prescription"],
    )
    body = {
        "consentId": consent,
        "scope": ["prescription"],
        "receiver": data.centre("business-1").siam_id,
    }
    return Message("queryData", "value_added", record.BUSINESS, 200, body=body)
