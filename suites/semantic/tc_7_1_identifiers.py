"""Clause 7-1 and its notes: identifiers of persons."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.oracles.identifiers import with_wrong_check_digit
from suites.oracles.text import persian_digits


def _search(sut: Sut, patient: JsonValue, step: str) -> Reply:
    body = {"patient": patient}
    return sut.call("queryPrescriptions", body=body, caller=journeys.PHARMACY, step=step)


def _price_for(sut: Sut, data: SyntheticData, patient: JsonValue, step: str) -> Reply:
    body = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])
    return sut.call("price", body={**body, "patient": patient}, caller=journeys.PHARMACY, step=step)


def _opens(sut: Sut, patient: JsonValue, rx: journeys.Registered, step: str) -> Reply:
    body = {"patient": patient, "shortCode": rx.short_code}
    return sut.call("queryPrescriptions", body=body, caller=journeys.PHARMACY, step=step)


@conformance_case(
    "TC-PUR-SEM-ID-001",
    verifies=("ERX-7-1-A", "ERX-10-C"),
    role="purchaser_system",
    title_fa="رد کد ملی با رقم کنترل نادرست",
)
def tc_national_code_check_digit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a national code whose check digit is wrong.

    Given the code of an insured person, when its last digit is changed, then the IUT refuses the
    code itself, and the right code is still answered.
    """
    right = data.person("P01").id_value
    wrong = {"type": "NC", "value": with_wrong_check_digit(right)}

    reply = _search(sut, wrong, "stimulus: wrong check digit")

    expect.problem(
        reply,
        status=422,
        code="PATIENT_IDENTIFIER_INVALID",
        fix="Check the tenth digit (mod 11) before looking anybody up.",
        fix_fa="رقم دهم کد ملی را پیش از جست‌وجو بسنجید.",
    )
    expect.control(_search(sut, data.person_id("P01"), "control: right code"), 200)


@conformance_case(
    "TC-PUR-SEM-ID-002",
    verifies=("ERX-7-1-A", "ERX-10-C"),
    role="purchaser_system",
    title_fa="رد کد ملی با ارقام یکسان و کد نُه‌رقمی",
)
def tc_national_code_forms_that_never_exist(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT refuses national codes of one digit repeated or with a digit missing.

    Given codes that no registry issues, when they are sent, then both are refused, the short one
    by schema: a lost zero is never filled in.
    """
    same = _search(sut, {"type": "NC", "value": "1111111111"}, "stimulus: equal digits")
    short = _search(sut, {"type": "NC", "value": "990000001"}, "stimulus: nine digits")

    expect.problem(
        same,
        status=422,
        code="PATIENT_IDENTIFIER_INVALID",
        fix="Refuse codes of one repeated digit; the check digit alone lets them through.",
        fix_fa="کدهای با ارقام یکسان را رد کنید.",
    )
    expect.problem(
        short,
        status=422,
        code=("SCHEMA_VIOLATION", "PATIENT_IDENTIFIER_INVALID"),
        fix="Never pad a national code.",
        fix_fa="کد ملی ناقص را با صفر پر نکنید.",
    )


@conformance_case(
    "TC-PUR-SEM-ID-003",
    verifies=("ERX-7-1-A", "ERX-6-2-A"),
    role="purchaser_system",
    title_fa="کد ملی با ارقام فارسی همان شخص است",
)
def tc_persian_digits_name_the_same_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT finds a person whose national code is written in Persian digits.

    Given a registered prescription, when a pharmacy asks with the same code in Persian digits and
    the short code, then the IUT answers with its content.
    """
    rx = journeys.register(sut, data)
    written = {"type": "NC", "value": persian_digits(data.person("P01").id_value)}

    reply = _opens(sut, written, rx, "stimulus: Persian digits")

    expect.field(
        reply,
        "/content/prescriptionId",
        equals=rx.id,
        fix="Fold Persian and Arabic digits before comparing identifiers.",
        fix_fa="ارقام فارسی و عربی را پیش از مقایسه یکسان کنید.",
    )


@conformance_case(
    "TC-PUR-SEM-ID-004",
    verifies=("ERX-7-1-B", "ERX-7-1-D"),
    role="purchaser_system",
    title_fa="شناسهٔ اتباع دقیقاً دوازده رقم است",
)
def tc_foreign_identifier_has_twelve_digits(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a FIDA of 12 digits and refuses 11 and 13.

    Given a legal foreigner, when the price is asked with the right id and with one digit less and
    more, then only the right one is answered.
    """
    right = data.person("F01").id_value
    short = _price_for(sut, data, {"type": "FIDA", "value": right[:-1]}, "stimulus: 11 digits")
    long = _price_for(sut, data, {"type": "FIDA", "value": right + "4"}, "stimulus: 13 digits")

    for reply in (short, long):
        expect.problem(
            reply,
            status=422,
            code=("SCHEMA_VIOLATION", "PATIENT_IDENTIFIER_INVALID"),
            fix="A FIDA has exactly 12 digits.",
            fix_fa="شناسهٔ فیدا دقیقاً ۱۲ رقم دارد.",
        )
    good = _price_for(sut, data, data.person_id("F01"), "control: 12 digits")
    expect.status(good, 200, fix="Serve authorised foreigners by FIDA.")


@conformance_case(
    "TC-PUR-SEM-ID-005",
    verifies=("ERX-7-1-N3-A", "ERX-7-1-N3-B"),
    role="purchaser_system",
    rulings=("RUL-003",),
    title_fa="دوقلوها و مادر با هم یکی نمی‌شوند",
)
def tc_twins_on_the_mothers_code_stay_apart(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps twins on their mother's code apart from each other and from her.

    Given a prescription for the first twin, when it is asked for with the first twin's id, the
    second twin's and the mother's own, then only the first opens it.
    """
    rx = journeys.register(sut, data, person="NB1")

    first = _opens(sut, data.person_id("NB1"), rx, "stimulus: first twin")
    second = _opens(sut, data.person_id("NB2"), rx, "stimulus: second twin")
    mother = _opens(sut, data.person_id("P27"), rx, "stimulus: mother")

    expect.field(
        first, "/content/prescriptionId", equals=rx.id, fix="Serve newborns on the mother's code."
    )
    for reply in (second, mother):
        expect.that(
            reply.status == HTTPStatus.OK
            and not reply.find("/content")
            and not reply.find("/matches"),
            title="newborn and mother, or twins, are taken for one person",
            expected="an answer without matches",
            observed=reply.summary(),
            pointer="/matches",
            reply=reply,
            fix="Tell persons by type, value, birth order and birth date together.",
            fix_fa="نوع، مقدار، ترتیب و تاریخ تولد را با هم بسنجید.",
        )


@conformance_case(
    "TC-PUR-SEM-ID-006",
    verifies=("ERX-7-1-N4-A",),
    role="purchaser_system",
    title_fa="نوزاد نیروهای مسلح با کد بیمه",
)
def tc_newborn_of_the_armed_forces(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves a newborn of the armed forces by insurance code.

    Given such a newborn, when a prescription is registered under the insurance code and asked for
    with it, then the IUT answers with its content.
    """
    payload = journeys.draft(sut, data, person="AFNB")
    made = journeys.submit(sut, payload, "stimulus: register")
    expect.status(made, 201, fix="Take prescriptions under an insurance code of the armed forces.")
    rx = journeys.Registered(payload, made, "AFNB")

    reply = _opens(sut, data.person_id("AFNB"), rx, "stimulus: query")

    expect.field(
        reply,
        "/content/prescriptionId",
        equals=rx.id,
        fix="Take AF_INS in place of a national code for such newborns.",
        fix_fa="کد بیمهٔ نوزاد نیروهای مسلح را بپذیرید.",
    )


@conformance_case(
    "TC-PUR-SEM-ID-007",
    verifies=("ERX-7-1-A", "RM-INS-VALID"),
    role="purchaser_system",
    title_fa="رد شخص ثبت‌نشده",
)
def tc_unregistered_person_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a formally right national code that nobody has.

    Given a code with a right check digit that is in no register, when a price is asked for it,
    then the IUT refuses it as unknown, not as malformed.
    """
    reply = _price_for(sut, data, {"type": "NC", "value": "9900000994"}, "stimulus: nobody's code")

    expect.problem(
        reply,
        status=422,
        code="PATIENT_UNKNOWN",
        fix="Ask eligibility who the person is; tell unknown from malformed.",
        fix_fa="ناشناس را از نادرست جدا کنید.",
    )
