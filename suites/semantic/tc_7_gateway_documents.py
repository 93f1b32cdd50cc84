"""Clause 7 at the gateway: every datum of a document arrives, and its lack is refused by name.

One row per requirement. A document with the datum missing or wrong goes first, in every way the row
names; then the whole document, which has to be accepted and be read back as it was signed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.kit import Expect, Sut, SyntheticData, conformance_case, look_up, same_json, shown
from lab.kit.reply import MISSING
from suites import gateway_journeys as through
from suites import journeys
from suites.gateway_journeys import Amiss
from suites.journeys import PHARMACY

FOREIGN = "00000000-0000-4000-8000-000000000000"
NOBODY_CODED = {"system": "urn:ir:maksa:specialty-synthetic", "code": "x", "display": "x"}


@dataclass(frozen=True)
class Datum:
    """A datum of a document: where it stands and in which ways it can be amiss.

    `told` are members of the record's event that show the same.
    """

    number: str
    requirement: str
    name: str
    title_fa: str
    pointers: tuple[str, ...]
    amiss: tuple[Amiss, ...]
    told: tuple[str, ...] = ()


def _lacks(*pointers: str) -> tuple[Amiss, ...]:
    return tuple(Amiss(pointer) for pointer in pointers)


PRESCRIPTION = (
    Datum(
        "001", "ERX-7-2-A", "the name of the patient", "نام و نام خانوادگی بیمار",
        ("/patient/givenName", "/patient/familyName"),
        _lacks("/patient/givenName", "/patient/familyName"),
    ),
    Datum(
        "002", "ERX-7-2-B", "the date of birth of the patient", "تاریخ تولد بیمار",
        ("/patient/birthDate",),
        (Amiss("/patient/birthDate"), Amiss("/patient/birthDate", "1345")),
    ),
    Datum(
        "003", "ERX-7-2-C", "the sex of the patient", "جنسیت بیمار",
        ("/patient/sex",),
        (Amiss("/patient/sex"), Amiss("/patient/sex", "male")),
    ),
    Datum(
        "004", "ERX-7-2-D", "the telephone of the patient", "اطلاعات تماس بیمار",
        ("/patient/phone",),
        (Amiss("/patient/phone"), Amiss("/patient/phone", "none")),
    ),
    Datum(
        "005", "ERX-7-3-A", "the name of the prescriber", "نام و نام خانوادگی تجویزگر",
        ("/prescriber/givenName", "/prescriber/familyName"),
        _lacks("/prescriber/givenName", "/prescriber/familyName"),
    ),
    Datum(
        "006", "ERX-7-3-B", "the council number of the prescriber", "شمارهٔ نظام پزشکی تجویزگر",
        ("/prescriber/councilKind", "/prescriber/councilNumber"),
        (
            Amiss("/prescriber/councilNumber"),
            Amiss("/prescriber/councilNumber", "none"),
            Amiss("/prescriber/councilNumber", "990002", "DOCUMENT_SIGNER_MISMATCH", 403, "990002"),
        ),
    ),
    Datum(
        "007", "ERX-7-3-C", "the specialty of the prescriber", "تخصص تجویزگر",
        ("/prescriber/specialty",),
        (
            Amiss("/prescriber/specialty"),
            Amiss("/prescriber/specialty", "general"),
            Amiss("/prescriber/specialty", NOBODY_CODED, "CODE_UNKNOWN"),
        ),
    ),
    Datum(
        "008", "ERX-7-3-D", "the telephone of the prescriber", "اطلاعات تماس تجویزگر",
        ("/prescriber/phone",),
        _lacks("/prescriber/phone"),
    ),
    Datum(
        "009", "ERX-7-4-A", "the SIAM id of the centre", "شناسهٔ سیام مرکز",
        ("/centre/siamId",),
        (
            Amiss("/centre/siamId"),
            Amiss("/centre/siamId", "12345"),
            Amiss("/centre/siamId", FOREIGN, "SEAL_CENTRE_MISMATCH", 403),
        ),
    ),
    Datum(
        "010", "ERX-7-6-B", "type and amount of an item", "نوع و میزان خدمت",
        ("/items/0/code", "/items/0/quantity"),
        (
            Amiss("/items/0/quantity"),
            Amiss("/items/0/quantity", "30"),
            Amiss("/items/0/code/system"),
            Amiss("/items/0/code", "losartan"),
        ),
    ),
    Datum(
        "011", "ERX-7-7-A", "the time of prescribing to the second", "زمان نسخه‌نویسی تا ثانیه",
        ("/issuedAt",),
        (
            Amiss("/issuedAt"),
            Amiss("/issuedAt", "2026-11-21"),
            Amiss("/issuedAt", "2026-11-21T10:15+03:30"),
        ),
    ),
    Datum(
        "012", "ERX-7-1-D", "the type of the patient's identifier", "نوع شناسهٔ بیمار",
        ("/patient/id/type", "/patient/id/value"),
        (
            Amiss("/patient/id/type", said="/patient/id"),
            Amiss("/patient/id/type", "FIDA", said="/patient/id"),
            Amiss("/patient/id", "9900000013"),
        ),
    ),
    Datum(
        "013", "ERX-7-5-A", "the user id", "شناسهٔ کاربری",
        ("/userId",),
        (Amiss("/userId"), Amiss("/userId", "dr01")),
    ),
    Datum(
        "014", "ERX-7-10-N1-B", "the software id", "شناسهٔ نرم‌افزار",
        ("/softwareId",),
        (Amiss("/softwareId"), Amiss("/softwareId", "2.1")),
    ),
)  # fmt: skip

DISPENSE = (
    Datum(
        "021", "ERX-7-7-B", "the time of dispensing to the second", "زمان نسخه‌پیچی تا ثانیه",
        ("/dispensedAt",),
        (Amiss("/dispensedAt"), Amiss("/dispensedAt", "2026-11-21T10:15+03:30")),
    ),
    Datum(
        "022", "ERX-7-7-C", "the start of the service", "زمان شروع خدمت",
        ("/startedAt",),
        (Amiss("/startedAt"), Amiss("/startedAt", "10:15:30")),
        ("startedAt",),
    ),
    Datum(
        "023", "ERX-7-7-D", "the end of the service", "زمان پایان خدمت",
        ("/endedAt",),
        (Amiss("/endedAt"), Amiss("/endedAt", "10:15:30")),
        ("endedAt",),
    ),
    Datum(
        "024", "ERX-7-7-E", "coherent times", "هم‌خوانی زمان‌ها",
        ("/startedAt", "/endedAt", "/dispensedAt"),
        (
            Amiss("/endedAt", "2020-01-01T00:00:00+03:30"),
            Amiss("/dispensedAt", "2020-01-01T00:00:00+03:30"),
            Amiss("/dispensedAt", "2099-01-01T00:00:00+03:30"),
        ),
        ("startedAt", "endedAt"),
    ),
    Datum(
        "025", "ERX-7-8-A", "the id of the payment", "شناسهٔ پرداخت",
        ("/payment/paymentId",),
        (Amiss("/payment"), Amiss("/payment/paymentId"), Amiss("/payment/paymentId", "")),
    ),
    Datum(
        "026", "ERX-7-9-A", "the fiscal terminal", "شناسهٔ پایانهٔ فروشگاهی",
        ("/payment/terminalId",),
        (Amiss("/payment/terminalId"), Amiss("/payment/terminalId", "POS")),
    ),
    Datum(
        "027", "ERX-7-10-A", "the share of every payer", "سهم هر پرداخت‌کننده",
        ("/cost", "/items/0/cost"),
        _lacks("/cost/patientShare", "/cost/insurerShare", "/items/0/cost/patientShare"),
        ("cost",),
    ),
    Datum(
        "028", "ERX-7-10-F", "shares that add up", "برابری جمع سهم‌ها با کل",
        ("/cost", "/items/0/cost"),
        (
            Amiss("/cost/patientShare", 1, "COST_MISMATCH", said="cost"),
            Amiss("/cost/total", 1, "COST_MISMATCH", said="cost"),
            Amiss("/items/0/cost/insurerShare", 1, "COST_MISMATCH", said="cost"),
        ),
        ("cost",),
    ),
)  # fmt: skip


def tc_gateway_prescription_datum(
    sut: Sut, data: SyntheticData, expect: Expect, datum: Datum
) -> None:
    """Ensure that the IUT carries a datum of a prescription and the refusal of its lack.

    Given a visit, when its prescription comes with the datum missing or wrong, then every one is
    refused with code and place and none is kept; the whole one is registered and read back alike.
    """
    payload = journeys.draft(sut, data)

    for wrong in datum.amiss:
        through.expect_refused(expect, through.submit_amiss(sut, data, payload, wrong), wrong)
    through.expect_nothing(sut, expect, payload["hid"])

    made = journeys.submit(sut, payload, "stimulus: the whole prescription")
    expect.status(
        made,
        201,
        fix="Hand a good document on as it is.",
        fix_fa="سند درست را بی‌تغییر برسانید.",
    )
    shown_back = journeys.read(sut, journeys.Registered(payload, made, "P01"))
    for pointer in datum.pointers:
        through.expect_unchanged(expect, shown_back, payload, pointer)


def tc_gateway_dispense_datum(sut: Sut, data: SyntheticData, expect: Expect, datum: Datum) -> None:
    """Ensure that the IUT carries a datum of a dispense and the refusal of its lack.

    Given a leased prescription, when its dispense comes with the datum missing or wrong, then every
    one is refused with code and place and nothing is given; the whole one is prepared, and the
    record has its copy as it was signed.
    """
    rx = journeys.register(sut, data)
    counter = through.at_the_counter(sut, data, rx)

    for wrong in datum.amiss:
        through.expect_refused(expect, counter.send_amiss(sut, data, wrong), wrong)
    untouched = journeys.read(sut, rx, step="observation: nothing was given")
    expect.field(
        untouched,
        "/dispenses",
        equals=[],
        title="a refused dispense left a trace",
        fix="Forward nothing that was refused, and keep nothing of it.",
        fix_fa="از سند ردشده هیچ اثری باقی نگذارید.",
    )

    made = counter.send(sut, "stimulus: the whole dispense")
    expect.status(made, 201, fix="Hand a good document on as it is.")
    copied = through.copied(sut, made, PHARMACY, "observation: is the copy in the record?")
    event = through.event_of(
        through.history(sut, data, rx, "observation: history"), counter.payload["documentId"]
    )
    entry = through.entry(sut, event, rx.hid, "observation: the copy in the record")
    copy = through.signed_in(entry)
    wanted = {one: look_up(counter.payload, one) for one in datum.pointers}
    found = {one: MISSING if copy is MISSING else look_up(copy, one) for one in datum.pointers}
    told = {one: event.get(one) for one in datum.told}
    expect.that(
        copied.waits
        or (
            all(same_json(found[one] or None, wanted[one] or None) for one in wanted)
            and all(same_json(told[one], counter.payload[one]) for one in told)
        ),
        title=f"{datum.name} does not reach the record as it was signed",
        expected=f"{shown(wanted)} in the document, {', '.join(told) or 'nothing'} in its event",
        observed=f"{shown(found)}, {shown(told)}",
        pointer="/document/payload",
        reply=entry,
        fix="Copy accepted documents for the record as they were signed, dispenses as well.",
        fix_fa="هر سند پذیرفته‌شده، از جمله نسخه‌پیچی، را همان‌گونه به پرونده بفرستید.",
    )


def _register() -> None:
    for datum in PRESCRIPTION:
        conformance_case(
            f"TC-GTW-SEM-DATA-{datum.number}",
            verifies=(datum.requirement,),
            role="gateway",
            title=f"prescription carries {datum.name}",
            title_fa=f"نسخه از درگاه: {datum.title_fa}",
            given={"datum": datum},
            purpose=(
                f"Ensure that the IUT carries {datum.name} of a prescription unchanged and the "
                "refusal of its lack by name."
            ),
        )(tc_gateway_prescription_datum)
    for datum in DISPENSE:
        conformance_case(
            f"TC-GTW-SEM-DATA-{datum.number}",
            verifies=(datum.requirement,),
            role="gateway",
            title=f"dispense carries {datum.name}",
            title_fa=f"نسخه‌پیچی از درگاه: {datum.title_fa}",
            given={"datum": datum},
            purpose=(
                f"Ensure that the IUT carries {datum.name} of a dispense unchanged to service and "
                "record, and the refusal of its lack by name."
            ),
        )(tc_gateway_dispense_datum)


_register()
