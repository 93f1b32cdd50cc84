"""Notes of clause 7-1 at the identity authority: unique ids, and newborns who get a code."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.journeys_registries import (
    BESIDE,
    OTHER_CODE,
    link_newborn,
    newborn_id,
    unique_id,
)
from suites.messages.identity import CODE_OF_TWIN
from suites.oracles.identifiers import hid_check_character


@conformance_case(
    "TC-IDA-WF-UID-001",
    verifies=("ERX-7-1-N1-A",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="شناسهٔ یکتا برای شخص ناشناس",
)
def tc_unknown_person_gets_a_unique_id(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT issues a unique id of the published form, and knows it from then on.

    Given a person nobody knows, when a unique id is asked for, then it is U, eight characters and
    their check character; when it is asked for, then the IUT answers that the person is unknown.
    """
    issued = unique_id(sut, "stimulus: unknown person")

    expect.status(issued, 201, fix="Issue a unique id to a person who has no identifier.")
    value = str(issued.find("/person/value"))
    expect.that(
        len(value) == len("U") + 9 and value[0] == "U" and _is_checked(value[1:]),
        title="the unique id has not the published form",
        expected="U, eight characters and their Luhn mod 32 check character",
        observed=value[:40],
        pointer="/person/value",
        reply=issued,
        fix="End the unique id with the check character of the eight before it.",
        fix_fa="آخرین نویسهٔ شناسهٔ یکتا باید نویسهٔ کنترل هشت نویسهٔ پیش از آن باشد.",
    )
    body = {"person": issued.find("/person"), "birthYearJalali": 1369}
    told = sut.call("inquireIdentity", body=body, step="stimulus: ask for it")
    expect.field(
        told,
        "/state",
        equals="unknown",
        fix="Answer a unique id you issued with the state of its cause.",
        fix_fa="شناسهٔ یکتای صادرشده را با وضعیت «ناشناس» پاسخ دهید.",
    )


@conformance_case(
    "TC-IDA-WF-UID-002",
    verifies=("ERX-7-1-N1-A", "ERX-7-1-N1-B"),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="رد شناسهٔ یکتا برای دارندهٔ کد",
)
def tc_person_with_a_usable_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT issues no unique id to a person who has a usable code.

    Given a living person with a national code, when a unique id is asked for as unknown or as
    blocked, then the IUT refuses both; one person must not become two.
    """
    claimed = data.person_id("P01")

    unknown = unique_id(sut, "stimulus: said to be unknown", claimed=claimed)
    blocked = unique_id(sut, "stimulus: said to be blocked", cause="blocked_code", claimed=claimed)

    fix, fix_fa = "Look the claimed code up; a usable one is used.", "کد ادعاشده را استعلام کنید."
    expect.problem(unknown, status=422, code="UNIQUE_ID_REFUSED", fix=fix, fix_fa=fix_fa)
    expect.problem(blocked, status=422, code="UNIQUE_ID_REFUSED", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDA-WF-UID-003",
    verifies=("ERX-7-1-N1-B",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="یک شناسهٔ یکتا برای هر کد مسدود",
)
def tc_blocked_code_has_one_unique_id(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives the person behind a blocked code the same unique id every time.

    Given a person whose code is blocked and who has a unique id, when one is asked for twice, then
    both answers name the id the person already has.
    """
    claimed = data.person_id("P18")

    first = unique_id(sut, "stimulus: first time", cause="blocked_code", claimed=claimed)
    second = unique_id(sut, "stimulus: second time", cause="blocked_code", claimed=claimed)

    fix = "Look for a unique id of the claimed code before you issue one."
    fix_fa = "پیش از صدور، شناسهٔ یکتای پیشین همان کد را بجویید."
    known = data.person_id("U04")
    expect.field(first, "/person", equals=known, fix=fix, fix_fa=fix_fa)
    expect.field(second, "/person", equals=known, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDA-WF-UID-004",
    verifies=("ERX-7-1-N1-C",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="شناسهٔ یکتا برای تبعهٔ غیرمجاز",
)
def tc_unauthorised_foreigner_has_one_unique_id(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT handles an unauthorised foreigner under one unique id.

    Given a foreigner whose claimed FIDA id stands in no register, when a unique id is asked for
    twice, then it is the same one, and the IUT tells that its holder is unauthorised.
    """
    value = f"9908{data.random('foreigner').randrange(10**8):08d}"
    claimed = {"type": "FIDA", "value": value}
    cause = "unauthorised_foreigner"

    first = unique_id(sut, "stimulus: first time", cause=cause, claimed=claimed)
    second = unique_id(sut, "stimulus: second time", cause=cause, claimed=claimed)

    expect.status(first, 201, fix="Issue a unique id to a foreigner without a FIDA id.")
    person = first.find("/person")
    expect.field(
        second,
        "/person",
        equals=person,
        fix="Give the same person the same unique id.",
        fix_fa="برای یک شخص همان شناسهٔ یکتا را بازگردانید.",
    )
    body = {"person": person, "birthYearJalali": 1369}
    told = sut.call("inquireIdentity", body=body, step="stimulus: ask for it")
    expect.field(
        told,
        "/state",
        equals="unauthorised",
        fix="Keep the cause of a unique id and tell it as the state.",
        fix_fa="علت صدور شناسهٔ یکتا را نگه دارید و به‌صورت وضعیت اعلام کنید.",
    )


@conformance_case(
    "TC-IDA-WF-LINK-001",
    verifies=("ERX-7-1-N1-A",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="پیوند تکراری همان پیوند است",
)
def tc_link_told_again_is_the_same_link(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps one link for two ids, however often it is told.

    Given an unknown person who is identified, when the link of unique id and code is told twice
    under different keys, then the IUT answers twice with the same link.
    """
    issued = unique_id(sut, "preamble: unknown person")
    body = {
        "former": issued.required("/person"),
        "current": data.person_id("P04"),
        "cause": "identified",
    }

    first = sut.call("linkIdentity", body=body, step="stimulus: identified")
    again = sut.call("linkIdentity", body=body, step="stimulus: told again")

    expect.status(first, 201, fix="Link a unique id to the code of the person identified.")
    expect.field(
        again,
        "/linkId",
        equals=first.required("/linkId"),
        fix="Answer a link you know with that link.",
        fix_fa="پیوند شناخته‌شده را دوباره با همان شناسه پاسخ دهید.",
    )


@conformance_case(
    "TC-IDA-WF-LINK-002",
    verifies=("ERX-7-1-N3-C",),
    role="identity_authority",
    rulings=("RUL-032",),
    title_fa="پیوند نوزاد با کد شخص دیگر",
)
def tc_newborn_is_not_linked_to_somebody_else(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT never links a newborn to the code of another person.

    Given the first of two twins, when it is linked to the code of a grown man, or to the code its
    brother has got, then the IUT refuses both as a conflict.
    """
    twin = link_newborn(sut, newborn_id(data, "NB2"), CODE_OF_TWIN, "preamble: second twin")
    expect.control(twin, 201)
    first = newborn_id(data, "NB1")

    brother = link_newborn(sut, first, CODE_OF_TWIN, "stimulus: code of the brother")
    grown = link_newborn(sut, first, data.person_id("P01"), "stimulus: code of a man")

    fix = "Compare mother, sex and birth of the person behind a code before you link it."
    fix_fa = "پیش از پیوند، مادر، جنس و تولد صاحب کد را بسنجید."
    conflict = "IDENTITY_LINK_CONFLICT"
    expect.problem(brother, status=409, code=conflict, fix=fix, fix_fa=fix_fa)
    expect.problem(grown, status=409, code=conflict, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDA-WF-LINK-003",
    verifies=("ERX-7-1-N3-C",),
    role="identity_authority",
    rulings=("RUL-003",),
    title_fa="ترتیب تولد خواهر و برادر",
)
def tc_siblings_stay_apart(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells siblings apart by birth order and birth date.

    Given twins on their mother's code, when a child of the second place but of the next day is
    linked, then the IUT refuses the birth order.
    """
    born = (data.person("NB2").born_days_ago or 0) - 1
    other = newborn_id(data, "NB2", born=-born)

    reply = link_newborn(sut, other, OTHER_CODE, "stimulus: a child of the next day")

    expect.problem(
        reply,
        status=422,
        code="BIRTH_ORDER_INVALID",
        fix="Compare the birth date with the one registered under this birth order.",
        fix_fa="تاریخ تولد را با تولد ثبت‌شده برای همان ترتیب بسنجید.",
    )


@conformance_case(
    "TC-IDA-WF-LINK-004",
    verifies=("ERX-7-1-N3-C",),
    role="identity_authority",
    rulings=("RUL-003",),
    title_fa="روز شصتم پس از تولد",
)
def tc_sixtieth_day_still_counts(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes links of a newborn until the sixtieth day, and not later.

    Given ids on a mother's code under which another child is registered, when one born 60 days ago
    is linked, then the only reason to refuse is the birth order; born 70 days ago, it is too late.
    """
    last = newborn_id(data, "NB2", born=-60)
    over = newborn_id(data, "NB2", born=-70)

    in_time = link_newborn(sut, last, OTHER_CODE, "stimulus: born 60 days ago")
    late = link_newborn(sut, over, OTHER_CODE, "stimulus: born 70 days ago")

    expect.problem(
        in_time,
        status=422,
        code="BIRTH_ORDER_INVALID",
        fix="Count 60 days after the day of birth; the last of them still counts.",
        fix_fa="شصت روز پس از روز تولد بشمارید؛ روز آخر هنوز معتبر است.",
    )
    expect.problem(
        late,
        status=422,
        code=("NEWBORN_LINK_EXPIRED", "BIRTH_ORDER_INVALID"),
        fix="Refuse links after the 60 days.",
        fix_fa="پیوند پس از شصت روز را رد کنید.",
    )


@conformance_case(
    "TC-IDA-WF-LINK-005",
    verifies=("ERX-7-1-N1-A", "ERX-11-B"),
    role="identity_authority",
    title_fa="پیوند برای مرکز دیگر خوانده نمی‌شود",
)
def tc_link_is_read_by_its_teller_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows a link to the centre that told it, and to no other centre.

    Given a link an office told, when the office reads it, then it is shown; when a pharmacy reads
    it, then the IUT answers as if there were none.
    """
    issued = unique_id(sut, "preamble: unknown person")
    current = data.person_id("P05")
    body = {"former": issued.required("/person"), "current": current, "cause": "identified"}
    link = sut.call("linkIdentity", body=body, step="preamble: identified")
    path = {"linkId": str(link.required("/linkId"))}

    own = sut.call("getIdentityLink", path=path, step="control: by its teller")
    expect.control(own, 200)
    foreign = sut.call("getIdentityLink", path=path, caller=BESIDE, step="stimulus: by another")

    expect.field(own, "/current", equals=current, fix="Show a link as it was told.")
    expect.problem(
        foreign,
        status=404,
        code="NOT_FOUND",
        fix="Compare the centre of the caller with the one that told the link.",
        fix_fa="پیوند را تنها به مرکز اعلام‌کننده نشان دهید.",
    )


def _is_checked(text: str) -> bool:
    return hid_check_character(text[:-1]) == text[-1]
