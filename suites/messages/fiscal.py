"""Payments at the terminal of an office, each with an id nobody has used."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue

OFFICE = Caller("office-1")
AMOUNT = 150_000


def paid(data: SyntheticData, label: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return a payment at the terminal of the office; the label decides its id."""
    terminal = data.centre("office-1").terminal_id
    return {"paymentId": f"BANK-{data.uuid(label)[:23]}", "terminalId": terminal, **changes}


@message_builder("fiscal.payment")
def payment(_sut: Sut, data: SyntheticData, label: str) -> Message:
    """Report a payment as the terminal does."""
    body = {"payment": paid(data, label), "amount": AMOUNT}
    return Message("recordPayment", "fiscal", OFFICE, 201, body=body)


@message_builder("fiscal.check")
def check(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Ask for a payment that was reported a moment ago."""
    body = {"payment": paid(data, label), "amount": AMOUNT}
    sut.call("recordPayment", service="fiscal", body=body, caller=OFFICE, step="preamble: paid")
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    return Message("checkPayment", "fiscal", OFFICE, 200, body={**body, "hid": hid})
