"""Persian text, times with offset and seconds, whole rial, Jalali months."""

from __future__ import annotations

import re
from datetime import datetime

from lab.kit import Expect, Sut, SyntheticData, conformance_case, shown
from suites import journeys
from suites.oracles.text import persian_digits

INSTANT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})"


@conformance_case(
    "TC-PUR-SEM-TEXT-001",
    verifies=("ERX-6-2-A", "ERX-6-3-A"),
    role="purchaser_system",
    title_fa="متن فارسی بی‌تغییر برمی‌گردد",
)
def tc_persian_text_is_kept_as_signed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives Persian text back character by character as it was signed.

    Given notes with ZWNJ, Arabic yeh and kaf, tatweel and two digit families, when they are
    registered and read back, then every character is as it was.
    """
    note = "بیمار می‌گوید «كليه‌ام درد مي‌كند» ــ ۱۲ بار، ١٣ شب، ½ قرص"
    rx = journeys.register(sut, data, note=note)

    reply = journeys.read(sut, rx)

    expect.field(
        reply,
        "/document/note",
        equals=note,
        fix="Never fold, trim or normalise text of a signed document.",
        fix_fa="متن سند امضاشده را هرگز تغییر ندهید.",
    )


@conformance_case(
    "TC-PUR-SEM-TEXT-002",
    verifies=("ERX-10-D", "ERX-6-2-A"),
    role="purchaser_system",
    title_fa="مرز طول متن",
)
def tc_text_of_greatest_length_is_taken(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a text of 200 characters and refuses one of 201 by schema.

    Given notes of 200 and of 201 Persian characters, when they are registered, then the first is
    taken and the second refused with a coded reason, never with a fault.
    """
    longest = journeys.draft(sut, data, "longest", note="ش" * 200)
    longer = journeys.draft(sut, data, "longer", note="ش" * 201)

    taken = journeys.submit(sut, longest, "stimulus: 200")
    refused = journeys.submit(sut, longer, "stimulus: 201")

    expect.status(taken, 201, fix="Count characters, not bytes.", fix_fa="نویسه بشمارید نه بایت.")
    expect.problem(
        refused,
        status=422,
        code="SCHEMA_VIOLATION",
        fix="Refuse too long a text by schema, before you store it.",
        fix_fa="متن بلندتر از حد را با شِما رد کنید.",
    )


@conformance_case(
    "TC-PUR-SEM-TEXT-003",
    verifies=("ERX-10-D", "ERX-9-2-6-D"),
    role="purchaser_system",
    title_fa="رد تعداد به صورت متن فارسی",
)
def tc_quantity_in_persian_digits_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a quantity that is text, in ASCII or Persian digits.

    Given items whose quantity is "30" and "۳۰", when they are registered, then both are refused by
    schema and nothing stands under their HIDs.
    """
    for written in ("30", persian_digits("30")):
        payload = journeys.draft(sut, data, written, items=[data.item() | {"quantity": written}])
        reply = journeys.submit(sut, payload, "stimulus")
        expect.problem(
            reply,
            status=422,
            code="SCHEMA_VIOLATION",
            fix="A quantity is a JSON integer; convert nothing.",
            fix_fa="تعداد باید عدد صحیح JSON باشد.",
        )
        found = journeys.find_by_hid(sut, str(payload["hid"]))
        expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-SEM-TIME-001",
    verifies=("ERX-7-7-A", "ERX-10-D"),
    role="purchaser_system",
    title_fa="زمان‌ها با ثانیه و اختلاف ساعت",
)
def tc_times_carry_seconds_and_offset(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT writes times with seconds and offset, and near the true time.

    Given a prescription that was just registered, when the answer is read, then `registeredAt` has
    seconds and an offset and lies within five minutes of the case clock.
    """
    rx = journeys.register(sut, data, step="stimulus: register")

    value = rx.reply.find("/registeredAt")
    expect.field(
        rx.reply,
        "/registeredAt",
        matches=INSTANT,
        fix="Write RFC 3339 times with seconds and offset.",
        fix_fa="زمان را با ثانیه و اختلاف ساعت بنویسید.",
    )
    if isinstance(value, str) and re.fullmatch(INSTANT, value):
        away = abs((datetime.fromisoformat(value) - data.now).total_seconds())
        expect.that(
            away < 300,  # noqa: PLR2004 - the window of the profile
            title="the time of registration is not the time of registration",
            expected="within 300 s of the laboratory's clock",
            observed=f"{shown(value)}, {away:.0f} s away",
            pointer="/registeredAt",
            reply=rx.reply,
            fix="Synchronise the clock and mind the offset of Iran (+03:30).",
            fix_fa="ساعت سامانه را تنظیم کنید.",
        )


@conformance_case(
    "TC-PUR-SEM-TIME-002",
    verifies=("ERX-7-7-A", "ERX-10-D"),
    role="purchaser_system",
    title_fa="رد زمان بدون ثانیه یا بدون اختلاف ساعت",
)
def tc_time_without_seconds_or_offset_is_refused(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses a prescribing time without seconds or without offset.

    Given prescriptions whose time lacks the seconds or the offset, when they are registered, then
    both are refused by schema and nothing stands under their HIDs.
    """
    whole = data.instant()
    for label, written in (("seconds", whole[:16] + whole[19:]), ("offset", whole[:19])):
        payload = journeys.draft(sut, data, label, issuedAt=written)
        reply = journeys.submit(sut, payload, f"no {label}")
        expect.problem(
            reply,
            status=422,
            code="SCHEMA_VIOLATION",
            fix="Demand seconds and offset in every time.",
            fix_fa="زمان بدون ثانیه یا اختلاف ساعت را نپذیرید.",
        )
        found = journeys.find_by_hid(sut, str(payload["hid"]))
        expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-SEM-TIME-003",
    verifies=("ERX-8-4-D", "ERX-9-1-8-N-B"),
    role="purchaser_system",
    title_fa="ماه شمسی نادرست",
)
def tc_period_that_is_no_jalali_month_is_refused(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT refuses a statement for something that is no Jalali month.

    Given the periods 1405-13 and 2026-11, when statements are asked for, then both are refused
    with a coded reason.
    """
    for period in ("1405-13", "2026-11"):
        reply = sut.call("getStatement", path={"period": period}, step=f"stimulus: {period}")
        expect.problem(
            reply,
            status=422,
            code=("STATEMENT_PERIOD_INVALID", "PARAMETER_INVALID"),
            fix="Periods are Jalali months, 01 to 12.",
            fix_fa="دوره ماه شمسی ۰۱ تا ۱۲ است.",
        )


@conformance_case(
    "TC-PUR-SEM-TIME-004",
    verifies=("ERX-7-10-F", "ERX-10-D"),
    role="purchaser_system",
    title_fa="مبلغ‌ها عدد صحیح ریال",
)
def tc_amounts_are_whole_rial(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT writes amounts as JSON integers of rial.

    Given a priced item with an odd price, when the answer is read, then total and shares are
    integers, per item and in sum.
    """
    body = journeys.price_body(data, [("1", "99015", 3, 335)])

    reply = sut.call("price", body=body, caller=journeys.PHARMACY, step="stimulus: price")

    for pointer in (
        "/total",
        "/insurerShare",
        "/patientShare",
        "/items/0/total",
        "/items/0/patientShare",
    ):
        value = reply.find(pointer)
        expect.that(
            isinstance(value, int) and not isinstance(value, bool),
            title="an amount is not a whole number of rial",
            expected=f"{pointer} as a JSON integer",
            observed=shown(value),
            pointer=pointer,
            reply=reply,
            fix="Write money as JSON integers, never as text or with decimals.",
            fix_fa="مبلغ را عدد صحیح ریال بنویسید.",
        )
    expect.schema(reply)
