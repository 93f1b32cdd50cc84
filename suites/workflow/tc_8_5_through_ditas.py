"""Clause 8-5 at the gateway: what is exchanged reaches the record, whole and by no other way.

The copy may lag (RUL on lag: 15 minutes in 95 of 100 cases), so what the gateway accounts for is
judged at once: a document an insurer accepted is on its way or has arrived.
"""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case, eventually
from lab.model.base import JsonValue
from suites import gateway_flow as flow
from suites import journeys
from suites import record_journeys as record
from suites.journeys import DRUG, OFFICE, OTHER_DRUG, PHARMACY
from suites.record_journeys import LAB

STORED = "STORED"
SOON = 3.0
PARTS, EVENTS = 12, 25
FIX = "Copy every accepted document, before its sender hears of it, and no refused one."
FIX_FA = "هر سند پذیرفته‌شده، و نه ردشده، پیش از پاسخ برای پرونده کپی شود."


@conformance_case(
    "TC-GTW-WF-FLOW-221",
    verifies=("RM-P8-A",),
    role="gateway",
    title_fa="کپی پرونده همراه پذیرش",
    alone=True,  # counts what a centre has sent
)
def tc_a_copy_is_made_with_the_answer(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT has the copy for the record as soon as a document is accepted.

    Given what a centre has sent so far, when a prescription is registered, then one document more
    has gone to the record or waits for it, and the record says the same of its correlation.
    """
    exchange = flow.through(sut)
    before, _ = flow.copies(sut, "control: before")
    rx = journeys.register(exchange, data)

    after, shown = flow.copies(sut, "stimulus: at once")

    expect.that(
        after == before + 1,
        title="an accepted document is not on its way to the record",
        expected="one document more, delivered or waiting",
        observed=f"{before} before, {after} after",
        pointer="/waiting",
        reply=shown,
        fix=FIX,
        fix_fa=FIX_FA,
    )
    path = {"correlation": record.correlation_of(rx.reply)}
    state = eventually(
        sut,
        lambda: exchange.call(
            "getRecordStatus", path=path, caller=OFFICE, step="observation: the record"
        ),
        lambda one: one.find("/state") == STORED,
        within=SOON,
    )
    waiting, queue = flow.copies(sut, "observation: the queue")
    expect.that(
        state.find("/state") == STORED or (waiting == after and queue.find("/waiting")),
        title="neither the record nor the queue knows the document",
        expected="stored in the record, or waiting at the gateway",
        observed=f"{state.summary()}, waiting {queue.find('/waiting')}",
        pointer="/state",
        reply=state,
        fix=FIX,
        fix_fa=FIX_FA,
    )


def _amended(sut: Sut, rx: journeys.Registered, payload: JsonValue, step: str) -> Reply:
    return sut.call(
        "amendPrescription",
        path={"prescriptionId": rx.id},
        document=("amendment", payload, "dr01"),
        if_match=rx.etag,
        caller=OFFICE,
        step=step,
    )


def _mixed_course(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Have five documents of the office and one of the pharmacy accepted, and one refused."""
    rx = journeys.register(sut, data)
    edit = data.amendment(rx.id, 1, rx.hid, items=[data.item(OTHER_DRUG, quantity=14)])
    expect.control(_amended(sut, rx, edit, "preamble: edit"), 200)
    journeys.dispense(sut, data, journeys.Registered(edit, rx.reply, rx.person), {"1": 14})
    other = journeys.register(sut, data, "other")
    cancelled = sut.call(
        "cancelPrescription",
        path={"prescriptionId": other.id},
        document=("cancellation", data.cancellation(other.id), "dr01"),
        caller=OFFICE,
        step="preamble: cancel",
    )
    expect.control(cancelled, 200)
    journeys.send_service(sut, journeys.service_payload(sut, data)).required("/claimId")
    late = {**edit, "documentId": data.uuid("late edit")}
    expect.control(_amended(sut, rx, late, "stimulus: an edit that comes too late"), (409, 412))


@conformance_case(
    "TC-GTW-WF-FLOW-222",
    verifies=("ERX-8-5-C", "ERX-A1-9-14-B"),
    role="gateway",
    title_fa="تطبیق اسناد پذیرفته با پرونده",
    alone=True,  # counts what a centre has sent
)
def tc_accepted_documents_are_copied_each(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT copies every accepted document for the record, and no refused one.

    Given a mixed course, when one prescription is edited and dispensed, another cancelled, a visit
    recorded and a late edit refused, then six documents more are on their way and none is parked.
    """
    exchange = flow.through(sut)
    before = [flow.copies(sut, "control: before", one) for one in (OFFICE, PHARMACY)]
    _mixed_course(exchange, data, expect)

    after = [flow.copies(sut, "observation: after", one) for one in (OFFICE, PHARMACY)]

    grown = [now - then for (now, _), (then, _) in zip(after, before, strict=True)]
    parked = [len(flow.rows_of(reply, "/parked")) for _, reply in after]
    were = [len(flow.rows_of(reply, "/parked")) for _, reply in before]
    expect.that(
        grown == [5, 1] and parked == were,
        title="documents accepted and documents copied differ",
        expected="five documents of the office and one of the pharmacy, none parked",
        observed=f"office {grown[0]}, pharmacy {grown[1]}, parked {were} then {parked}",
        pointer="/delivered",
        reply=after[0][1],
        fix=FIX,
        fix_fa=FIX_FA,
    )


@conformance_case(
    "TC-GTW-WF-FLOW-223",
    verifies=("ERX-8-5-E",),
    role="gateway",
    title_fa="پرونده فقط از تبادل شکل می‌گیرد",
    alone=True,  # counts what a centre has sent
)
def tc_nobody_writes_the_record_directly(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets no centre write into the record past the exchange.

    Given a signed prescription, when its centre hands it to the record as if it were the gateway,
    then it is refused; registered with the insurer, the same document is on its way to the record.
    """
    exchange = flow.through(sut)
    before, _ = flow.copies(sut, "control: before")
    payload = journeys.draft(exchange, data)
    body = record.submission(exchange, data, "prescription", payload, "direct")

    reply = exchange.call("submitRecord", body=body, caller=OFFICE, step="stimulus: directly")
    taken = journeys.submit(exchange, payload, "control: through the exchange")
    after, shown = flow.copies(sut, "observation: after")

    expect.control(taken, 201)
    expect.problem(
        reply,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Only the gateway itself feeds the record.",
        fix_fa="فقط درگاه پرونده را تغذیه می‌کند.",
    )
    expect.that(
        after == before + 1,
        title="the record is not fed by the exchange alone",
        expected="one copy, of the registration",
        observed=f"{after - before} copies",
        pointer="/delivered",
        reply=shown,
        fix=FIX,
        fix_fa=FIX_FA,
    )


@conformance_case(
    "TC-GTW-WF-FLOW-224",
    verifies=("RM-4C-4",),
    role="gateway",
    title_fa="محتوای رسیده همان محتوای فرستاده",
)
def tc_what_was_sent_is_what_is_read(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT delivers a document whole and lets its reader verify who answered.

    Given a prescription of twelve items with free text, when it is registered and read back, then
    every item is there as it was signed, and the answer carries an unbroken seal.
    """
    exchange = flow.through(sut)
    items = [
        data.item(DRUG, quantity=at, item_id=str(at), instruction="پس از غذا ۱ عدد")
        for at in range(1, PARTS + 1)
    ]
    rx = journeys.register(exchange, data, items=items)

    reply = journeys.read(exchange, rx, step="stimulus: read back")

    fix, fix_fa = "Hand documents on byte for byte.", "سند را بایت‌به‌بایت برسانید."
    expect.field(reply, "/document", equals=rx.payload, fix=fix, fix_fa=fix_fa)
    expect.field(reply, f"/items/{PARTS - 1}/ordered", equals=PARTS, fix=fix, fix_fa=fix_fa)
    expect.seal(reply)


@conformance_case(
    "TC-GTW-WF-FLOW-225",
    verifies=("RM-SCALE-B",),
    role="gateway",
    title_fa="سابقهٔ بلند از راه درگاه",
)
def tc_a_long_history_is_handed_on_whole(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands a long history on whole, page by page.

    Given a person with many results of one day, when the history is read through the IUT to its
    last page, then every result is in it exactly once.
    """
    exchange = flow.through(sut)
    sent = record.results_in(exchange, data, "P30", EVENTS)
    hid = data.hid(exchange, "P30")

    found, reply = record.entries(
        exchange, data, "P30", caller=OFFICE, step="stimulus: history", hid=hid
    )

    text = record.text_of(found)
    counts = {text.count(f'"{one}"') for one in sent}
    expect.that(
        counts == {1},
        title="a long history has gaps or doubles",
        expected=f"each of {EVENTS} results once",
        observed=f"results stand {sorted(counts)} times in {len(found)} entries",
        pointer="/entries",
        reply=reply,
        fix="Hand answers on whole, however long they are.",
        fix_fa="پاسخ‌ها را هر چند بلند، کامل برسانید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-226",
    verifies=("RM-DITAS-DEDUP",),
    role="gateway",
    title_fa="یک پیام، یک اثر",
)
def tc_the_same_message_has_one_effect(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a message that is sent twice have one effect, and answers both.

    Given a result of a laboratory, when it is sent again under the same key because no answer had
    come, then the second answer is the first, and the history has one result more.
    """
    exchange = flow.through(sut)
    hid, key = data.hid(exchange, "P29"), data.key("twice")
    body = record.laboratory(data, "P29", hid, label="twice")

    first, again = (
        exchange.call(
            "submitLaboratoryResult", body=body, caller=LAB, key=key, step=f"stimulus: {name}"
        )
        for name in ("first", "again")
    )

    expect.control(first, 201)
    fix, fix_fa = "Hand repetitions on with their key.", "پیام تکراری را با کلید آن برسانید."
    expect.status(again, 201, fix=fix, fix_fa=fix_fa)
    expect.field(again, "/recordId", equals=first.required("/recordId"), fix=fix, fix_fa=fix_fa)
    visit = data.hid(exchange, "P29")
    found, reply = record.entries(
        exchange, data, "P29", caller=OFFICE, step="observation: history", hid=visit
    )
    stands = record.text_of(found).count(f'"{first.required("/recordId")}"')
    expect.that(
        stands == 1,
        title="one message has several effects",
        expected="the result once in the history",
        observed=f"{stands} times",
        pointer="/entries",
        reply=reply,
        fix=fix,
        fix_fa=fix_fa,
    )
