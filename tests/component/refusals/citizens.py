"""Services for citizens, the support portal, outages and paper."""

from __future__ import annotations

import uuid
from typing import Any

from tests.component import test_citizen as citizen
from tests.component import test_emergency as emergency
from tests.component import test_support as support
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("citizens")


@AREA.refused("REFERRAL_LEVEL_INVALID")
def a_referral_that_leaves_out_a_level(desk: Desk) -> Act:
    return lambda: citizen.refer(desk, "3")


@AREA.refused("REFERRAL_CENTRE_MISMATCH")
def a_referral_in_the_name_of_another_centre(desk: Desk) -> Act:
    origin = desk.siam("office-2")
    return lambda: citizen.refer(desk, fromCentre=origin)


@AREA.refused("REFERRAL_NOT_FOUND")
def a_referral_nobody_made(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"/citizen/v1/referrals/{uuid.uuid4()}")


@AREA.refused("REFERRAL_STATE_CONFLICT")
def a_referral_answered_twice(desk: Desk) -> Act:
    referral = citizen.refer(desk, "3", emergency=True).json
    goal = citizen.receiver(desk, referral)
    assert citizen.feedback(desk, referral, centre=goal).status == 200
    return lambda: citizen.feedback(desk, referral, centre=goal)


@AREA.refused("APPOINTMENT_SLOT_TAKEN")
def a_time_that_is_taken(desk: Desk) -> Act:
    slot = desk.now(3 * citizen.DAY)
    assert citizen.book(desk, slot=slot).status == 201
    return lambda: citizen.book(desk, "P02", slot=slot)


@AREA.refused("APPOINTMENT_SLOT_PAST")
def a_time_that_is_over(desk: Desk) -> Act:
    slot = desk.now(-citizen.HOUR)
    return lambda: citizen.book(desk, slot=slot)


@AREA.refused("APPOINTMENT_NOT_FOUND")
def an_appointment_nobody_made(desk: Desk) -> Act:
    nothing = {"appointmentId": str(uuid.uuid4())}
    return lambda: citizen.appointment(desk, nothing)


@AREA.refused("CHANNEL_NOT_SUPPORTED")
def results_over_the_telephone(desk: Desk) -> Act:
    return lambda: citizen.own(desk, "results", channel="ivr")


@AREA.refused("CITIZEN_NOT_IDENTIFIED")
def the_data_of_somebody_else(desk: Desk) -> Act:
    other = desk.world.person("P02").phone
    return lambda: citizen.own(desk, "results", phone=other)


@AREA.refused("ADMISSION_CENTRE_UNKNOWN")
def an_appointment_at_no_centre(desk: Desk) -> Act:
    nowhere = str(uuid.uuid4())
    return lambda: citizen.book(desk, centre=nowhere)


# Support


@AREA.refused("TICKET_NOT_FOUND")
def a_ticket_nobody_opened(desk: Desk) -> Act:
    return lambda: support.read(desk, {"ticketId": str(uuid.uuid4())})


@AREA.refused("TICKET_STATE_CONFLICT")
def a_note_to_a_closed_ticket(desk: Desk) -> Act:
    ticket = support.opened(desk)
    assert support.note(desk, ticket, close=True).status == 200
    return lambda: support.note(desk, ticket)


# Outages and paper


@AREA.refused("OUTAGE_PERIOD_INVALID")
def an_outage_that_begins_tomorrow(desk: Desk) -> Act:
    begin = desk.now(24 * emergency.HOUR)
    return lambda: emergency.declare(desk, startedAt=begin)


@AREA.refused("OUTAGE_NOT_FOUND")
def the_end_of_no_outage(desk: Desk) -> Act:
    return lambda: emergency.end(desk, {"outageId": str(uuid.uuid4())})


@AREA.refused("OUTAGE_STATE_CONFLICT")
def an_outage_ended_twice(desk: Desk) -> Act:
    outage = emergency.ended(desk)
    return lambda: emergency.end(desk, outage)


def _paper(desk: Desk, **change: Any) -> Act:
    body = emergency.paper(desk, emergency.ended(desk)["number"], **change)
    return lambda: emergency.ask(desk, body)


@AREA.refused("PAPER_OUTSIDE_OUTAGE")
def paper_written_before_the_outage(desk: Desk) -> Act:
    return _paper(desk, writtenAt=desk.now(-7 * emergency.HOUR))


@AREA.refused("PAPER_ENTRY_LATE")
def paper_three_days_after_the_outage(desk: Desk) -> Act:
    act = _paper(desk)
    desk.later(hours=72)
    return act


@AREA.refused("PAPER_SERIAL_USED")
def paper_entered_twice(desk: Desk) -> Act:
    body = emergency.paper(desk, emergency.ended(desk)["number"], documentId=str(uuid.uuid4()))
    assert emergency.enter(desk, body).status == 200
    other = {**body, "documentId": str(uuid.uuid4())}
    return lambda: emergency.ask(desk, other)


@AREA.refused("AREA_NOT_LISTED")
def paper_without_an_outage_in_a_city(desk: Desk) -> Act:
    body = emergency.paper(desk)
    return lambda: emergency.ask(desk, body)
