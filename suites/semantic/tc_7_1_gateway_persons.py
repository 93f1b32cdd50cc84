"""Clause 7-1 at the gateway: every kind of identifier of a person passes, and none for another."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case, payload_drop, payload_set
from suites import gateway_journeys as through
from suites import journeys
from suites import journeys_registries as registries
from suites.gateway_journeys import SCHEMA, Amiss
from suites.journeys import PHARMACY
from suites.messages.identity import CODE_OF_TWIN
from suites.oracles.identifiers import with_wrong_check_digit

SELF_PAY = "37"
INVALID = "PATIENT_IDENTIFIER_INVALID"
PASS_ON = "Let the services judge identifiers; hand their answers on."  # noqa: S105 - advice
PASS_ON_FA = "داوری دربارهٔ شناسه را به سرویس‌ها بسپارید و پاسخ آنها را برسانید."  # noqa: S105


def expect_served(
    sut: Sut, data: SyntheticData, expect: Expect, rx: journeys.Registered, kind: str
) -> None:
    """Expect that a prescription is read back for its person, found by the id, and given out."""
    shown = journeys.read(sut, rx, step="stimulus: read back")
    through.expect_unchanged(expect, shown, rx.payload, "/patient/id")
    expect.field(shown, "/document/patient/id/type", equals=kind, fix=PASS_ON, fix_fa=PASS_ON_FA)
    found = through.opened_by(sut, rx.payload["patient"]["id"], rx, "stimulus: at the pharmacy")
    expect.field(found, "/content/prescriptionId", equals=rx.id, fix=PASS_ON, fix_fa=PASS_ON_FA)
    given = through.at_the_counter(sut, data, rx).send(sut, "stimulus: dispense")
    expect.status(given, 201, fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-001",
    verifies=("ERX-7-1-A",),
    role="gateway",
    title_fa="کد ملی بیمار از درگاه",
)
def tc_gateway_national_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves a citizen by national code and hands back every wrong code.

    Given a visit, when prescriptions come with a wrong check digit, nine digits and no identifier,
    then each is refused with its code; with the right code the citizen is served to the dispense.
    """
    right = data.person("P01").id_value
    payload = journeys.draft(sut, data)
    for wrong in (
        Amiss("/patient/id/value", with_wrong_check_digit(right), INVALID),
        Amiss("/patient/id/value", right[:-1], said="/patient/id"),
        Amiss("/patient/id"),
    ):
        reply = through.submit_amiss(sut, data, payload, wrong)
        through.expect_refused(expect, reply, wrong)
    through.expect_nothing(sut, expect, payload["hid"])

    rx = through.registered(sut, data, expect, label="citizen")
    expect_served(sut, data, expect, rx, "NC")


@conformance_case(
    "TC-GTW-SEM-PERS-002",
    verifies=("ERX-7-1-B",),
    role="gateway",
    title_fa="تبعهٔ خارجی با شناسهٔ فیدا از درگاه",
)
def tc_gateway_foreign_national(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves an authorised foreigner by FIDA, typed as such, to the dispense.

    Given a foreigner who is known by a FIDA id alone, when he is admitted, prescribed for and comes
    to a pharmacy, then all of it succeeds under that id; one digit less is refused.
    """
    short = {"type": "FIDA", "value": data.person("F01").id_value[:-1]}
    refused = through.issue_hid(sut, data, short, "2", "stimulus: eleven digits")

    rx = through.registered(sut, data, expect, person="F01")

    expect_served(sut, data, expect, rx, "FIDA")
    expect.problem(refused, status=422, code=(SCHEMA, INVALID), fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-003",
    verifies=("ERX-7-1-N1-A",),
    role="gateway",
    title_fa="فرد مجهول‌الهویه با شناسهٔ یکتا از درگاه",
)
def tc_gateway_unknown_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a person nobody knows get a unique id and be served with it.

    Given a person without identity, when a unique id is asked for, then one is issued; when a
    person with such an id is admitted, prescribed for and dispensed to, then all of it succeeds.
    """
    issued = registries.unique_id(sut, "stimulus: ask for a unique id")
    expect.status(issued, 201, fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.field(issued, "/person/type", equals="UID", fix=PASS_ON, fix_fa=PASS_ON_FA)

    rx = through.registered(sut, data, expect, person="U01")

    expect_served(sut, data, expect, rx, "UID")


@conformance_case(
    "TC-GTW-SEM-PERS-004",
    verifies=("ERX-7-1-N1-B",),
    role="gateway",
    title_fa="شناسهٔ یکتا به جای کد ملی مسدود از درگاه",
)
def tc_gateway_blocked_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells that a code is blocked and serves the unique id in its place.

    Given a person whose code is blocked, when identity and a HID are asked for with the code, then
    both are refused by their codes; with the unique id the person is served to the dispense.
    """
    blocked = registries.ask_identity(sut, data, "P18", "stimulus: the blocked code")
    hid = through.issue_hid(sut, data, data.person_id("P18"), "1", "stimulus: admit by the code")
    instead = registries.unique_id(
        sut, "stimulus: the id instead", cause="blocked_code", claimed=data.person_id("P18")
    )

    rx = through.registered(sut, data, expect, person="U04")

    expect_served(sut, data, expect, rx, "UID")
    expect.problem(blocked, status=422, code="IDENTITY_BLOCKED", fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.problem(hid, status=422, code="PATIENT_NOT_COVERED", fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.field(instead, "/person", equals=data.person_id("U04"), fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-005",
    verifies=("ERX-7-1-N1-C",),
    role="gateway",
    title_fa="تبعهٔ غیرمجاز با شناسهٔ یکتا از درگاه",
)
def tc_gateway_unauthorised_foreigner(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves a foreigner without FIDA by unique id, and by no made-up FIDA.

    Given such a foreigner, when he is admitted with an empty and an invented FIDA id, then both are
    refused; with his unique id he is served to the dispense.
    """
    made_up = f"9908{data.random('foreigner').randrange(10**8):08d}"
    empty = through.issue_hid(sut, data, {"type": "FIDA", "value": ""}, SELF_PAY, "stimulus: none")
    invented = through.issue_hid(
        sut, data, {"type": "FIDA", "value": made_up}, SELF_PAY, "stimulus: invented"
    )

    rx = through.registered(sut, data, expect, person="U03")

    expect_served(sut, data, expect, rx, "UID")
    expect.problem(empty, status=422, code=(SCHEMA, INVALID), fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.problem(invented, status=422, code="PATIENT_UNKNOWN", fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-006",
    verifies=("ERX-7-1-N3-A",),
    role="gateway",
    rulings=("RUL-003",),
    title_fa="نوزاد با کد ملی مادر از درگاه",
)
def tc_gateway_newborn_on_mothers_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves an insured newborn under the code of its mother.

    Given a newborn without a code, when its cover is asked for, then that of newborns is told; when
    it is admitted, prescribed for and dispensed to on the mother's code, then all of it succeeds.
    """
    cover = registries.ask_cover(sut, data, "NB1", "stimulus: cover of the newborn")

    rx = through.registered(sut, data, expect, person="NB1")

    expect_served(sut, data, expect, rx, "MOTHER_NC")
    expect.field(cover, "/entitled", equals=True, fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.field(cover, "/covers/0/fund", equals="newborn", fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-007",
    verifies=("ERX-7-1-N3-B",),
    role="gateway",
    rulings=("RUL-003",),
    title_fa="تفکیک دوقلوها و مادر در درگاه",
)
def tc_gateway_twins_and_mother(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps messages on a newborn apart from those on mother and sibling.

    Given a prescription of the first twin, when it is asked for by first twin, second twin and
    mother, then it opens to the first alone, and it is read back with order and day of birth.
    """
    rx = through.registered(sut, data, expect, person="NB1")
    shown = journeys.read(sut, rx, step="stimulus: read back")

    first = through.opened_by(sut, data.person_id("NB1"), rx, "stimulus: first twin")
    second = through.opened_by(sut, data.person_id("NB2"), rx, "stimulus: second twin")
    mother = through.opened_by(sut, data.person_id("P27"), rx, "stimulus: mother")

    through.expect_unchanged(expect, shown, rx.payload, "/patient/id")
    expect.field(first, "/content/prescriptionId", equals=rx.id, fix=PASS_ON, fix_fa=PASS_ON_FA)
    fix = "Keep no answers by the digits of an identifier; type, order and day belong to it."
    fix_fa = "پاسخ را تنها با ارقام شناسه نگه ندارید؛ نوع، ترتیب و روز تولد جزئی از آن است."
    expect.field(second, "/matches", equals=[], fix=fix, fix_fa=fix_fa)
    expect.field(mother, "/matches", equals=[], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-GTW-SEM-PERS-008",
    verifies=("ERX-7-1-N3-C",),
    role="gateway",
    rulings=("RUL-003",),
    title_fa="پیوند کد تازهٔ نوزاد از درگاه",
)
def tc_gateway_newborn_gets_a_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries the link of a newborn's new code to what was written before.

    Given a newborn, when its new code is told, then the link is made and read back with both ids;
    when the code of a grown man is told for its twin, then that is refused as a conflict.
    """
    former = registries.newborn_id(data, "NB2")
    linked = registries.link_newborn(sut, former, CODE_OF_TWIN, "stimulus: the new code")
    expect.status(linked, 201, fix=PASS_ON, fix_fa=PASS_ON_FA)
    shown = sut.call(
        "getIdentityLink",
        path={"linkId": str(linked.required("/linkId"))},
        step="stimulus: read the link",
    )
    conflict = registries.link_newborn(
        sut,
        registries.newborn_id(data, "NB1"),
        data.person_id("P01"),
        "stimulus: code of a grown man",
    )

    expect.field(shown, "/former", equals=former, fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.field(shown, "/current", equals=CODE_OF_TWIN, fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.problem(
        conflict, status=409, code="IDENTITY_LINK_CONFLICT", fix=PASS_ON, fix_fa=PASS_ON_FA
    )


@conformance_case(
    "TC-GTW-SEM-PERS-009",
    verifies=("ERX-7-1-N4-A",),
    role="gateway",
    title_fa="نوزاد نیروهای مسلح با کد بیمه از درگاه",
)
def tc_gateway_newborn_of_the_forces(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves a newborn of the armed forces by its insurance code.

    Given such a newborn, when it is admitted, prescribed for and dispensed to under the insurance
    code alone, then all of it succeeds and the code is read back typed as what it is.
    """
    rx = through.registered(sut, data, expect, person="AFNB")

    expect_served(sut, data, expect, rx, "AF_INS")


@conformance_case(
    "TC-GTW-SEM-PERS-010",
    verifies=("ERX-7-1-N4-B",),
    role="gateway",
    title_fa="رد کد بیمه برای دیگران",
)
def tc_gateway_insurance_code_of_others(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands back refusals of insurance codes for adults and other insurers.

    Given a newborn of the armed forces, when an adult comes with an insurance code and the newborn
    with another insurer, then each is refused by its code; with its own insurer it is admitted.
    """
    digits = f"AF99{data.random('adult').randrange(10**6):06d}"
    adult = through.issue_hid(
        sut, data, {"type": "AF_INS", "value": digits}, "3", "stimulus: an adult's insurance code"
    )
    typed = through.issue_hid(
        sut,
        data,
        {"type": "AF_INS", "value": data.person("P01").id_value},
        "3",
        "stimulus: a national code said to be one",
    )
    newborn = data.person_id("AFNB")
    other = through.issue_hid(sut, data, newborn, "1", "stimulus: another insurer")
    right = through.issue_hid(sut, data, newborn, "3", "stimulus: its own insurer")

    expect.problem(adult, status=422, code="PATIENT_UNKNOWN", fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.problem(typed, status=422, code=(SCHEMA, INVALID), fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.problem(other, status=422, code="PATIENT_NOT_COVERED", fix=PASS_ON, fix_fa=PASS_ON_FA)
    expect.field(right, "/insurer", equals="3", fix=PASS_ON, fix_fa=PASS_ON_FA)


@conformance_case(
    "TC-GTW-SEM-PERS-011",
    verifies=("ERX-7-1-D",),
    role="gateway",
    title_fa="ارقام یکسان با دو نوع، دو شخص",
)
def tc_gateway_same_digits_two_types(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells two persons apart who share digits under two types.

    Given a mother and her newborn on the same ten digits, when the cover of each is asked for, then
    each answer is about its own person; digits without a type are refused.
    """
    body = {"patient": data.person_id("P27"), "centre": data.centre("office-1").siam_id}
    mother = registries.ask_cover(sut, data, "P27", "stimulus: the digits as national code")
    child = registries.ask_cover(sut, data, "NB1", "stimulus: the digits as mother's code")
    untyped = sut.call(
        "inquireEligibility",
        body=body,
        mutate=payload_drop("/patient/type"),
        caller=PHARMACY,
        step="stimulus: the digits alone",
    )
    unheard = sut.call(
        "inquireEligibility",
        body=body,
        mutate=payload_set("/patient/type", "PASSPORT"),
        caller=PHARMACY,
        step="stimulus: a type nobody knows",
    )

    fix = "Keep no answers by the digits of an identifier; the type belongs to it."
    fix_fa = "پاسخ را تنها با ارقام شناسه نگه ندارید؛ نوع جزئی از آن است."
    for reply, key in ((mother, "P27"), (child, "NB1")):
        expect.field(reply, "/identity/id", equals=data.person_id(key), fix=fix, fix_fa=fix_fa)
    for reply in (untyped, unheard):
        expect.problem(reply, status=422, code=SCHEMA, fix=PASS_ON, fix_fa=PASS_ON_FA)
