"""The purchaser: registration, leases, dispenses, claims, stays, paper, questions."""

from __future__ import annotations

from typing import Any

from tests.component import insurer_desk as insurer
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("purchasing")
PRESCRIPTIONS = "/purchaser/v1/prescriptions"


def _registration(desk: Desk, hid: str, **change: Any) -> Act:
    document = ("prescription", {**desk.prescription(hid), **change}, "dr01")
    return lambda: desk.call("POST", PRESCRIPTIONS, document=document)


@AREA.refused("HID_INVALID")
def a_hid_that_was_never_issued(desk: Desk) -> Act:
    return _registration(desk, "1W2AZVAKZQ")


@AREA.refused("HID_PATIENT_MISMATCH")
def the_hid_of_another_patient(desk: Desk) -> Act:
    return _registration(desk, desk.hid("P02", "2"))


@AREA.refused("HID_CENTRE_MISMATCH")
def the_hid_of_another_centre(desk: Desk) -> Act:
    return _registration(desk, desk.hid(centre="hospital-1"))


@AREA.refused("TRACKING_ID_UNKNOWN")
def an_invented_approval(desk: Desk) -> Act:
    rules = {"evaluationId": desk.ids.uuid(), "wholeTrackingId": "99000000000000000017"}
    return _registration(desk, desk.hid(), rules=rules)


@AREA.refused("PRESCRIPTION_NOT_FOUND")
def a_lease_of_no_prescription(desk: Desk) -> Act:
    nothing = {"prescriptionId": desk.ids.uuid(), "document": {"hid": desk.hid()}}
    return lambda: desk.lease(nothing)


@AREA.refused("PRESCRIPTION_ACCESS_REFUSED")
def a_prescription_of_others(desk: Desk) -> Act:
    target = f"{PRESCRIPTIONS}/{desk.registered()['prescriptionId']}"
    return lambda: desk.call("GET", target, centre="hospital-1")


@AREA.refused("PRESCRIPTION_STATE_CONFLICT")
def a_prescription_that_was_given(desk: Desk) -> Act:
    registered = desk.registered()
    assert desk.given(registered, 60).status == 200
    return _amendment(desk, registered, '"1"')


def _amendment(desk: Desk, registered: Any, if_match: str | None) -> Act:
    payload = desk.prescription(registered["document"]["hid"], desk.item(quantity=30))
    payload["amends"] = {"prescriptionId": registered["prescriptionId"], "version": 1}
    target = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
    document = ("amendment", payload, "dr01")
    return lambda: desk.call("PUT", target, document=document, if_match=if_match)


@AREA.refused("PRECONDITION_MISSING")
def an_amendment_of_no_version(desk: Desk) -> Act:
    return _amendment(desk, desk.registered(), None)


@AREA.refused("PRECONDITION_FAILED")
def an_amendment_of_another_version(desk: Desk) -> Act:
    return _amendment(desk, desk.registered(), '"9"')


@AREA.refused("LEASE_HELD")
def a_lease_another_centre_has(desk: Desk) -> Act:
    registered = desk.registered()
    assert desk.lease(registered).status == 201
    return lambda: desk.lease(registered, "pharmacy-2")


@AREA.refused("LEASE_REQUIRED")
def a_dispense_without_a_lease(desk: Desk) -> Act:
    registered = desk.registered()
    return lambda: desk.prepare(registered, None, 1)


@AREA.refused("LEASE_INVALID")
def a_dispense_with_a_secret_somebody_made_up(desk: Desk) -> Act:
    registered = desk.registered()
    assert desk.lease(registered).status == 201
    return lambda: desk.prepare(registered, "x" * 24, 1)


@AREA.refused("LEASE_EXPIRED")
def a_dispense_after_the_end_of_the_lease(desk: Desk) -> Act:
    registered = desk.registered()
    secret = desk.lease(registered).json["secret"]
    desk.later(minutes=15)
    return lambda: desk.prepare(registered, secret, 1)


def _prepared(desk: Desk) -> str:
    registered = desk.registered()
    secret = desk.lease(registered).json["secret"]
    return str(desk.prepare(registered, secret, 10).json["dispenseId"])


@AREA.refused("DISPENSE_NOT_FOUND")
def a_dispense_of_others(desk: Desk) -> Act:
    target = f"/purchaser/v1/dispenses/{_prepared(desk)}"
    return lambda: desk.call("GET", target, centre="pharmacy-2")


@AREA.refused("DISPENSE_QUANTITY_EXCEEDED")
def more_than_was_ordered(desk: Desk) -> Act:
    registered = desk.registered()
    secret = desk.lease(registered).json["secret"]
    return lambda: desk.prepare(registered, secret, 61)


@AREA.refused("DISPENSE_ITEM_UNKNOWN")
def a_question_about_no_item(desk: Desk) -> Act:
    registered = desk.registered()
    desk.lease(registered)
    return lambda: insurer.ask(desk, registered, itemId="9")


@AREA.refused("DISPENSE_STATE_CONFLICT")
def an_abandoned_dispense_confirmed(desk: Desk) -> Act:
    prepared = _prepared(desk)
    desk.dispenses(prepared, "abandonment", body=desk.reason("PATIENT_LEFT"))
    return lambda: desk.dispenses(prepared, "confirmation")


@AREA.refused("DISPENSE_CONFIRMATION_EXPIRED")
def a_dispense_confirmed_after_half_an_hour(desk: Desk) -> Act:
    prepared = _prepared(desk)
    desk.later(minutes=31)
    return lambda: desk.dispenses(prepared, "confirmation")


@AREA.refused("VOID_WINDOW_CLOSED")
def a_void_after_ten_days(desk: Desk) -> Act:
    given = desk.given(desk.registered(), 10).json["dispenseId"]
    desk.later(days=10, minutes=1)
    body = desk.reason("DISPENSED_IN_ERROR")
    return lambda: desk.dispenses(given, "void", body=body)


@AREA.refused("PRODUCT_NOT_AUTHENTIC")
def a_traced_medicine_without_its_pack(desk: Desk) -> Act:
    registered = desk.registered(desk.item("99005", 2))
    secret = desk.lease(registered).json["secret"]
    return lambda: desk.prepare(registered, secret, 1)


@AREA.refused("COST_MISMATCH")
def a_split_that_is_not_the_insurers(desk: Desk) -> Act:
    registered = desk.registered()
    secret = desk.lease(registered).json["secret"]
    line = desk.dispense(registered, 10)["items"][0]
    cost = {"total": 19_000, "insurerShare": 19_000, "patientShare": 0}
    changed: dict[str, Any] = {"items": [{**line, "cost": cost}], "cost": cost}
    return lambda: desk.prepare(registered, secret, 10, **changed)


@AREA.refused("CLAIM_NOT_FOUND")
def a_claim_of_nobody(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"/purchaser/v1/claims/{desk.ids.uuid()}")


@AREA.refused("STATEMENT_PERIOD_INVALID")
def the_payments_of_a_month_to_come(desk: Desk) -> Act:
    return lambda: desk.call("GET", "/purchaser/v1/payments/1499-01")


# Stays, paper, questions


@AREA.refused("STAY_NOT_FOUND")
def an_event_of_no_stay(desk: Desk) -> Act:
    hid = desk.hid(centre=insurer.HOSPITAL)
    stay = insurer.opened(desk, hid)
    return lambda: insurer.add(desk, stay, hid, "service", named=insurer.UNKNOWN)


@AREA.refused("STAY_STATE_CONFLICT")
def a_second_admission_under_one_hid(desk: Desk) -> Act:
    hid = desk.hid(centre=insurer.HOSPITAL)
    assert insurer.opened(desk, hid).status == 201
    return lambda: insurer.opened(desk, hid)


def _paper(desk: Desk, **change: Any) -> Act:
    body = insurer.paper(desk, **change)
    return lambda: insurer.enter(desk, body)


@AREA.refused("PAPER_ENTRY_LATE")
def paper_after_three_days(desk: Desk) -> Act:
    return _paper(desk, hours=73)


@AREA.refused("PAPER_OUTSIDE_OUTAGE")
def paper_of_an_outage_nobody_declared(desk: Desk) -> Act:
    return _paper(desk, cause="GATEWAY_DOWN")


@AREA.refused("PAPER_SERIAL_USED")
def a_sheet_entered_twice(desk: Desk) -> Act:
    first = insurer.paper(desk)
    assert insurer.enter(desk, first).status == 201
    return _paper(desk, serial=first["serial"])


@AREA.refused("PRESCRIPTION_QUERY_NOT_FOUND")
def an_answer_to_no_question(desk: Desk) -> Act:
    return lambda: insurer.answer(desk, insurer.UNKNOWN)
