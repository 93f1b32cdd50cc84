"""Clauses 7-1 and 8-8 at the eligibility service: who is insured, by whom, and until when."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites.journeys_registries import NOBODY, ask_cover, check_provider
from suites.oracles.identifiers import with_wrong_check_digit

FUNDS = {row["code"] for row in load_pack().codes["urn:ir:maksa:fund-synthetic"]["concepts"]}


@conformance_case(
    "TC-IDB-SEM-COVER-001",
    verifies=("ERX-8-8-A",),
    role="insured_db",
    title_fa="پوشش معتبر، منقضی، آینده و نبود پوشش",
)
@conformance_case(
    "TC-ELG-SEM-COVER-001",
    verifies=("ERX-8-8-A", "RM-INS-VALID", "RM-INS-CITSTAT"),
    role="eligibility_service",
    title_fa="پوشش معتبر، منقضی، آینده و نبود پوشش",
)
def tc_covers_count_in_their_period(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT entitles a person within the period of a cover, and not outside it.

    Given persons whose cover is valid, ended yesterday, begins tomorrow or does not exist, when
    they are asked for, then the first alone is entitled, and each cover is told with its state.
    """
    valid = ask_cover(sut, data, "P01", "stimulus: valid cover")
    ended = ask_cover(sut, data, "P14", "stimulus: ended yesterday")
    coming = ask_cover(sut, data, "P15", "stimulus: begins tomorrow")
    without = ask_cover(sut, data, "P16", "stimulus: no cover")

    fix = "Compare the day of Iran with first and last day of the cover, both counted in."
    fix_fa = "روز جاری ایران را با آغاز و پایان پوشش بسنجید."
    expect.field(valid, "/entitled", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(valid, "/covers/0/insurerCode", equals="1", fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/covers/0/state", equals="expired", fix=fix, fix_fa=fix_fa)
    period, told = expect.about("RM-INS-VALID"), "Tell first and last day of the cover itself."
    expect.field(ended, "/covers/0/validUntil", equals=data.day(-1), requirement=period, fix=told)
    expect.field(coming, "/covers/0/validFrom", equals=data.day(1), requirement=period, fix=told)
    expect.field(coming, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(coming, "/covers/0/state", equals="future", fix=fix, fix_fa=fix_fa)
    expect.field(without, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(without, "/covers", equals=[], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDB-SEM-COVER-002",
    verifies=("ERX-9-1-2-D",),
    role="insured_db",
    rulings=("RUL-071",),
    title_fa="هم‌پوشانی بیمهٔ پایه",
)
@conformance_case(
    "TC-ELG-SEM-COVER-002",
    verifies=("ERX-9-1-2-D", "RM-INS-OVERLAP"),
    role="eligibility_service",
    rulings=("RUL-071",),
    title_fa="هم‌پوشانی بیمهٔ پایه",
)
def tc_overlap_is_reported(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT reports two base covers at once, the one that counts first.

    Given a civil servant and a villager who are both insured twice, and a person insured once,
    when they are asked for, then overlap is told of the first two, with the cover that pays first.
    """
    servant = ask_cover(sut, data, "P11", "stimulus: civil servant")
    villager = ask_cover(sut, data, "P13", "stimulus: villager")
    single = ask_cover(sut, data, "P01", "stimulus: one cover")

    fix = "Count the base covers in force; order them by the published priority."
    fix_fa = "پوشش‌های پایهٔ معتبر را بشمارید و به ترتیب اولویت منتشرشده بچینید."
    expect.field(servant, "/overlap", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(servant, "/covers/0/insurerCode", equals="2", fix=fix, fix_fa=fix_fa)
    expect.field(villager, "/overlap", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(villager, "/covers/0/insurerCode", equals="1", fix=fix, fix_fa=fix_fa)
    expect.field(single, "/overlap", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(
        servant,
        "/covers/1/insurerCode",
        equals="1",
        requirement=expect.about("RM-INS-OVERLAP"),
        fix="Tell the cover that does not count as well; somebody has to follow it up.",
        fix_fa="پوششی را که ملاک نیست نیز بازگردانید تا پیگیری شود.",
    )


@conformance_case(
    "TC-IDB-SEM-COVER-003",
    verifies=("ERX-7-1-N1-D",),
    role="insured_db",
    title_fa="شناسهٔ یکتا به معنای پوشش نیست",
)
@conformance_case(
    "TC-ELG-SEM-COVER-003",
    verifies=("ERX-7-1-N1-D",),
    role="eligibility_service",
    title_fa="شناسهٔ یکتا به معنای پوشش نیست",
)
def tc_unique_id_is_no_cover(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a unique id for an identity and never for a cover.

    Given an unknown person with a unique id, when it is asked for, then identity is answered, no
    cover is told and the person is not entitled.
    """
    reply = ask_cover(sut, data, "U01", "stimulus: a unique id")

    fix = "Look for covers under a unique id as under any other; the id itself covers nothing."
    fix_fa = "شناسهٔ یکتا خود پوشش نیست؛ پوشش را جداگانه بجویید."
    expect.field(reply, "/identity/state", equals="UNKNOWN", fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/covers", equals=[], fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDB-SEM-COVER-004",
    verifies=("RM-INS-ID",),
    role="insured_db",
    title_fa="هویت شهروند در پایگاه بیمه‌شدگان",
)
@conformance_case(
    "TC-ELG-SEM-COVER-004",
    verifies=("RM-INS-ID", "ERX-7-1-A"),
    role="eligibility_service",
    title_fa="هویت شهروند در پایگاه بیمه‌شدگان",
)
def tc_person_behind_a_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the registered person behind a code, and nobody behind a wrong one.

    Given a citizen, when the code is right, then name and birth date are told; when the check
    digit is wrong, then its form is refused; when nobody has the code, then it is unknown.
    """
    person = data.person("P01")
    wrong = {"type": "NC", "value": with_wrong_check_digit(person.id_value)}

    right = ask_cover(sut, data, "P01", "stimulus: a citizen")
    unsound = ask_cover(sut, data, "P01", "stimulus: wrong check digit", patient=wrong)
    nobody = ask_cover(sut, data, "P01", "stimulus: nobody's code", patient=NOBODY)

    fix = "Tell the particulars the insured-persons bank holds."
    fix_fa = "مشخصات ثبت‌شده در پایگاه بیمه‌شدگان را بازگردانید."
    name = person.family_name_fa
    expect.field(right, "/identity/familyNameFa", equals=name, fix=fix, fix_fa=fix_fa)
    expect.field(right, "/identity/state", equals="ALIVE", fix=fix, fix_fa=fix_fa)
    expect.problem(
        unsound,
        status=422,
        code="PATIENT_IDENTIFIER_INVALID",
        fix="Compute the check digit of a national code before you look for it.",
        fix_fa="پیش از جست‌وجو رقم کنترل کد ملی را محاسبه کنید.",
    )
    expect.problem(
        nobody,
        status=422,
        code="PATIENT_UNKNOWN",
        fix="Answer a code that is in no register as unknown.",
        fix_fa="کدی را که در هیچ ثبتی نیست ناشناخته اعلام کنید.",
    )


@conformance_case(
    "TC-ELG-SEM-COVER-005",
    verifies=("ERX-7-1-N1-B", "ERX-7-1-B", "RM-INS-ID"),
    role="eligibility_service",
    title_fa="کد مسدود، شخص درگذشته و تبعهٔ خارجی",
)
def tc_state_of_the_person_decides(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT entitles nobody whose code is blocked or who has died.

    Given a person with a blocked code, a deceased one and a foreign national, all with a cover,
    when they are asked for, then the foreign national alone is entitled.
    """
    blocked = ask_cover(sut, data, "P18", "stimulus: blocked code")
    deceased = ask_cover(sut, data, "P17", "stimulus: deceased")
    foreign = ask_cover(sut, data, "F01", "stimulus: foreign national")

    fix = "Look at the state of the person before you look at covers."
    fix_fa = "پیش از پوشش، وضعیت شخص را بسنجید."
    expect.field(blocked, "/identity/state", equals="BLOCKED", fix=fix, fix_fa=fix_fa)
    expect.field(blocked, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(deceased, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(foreign, "/entitled", equals=True, requirement="ERX-7-1-B", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ELG-SEM-COVER-006",
    verifies=("ERX-7-1-N3-A", "ERX-7-1-N4-A"),
    role="eligibility_service",
    rulings=("RUL-003",),
    title_fa="نوزاد با کد مادر یا کد بیمه",
)
def tc_newborns_without_a_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT covers newborns under the mother's code or the armed forces' code.

    Given a newborn on its mother's code and one of the armed forces with an insurance code, when
    they are asked for, then both are entitled by the cover of newborns.
    """
    mother = ask_cover(sut, data, "NB1", "stimulus: by the mother's code")
    forces = ask_cover(sut, data, "AFNB", "stimulus: by insurance code")

    fix = "Find a newborn by the mother's code and birth order, or by the insurance code."
    fix_fa = "نوزاد را با کد مادر و ترتیب تولد، یا با کد بیمه بیابید."
    expect.field(mother, "/entitled", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(mother, "/covers/0/fund", equals="newborn", fix=fix, fix_fa=fix_fa)
    other = "ERX-7-1-N4-A"
    expect.field(forces, "/entitled", equals=True, requirement=other, fix=fix, fix_fa=fix_fa)
    expect.field(
        forces, "/covers/0/insurerCode", equals="3", requirement=other, fix=fix, fix_fa=fix_fa
    )


@conformance_case(
    "TC-IDB-SEM-COVER-007",
    verifies=("RM-LAW-70-CH",),
    role="insured_db",
    title_fa="پاسخ یکسان برای همهٔ بیمه‌گرها با کد منتشرشده",
)
@conformance_case(
    "TC-ELG-SEM-COVER-007",
    verifies=("RM-P4-A", "RM-LAW-70-CH"),
    role="eligibility_service",
    title_fa="پاسخ یکسان برای همهٔ بیمه‌گرها با کد منتشرشده",
)
def tc_funds_are_published_codes(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers the insured of every insurer alike, with published fund codes.

    Given persons of three insurers, when they are asked for, then insurer and fund of each cover
    are a code of the published system of funds.
    """
    first = ask_cover(sut, data, "P01", "stimulus: insurer 1")
    second = ask_cover(sut, data, "P02", "stimulus: insurer 2")
    third = ask_cover(sut, data, "P09", "stimulus: insurer 3")

    _published(expect, first)
    _published(expect, second)
    _published(expect, third)


def _published(expect: Expect, reply: Reply) -> None:
    code = f"{reply.find('/covers/0/insurerCode')}.{reply.find('/covers/0/fund')}"
    expect.that(
        code in FUNDS,
        title="the fund of a cover is no published code",
        expected="insurer and fund of the published code system of funds",
        observed=code[:80],
        pointer="/covers/0/fund",
        reply=reply,
        fix="Translate the names of your funds to the codes MAKSA publishes.",
        fix_fa="نام صندوق‌ها را به کدهای منتشرشدهٔ مکسا برگردانید.",
    )


@conformance_case(
    "TC-IDB-SEM-COVER-008",
    verifies=("ERX-A1-5-1",),
    role="insured_db",
    title_fa="بیمهٔ پایه و تکمیلی در کنار هم",
)
@conformance_case(
    "TC-ELG-SEM-COVER-008",
    verifies=("ERX-8-8-A",),
    role="eligibility_service",
    title_fa="بیمهٔ پایه و تکمیلی در کنار هم",
)
def tc_complementary_covers_are_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells base and complementary covers, each as what it is.

    Given a person insured by a base and a complementary insurer, when asked for, then both covers
    are told with their kind, and they are no overlap of base covers.
    """
    reply = ask_cover(sut, data, "P26", "stimulus: base and complementary")

    fix = "Keep covers of complementary insurers beside the base ones."
    fix_fa = "پوشش تکمیلی را کنار پوشش پایه نگه دارید."
    expect.field(reply, "/covers/0/insurerCode", equals="1", fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/covers/1/insurerCode", equals="90", fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/overlap", equals=False, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ELG-SEM-PROV-001",
    verifies=("RM-INS-PROVIDER",),
    role="eligibility_service",
    rulings=("RUL-094",),
    title_fa="پروانه و قرارداد ارائه‌دهنده",
)
def tc_licence_and_contract_of_a_provider(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells licence and contract of a provider apart.

    Given an office with a contract of one insurer, when it asks for its physician, for a suspended
    one and for an insurer without contract, then licence and contract are told as they are.
    """
    good = check_provider(sut, data, "dr01", "1", "stimulus: licensed and contracted")
    suspended = check_provider(sut, data, "dr11", "1", "stimulus: a suspended physician")
    foreign = check_provider(sut, data, "dr01", "90", "stimulus: without contract")

    fix = "Ask the council for the licence and your contracts for the centre; tell both."
    fix_fa = "پروانه را از نظام پزشکی و قرارداد را از فهرست خود بگیرید و هر دو را بگویید."
    expect.field(good, "/licensed", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(good, "/contracted", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(suspended, "/licensed", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(foreign, "/contracted", equals=False, fix=fix, fix_fa=fix_fa)
