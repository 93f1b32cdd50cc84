"""Clause 8-8 at the purchaser: what insurers tell the national database decides the next answer."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys import PHARMACY
from suites.journeys_further import HOSPITAL
from suites.messages.eligibility import INSURER, cover, sequence
from suites.oracles.pricing import split_item

ROLE = "purchaser_system"
FOREIGNER = "F02"
INSURED = {"P01": "1", "P02": "2", "P03": "3"}
"""Persons of the world and the base insurer whose HID they get."""


def _reported(sut: Sut, update: JsonValue, step: str) -> None:
    """Report a cover to the national database as insurer 1."""
    sut.environment(
        "eligibility", "uploadCovers", body={"updates": [update]}, caller=INSURER, step=step
    ).required("/accepted")


def _price(sut: Sut, data: SyntheticData, person: str, step: str) -> Reply:
    price = data.product(journeys.DRUG).reference_price
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, price)], person=person)
    return sut.call("price", body=body, caller=PHARMACY, step=step)


@conformance_case(
    "TC-PUR-WF-COVER-001",
    verifies=("ERX-8-8-D", "ERX-A1-5-1"),
    role=ROLE,
    rulings=("RUL-059",),
    title_fa="پوشش اعلام‌شده، تغییریافته و پایان‌یافته",
)
def tc_price_follows_the_reports_of_insurers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT prices by what insurers told the national database last.

    Given an uninsured foreign national, when insurer 1 reports a cover, moves it to a period that
    is over, renews it and ends it, then the insurer pays after the first and the third report and
    nothing after the second and the fourth.
    """
    price = data.product(journeys.DRUG).reference_price
    part = split_item(quantity=30, unit_price=price, reference_price=price, patient_percent=30)
    person = data.person_id(FOREIGNER)
    over = {"validFrom": data.day(-20), "validUntil": data.day(-1)}
    steps: tuple[tuple[str, dict[str, JsonValue], int], ...] = (
        ("enrolled", {}, part.insurer),
        ("changed", over, 0),
        ("renewed", {}, part.insurer),
        ("ended", {"ended": True}, 0),
    )

    fix = "Ask the national database for every price; an own copy of covers is always too old."
    fix_fa = "هر بار پوشش را از پایگاه بیمه‌شدگان بپرسید؛ رونوشت خودی همیشه کهنه است."
    for number, (name, changes, share) in enumerate(steps):
        update = cover(data, person, sequence=sequence(data, number), **changes)
        _reported(sut, update, f"environment: {name}")
        reply = _price(sut, data, FOREIGNER, f"stimulus: price when {name}")
        expect.field(reply, "/insurerShare", equals=share, fix=fix, fix_fa=fix_fa)
        expect.field(
            reply,
            "/patientShare",
            equals=part.total - share,
            requirement="ERX-A1-5-1",
            fix=fix,
            fix_fa=fix_fa,
        )


@conformance_case(
    "TC-PUR-WF-COVER-002",
    verifies=("ERX-A1-5-1",),
    role=ROLE,
    title_fa="همهٔ بیمه‌گران پایه، سرپایی و بستری",
)
def tc_every_insurer_in_both_admissions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT reaches the covers of every base insurer for outpatients and inpatients.

    Given a person of each base insurer, when one is registered as outpatient and one is admitted to
    a hospital under the HID of that insurer, then both are taken; without cover no stay is opened.
    """
    fix = "Ask the national database whoever the insurer is and wherever the visit takes place."
    fix_fa = "برای هر بیمه‌گر و هر نوع پذیرش از پایگاه بیمه‌شدگان بپرسید."
    for person in INSURED:
        payload = journeys.draft(sut, data, f"outpatient {person}", person=person)
        outpatient = journeys.submit(sut, payload, f"stimulus: outpatient {person}")
        visit = journeys.new_hid(sut, data, person, HOSPITAL)
        body = {"hid": visit, "kind": "admitted", "at": data.instant()}
        inpatient = sut.call(
            "openStay", body=body, caller=HOSPITAL, step=f"stimulus: inpatient {person}"
        )
        expect.status(outpatient, 201, fix=fix, fix_fa=fix_fa)
        expect.field(inpatient, "/state", equals="admitted", fix=fix, fix_fa=fix_fa)

    free = journeys.new_hid(sut, data, "P16", HOSPITAL)
    body = {"hid": free, "kind": "admitted", "at": data.instant()}
    refused = sut.call("openStay", body=body, caller=HOSPITAL, step="stimulus: without cover")
    expect.problem(refused, status=422, code="PATIENT_NOT_COVERED", fix=fix, fix_fa=fix_fa)
