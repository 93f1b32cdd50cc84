"""Clause 9-2: lease, confirmation and void end at their time. These cases move the clock."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys

VALIDITY_DAYS = int(load_pack("erx-1401").lifecycles["prescription"]["validityDays"])


@conformance_case(
    "TC-PUR-WF-TERM-001",
    verifies=("ERX-9-2-3-D",),
    role="purchaser_system",
    moves_clock=True,
    title_fa="نوبت نسخه پانزده دقیقه است",
)
def tc_a_lease_ends(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a dispense under a lease that has run out.

    Given two leases of a pharmacy, when it dispenses under one at once and under the other one
    after twenty minutes, then the first dispense is prepared and the second refused as expired.
    """
    early, late = (journeys.register(sut, data, label) for label in ("early", "late"))
    journeys.prepare(sut, data, early, journeys.lease(sut, early), {"1": 10}, label="in time")
    secret = journeys.lease(sut, late)
    payload = journeys.dispense_payload(sut, data, late, {"1": 10}, label="too late")
    sut.let_pass(minutes=20)

    reply = journeys.send_dispense(sut, late, payload, secret, step="stimulus: after the lease")

    expect.problem(
        reply,
        status=409,
        code="LEASE_EXPIRED",
        fix="A lease holds for 15 minutes; compare its end with now.",
        fix_fa="نوبت ۱۵ دقیقه معتبر است؛ پایان آن را با اکنون بسنجید.",
    )


@conformance_case(
    "TC-PUR-WF-TERM-002",
    verifies=("ERX-9-N-C",),
    role="purchaser_system",
    moves_clock=True,
    title_fa="تأیید تحویل تا سی دقیقه",
)
def tc_a_confirmation_comes_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to confirm a prepared dispense whose time is over.

    Given two prepared dispenses, when one is confirmed at once and the other one after forty
    minutes, then the first is confirmed, the second refused, and nothing counts as given by it.
    """
    early, late = (journeys.register(sut, data, label) for label in ("early", "late"))
    journeys.dispense(sut, data, early, {"1": 10}, label="in time")
    given = journeys.prepare(
        sut, data, late, journeys.lease(sut, late), {"1": 10}, label="too late"
    )
    sut.let_pass(minutes=40)

    reply = journeys.finish(sut, given, step="stimulus: confirm after forty minutes")

    expect.problem(
        reply,
        status=409,
        code="DISPENSE_CONFIRMATION_EXPIRED",
        fix="What is not confirmed within 30 minutes is abandoned.",
        fix_fa="تحویلی که تا ۳۰ دقیقه تأیید نشود کنار گذاشته می‌شود.",
    )
    expect.field(
        journeys.read(sut, late),
        "/items/0/dispensed",
        equals=0,
        fix="An abandoned dispense gives its quantity back.",
        fix_fa="تحویل کنارگذاشته مقدار خود را برمی‌گرداند.",
    )


@conformance_case(
    "TC-PUR-WF-TERM-003",
    verifies=("ERX-9-N-C",),
    role="purchaser_system",
    moves_clock=True,
    title_fa="ابطال تحویل تا ده روز",
)
def tc_a_void_comes_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to void a dispense after ten days.

    Given two confirmed dispenses, when one is voided at once and the other one after eleven days,
    then the first is voided and the second is refused because its window is closed.
    """
    early, late = (journeys.register(sut, data, label) for label in ("early", "late"))
    first = journeys.dispense(sut, data, early, {"1": 10}, label="in time")
    second = journeys.dispense(sut, data, late, {"1": 10}, label="too late")
    at_once = journeys.finish(
        sut, first, "voidDispense", reason="DISPENSED_IN_ERROR", step="control: void at once"
    )
    expect.control(at_once, 200)
    sut.let_pass(days=11)

    reply = journeys.finish(
        sut, second, "voidDispense", reason="DISPENSED_IN_ERROR", step="stimulus: after 11 days"
    )

    expect.problem(
        reply,
        status=409,
        code="VOID_WINDOW_CLOSED",
        fix="A dispense can be voided for ten days.",
        fix_fa="تحویل تا ده روز باطل‌شدنی است.",
    )


@conformance_case(
    "TC-PUR-WF-TERM-004",
    verifies=("ERX-9-N-C",),
    role="purchaser_system",
    moves_clock=True,
    title_fa="نسخه پس از پایان اعتبار تحویل نمی‌شود",
)
def tc_a_prescription_ends(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives no prescription out after the last day of its validity.

    Given two prescriptions of which one is leased at once, when the 60 days of validity are over,
    then the lease of the other one is refused, and it is shown as expired.
    """
    early, late = (journeys.register(sut, data, label) for label in ("early", "late"))
    expect.control(journeys.take_lease(sut, early, step="control: within validity"), 201)
    sut.let_pass(days=VALIDITY_DAYS + 1)

    reply = journeys.take_lease(sut, late, step="stimulus: after the last day")

    expect.problem(
        reply,
        status=409,
        code="PRESCRIPTION_STATE_CONFLICT",
        fix="Compare the last day of validity with today in Tehran at every lease.",
        fix_fa="در هر نوبت، آخرین روز اعتبار نسخه را با امروز تهران بسنجید.",
    )
    shown = journeys.read(sut, late)
    fix = "Tell a prescription that ran out as EXPIRED."
    expect.field(shown, "/state", equals="EXPIRED", fix=fix, fix_fa="حالت EXPIRED را نشان دهید.")
