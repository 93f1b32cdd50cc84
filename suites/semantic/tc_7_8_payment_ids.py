"""Clauses 7-8 and 7-9 at the purchaser: one payment, one visit, at a terminal of the centre."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys

ROLE = "purchaser_system"


def _record(
    sut: Sut, data: SyntheticData, label: str, payment: JsonValue, *, person: str = "P01"
) -> tuple[Reply, str]:
    """Send the record of a visit of its own, paid with a payment; return answer and HID."""
    hid = journeys.new_hid(sut, data, person=person)
    payload = journeys.service_payload(sut, data, label, hid=hid, person=person, payment=payment)
    return journeys.send_service(sut, payload, f"stimulus: {label}"), hid


@conformance_case(
    "TC-PUR-SEM-PAY-001",
    verifies=("ERX-7-8-B",),
    role=ROLE,
    title_fa="یک شناسهٔ پرداخت برای یک مراجعه",
)
def tc_payment_id_serves_one_visit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a payment id for one visit of one patient only.

    Given a service paid with a payment id, when a second visit of the same patient and a visit of
    another patient come with that id, then both are refused; with an own id the service is taken.
    """
    mine, own = data.payment("office-1", "one payment"), data.payment("office-1", "own payment")
    taken, _ = _record(sut, data, "first visit", mine)
    again, _ = _record(sut, data, "second visit", mine)
    other, _ = _record(sut, data, "another patient", mine, person="P02")
    fresh, _ = _record(sut, data, "own payment", own, person="P02")

    fix = "Ask the register of terminals for every payment, with the HID of its visit."
    fix_fa = "هر پرداخت را با شباد مراجعه از سامانهٔ پایانه‌ها بپرسید."
    expect.status(taken, 201, fix=fix, fix_fa=fix_fa)
    expect.problem(again, status=409, code="PAYMENT_ALREADY_USED", fix=fix, fix_fa=fix_fa)
    expect.problem(other, status=409, code="PAYMENT_ALREADY_USED", fix=fix, fix_fa=fix_fa)
    expect.status(fresh, 201, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-PUR-SEM-PAY-002",
    verifies=("ERX-7-8-B",),
    role=ROLE,
    title_fa="پرداخت در پایانهٔ همان مرکز",
)
def tc_payment_was_made_at_a_terminal_of_the_centre(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT takes payments made at a registered terminal of the centre only.

    Given services paid at the terminal of another centre, at one nobody registered and with an id
    no terminal reported, when each is sent, then it is refused; at the own terminal it is taken.
    """
    own = data.payment("office-1", "own")
    foreign = {**own, "terminalId": data.centre("pharmacy-1").terminal_id}
    unknown = {**own, "terminalId": "12345678"}
    invented = {**own, "paymentId": "990000000001"}

    elsewhere, _ = _record(sut, data, "terminal of a pharmacy", foreign)
    nowhere, _ = _record(sut, data, "no such terminal", unknown)
    unpaid, _ = _record(sut, data, "never paid", invented)
    taken, _ = _record(sut, data, "own terminal", own)

    fix = "Let the register of terminals say whose terminal it is and what was paid there."
    fix_fa = "مالک پایانه و پرداخت آن را از سامانهٔ پایانه‌ها بپرسید."
    code = "TERMINAL_CENTRE_MISMATCH"
    expect.problem(elsewhere, status=422, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(nowhere, status=422, code="TERMINAL_UNKNOWN", fix=fix, fix_fa=fix_fa)
    expect.problem(unpaid, status=404, code="PAYMENT_NOT_FOUND", fix=fix, fix_fa=fix_fa)
    expect.status(taken, 201, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-PUR-SEM-PAY-003",
    verifies=("ERX-7-8-B",),
    role=ROLE,
    title_fa="پرداخت نسخه‌پیچی",
)
def tc_dispense_is_paid_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes no dispense that is paid with the payment of another visit.

    Given two prescriptions, when the second dispense names the payment of the first, then it is
    refused and nothing is prepared; with its own payment it is prepared.
    """
    first, second = (journeys.register(sut, data, label=label) for label in ("first", "second"))
    paid = data.payment("pharmacy-1", "one payment")
    held = [journeys.lease(sut, first), journeys.lease(sut, second)]
    mine = journeys.dispense_payload(sut, data, first, {"1": 30}, label="mine", payment=paid)
    reused = journeys.dispense_payload(sut, data, second, {"1": 30}, label="reused", payment=paid)
    fresh = journeys.dispense_payload(sut, data, second, {"1": 30}, label="fresh")

    taken = journeys.send_dispense(sut, first, mine, held[0], step="stimulus: its payment")
    refused = journeys.send_dispense(sut, second, reused, held[1], step="stimulus: used payment")
    prepared = journeys.send_dispense(sut, second, fresh, held[1], step="stimulus: own payment")

    fix = "Ask the register of terminals before you prepare a dispense."
    fix_fa = "پیش از آماده‌سازی نسخه‌پیچی، پرداخت را از سامانهٔ پایانه‌ها بپرسید."
    expect.status(taken, 201, fix=fix, fix_fa=fix_fa)
    expect.problem(refused, status=409, code="PAYMENT_ALREADY_USED", fix=fix, fix_fa=fix_fa)
    expect.status(prepared, 201, fix=fix, fix_fa=fix_fa)
