"""Clauses 9-2-6 and 9-2-7: dispensing in two steps, quantities and authenticity."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Caller, Expect, Sut, SyntheticData, conformance_case, payload_drop
from suites import journeys


@conformance_case(
    "TC-PUR-WF-D7-001",
    verifies=("ERX-9-2-6-A", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="تحویل کامل در دو گام",
)
def tc_dispense_in_two_steps(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT dispenses in two steps and shows the prescriber what was given.

    Given a leased prescription, when a dispense of everything is prepared and confirmed, then it
    is CONFIRMED, the prescription is DISPENSED and nothing remains.
    """
    rx = journeys.register(sut, data)
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 30})
    expect.field(given.reply, "/state", equals="PREPARED", fix="The first step only prepares.")
    before = journeys.read(sut, rx, step="read between the steps")
    expect.field(
        before, "/state", equals="REGISTERED", fix="Nothing is given before the confirmation."
    )

    reply = journeys.finish(sut, given, step="stimulus: confirm")

    expect.status(reply, 200, fix="Answer a confirmation with 200.")
    expect.field(reply, "/state", equals="CONFIRMED", fix_fa="پس از تأیید، وضعیت CONFIRMED است.")
    expect.schema(reply)
    after = journeys.read(sut, rx)
    expect.field(
        after, "/state", equals="DISPENSED", requirement="ERX-6-1-B", fix="Count what was given."
    )
    expect.field(after, "/items/0/remaining", equals=0, requirement="ERX-6-1-B")


@conformance_case(
    "TC-PUR-WF-D7-002",
    verifies=("ERX-9-2-6-D",),
    role="purchaser_system",
    title_fa="رد تحویل بیش از تجویز",
)
def tc_more_than_prescribed_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to dispense more than was prescribed.

    Given a prescription of 30 units, when a dispense of 31 is sent, then the IUT refuses it with
    the coded reason and all 30 still remain.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 31})

    reply = journeys.send_dispense(sut, rx, payload, secret)

    expect.problem(
        reply,
        status=422,
        code="DISPENSE_QUANTITY_EXCEEDED",
        fix="Compare the quantity with what remains of the item.",
        fix_fa="مقدار تحویل را با ماندهٔ قلم بسنجید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing given")
    expect.field(again, "/items/0/remaining", equals=30, fix="A refused dispense gives nothing.")


@conformance_case(
    "TC-PUR-WF-D7-003",
    verifies=("ERX-9-2-6-D", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="تأیید دوباره همان یک تأیید است",
)
def tc_confirming_twice_is_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts a dispense once however often it is confirmed.

    Given a confirmed dispense of 10 of 30, when it is confirmed again under another key, then
    10 are dispensed and 20 remain.
    """
    rx = journeys.register(sut, data)
    given = journeys.dispense(sut, data, rx, {"1": 10})

    reply = journeys.finish(sut, given, step="stimulus: confirm again")

    expect.status(reply, 200, fix="Answer a repeated confirmation like the first.")
    again = journeys.read(sut, rx)
    expect.field(
        again,
        "/items/0/dispensed",
        equals=10,
        fix="Count a dispense by its id, not by its confirmations.",
        fix_fa="هر تحویل را یک بار بشمارید.",
    )
    expect.field(again, "/items/0/remaining", equals=20)
    expect.problem(
        journeys.finish(
            sut, given, "abandonDispense", reason="PATIENT_LEFT", step="stimulus: abandon the given"
        ),
        status=409,
        code="DISPENSE_STATE_CONFLICT",
        requirement="ERX-9-N-C",
        fix="What was confirmed can be voided, never abandoned.",
        fix_fa="تحویل تأییدشده را تنها می‌توان باطل کرد.",
    )


@conformance_case(
    "TC-PUR-WF-D7-004",
    verifies=("ERX-9-2-6-D", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="انصراف از تحویل، بازگشت مانده",
)
def tc_abandoned_dispense_frees_its_quantity(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT frees the quantity of a dispense that was abandoned.

    Given a prepared dispense of everything, when it is abandoned with a coded reason, then it is
    ABANDONED, cannot be confirmed, and everything can be prepared anew.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    given = journeys.prepare(sut, data, rx, secret, {"1": 30})

    reply = journeys.finish(
        sut, given, "abandonDispense", reason="PATIENT_LEFT", step="stimulus: abandon"
    )

    expect.field(reply, "/state", equals="ABANDONED", fix="Abandon a prepared dispense on request.")
    expect.problem(
        journeys.finish(sut, given, step="stimulus: confirm the abandoned"),
        status=409,
        code="DISPENSE_STATE_CONFLICT",
        fix="Refuse to confirm an abandoned dispense.",
        fix_fa="تحویل انصراف‌داده را تأیید نکنید.",
    )
    payload = journeys.dispense_payload(sut, data, rx, {"1": 30}, label="again")
    anew = journeys.send_dispense(sut, rx, payload, secret, step="stimulus: prepare anew")
    expect.status(anew, 201, title="an abandoned quantity stays reserved", fix="Free it at once.")


@conformance_case(
    "TC-PUR-WF-D7-005",
    verifies=("ERX-9-N-C", "ERX-9-2-6-D"),
    role="purchaser_system",
    title_fa="ابطال تحویل و بازگشت مانده",
)
def tc_void_gives_the_quantity_back_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives the quantity of a voided dispense back exactly once.

    Given a confirmed dispense of 10 of 30, when it is voided with a coded reason and voided again,
    then the second void is refused, 30 remain, and the prescription is not REGISTERED again.
    """
    rx = journeys.register(sut, data)
    given = journeys.dispense(sut, data, rx, {"1": 10})
    reason = "DISPENSED_IN_ERROR"

    reply = journeys.finish(sut, given, "voidDispense", reason=reason, step="stimulus: void")
    twice = journeys.finish(sut, given, "voidDispense", reason=reason, step="stimulus: void again")

    expect.field(reply, "/state", equals="VOIDED", fix="Void a confirmed dispense within 10 days.")
    expect.problem(
        twice,
        status=409,
        code="DISPENSE_STATE_CONFLICT",
        requirement="ERX-9-2-6-D",
        fix="A void is final; refuse a second one.",
        fix_fa="ابطال دوباره را رد کنید.",
    )
    again = journeys.read(sut, rx)
    expect.field(
        again,
        "/items/0/remaining",
        equals=30,
        requirement="ERX-9-2-6-D",
        fix="Recompute what remains from the dispenses that stand.",
        fix_fa="مانده را از تحویل‌های معتبر دوباره حساب کنید.",
    )
    expect.field(
        again,
        "/state",
        one_of=("PARTIALLY_DISPENSED", "DISPENSED"),
        title="a void makes the prescription editable again",
        fix="A void is a counter-entry; the state never moves backwards.",
        fix_fa="ابطال سند معکوس است؛ وضعیت به عقب برنمی‌گردد.",
    )


@conformance_case(
    "TC-PUR-WF-D7-006",
    verifies=("ERX-6-1-B", "RM-P8-B"),
    role="purchaser_system",
    title_fa="رد تحویل بدون نوبت یا با رمز نادرست",
)
def tc_dispense_needs_the_lease(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a dispense without the lease or with a wrong secret.

    Given a leased prescription, when dispenses arrive without the secret and with a guessed one,
    then both are refused with their coded reasons and nothing was prepared.
    """
    rx = journeys.register(sut, data)
    journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10})

    without = journeys.send_dispense(sut, rx, payload, None, step="stimulus: no lease")
    guessed = journeys.send_dispense(sut, rx, payload, data.key("guess"), step="stimulus: guess")

    expect.problem(
        without, status=428, code="LEASE_REQUIRED", fix="Demand the lease of the caller."
    )
    expect.problem(
        guessed,
        status=403,
        code="LEASE_INVALID",
        fix="Compare the secret of the lease in constant time.",
        fix_fa="رمز نوبت را بسنجید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing prepared")
    expect.field(again, "/dispenses", equals=[], fix="A refused dispense is no dispense.")


@conformance_case(
    "TC-PUR-WF-D7-007",
    verifies=("ERX-9-2-6-B",),
    role="purchaser_system",
    rulings=("RUL-001",),
    title_fa="رد تحویل بدون شباد",
)
def tc_dispense_without_hid_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a dispense without HID.

    Given a leased prescription, when the signed dispense lacks the HID, then the IUT refuses it by
    schema and nothing was prepared.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10})

    reply = sut.call(
        "prepareDispense",
        path={"prescriptionId": rx.id},
        document=("dispense", payload, "ph01"),
        caller=journeys.PHARMACY,
        lease=secret,
        mutate=payload_drop("/hid"),
        step="stimulus: dispense without HID",
    )

    expect.problem(
        reply,
        status=422,
        code="SCHEMA_VIOLATION",
        fix="Demand the HID in every dispense.",
        fix_fa="تحویل بدون شباد را نپذیرید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing prepared")
    expect.field(again, "/dispenses", equals=[], fix="A refused dispense is no dispense.")


@conformance_case(
    "TC-PUR-WF-D7-008",
    verifies=("ERX-9-2-6-D", "ERX-7-6-A"),
    role="purchaser_system",
    title_fa="رد قلم تجویزنشده",
)
def tc_item_that_was_not_prescribed_is_refused(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses to dispense an item that was not prescribed.

    Given a leased prescription, when the dispense names an item id the prescription does not have,
    then the IUT refuses it with the coded reason and nothing was prepared.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10})
    payload["items"] = [{**payload["items"][0], "itemId": "77"}]

    reply = journeys.send_dispense(sut, rx, payload, secret)

    expect.problem(
        reply,
        status=422,
        code="DISPENSE_ITEM_UNKNOWN",
        fix="Match every item of a dispense with an ordered item.",
        fix_fa="هر قلم تحویل را با قلم تجویزشده تطبیق دهید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing prepared")
    expect.field(again, "/dispenses", equals=[], fix="A refused dispense is no dispense.")


@conformance_case(
    "TC-PUR-WF-D6-001",
    verifies=("ERX-9-2-7-A",),
    role="purchaser_system",
    rulings=("RUL-007",),
    title_fa="رد کالای غیر اصیل",
)
def tc_product_that_is_not_authentic_is_refused(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT does not complete a dispense of a pack that is not authentic.

    Given a pack whose code the authenticity service does not confirm, when a dispense carries that
    code, then preparing or confirming is refused with the coded reason and nothing is given.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10})
    fake = {"type": "authenticity", "code": "9900000000000099"}
    payload["items"] = [{**payload["items"][0], "product": fake}]

    reply = journeys.send_dispense(sut, rx, payload, secret)
    if reply.status == HTTPStatus.CREATED:
        where = {"dispenseId": str(reply.required("/dispenseId"))}
        pharmacy = Caller("pharmacy-1")
        reply = sut.call(
            "confirmDispense", path=where, body={}, caller=pharmacy, step="stimulus: confirm"
        )

    expect.problem(
        reply,
        status=422,
        code="PRODUCT_NOT_AUTHENTIC",
        fix="Have the code of every pack verified before the goods are handed over.",
        fix_fa="پیش از تحویل، اصالت کالا را استعلام کنید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing given")
    expect.field(again, "/items/0/remaining", equals=30, fix="Give nothing that is not authentic.")
