"""Authenticity of products; payments, terminals and fiscal memories."""

from __future__ import annotations

from typing import Any

from tests.component import test_fiscal as fiscal
from tests.component import test_ttac as ttac
from tests.component.bench import Answered
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("products")


def _pack(desk: Desk, state: str) -> Act:
    uid = ttac.pack(desk, state).uid
    return lambda: ttac.use(desk, uid, desk.ids.uuid())


@AREA.refused("PRODUCT_ALREADY_CONSUMED")
def a_pack_that_was_given_before(desk: Desk) -> Act:
    return _pack(desk, "ALREADY_CONSUMED")


@AREA.refused("PRODUCT_RECALLED")
def a_pack_of_a_recalled_lot(desk: Desk) -> Act:
    return _pack(desk, "RECALLED")


@AREA.refused("PRODUCT_LOT_EXPIRED")
def a_pack_of_an_expired_lot(desk: Desk) -> Act:
    return _pack(desk, "EXPIRED_LOT")


@AREA.refused("PRODUCT_NOT_AUTHENTIC")
def a_code_somebody_made_up(desk: Desk) -> Act:
    return lambda: ttac.use(desk, "9" * 20)


@AREA.refused("PRODUCT_WRONG")
def a_pack_of_another_brand(desk: Desk) -> Act:
    uid = ttac.pack(desk).uid
    return lambda: ttac.use(desk, uid, irc="9999990990000000")


@AREA.refused("PRODUCT_REACTIVATION_REFUSED")
def a_pack_nobody_gave_brought_back(desk: Desk) -> Act:
    uid = ttac.pack(desk).uid
    return lambda: ttac.use(desk, uid, act="reactivations")


def _verification(desk: Desk, **change: str) -> Act:
    body = {
        "productCode": ttac.PENS,
        "type": "uid",
        "product": {**desk.drug("99012"), **change},
    }
    options: dict[str, Any] = {"body": body, "centre": "pharmacy-1"}
    return lambda: desk.call("POST", "/ttac/v1/verifications", **options)


@AREA.refused("CODE_RETIRED")
def a_product_that_is_no_longer_in_use(desk: Desk) -> Act:
    return _verification(desk, code="99090")


@AREA.refused("CODE_NOT_YET_VALID")
def a_product_that_is_still_to_come(desk: Desk) -> Act:
    return _verification(desk, code="99091")


@AREA.refused("CODE_DISPLAY_MISMATCH")
def a_product_under_another_name(desk: Desk) -> Act:
    return _verification(desk, display="other")


def _check(desk: Desk, paid: Any, hid: str = fiscal.HID) -> Answered:
    return fiscal.check(desk, paid, hid=hid)


@AREA.refused("PAYMENT_NOT_FOUND")
def a_payment_the_bank_does_not_know(desk: Desk) -> Act:
    paid = fiscal.payment(desk, f"BANK-{desk.ids.digits(8)}")
    return lambda: _check(desk, paid)


@AREA.refused("PAYMENT_ALREADY_USED")
def one_payment_for_two_visits(desk: Desk) -> Act:
    paid = fiscal.payment(desk, f"PAY-{desk.ids.digits(8)}")
    assert _check(desk, paid).status == 200
    return lambda: _check(desk, paid, fiscal.OTHER_HID)


@AREA.refused("PAYMENT_AMOUNT_MISMATCH")
def a_payment_of_another_amount(desk: Desk) -> Act:
    paid = fiscal.payment(desk, f"BANK-{desk.ids.digits(8)}")
    assert fiscal.record(desk, paid, 90_000).status == 201
    return lambda: _check(desk, paid)


@AREA.refused("TERMINAL_UNKNOWN")
def a_terminal_nobody_registered(desk: Desk) -> Act:
    return lambda: desk.call("GET", "/fiscal/v1/terminals/12345678")


@AREA.refused("TERMINAL_CENTRE_MISMATCH")
def the_terminal_of_another_centre(desk: Desk) -> Act:
    paid = fiscal.payment(desk, f"PAY-{desk.ids.digits(8)}", at="pharmacy-1")
    return lambda: _check(desk, paid)


@AREA.refused("FISCAL_MEMORY_INVALID")
def the_memory_of_another_terminal(desk: Desk) -> Act:
    paid = fiscal.payment(desk, f"PAY-{desk.ids.digits(8)}", fiscalMemoryId="AAAAAA")
    return lambda: _check(desk, paid)
