"""Orders beyond medicines: tests, imaging and services, each in its own order and place."""

from __future__ import annotations

from tests.component import test_orders as orders
from tests.component.refusals.desk import Act, Area, Desk
from tests.component.refusals.purchasing import PRESCRIPTIONS

AREA = Area("ordering")


@AREA.refused("ORDER_KIND_MISMATCH")
def a_medicine_ordered_as_a_test(desk: Desk) -> Act:
    payload = desk.prescription(desk.hid(), kind="laboratory")
    document = ("prescription", payload, "dr01")
    return lambda: desk.call("POST", PRESCRIPTIONS, document=document)


@AREA.refused("ORDER_CENTRE_UNFIT")
def a_test_at_a_pharmacy(desk: Desk) -> Act:
    order = orders.ordered(desk, "laboratory", orders.GLUCOSE)
    return lambda: desk.lease(order, "pharmacy-1")
