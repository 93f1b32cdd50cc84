"""Document 003, services for citizens: referral along the map, appointments and waiting."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import citizen_journeys as citizen
from suites import record_journeys as record

FIX_LEVEL = ("Follow the referral map.", "نقشهٔ ارجاع را رعایت کنید.")


@conformance_case(
    "TC-CIT-WF-REF-001",
    verifies=("RM-CIT-LEVEL", "RM-CIT-REF-A"),
    role="citizen_service",
    title_fa="ارجاع سطح به سطح",
)
def tc_nobody_is_referred_past_the_map(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refers a patient to the next level and not past it.

    Given a centre of level 1, when it refers a patient to level 3 without emergency, then the IUT
    refuses; when it refers him to level 2, then the referral is open.
    """
    skipped = citizen.refer(sut, citizen.referral(data, "3"), "stimulus: to level 3")
    next_one = citizen.refer(sut, citizen.referral(data, "2"), "stimulus: to level 2")

    expect.problem(
        skipped, status=422, code="REFERRAL_LEVEL_INVALID", fix=FIX_LEVEL[0], fix_fa=FIX_LEVEL[1]
    )
    expect.status(next_one, 201, fix=FIX_LEVEL[0], fix_fa=FIX_LEVEL[1])
    expect.field(next_one, "/state", equals="open", fix="A new referral is open.")


@conformance_case(
    "TC-CIT-WF-REF-002",
    verifies=("RM-CIT-LEVEL", "RM-CIT-REF-A"),
    role="citizen_service",
    title_fa="ارجاع اورژانس به هر سطح بالاتر",
)
def tc_an_emergency_need_not_climb(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refers an emergency straight to a higher level.

    Given a centre of level 1, when it refers an emergency to level 3, then the IUT makes the
    referral.
    """
    body = citizen.referral(data, "3", emergency=True)

    reply = citizen.refer(sut, body, "stimulus: an emergency to level 3")

    expect.status(
        reply, 201, fix="Let emergencies skip levels.", fix_fa="اورژانس سطح‌ها را رد می‌کند."
    )
    expect.field(reply, "/toLevel", equals="3", fix="Refer to the level that was asked for.")


@conformance_case(
    "TC-CIT-WF-REF-003",
    verifies=("ERX-2-ERX-B", "RM-CIT-REF-A"),
    role="citizen_service",
    title_fa="ارجاع به نام مرکز خود",
)
def tc_a_centre_refers_in_its_own_name(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a referral in the name of another centre.

    Given one centre, when it refers a patient as if another did, then the IUT refuses.
    """
    body = citizen.referral(data, "2", fromCentre=data.centre("office-2").siam_id)

    reply = citizen.refer(sut, body, "stimulus: in another name")

    expect.problem(
        reply,
        status=403,
        code="REFERRAL_CENTRE_MISMATCH",
        fix="Compare the sender with the caller.",
        fix_fa="فرستنده را با درخواست‌کننده بسنجید.",
    )


@conformance_case(
    "TC-CIT-WF-REF-004",
    verifies=("RM-POL-PRIV", "RM-LAW-74-A"),
    role="citizen_service",
    title_fa="ارجاع دیگران دیده نمی‌شود",
)
def tc_referrals_of_others_do_not_exist(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a referral to the two centres concerned and to nobody else.

    Given a referral, when a third centre reads it, then the IUT knows no such referral, while the
    receiving centre reads it.
    """
    made = citizen.refer(sut, citizen.referral(data, "2"), "preamble: refer")

    strange = citizen.read_referral(sut, made, "stimulus: a third centre", record.SECOND)

    expect.problem(
        strange,
        status=404,
        code="REFERRAL_NOT_FOUND",
        fix="A referral of others does not exist for this centre.",
        fix_fa="ارجاع دیگران برای این مرکز وجود ندارد.",
    )
    goal = citizen.receiver(data, made)
    expect.control(citizen.read_referral(sut, made, "control: the receiver", goal), 200)


@conformance_case(
    "TC-CIT-WF-REF-005",
    verifies=("ERX-2-ERX-B", "RM-CIT-REF-B"),
    role="citizen_service",
    title_fa="بازخورد فقط از مرکز پذیرنده",
)
def tc_feedback_comes_from_the_receiver(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes the feedback of a referral from the receiving centre only.

    Given a referral, when the referring centre answers it itself, then the IUT refuses; when the
    receiving centre answers, then the referring centre reads the answer.
    """
    made = citizen.refer(sut, citizen.referral(data, "2"), "preamble: refer")

    own = citizen.feedback(sut, data, made, record.OFFICE, "by the sender")
    citizen.feedback(sut, data, made, citizen.receiver(data, made), "by the receiver")

    expect.problem(
        own,
        status=403,
        code="REFERRAL_CENTRE_MISMATCH",
        fix="Only the receiving centre answers.",
        fix_fa="فقط مرکز پذیرنده پاسخ می‌دهد.",
    )
    told = citizen.read_referral(sut, made, "observation: the sender reads")
    expect.field(
        told,
        "/feedback",
        equals="seen, continue (by the receiver)",
        fix="Bring the feedback back to who referred.",
        fix_fa="بازخورد را به مرکز ارجاع‌دهنده برسانید.",
    )


@conformance_case(
    "TC-CIT-WF-REF-006",
    verifies=("ERX-2-ERX-B", "RM-CIT-REF-B"),
    role="citizen_service",
    title_fa="بازخورد یک بار",
)
def tc_feedback_comes_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps the first feedback of a referral and refuses a second.

    Given an answered referral, when the receiving centre answers again, then the IUT refuses and
    the first feedback stays.
    """
    made = citizen.refer(sut, citizen.referral(data, "2"), "preamble: refer")
    goal = citizen.receiver(data, made)
    citizen.feedback(sut, data, made, goal, "first")

    again = citizen.feedback(sut, data, made, goal, "second")

    expect.problem(
        again,
        status=409,
        code="REFERRAL_STATE_CONFLICT",
        fix="An answered referral is closed.",
        fix_fa="ارجاع پاسخ‌داده‌شده بسته است.",
    )
    told = citizen.read_referral(sut, made, "observation: the sender reads")
    expect.field(told, "/feedback", equals="seen, continue (first)", fix="Keep the first feedback.")


@conformance_case(
    "TC-CIT-WF-APP-001",
    verifies=("RM-CIT-APPT",),
    role="citizen_service",
    title_fa="یک زمان برای یک نفر",
)
def tc_a_time_is_given_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives one time of a centre to one person.

    Given a booked time, when another person asks for the same time, then the IUT refuses.
    """
    when = citizen.slot(data, "once")
    first = citizen.book(sut, citizen.appointment(data, "P01", when), "preamble: book")

    second = citizen.book(sut, citizen.appointment(data, "P02", when), "stimulus: the same time")

    expect.status(first, 201, fix="Book a free time.", fix_fa="زمان آزاد را نوبت دهید.")
    expect.problem(
        second,
        status=409,
        code="APPOINTMENT_SLOT_TAKEN",
        fix="Give a time once, also under load.",
        fix_fa="هر زمان را یک بار نوبت دهید.",
    )


@conformance_case(
    "TC-CIT-WF-APP-002",
    verifies=("RM-CIT-APPT",),
    role="citizen_service",
    title_fa="زمان گذشته نوبت نیست",
)
def tc_the_past_is_not_booked(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an appointment at a time that has passed.

    Given a time two hours ago, when somebody asks for it, then the IUT refuses.
    """
    body = citizen.appointment(data, "P01", data.instant(seconds=-7200))

    reply = citizen.book(sut, body, "stimulus: a time that has passed")

    expect.problem(
        reply,
        status=422,
        code="APPOINTMENT_SLOT_PAST",
        fix="Compare the time with the present.",
        fix_fa="زمان را با اکنون بسنجید.",
    )


@conformance_case(
    "TC-CIT-WF-APP-003",
    verifies=("RM-CIT-WAIT",),
    role="citizen_service",
    title_fa="جایگاه در فهرست انتظار",
)
def tc_who_waits_sees_the_position(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells those who wait their position and moves them up.

    Given a booked time and two people waiting for it, then their positions are 1 and 2; when the
    booking is cancelled, then the first has the time and the second position 1.
    """
    when = citizen.slot(data, "waiting")
    booked = citizen.book(sut, citizen.appointment(data, "P01", when), "preamble: book")
    second = citizen.appointment(data, "P02", when, waiting=True)
    third = citizen.appointment(data, "P03", when, waiting=True)
    first_waits = citizen.book(sut, second, "stimulus: the first waits")
    next_waits = citizen.book(sut, third, "stimulus: the next waits")

    citizen.cancel(sut, booked, "stimulus: the time becomes free")

    fix, fix_fa = "Count who waits from 1, and move up.", "جایگاه انتظار از ۱ است و پیش می‌رود."
    expect.field(first_waits, "/waitingPosition", equals=1, fix=fix, fix_fa=fix_fa)
    expect.field(next_waits, "/waitingPosition", equals=2, fix=fix, fix_fa=fix_fa)
    moved = citizen.read_appointment(sut, first_waits, "observation: the first")
    expect.field(moved, "/state", equals="booked", fix=fix, fix_fa=fix_fa)
    later = citizen.read_appointment(sut, next_waits, "observation: the next")
    expect.field(later, "/waitingPosition", equals=1, fix=fix, fix_fa=fix_fa)
