"""Clause 7-1 at the identity authority: who is told, who is refused, and how names compare."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.journeys_registries import NOBODY, ask_identity, birth_year
from suites.oracles.identifiers import with_wrong_check_digit
from suites.oracles.text import with_arabic_letters


@conformance_case(
    "TC-IDA-SEM-ID-001",
    verifies=("ERX-7-1-C",),
    role="identity_authority",
    rulings=("RUL-031",),
    title_fa="کد ملی با رقم کنترل نادرست",
)
def tc_code_with_a_wrong_check_digit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a national code whose check digit is wrong.

    Given the code of a registered person with another last digit, when it is asked for, then the
    IUT refuses its form and tells nothing of anybody.
    """
    wrong = with_wrong_check_digit(data.person("P01").id_value)

    reply = ask_identity(
        sut, data, "P01", "stimulus: wrong check digit", person={"type": "NC", "value": wrong}
    )

    expect.problem(
        reply,
        status=422,
        code="PATIENT_IDENTIFIER_INVALID",
        fix="Compute the mod-11 check digit of a national code before looking it up.",
        fix_fa="پیش از جست‌وجو رقم کنترل کد ملی را محاسبه کنید.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-002",
    verifies=("ERX-7-1-C",),
    role="identity_authority",
    title_fa="کدی که به کسی داده نشده است",
)
def tc_code_that_nobody_has(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells that a well-formed code belongs to nobody.

    Given a national code with a right check digit that was never issued, when it is asked for,
    then the IUT answers that it is unknown; a sound form is not a person.
    """
    reply = ask_identity(sut, data, "P01", "stimulus: a code nobody has", person=NOBODY)

    expect.problem(
        reply,
        status=422,
        code="IDENTITY_UNKNOWN",
        fix="Look the code up in the register; a right check digit proves nothing.",
        fix_fa="کد را در ثبت احوال بجویید؛ درستی رقم کنترل به معنای وجود شخص نیست.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-003",
    verifies=("ERX-9-1-2-B", "ERX-7-1-C"),
    role="identity_authority",
    title_fa="کد بدون سال تولد درست",
)
def tc_code_with_another_birth_year(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT opens its register only for code and year of birth together.

    Given a registered person, when the code comes with the right year, then name, birth date and
    state are told; with the next year, then the IUT tells of a mismatch and nothing else.
    """
    person = data.person("P01")
    right = ask_identity(sut, data, "P01", "control: right year")
    expect.control(right, 200)
    expect.field(right, "/state", equals="alive", fix="Tell the state the register holds.")
    expect.field(
        right,
        "/birthDate",
        equals=person.birth_date.isoformat() if person.birth_date else None,
        fix="Tell the birth date the register holds.",
        fix_fa="تاریخ تولد ثبت‌شده را بازگردانید.",
    )
    year = birth_year(data, "P01") + 1

    reply = ask_identity(sut, data, "P01", "stimulus: another year", birthYearJalali=year)

    expect.problem(
        reply,
        status=422,
        code="IDENTITY_MISMATCH",
        fix="Compare the Jalali year of birth before anything is told.",
        fix_fa="پیش از هر پاسخ، سال تولد را بسنجید.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-004",
    verifies=("ERX-9-1-2-B",),
    role="identity_authority",
    title_fa="شخص درگذشته",
)
def tc_person_who_has_died(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT says of a deceased person that nobody can come to a visit.

    Given a person registered as deceased, when code and year are right, then the IUT refuses with
    the coded reason; with another year, then it does not tell that he has died.
    """
    reply = ask_identity(sut, data, "P17", "stimulus: deceased person")
    year = birth_year(data, "P17") + 1
    blind = ask_identity(sut, data, "P17", "stimulus: another year", birthYearJalali=year)

    expect.problem(
        reply,
        status=422,
        code="IDENTITY_DECEASED",
        fix="Refuse a person who is registered as deceased.",
        fix_fa="شخص درگذشته را با کد مربوط رد کنید.",
    )
    expect.problem(
        blind,
        status=422,
        code="IDENTITY_MISMATCH",
        fix="Compare the year of birth before you tell who has died.",
        fix_fa="پیش از اعلام فوت، سال تولد را بسنجید.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-005",
    verifies=("ERX-7-1-N1-B",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="کد ملی مسدود",
)
def tc_blocked_code_and_the_id_in_its_place(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a blocked national code and answers the unique id in its place.

    Given a person whose code is blocked, when the code is asked for, then the IUT refuses it as
    blocked; when the unique id is asked for, then it answers with the state "blocked".
    """
    reply = ask_identity(sut, data, "P18", "stimulus: blocked code")
    instead = ask_identity(sut, data, "U04", "stimulus: the unique id")

    expect.problem(
        reply,
        status=422,
        code="IDENTITY_BLOCKED",
        fix="Refuse a blocked code; the person is handled under a unique id.",
        fix_fa="کد مسدود را رد کنید؛ شخص با شناسهٔ یکتا پذیرفته می‌شود.",
    )
    expect.field(
        instead,
        "/state",
        equals="blocked",
        fix="Answer the unique id that stands for a blocked code.",
        fix_fa="شناسهٔ یکتای جایگزین کد مسدود را پاسخ دهید.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-006",
    verifies=("ERX-9-1-2-B",),
    role="identity_authority",
    title_fa="مقایسهٔ نام پس از یکسان‌سازی نویسه‌ها",
)
def tc_names_are_compared_after_folding(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT compares family names after folding, and reports another name.

    Given a person, when the family name comes with Arabic yeh, then it matches; when the register
    holds another name, then the IUT says that it does not match.
    """
    arabic = with_arabic_letters(data.person("P01").family_name_fa)
    stated = data.person("P19").family_name_fa

    same = ask_identity(sut, data, "P01", "stimulus: Arabic letters", familyName=arabic)
    other = ask_identity(sut, data, "P19", "stimulus: another name", familyName=stated)

    expect.field(
        same,
        "/nameMatches",
        equals=True,
        fix="Fold yeh, kaf, ZWNJ and digits of both names before you compare them.",
        fix_fa="پیش از مقایسهٔ نام، ی/ي، ک/ك، نیم‌فاصله و ارقام را یکسان کنید.",
    )
    expect.field(
        other,
        "/nameMatches",
        equals=False,
        fix="Say when the register holds another family name.",
        fix_fa="ناهمخوانی نام خانوادگی را اعلام کنید.",
    )


@conformance_case(
    "TC-IDA-SEM-ID-007",
    verifies=("ERX-7-1-B",),
    role="identity_authority",
    title_fa="اتباع خارجی با شناسهٔ فیدا",
)
def tc_foreign_nationals_by_their_own_id(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT knows foreign nationals by FIDA, and by FIDA alone.

    Given a registered foreign national, when the FIDA id is asked for, then the IUT answers it as
    such; when a national code is asked for there, then it refuses the kind of id.
    """
    foreign = "inquireForeignIdentity"
    told = ask_identity(sut, data, "F01", "stimulus: FIDA", operation=foreign)
    reply = ask_identity(sut, data, "P01", "stimulus: national code", operation=foreign)

    expect.field(told, "/state", equals="alive", fix="Answer a registered FIDA id.")
    expect.field(
        told,
        "/person",
        equals=data.person_id("F01"),
        fix="Answer with the id that was asked for, typed as FIDA.",
        fix_fa="شناسه را با نوع فیدا بازگردانید.",
    )
    expect.problem(
        reply,
        status=422,
        code="PATIENT_IDENTIFIER_INVALID",
        fix="Take only ids of the type FIDA for foreign nationals.",
        fix_fa="برای اتباع خارجی تنها شناسهٔ فیدا را بپذیرید.",
    )
