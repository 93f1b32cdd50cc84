"""Clause 9-1-7: registration of a delivered service, for example the visit itself."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case, payload_drop
from suites import journeys


@conformance_case(
    "TC-PUR-WF-P7-001",
    verifies=("ERX-9-1-7-B", "RM-INS-RECEIPT"),
    role="purchaser_system",
    title_fa="ثبت خدمت و صورت‌حساب آن",
)
def tc_service_record_makes_a_claim(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT makes a claim with both shares from a registered service.

    Given a delivered visit, when its record is registered, then the IUT answers 201 with a claim
    whose shares are those of the record.
    """
    payload = journeys.service_payload(sut, data)

    reply = journeys.send_service(sut, payload, "stimulus: register service")

    expect.status(
        reply,
        201,
        fix="Answer a registered service with 201 and its claim.",
        fix_fa="پاسخ ثبت خدمت باید ۲۰۱ باشد.",
    )
    expect.schema(reply, requirement="RM-INS-RECEIPT")
    for member in ("total", "insurerShare", "patientShare"):
        expect.field(
            reply,
            f"/{member}",
            equals=payload["cost"][member],
            fix="Claim exactly what was registered.",
            fix_fa="مبالغ صورت‌حساب باید همان مبالغ ثبت‌شده باشد.",
        )


@conformance_case(
    "TC-PUR-WF-P7-002",
    verifies=("ERX-9-2-6-B", "ERX-9-2-9-N1"),
    role="purchaser_system",
    rulings=("RUL-001",),
    title_fa="رد خدمت بدون شباد",
)
def tc_service_without_hid_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a service record without HID.

    Given a delivered visit, when its record lacks the HID, then the IUT refuses it by schema, and
    the same record with the HID is still taken.
    """
    payload = journeys.service_payload(sut, data)

    reply = sut.call(
        "registerServiceRecord",
        document=("service-record", payload, "dr01"),
        caller=journeys.OFFICE,
        mutate=payload_drop("/hid"),
        step="stimulus: register without HID",
    )

    expect.problem(
        reply,
        status=422,
        code="SCHEMA_VIOLATION",
        fix="Demand the HID on every registered service.",
        fix_fa="ثبت خدمت بدون شباد را نپذیرید.",
    )
    expect.status(
        journeys.send_service(sut, payload, "control: with HID"),
        201,
        title="a refused record blocks the right one",
        fix="A refused document leaves no trace.",
    )


@conformance_case(
    "TC-PUR-WF-P7-003",
    verifies=("ERX-7-10-F", "ERX-9-1-7-B"),
    role="purchaser_system",
    title_fa="رد سهم‌های ناجور",
)
def tc_shares_that_do_not_add_up_are_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a service record whose shares do not add up to the total.

    Given a delivered visit, when the record claims one rial more for the patient than the total
    allows, then the IUT refuses it, and the month's statement does not grow.
    """
    payload = journeys.service_payload(sut, data)
    wrong = {
        **payload,
        "cost": {**payload["cost"], "patientShare": payload["cost"]["patientShare"] + 1},
    }

    reply = journeys.send_service(sut, wrong, "stimulus: register wrong shares")

    expect.problem(
        reply,
        status=422,
        code="COST_MISMATCH",
        fix="Compare total and shares of the record with your own split.",
        fix_fa="جمع سهم‌ها باید برابر کل باشد؛ در غیر این صورت رد کنید.",
    )
    control = journeys.send_service(sut, payload, "control: right shares")
    expect.status(control, 201, fix="A refused document leaves no trace.")
