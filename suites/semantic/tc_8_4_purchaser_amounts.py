"""What a purchaser computes and takes: shares, covers, codes and payments."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites.journeys import OFFICE, PHARMACY
from suites.journeys_insurers import cost_of
from suites.oracles.pricing import split_item

ROLE = "purchaser_system"
OTHER_INSURER = "40"
MONEY = ("total", "insurerShare", "patientShare")


@conformance_case(
    "TC-PUR-SEM-CLAUSE-006",
    verifies=("ERX-7-10-B", "RM-CIT-RX-D", "RM-EHR-COST"),
    role=ROLE,
    title_fa="سهم هر قلم هنگام تجویز",
)
def tc_split_at_prescribing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT calculates the split online for every item when a doctor asks.

    Given two medicines at odd prices, when the office asks for the split before prescribing, then
    every item and the sum are those of the oracle, half a rial rounded up.
    """
    rows = [("1", "99041", 1, 335), ("2", journeys.DRUG, 3, 1_499)]
    parts = [
        split_item(
            quantity=count,
            unit_price=price,
            reference_price=data.product(code).reference_price,
            patient_percent=int(load_pack().tariffs["patientPercent"]["outpatient"]),
        )
        for _, code, count, price in rows
    ]

    reply = sut.call(
        "price",
        body=journeys.price_body(data, rows, kind="office"),
        caller=OFFICE,
        step="stimulus: price",
    )

    for place, part in enumerate(parts):
        for name, amount in cost_of(part).items():
            expect.field(
                reply,
                f"/items/{place}/{name}",
                equals=amount,
                fix="Round the patient's share half up, per item.",
                fix_fa="سهم بیمار را برای هر قلم رو به بالا گرد کنید.",
            )


@conformance_case(
    "TC-PUR-SEM-CLAUSE-007",
    verifies=("ERX-A1-9-20", "RM-P4-A"),
    role=ROLE,
    title_fa="تنها کدگذاری مصوب",
)
def tc_one_reference_model_of_codes(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes medicines of the approved coding only.

    Given a prescription with a code the coding authority never published, when it is registered,
    then it is refused; the same with a published code is registered and keeps its codes.
    """
    hid = journeys.new_hid(sut, data)
    payload = journeys.draft(sut, data, "unknown", hid=hid)
    item = payload["items"][0]
    strange = {**item, "code": {**item["code"], "code": "99899"}}

    refused = journeys.submit(sut, {**payload, "items": [strange]}, "stimulus: unknown code")
    taken = journeys.register(sut, data, "published", hid=hid, step="stimulus: published code")
    shown = journeys.read(sut, taken)

    expect.problem(refused, status=422, code="CODE_UNKNOWN")
    expect.field(
        shown,
        "/document/items/0/code/code",
        equals=taken.payload["items"][0]["code"]["code"],
        fix="Return coded items as they were registered.",
    )


@conformance_case(
    "TC-PUR-SEM-CLAUSE-008",
    verifies=("ERX-8-8-D", "ERX-A1-10-5", "ERX-A1-5-1"),
    role=ROLE,
    title_fa="پوشش از پایگاه بیمه‌شدگان",
)
def tc_cover_from_the_national_database(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shares costs by the covers the national database holds today.

    Given a person in cover, one whose cover ended yesterday and one without any, when the same
    medicine is priced, then the insurer pays for the first alone.
    """
    price = data.product(journeys.DRUG).reference_price
    for person, percent in (("P01", 30), ("P14", 100), ("U01", 100)):
        part = split_item(
            quantity=30, unit_price=price, reference_price=price, patient_percent=percent
        )
        reply = sut.call(
            "price",
            body=journeys.price_body(data, [("1", journeys.DRUG, 30, price)], person=person),
            caller=PHARMACY,
            step=f"stimulus: price for {person}",
        )
        expect.field(
            reply,
            "/insurerShare",
            equals=part.insurer,
            fix="Ask eligibility for the covers of the day, never keep them.",
            fix_fa="پوشش روز را هر بار از پایگاه استحقاق‌سنجی بپرسید.",
        )


@conformance_case(
    "TC-PUR-SEM-CLAUSE-012",
    verifies=("ERX-7-8-A",),
    role=ROLE,
    title_fa="شناسهٔ پرداخت الکترونیک",
)
def tc_payment_id_is_carried(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a paid service with its electronic payment id, and none without.

    Given a visit, when its record lacks the payment, then it is refused and leaves no claim; when
    the record carries the payment id, then it is taken.
    """
    hid = journeys.new_hid(sut, data)
    paid = journeys.service_payload(sut, data, "paid", hid=hid)
    bare = {name: value for name, value in paid.items() if name != "payment"}

    refused = journeys.send_service(sut, bare, "stimulus: no payment id")
    taken = journeys.send_service(sut, paid, "stimulus: payment id")

    expect.problem(refused, status=422, code="SCHEMA_VIOLATION")
    expect.status(taken, 201, fix="Take the service with its payment.")
