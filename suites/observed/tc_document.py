"""Clauses 7 and 9-2-6: what the signed dispense says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from lab.kit import Expect, Traffic, conformance_case
from suites.observed.reading import answered_before, dispenses, rule_evaluations, whole

ROLE = "pharmacy_system"
SCENARIO = "routine-dispense"
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)"
TIMES = ("/issuedAt", "/startedAt", "/endedAt", "/dispensedAt")
TOLERANCE = timedelta(minutes=5)
SHARES = ("total", "insurerShare", "patientShare")


@conformance_case(
    "TC-PHA-OBS-SIGN-001",
    verifies=("ERX-9-2-2-B",),
    role=ROLE,
    scenario=SCENARIO,
    rulings=("RUL-008",),
    title_fa="امضای داروساز روی سند تحویل",
)
def tc_dispense_is_signed_by_the_dispenser(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the dispenser signs the dispense.

    Given a dispense, when its bytes are looked at, then they are a signed document of type dispense
    whose signature verifies, made by the person the document names as provider.
    """
    call = dispenses(traffic)[0]
    problem = call.signature_problem()
    expect.that(
        problem is None,
        title="The dispense carries no signature that holds",
        expected="a signed document (JWS) by a professional of the health root",
        observed=problem or "a signature that verifies",
        pointer="document",
        reply=call.reply,
        fix="Sign the dispense with the certificate of the pharmacist, as in docs/wire.md.",
        fix_fa="سند تحویل را با گواهی داروساز امضا کنید.",
    )
    provider = f"{call.find('/provider/councilKind')}-{call.find('/provider/councilNumber')}"
    expect.that(
        call.signer == provider,
        title="Another person signed than the document names",
        expected=f"signer {provider}",
        observed=f"signer {call.signer or 'unknown'}",
        pointer="/provider/councilNumber",
        reply=call.reply,
        fix="The person who delivers signs.",
        fix_fa="همان کسی که تحویل می‌دهد باید امضا کند.",
    )
    header = call.protected
    expect.that(
        header.get("cty") == "application/erx.dispense+json;v=1"
        and header.get("jti") == call.find("/documentId"),
        title="The protected header does not belong to this document",
        expected="cty of a dispense, jti equal to documentId",
        observed=f"cty {str(header.get('cty'))[:60]}, jti {str(header.get('jti'))[:40]}",
        pointer="document",
        reply=call.reply,
        fix="Set cty and jti for each document.",
        fix_fa="cty و jti را برای هر سند درست مقدار دهید.",
    )


@conformance_case(
    "TC-PHA-OBS-HID-001",
    verifies=("ERX-9-2-6-B",),
    role=ROLE,
    scenario=SCENARIO,
    rulings=("RUL-001",),
    title_fa="وجود شباد در سند تحویل",
)
def tc_dispense_carries_the_hid(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the registered dispense carries the HID.

    Given a prescription with a HID, when the IUT registers the dispense, then the document carries
    a HID, and it is one the IUT had validated.
    """
    call = dispenses(traffic)[0]
    hid = call.find("/hid")
    expect.that(
        isinstance(hid, str) and hid != "",
        title="The dispense carries no HID",
        expected="/hid in the signed document",
        observed="nothing there" if not isinstance(hid, str) else "an empty text",
        pointer="/hid",
        reply=call.reply,
        fix="Carry the HID of the visit over into the dispense.",
        fix_fa="شباد مراجعه را در سند تحویل بیاورید.",
    )


@conformance_case(
    "TC-PHA-OBS-RULES-002",
    verifies=("ERX-9-2-6-C", "ERX-9-1-4-F"),
    role=ROLE,
    scenario=SCENARIO,
    rulings=("RUL-006",),
    title_fa="انتقال کدهای رهگیری قواعد",
)
def tc_rule_results_are_carried(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the results of the rule service are registered with the dispense.

    Given an evaluation before the service, when the IUT registers the dispense, then the document
    carries the evaluation, the whole tracking id and the tracking id of every approved item.
    """
    call = dispenses(traffic)[0]
    evaluations = rule_evaluations(traffic, call)
    last = evaluations[-1] if evaluations else None
    if last is None:
        traffic.required("insurance_rules", "evaluateUnified")
    expected: dict[str, object] = {}
    if last is not None:
        expected["/rules/evaluationId"] = last.reply.find("/evaluationId")
        if last.reply.find("/wholeTrackingId"):
            expected["/rules/wholeTrackingId"] = last.reply.find("/wholeTrackingId")
        answered = last.reply.find("/items")
        rows = answered if isinstance(answered, list) else []
        given = {r.get("itemId"): r.get("trackingId") for r in rows if isinstance(r, dict)}
        for place, item in enumerate(call.items()):
            if given.get(item.get("itemId")):
                expected[f"/items/{place}/ruleTrackingId"] = given[item.get("itemId")]
    missing = [pointer for pointer, value in expected.items() if call.find(pointer) != value]
    expect.that(
        last is not None and not missing,
        title="Results of the rule service are missing in the dispense",
        expected=f"{len(expected)} values of the evaluation, unchanged",
        observed=_carried(missing, answered=last is not None),
        pointer=missing[0] if missing else "/rules",
        reply=call.reply,
        fix="Keep the ids of the evaluation and write them into the document.",
        fix_fa="کدهای رهگیری تحلیل قواعد را در سند تحویل بنویسید.",
    )


def _carried(missing: list[str], *, answered: bool) -> str:
    if not answered:
        return "no answered evaluation"
    return f"missing or changed: {', '.join(missing)}" if missing else "all carried"


@conformance_case(
    "TC-PHA-OBS-COST-001",
    verifies=("ERX-7-10-F",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="جمع سهم‌ها برابر هزینهٔ کل",
)
def tc_shares_add_up(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the shares of the payers add up, per item and in all.

    Given a dispense, when its amounts are added, then insurer's and patient's share give the total
    of each item, and the items give the whole, rial by rial.
    """
    call = dispenses(traffic)[0]
    rows = [_amounts(call.find(f"/items/{n}/cost")) for n, _ in enumerate(call.items())]
    head = _amounts(call.find("/cost"))
    wrong = [n for n, row in enumerate(rows) if row is None or row[1] + row[2] != row[0]]
    expect.that(
        rows and not wrong,
        title="The shares of an item do not add up to its cost",
        expected="insurerShare + patientShare = total, for each item",
        observed=f"item {wrong[0]}: {rows[wrong[0]]}" if wrong else f"{len(rows)} items",
        pointer=f"/items/{wrong[0]}/cost" if wrong else "/items",
        reply=call.reply,
        fix="Round the insurer's share, give the rest to the patient.",
        fix_fa="سهم بیمه را گرد کنید و باقی‌مانده را سهم بیمار بگیرید.",
    )
    sums = tuple(sum(row[place] for row in rows if row) for place in range(3))
    expect.that(
        head is not None and head == sums and head[1] + head[2] == head[0],
        title="The cost of the dispense is not the sum of its parts",
        expected=f"total, insurer, patient = {sums} rial",
        observed=f"{head} rial" if head else "no cost",
        pointer="/cost",
        reply=call.reply,
        fix="Add up the items; do not round the sum again.",
        fix_fa="جمع اقلام را بدون گردکردن دوباره بنویسید.",
    )


def _amounts(value: object) -> tuple[int, int, int] | None:
    if not isinstance(value, dict):
        return None
    found = tuple(whole(value.get(name)) for name in SHARES)
    total, insurer, patient = found
    if total is None or insurer is None or patient is None:
        return None
    return total, insurer, patient


@conformance_case(
    "TC-PHA-OBS-COST-002",
    verifies=("ERX-7-10-C",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="محاسبهٔ برخط سهم‌ها هنگام تحویل",
)
def tc_split_is_calculated_online(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the split is calculated online when the goods are delivered.

    Given items to deliver, when the IUT registers the dispense, then the amounts in the document
    are those an online calculation (price or rule service) gave before.
    """
    call = dispenses(traffic)[0]
    stated = _amounts(call.find("/cost"))
    told = [_amounts(c.reply.json) for c in answered_before(traffic, call, "purchaser", "price")]
    told += [
        _amounts(c.reply.find("/cost"))
        for name in ("evaluateUnified", "evaluateRules")
        for c in answered_before(traffic, call, "insurance_rules", name)
    ]
    expect.that(
        stated is not None and stated in told,
        title="The split was not calculated online",
        expected="amounts that price or a rule evaluation answered before the dispense",
        observed=f"{stated}, online answers: {told}"[:300],
        pointer="/cost",
        reply=call.reply,
        fix="Ask for the split after quantities and products are decided; write it unchanged.",
        fix_fa="سهم‌ها را برخط استعلام کنید و همان را بنویسید.",
    )


@conformance_case(
    "TC-PHA-OBS-TIME-001",
    verifies=("ERX-7-7-B", "ERX-7-7-C", "ERX-7-7-D"),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="زمان‌ها با ثانیه و اختلاف ساعت",
)
def tc_times_carry_seconds_and_offset(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the times of the dispense are told to the second, with offset.

    Given a dispense, when its times are read, then dispensing, start and end of the service are
    date and time with seconds and the offset from UTC.
    """
    call = dispenses(traffic)[0]
    for requirement, pointer in (
        ("ERX-7-7-B", "/dispensedAt"),
        ("ERX-7-7-C", "/startedAt"),
        ("ERX-7-7-D", "/endedAt"),
    ):
        value = call.find(pointer)
        expect.that(
            isinstance(value, str) and re.fullmatch(INSTANT, value, re.ASCII),
            title=f"{pointer} is not a time to the second with offset",
            expected="for example 2026-11-21T10:15:30+03:30",
            observed=str(value)[:60],
            pointer=pointer,
            reply=call.reply,
            requirement=requirement,
            fix="Write RFC 3339 with seconds and offset.",
            fix_fa="زمان را با ثانیه و اختلاف ساعت بنویسید.",
        )


@conformance_case(
    "TC-PHA-OBS-TIME-002",
    verifies=("ERX-7-7-E",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="سازگاری زمان‌ها و ساعت برنامه",
)
def tc_times_are_coherent(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the times of the dispense are coherent and the clock of the IUT is right.

    Given a dispense, when its times are compared with each other and with the laboratory's clock,
    then the end is not before the start, and none lies more than five minutes in the future.
    """
    call = dispenses(traffic)[0]
    moments = {pointer: _instant(call.find(pointer)) for pointer in TIMES}
    start, end = moments["/startedAt"], moments["/endedAt"]
    expect.that(
        start is not None and end is not None and start <= end,
        title="The service ends before it starts",
        expected="/startedAt not after /endedAt",
        observed=f"{call.find('/startedAt')} .. {call.find('/endedAt')}"[:120],
        pointer="/endedAt",
        reply=call.reply,
        fix="Record start and end of the service as they happen.",
        fix_fa="آغاز و پایان خدمت را هنگام رخداد ثبت کنید.",
    )
    off = [p for p, m in moments.items() if m is None or m - call.at > TOLERANCE]
    expect.that(
        not off,
        title="A time lies in the future or cannot be read",
        expected=f"no time later than {call.at:%H:%M:%S} UTC plus five minutes",
        observed=", ".join(f"{p} {str(call.find(p))[:40]}" for p in off) or "none",
        pointer=off[0] if off else "/issuedAt",
        reply=call.reply,
        fix="Set the clock by NTP.",
        fix_fa="ساعت رایانه را با NTP تنظیم کنید.",
    )


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


@conformance_case(
    "TC-PHA-OBS-QUANTITY-001",
    verifies=("ERX-9-2-6-D",),
    role=ROLE,
    selected_if="pharmacy.partial",
    scenario="partial-dispense",
    title_fa="تجاوز نکردن از مانده در تحویل بخشی",
)
def tc_partial_quantity_stays_within_the_remainder(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT never dispenses more than remains.

    Given a prescription of which part is wanted, when the IUT prepares the dispense, then every
    quantity is between one and what the exchange said remains.
    """
    _within_remainder(traffic, expect)


@conformance_case(
    "TC-PHA-OBS-QUANTITY-002",
    verifies=("ERX-9-2-6-D",),
    role=ROLE,
    scenario=SCENARIO,
    title_fa="تجاوز نکردن از مانده در تحویل کامل",
)
def tc_full_quantity_stays_within_the_remainder(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT does not exceed the prescription when it dispenses in full.

    Given a prescription that is dispensed in full, when the IUT prepares the dispense, then no
    quantity is greater than what the exchange said remains.
    """
    _within_remainder(traffic, expect)


def _within_remainder(traffic: Traffic, expect: Expect) -> None:
    call = dispenses(traffic)[0]
    known = answered_before(traffic, call, "purchaser", "leasePrescription")
    pointer = "/prescription/items"
    if not known:
        known, pointer = (
            answered_before(traffic, call, "purchaser", "queryPrescriptions"),
            "/content/items",
        )
    rows = known[-1].reply.find(pointer) if known else []
    remaining = {
        row.get("itemId"): whole(row.get("remaining"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    }
    wrong = [
        (place, item.get("quantity"), remaining.get(item.get("itemId")))
        for place, item in enumerate(call.items())
        if not 1 <= (whole(item.get("quantity")) or 0) <= (remaining.get(item.get("itemId")) or 0)
    ]
    expect.that(
        call.items() and not wrong,
        title="More is dispensed than remains",
        expected="1 <= quantity <= remaining, for every item",
        observed="; ".join(f"item {p}: {q} of {r} remaining" for p, q, r in wrong) or "no items",
        pointer=f"/items/{wrong[0][0]}/quantity" if wrong else "/items",
        reply=call.reply,
        fix="Take the remaining quantity from the lease and never exceed it.",
        fix_fa="مقدار مانده را از رزرو بردارید و از آن تجاوز نکنید.",
    )
