"""The life of a prescription against a model, under any order of acts and under races."""

from __future__ import annotations

from http import HTTPStatus

from hypothesis import strategies as st

from lab.kit import Call, Expect, Generated, Sut, SyntheticData, conformance_case, shown
from suites import journeys
from suites.property.machine import LifeCycle

ORDERED = 60
REFUSED = (403, 409, 422, 428)


@conformance_case(
    "TC-PUR-PROP-LIFE-001",
    verifies=("ERX-9-N-C", "ERX-9-2-6-D", "ERX-6-1-B"),
    role="purchaser_system",
    rulings=("RUL-002",),
    title_fa="چرخهٔ زندگی نسخه برابر الگو",
)
def tc_life_cycle_follows_the_model(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT follows the life cycle under any order of acts.

    Given a registered prescription, when leases, dispenses, confirmations, abandonments, voids and
    cancellations are tried in generated orders, then each is taken or refused as the model says,
    and state and quantities read back are those of the model.
    """
    LifeCycle.sut, LifeCycle.data, LifeCycle.expect = sut, data, expect
    generated.machine(LifeCycle, steps=10)


@conformance_case(
    "TC-PUR-PROP-LIFE-002",
    verifies=("ERX-9-2-6-D", "ERX-7-10-F"),
    role="purchaser_system",
    title_fa="بقای مقدار در تحویل‌های جزئی",
)
def tc_partial_dispenses_conserve_quantity(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT conserves quantities over any sequence of partial dispenses.

    Given a prescription of 60 units, when it is dispensed in generated parts, then dispensed and
    remaining add up to ordered after every part, and what is too much is refused.
    """

    def law(parts: list[int]) -> None:
        rx = journeys.register(sut, data, items=[data.item(quantity=ORDERED)])
        secret, given = journeys.lease(sut, rx), 0
        for number, part in enumerate(parts):
            payload = journeys.dispense_payload(sut, data, rx, {"1": part}, label=f"part {number}")
            reply = journeys.send_dispense(sut, rx, payload, secret, step="generated: prepare")
            fits = given + part <= ORDERED
            # Whether the lease ends with the last unit is the IUT's to decide: any refusal will do.
            allowed = HTTPStatus.CREATED if fits else REFUSED
            expect.status(reply, allowed, fix="Compare with what remains.")
            if fits:
                generated.count(accepted=reply.status == HTTPStatus.CREATED)
                journeys.finish(sut, journeys.Dispensed(payload, reply), step="generated: confirm")
                given += part
        item = journeys.read(sut, rx).find("/items/0")
        row = item if isinstance(item, dict) else {}
        balance = [row.get("dispensed"), row.get("remaining")]
        expect.that(
            balance == [given, ORDERED - given],
            title="dispensed and remaining do not add up to ordered",
            expected=f"dispensed {given}, remaining {ORDERED - given}",
            observed=shown(item),
            pointer="/items/0/remaining",
            fix="Recompute what remains from the dispenses that stand.",
            fix_fa="مانده را از تحویل‌های معتبر حساب کنید.",
        )

    generated.check(law, parts=st.lists(st.integers(1, 40), min_size=1, max_size=3))


@conformance_case(
    "TC-PUR-PROP-RACE-001",
    verifies=("ERX-6-1-B", "ERX-9-2-6-D"),
    role="purchaser_system",
    title_fa="رقابت دو داروخانه بر سر یک نوبت",
)
def tc_two_pharmacies_race_for_the_lease(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT grants exactly one lease when two pharmacies ask at the same moment.

    Given a registered prescription, when two pharmacies ask for its lease four times each at once,
    then one centre alone is granted it, the other is told that it is held.
    """
    for number in range(5):
        rx = journeys.register(sut, data, f"rx {number}")
        where, body = {"prescriptionId": rx.id}, {"basis": {"hid": rx.hid}}
        callers = [journeys.PHARMACY, journeys.OTHER_PHARMACY] * 4
        calls = [Call("leasePrescription", path=where, body=body, caller=one) for one in callers]

        replies = sut.parallel(calls, step="stimulus: race")

        asked = list(zip(callers, replies, strict=True))
        winners = {one.centre for one, reply in asked if reply.status == HTTPStatus.CREATED}
        losers = [reply for reply in replies if reply.status != HTTPStatus.CREATED]
        expect.that(
            len(winners) == 1 and all(reply.problem_code == "LEASE_HELD" for reply in losers),
            title="a race for the lease has not exactly one winner",
            expected="one centre granted, the other LEASE_HELD",
            observed="; ".join(reply.summary() for reply in replies),
            pointer="status",
            reply=replies[0],
            fix="Let one conditional write decide the lease.",
            fix_fa="نوبت را با یک نوشتن شرطی تعیین کنید.",
        )


@conformance_case(
    "TC-PUR-PROP-RACE-002",
    verifies=("ERX-9-2-6-D",),
    role="purchaser_system",
    title_fa="رقابت تحویل‌ها بر سر مانده",
)
def tc_dispenses_race_for_the_rest(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT never gives more than ordered when dispenses race for the rest.

    Given a leased prescription of 30 units, when four dispenses of 20 are prepared at once and all
    prepared ones confirmed, then one of them fits and 10 remain.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payloads = [
        journeys.dispense_payload(sut, data, rx, {"1": 20}, label=f"racer {number}")
        for number in range(4)
    ]
    calls = [
        Call(
            "prepareDispense",
            path={"prescriptionId": rx.id},
            document=("dispense", payload, "ph01"),
            caller=journeys.PHARMACY,
            lease=secret,
        )
        for payload in payloads
    ]

    replies = sut.parallel(calls, step="stimulus: race")
    for payload, reply in zip(payloads, replies, strict=True):
        if reply.status == HTTPStatus.CREATED:
            journeys.finish(sut, journeys.Dispensed(payload, reply), step="stimulus: confirm")

    again = journeys.read(sut, rx)
    expect.field(
        again,
        "/items/0/dispensed",
        equals=20,
        fix="Reserve prepared quantities in the same transaction that compares them.",
        fix_fa="مقدار آماده‌شده را در همان تراکنش رزرو کنید.",
    )
    expect.field(again, "/items/0/remaining", equals=10)


@conformance_case(
    "TC-PUR-PROP-RACE-003",
    verifies=("ERX-9-N-C", "ERX-9-2-6-D"),
    role="purchaser_system",
    title_fa="رقابت تأیید و انصراف",
)
def tc_confirm_and_abandon_race(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ends a dispense in one way when confirmation and abandonment race.

    Given a prepared dispense, when it is confirmed and abandoned at the same moment, then exactly
    one of the two succeeds and the quantities are those of the one that did.
    """
    rx = journeys.register(sut, data)
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 10})
    where = {"dispenseId": given.id}
    reason = {"reason": journeys.coded(journeys.REASONS, "PATIENT_LEFT")}
    calls = [
        Call("confirmDispense", path=where, body={}, caller=journeys.PHARMACY),
        Call("abandonDispense", path=where, body=reason, caller=journeys.PHARMACY),
    ]

    replies = sut.parallel(calls, step="stimulus: race")

    confirmed, abandoned = (reply.status == HTTPStatus.OK for reply in replies)
    left = journeys.read(sut, rx).find("/items/0/remaining")
    expect.that(
        confirmed != abandoned and left == (20 if confirmed else 30),
        title="a dispense ended in two ways",
        expected="one success; 20 remain after a confirmation, 30 after an abandonment",
        observed=f"{replies[0].summary()}; {replies[1].summary()}; {shown(left)} remain",
        pointer="/items/0/remaining",
        reply=replies[0],
        fix="Let one conditional write decide the end of a dispense.",
        fix_fa="پایان تحویل را با یک نوشتن شرطی تعیین کنید.",
    )
    expect.problem(
        replies[1] if confirmed else replies[0],
        status=409,
        code="DISPENSE_STATE_CONFLICT",
        fix="Tell the later act that the dispense has ended.",
        fix_fa="به درخواست دوم پاسخ ۴۰۹ بدهید.",
    )
