"""Clause 14 and document 004: support day and night, triage, follow-up, the answer."""

from __future__ import annotations

from datetime import datetime

from lab.kit import MISSING, Caller, Expect, Reply, Sut, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record

HOUR = 3600
TOLERANCE = 60
UNKNOWN_ERROR = "NO_SUCH_ERROR"


def opened(
    sut: Sut, step: str = "preamble: open a ticket", urgency: str = "high", **more: JsonValue
) -> Reply:
    """Open a ticket as office-1."""
    body = {"subject": "no answer", "text": "the gateway is silent", "urgency": urgency, **more}
    return sut.call("openTicket", body=body, caller=record.OFFICE, step=step)


def noted(
    sut: Sut, ticket: Reply, step: str, caller: Caller = record.OFFICE, *, close: bool = False
) -> Reply:
    """Add a note to a ticket."""
    return sut.call(
        "addTicketNote",
        path={"ticketId": str(ticket.required("/ticketId"))},
        body={"text": f"note at {step}", "close": close},
        caller=caller,
        step=step,
    )


def read(sut: Sut, ticket: Reply, step: str, caller: Caller = record.OFFICE) -> Reply:
    """Read a ticket."""
    path = {"ticketId": str(ticket.required("/ticketId"))}
    return sut.call("getTicket", path=path, caller=caller, step=step)


def seconds_to_answer(ticket: Reply) -> float | None:
    """Return the time between opening and the promised answer, None where it cannot be read."""
    moments = [ticket.find(pointer) for pointer in ("/openedAt", "/answerDueAt")]
    if not all(isinstance(one, str) for one in moments):
        return None
    try:
        opening, due = (datetime.fromisoformat(str(one)) for one in moments)
    except ValueError:
        return None
    return (due - opening).total_seconds()


@conformance_case(
    "TC-SUP-WF-CLOCK-001",
    verifies=("ERX-14-B", "ERX-14-A"),
    role="support_portal",
    title_fa="ساعت پشتیبانی شب و روز می‌گذرد",
)
def tc_an_outage_is_answered_within_the_hour(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT promises an answer to an outage within the hour, at any time of day.

    Given an outage, when it is reported, then the IUT opens a ticket whose answer is due one hour
    after its opening, whatever the hour of the night, and says that it is not overdue yet.
    """
    ticket = opened(sut, "stimulus: report an outage", "outage", code="RECORD_NODE_DOWN")

    expect.status(
        ticket, 201, fix="Open a ticket at any hour.", fix_fa="تیکت را در هر ساعت باز کنید."
    )
    expect.schema(ticket)
    span = seconds_to_answer(ticket)
    expect.that(
        span is not None and abs(span - HOUR) <= TOLERANCE,
        title="the answer to an outage is not due within the hour",
        expected="answerDueAt one hour after openedAt",
        observed=f"{span} seconds",
        pointer="/answerDueAt",
        reply=ticket,
        fix="Let the clock of a ticket run day and night, by its urgency.",
        fix_fa="زمان پاسخ را شبانه‌روزی و بر پایهٔ فوریت حساب کنید.",
    )
    expect.field(ticket, "/overdue", equals=False, fix="Nothing is overdue when it is opened.")


@conformance_case(
    "TC-SUP-WF-TRIAGE-001",
    verifies=("SEP-ERR-5", "SEP-ERR-6", "SEP-ERR-7", "SEP-ERR-8"),
    role="support_portal",
    rulings=("RUL-052",),
    title_fa="دستهٔ خطا از کد آن",
)
def tc_triage_follows_the_error(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT classes a ticket by the error it names and hands it to who mends it.

    Given errors of a facility, of a vendor, of the network and one nobody knows, when each is
    reported, then class and owner of the ticket are those of the error bank, and what is unknown
    goes to the ministry.
    """
    facility = opened(sut, "stimulus: error of a facility", code="PATIENT_UNKNOWN")
    vendor = opened(sut, "stimulus: error of a vendor", code="RESULT_UNIT_INVALID")
    network = opened(sut, "stimulus: error of the network", code="RECORD_NODE_DOWN")
    unknown = opened(sut, "stimulus: unknown error", code=UNKNOWN_ERROR)

    fix, fix_fa = (
        "Take class and owner from the error bank.",
        "دسته و مسئول را از بانک خطا بردارید.",
    )
    expect.field(facility, "/triage", equals=5, requirement="SEP-ERR-5", fix=fix, fix_fa=fix_fa)
    expect.field(facility, "/owner", equals="facility", requirement="SEP-ERR-6", fix=fix)
    expect.field(vendor, "/owner", equals="vendor", requirement="SEP-ERR-7", fix=fix)
    expect.field(network, "/triage", equals=12, requirement="SEP-ERR-5", fix=fix, fix_fa=fix_fa)
    expect.field(unknown, "/triage", equals=17, requirement="SEP-ERR-8", fix=fix, fix_fa=fix_fa)
    expect.field(unknown, "/owner", equals="ministry", requirement="SEP-ERR-8", fix=fix)


@conformance_case(
    "TC-SUP-WF-NOTE-001",
    verifies=("SEP-ERR-10",),
    role="support_portal",
    title_fa="پاسخ به گزارش‌دهنده می‌رسد",
)
def tc_the_answer_reaches_the_reporter(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT announces the answer of its staff to the reporter.

    Given an open ticket, when the staff add a note, then the reporter reads it as the answer and
    the ticket is answered.
    """
    ticket = opened(sut)
    step = "stimulus: the staff answer"

    noted(sut, ticket, step, record.MINISTRY)

    told = read(sut, ticket, "observation: the reporter reads")
    expect.field(
        told,
        "/answer",
        equals=f"note at {step}",
        fix="Show the note of the staff as the answer.",
        fix_fa="یادداشت پشتیبان پاسخ تیکت است.",
    )
    expect.field(told, "/state", equals="answered", fix="An answered ticket is answered.")


@conformance_case(
    "TC-SUP-WF-NOTE-002",
    verifies=("SEP-ERR-9",),
    role="support_portal",
    title_fa="پیگیری تا بستن، نه پس از آن",
)
def tc_a_ticket_is_followed_up_until_closed(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT takes an answered ticket up again and refuses notes once it is closed.

    Given an answered ticket, when the reporter adds a note, then work goes on; when the reporter
    closes it, then a further note is refused and the ticket stays closed.
    """
    ticket = opened(sut)
    noted(sut, ticket, "preamble: the staff answer", record.MINISTRY)

    again = noted(sut, ticket, "stimulus: the reporter is not content")
    closed = noted(sut, ticket, "stimulus: the reporter closes", close=True)
    late = noted(sut, ticket, "stimulus: a note after closing")

    expect.field(again, "/state", equals="in_work", fix="Take the work up again.")
    expect.field(closed, "/state", equals="closed", fix="The reporter closes the ticket.")
    expect.problem(
        late,
        status=409,
        code="TICKET_STATE_CONFLICT",
        fix="A closed ticket takes no further note.",
        fix_fa="تیکت بسته یادداشت تازه نمی‌پذیرد.",
    )
    final = read(sut, ticket, "observation: the ticket")
    expect.field(final, "/state", equals="closed", fix="A refused note changes nothing.")


@conformance_case(
    "TC-SUP-WF-TICKET-001",
    verifies=("SEP-ERR-10", "ERX-14-A"),
    role="support_portal",
    title_fa="تیکت دیگران دیده نمی‌شود",
)
def tc_tickets_of_others_do_not_exist(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells a ticket to its reporter and the staff, and to no other centre.

    Given a ticket of one centre, when another centre reads it, then the IUT knows no such ticket,
    while the staff read it.
    """
    ticket = opened(sut)

    strange = read(sut, ticket, "stimulus: another centre reads", record.SECOND)

    expect.problem(
        strange,
        status=404,
        code="TICKET_NOT_FOUND",
        fix="A ticket of another centre does not exist for this one.",
        fix_fa="تیکت مرکز دیگر برای این مرکز وجود ندارد.",
    )
    staff = read(sut, ticket, "control: the staff read", record.MINISTRY)
    expect.status(staff, 200, fix="The staff read every ticket.")
    answer = staff.find("/answer")
    expect.that(
        answer is MISSING,
        title="a ticket nobody answered has an answer",
        expected="no answer yet",
        observed=str(answer)[:80],
        pointer="/answer",
        reply=staff,
    )
