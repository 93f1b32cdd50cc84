"""Clauses 7-8 and 7-9 at the register of terminals: who was paid, where, how much, for what."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites.messages.fiscal import AMOUNT, OFFICE, paid


def _record(sut: Sut, payment: JsonValue, step: str = "preamble: paid at the terminal") -> Reply:
    body = {"payment": payment, "amount": AMOUNT}
    return sut.call("recordPayment", body=body, caller=OFFICE, step=step)


def _check(
    sut: Sut, data: SyntheticData, payment: JsonValue, step: str, *, amount: int = AMOUNT,
    visit: int = 0,
) -> Reply:  # fmt: skip
    hids = [sample.value for sample in data.world.hids if sample.well_formed]
    body = {"payment": payment, "amount": amount, "hid": hids[visit]}
    return sut.call("checkPayment", body=body, caller=OFFICE, step=step)


@conformance_case(
    "TC-TAX-SEM-PAY-001",
    verifies=("ERX-7-9-B", "ERX-7-8-B"),
    role="tax_terminal_registry",
    title_fa="مبلغ همان است که پرداخت شده است",
)
def tc_amount_is_the_one_paid(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT confirms a payment for the amount that was paid, and no other.

    Given a payment a terminal reported, when it is asked for with one rial more, then the IUT
    refuses; with the amount paid it confirms; an id no terminal reported is not found.
    """
    payment = paid(data, "payment")
    expect.control(_record(sut, payment), 201)

    more = _check(sut, data, payment, "stimulus: one rial more", amount=AMOUNT + 1)
    right = _check(sut, data, payment, "stimulus: the amount paid")
    nobody = _check(sut, data, paid(data, "never paid"), "stimulus: never paid")

    fix, fix_fa = "Compare the amount with the one reported.", "مبلغ را با مبلغ گزارش‌شده بسنجید."
    expect.problem(more, status=422, code="PAYMENT_AMOUNT_MISMATCH", fix=fix, fix_fa=fix_fa)
    expect.field(right, "/valid", equals=True, fix="Confirm a payment that was made.")
    expect.problem(
        nobody,
        status=404,
        code="PAYMENT_NOT_FOUND",
        fix="Confirm only what a terminal reported.",
        fix_fa="تنها پرداخت گزارش‌شدهٔ پایانه را تأیید کنید.",
    )


@conformance_case(
    "TC-TAX-SEM-PAY-002",
    verifies=("ERX-7-9-B", "ERX-7-8-B"),
    role="tax_terminal_registry",
    title_fa="یک پرداخت برای یک مراجعه",
)
def tc_payment_pays_for_one_visit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a payment pay for one visit only.

    Given a payment used for a visit, when the same visit asks again, then it is confirmed; when
    another visit asks, then the IUT refuses.
    """
    payment = paid(data, "payment")
    expect.control(_record(sut, payment), 201)
    expect.control(_check(sut, data, payment, "preamble: first visit"), 200)

    again = _check(sut, data, payment, "stimulus: the same visit")
    other = _check(sut, data, payment, "stimulus: another visit", visit=1)

    expect.field(again, "/valid", equals=True, fix="Answer the same visit as before.")
    expect.problem(
        other,
        status=409,
        code="PAYMENT_ALREADY_USED",
        fix="Keep the HID a payment was used for.",
        fix_fa="شباد مراجعه‌ای را که پرداخت برای آن مصرف شده است نگه دارید.",
    )


@conformance_case(
    "TC-TAX-SEM-TERM-001",
    verifies=("ERX-7-9-B",),
    role="tax_terminal_registry",
    title_fa="پایانهٔ ثبت‌شده و مرکز آن",
)
def tc_terminal_belongs_to_its_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes payments at registered terminals of the calling centre only.

    Given an office, when it reports payments at the terminal of a pharmacy and at one nobody
    registered, then both are refused; its own terminal is told with its centre.
    """
    foreign = paid(data, "foreign", terminalId=data.centre("pharmacy-1").terminal_id)
    unknown = paid(data, "unknown", terminalId="12345678")
    path = {"terminalId": data.centre("office-1").terminal_id}

    own = sut.call("getTerminal", path=path, step="stimulus: the own terminal")
    elsewhere = _record(sut, foreign, "stimulus: terminal of a pharmacy")
    nowhere = _record(sut, unknown, "stimulus: a terminal nobody has")

    expect.field(
        own, "/centre", equals=data.centre("office-1").siam_id, fix="Tell the centre of a terminal."
    )
    expect.problem(
        elsewhere,
        status=422,
        code="TERMINAL_CENTRE_MISMATCH",
        fix="Compare the centre of the terminal with the calling one.",
        fix_fa="مرکز پایانه را با مرکز فرستنده بسنجید.",
    )
    expect.problem(
        nowhere,
        status=422,
        code="TERMINAL_UNKNOWN",
        fix="Refuse a terminal that is not registered.",
        fix_fa="پایانهٔ ثبت‌نشده را رد کنید.",
    )


@conformance_case(
    "TC-TAX-SEM-TERM-002",
    verifies=("ERX-7-9-B",),
    role="tax_terminal_registry",
    title_fa="حافظهٔ مالیاتی و پایانهٔ مرکز بسته",
)
def tc_memory_and_state_of_a_terminal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ties a terminal to its fiscal memory and to an active business.

    Given two terminals, when they are asked for, then the memory of the one is refused at the
    other; the terminal of a centre with an expired licence is told as not active.
    """
    mine, closed = data.centre("office-1").terminal_id, data.centre("imaging-2").terminal_id
    neighbour = data.centre("office-2").terminal_id
    told = sut.call("getTerminal", path={"terminalId": mine}, step="stimulus: own terminal")
    beside = sut.call("getTerminal", path={"terminalId": neighbour}, step="stimulus: the next")
    expired = sut.call("getTerminal", path={"terminalId": closed}, step="stimulus: expired")
    memory, other = told.find("/fiscalMemoryId"), beside.find("/fiscalMemoryId")

    right = _record(sut, paid(data, "right", fiscalMemoryId=memory), "stimulus: own memory")
    wrong = _record(sut, paid(data, "wrong", fiscalMemoryId=other), "stimulus: other memory")

    expect.status(
        right,
        201,
        fix="Take a payment with the fiscal memory you told for its terminal.",
        fix_fa="پرداخت با حافظهٔ مالیاتی اعلام‌شدهٔ همان پایانه را بپذیرید.",
    )
    expect.problem(
        wrong,
        status=422,
        code="FISCAL_MEMORY_INVALID",
        fix="Compare the fiscal memory with that of the terminal.",
        fix_fa="حافظهٔ مالیاتی را با پایانه بسنجید.",
    )
    expect.field(
        expired,
        "/active",
        equals=False,
        fix="Ask the registry of centres whether the business may take part.",
        fix_fa="فعال بودن مرکز را از سیام بپرسید.",
    )
