"""Clauses 7-3 and 8-12 at the Medical Council: who a member is, and what he may do."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.journeys_registries import check_privilege, member_of, verify_member
from suites.oracles.text import with_arabic_letters

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"


@conformance_case(
    "TC-IRM-SEM-MEMBER-001",
    verifies=("ERX-8-12-A", "ERX-A1-12-2"),
    role="irimc_registry",
    title_fa="اطلاعات حرفه‌ای و وضعیت پروانهٔ عضو",
)
def tc_member_is_told_with_the_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells name, specialty and licence of a member as registered.

    Given an active, a suspended and a lapsed member, when they are asked for, then the state of
    each licence is told, and the suspension stands among the sanctions.
    """
    doctor = data.professional("dr01")

    active = member_of(sut, data, "dr01", "stimulus: an active member")
    suspended = member_of(sut, data, "dr11", "stimulus: a suspended member")
    lapsed = member_of(sut, data, "ph03", "stimulus: a lapsed licence")

    fix = "Tell a member as the register holds it, licence and sanctions included."
    fix_fa = "عضو را با وضعیت پروانه و محکومیت‌ها همان‌گونه که ثبت است بازگردانید."
    expect.field(
        active,
        "/familyNameFa",
        equals=doctor.family_name_fa,
        requirement="ERX-A1-12-2",
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.field(active, "/licenceState", equals="active", fix=fix, fix_fa=fix_fa)
    expect.field(suspended, "/licenceState", equals="suspended", fix=fix, fix_fa=fix_fa)
    expect.field(suspended, "/sanctions/0", present=True, fix=fix, fix_fa=fix_fa)
    expect.field(lapsed, "/licenceState", equals="lapsed", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-MEMBER-002",
    verifies=("ERX-7-3-B",),
    role="irimc_registry",
    rulings=("RUL-037",),
    title_fa="شمارهٔ نظام پزشکی با صفر آغازین",
)
def tc_council_numbers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT finds a member by kind and number, leading zeros aside.

    Given a member, when the number comes with zeros in front, then the same member is told; with
    the kind of another profession, or a number nobody has, then nobody is.
    """
    number = data.professional("dr01").council_number

    zeros = sut.call(
        "getMember", path={"kind": "MD", "number": f"00{number}"}, step="stimulus: zeros in front"
    )
    kind = sut.call(
        "getMember", path={"kind": "PHARM", "number": number}, step="stimulus: another profession"
    )
    nobody = sut.call(
        "getMember", path={"kind": "MD", "number": "990099"}, step="stimulus: nobody's number"
    )

    expect.field(
        zeros,
        "/familyNameFa",
        equals=data.professional("dr01").family_name_fa,
        fix="Leading zeros of a council number do not count.",
        fix_fa="صفرهای آغازین شمارهٔ نظام به حساب نمی‌آیند.",
    )
    fix = "A council number means something only together with its kind."
    fix_fa = "شمارهٔ نظام تنها همراه نوع عضویت معنا دارد."
    expect.problem(kind, status=404, code="NOT_FOUND", fix=fix, fix_fa=fix_fa)
    expect.problem(nobody, status=404, code="NOT_FOUND", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-MEMBER-003",
    verifies=("RM-P4-A", "ERX-8-12-N1-E"),
    role="irimc_registry",
    title_fa="تخصص با کد مکسا پس از تغییر مدرک",
)
def tc_specialty_is_a_published_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the present specialty of a member as a published code.

    Given a member who became a paediatrician a week ago, when it is asked for, then the specialty
    is that of the register today, with system, code and display as MAKSA publishes them.
    """
    wanted = data.concept(SPECIALTIES, data.professional("dr12").specialty)

    found = member_of(sut, data, "dr12", "stimulus: a new specialist")

    fix = "Tell the specialty as the coded text MAKSA publishes, as it is today."
    fix_fa = "تخصص کنونی را با کد و نام منتشرشدهٔ مکسا اعلام کنید."
    for member in ("system", "code", "display"):
        expect.field(found, f"/specialty/{member}", equals=wanted[member], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-VERIFY-001",
    verifies=("ERX-8-12-B", "ERX-6-4-A"),
    role="irimc_registry",
    title_fa="تطبیق شخص با شمارهٔ نظام",
)
def tc_member_and_person_are_one(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT confirms a council number for its very holder, and for nobody else.

    Given a member, when number, code and name are his, then he is confirmed; with the code of a
    patient, or with another family name, then the IUT refuses.
    """
    right = verify_member(sut, data, "dr01", "stimulus: the member")
    person = verify_member(
        sut, data, "dr01", "stimulus: another person", person=data.person_id("P01")
    )
    named = verify_member(sut, data, "dr01", "stimulus: another name", familyName="نام دیگر")

    expect.field(right, "/matches", equals=True, fix="Confirm the holder of a number.")
    expect.field(right, "/mayPractise", equals=True, fix="Confirm a licence that is active.")
    fix = "Compare id and folded family name with the register before you confirm."
    fix_fa = "پیش از تأیید، شناسه و نام خانوادگی را با ثبت بسنجید."
    code = "MEMBER_IDENTITY_MISMATCH"
    expect.problem(person, status=422, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(named, status=422, code=code, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-VERIFY-002",
    verifies=("ERX-8-12-B",),
    role="irimc_registry",
    title_fa="مقایسهٔ نام عضو پس از یکسان‌سازی",
)
def tc_name_of_a_member_is_folded(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT compares the family name of a member after folding.

    Given a member, when the family name comes with Arabic yeh, then he is confirmed all the same.
    """
    arabic = with_arabic_letters(data.professional("dr01").family_name_fa)

    reply = verify_member(sut, data, "dr01", "stimulus: Arabic letters", familyName=arabic)

    expect.field(
        reply,
        "/matches",
        equals=True,
        fix="Fold yeh, kaf, ZWNJ and digits of both names before you compare them.",
        fix_fa="پیش از مقایسه ی/ي، ک/ك، نیم‌فاصله و ارقام را یکسان کنید.",
    )


@conformance_case(
    "TC-IRM-SEM-VERIFY-003",
    verifies=("ERX-2-PRV-A", "ERX-6-4-A", "ERX-A1-12-3"),
    role="irimc_registry",
    title_fa="عضو بدون پروانهٔ معتبر",
)
def tc_member_without_a_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT confirms no member whose licence does not allow practice.

    Given a suspended, a lapsed and a revoked member, when person and name are right, then the IUT
    refuses each of them as not in practice.
    """
    suspended = verify_member(sut, data, "dr11", "stimulus: suspended")
    lapsed = verify_member(sut, data, "ph03", "stimulus: lapsed")
    revoked = verify_member(sut, data, "dr15", "stimulus: revoked")

    fix = "Look at the state of the licence after the person matched."
    fix_fa = "پس از تطبیق شخص، وضعیت پروانه را بسنجید."
    code = "MEMBER_NOT_IN_PRACTICE"
    expect.problem(suspended, status=403, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(lapsed, status=403, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(revoked, status=403, code=code, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-PRIV-001",
    verifies=("ERX-8-12-N1-E", "RM-INS-PROVIDER"),
    role="irimc_registry",
    rulings=("RUL-020",),
    title_fa="صلاحیت بر پایهٔ تخصص",
)
def tc_privileges_follow_the_specialty(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT allows what the specialty of a member allows, and nothing else.

    Given the published matrix, when a general practitioner asks for medicines and an internist for
    advanced imaging, then both may; the practitioner may not order advanced imaging, nor may a
    pharmacist order medicines.
    """
    drug = check_privilege(sut, data, "dr01", "drug", "stimulus: medicines")
    scan = check_privilege(sut, data, "dr02", "imaging_advanced", "stimulus: internist")
    beyond = check_privilege(sut, data, "dr01", "imaging_advanced", "stimulus: practitioner")
    pharmacist = check_privilege(sut, data, "ph01", "drug", "stimulus: pharmacist")

    fix = "Look specialty and kind of service up in the published matrix of privileges."
    fix_fa = "تخصص و نوع خدمت را در جدول منتشرشدهٔ صلاحیت‌ها بجویید."
    expect.field(drug, "/allowed", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(scan, "/allowed", equals=True, fix=fix, fix_fa=fix_fa)
    code = "MEMBER_PRIVILEGE_MISSING"
    expect.problem(beyond, status=403, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(pharmacist, status=403, code=code, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-PRIV-002",
    verifies=("ERX-8-12-N1-C", "ERX-8-12-N1-D"),
    role="irimc_registry",
    title_fa="اثر تعلیق و محکومیت بر صلاحیت",
)
def tc_sanctions_take_privileges_away(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT allows a suspended member nothing, and a limited one what is left.

    Given a suspended practitioner and one limited to ward rounds, when they ask for medicines,
    then neither may; the limited one may still admit, and a reprimand takes nothing away.
    """
    suspended = check_privilege(sut, data, "dr11", "drug", "stimulus: suspended")
    limited = check_privilege(sut, data, "dr14", "drug", "stimulus: limited")
    ward = check_privilege(sut, data, "dr14", "admission", "stimulus: limited, at the ward")
    reprimand = check_privilege(sut, data, "dr17", "drug", "stimulus: a reprimand")

    fix = "Look at licence and sanctions of the member on the day that is asked about."
    fix_fa = "پروانه و محکومیت عضو را در روز پرسش ملاک قرار دهید."
    discipline = "ERX-8-12-N1-D"
    expect.field(suspended, "/allowed", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(limited, "/allowed", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(ward, "/allowed", equals=True, requirement=discipline, fix=fix, fix_fa=fix_fa)
    expect.field(reprimand, "/allowed", equals=True, requirement=discipline, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IRM-SEM-PRIV-003",
    verifies=("ERX-2-PRV-A",),
    role="irimc_registry",
    rulings=("RUL-020",),
    title_fa="فهرست محدود داروهای ماما",
)
def tc_limited_list_of_a_midwife(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the list a member is limited to.

    Given a midwife who may order some medicines only, when her privilege is asked for, then it is
    allowed and the list names none but those medicines.
    """
    limit = set(data.professional("dr10").formulary)

    reply = check_privilege(sut, data, "dr10", "drug", "stimulus: a midwife")

    expect.field(reply, "/allowed", equals=True, fix="Allow what the matrix allows.")
    told = reply.find("/formulary")
    codes = set(map(str, told)) if isinstance(told, list) else set()
    expect.that(
        bool(codes) and codes <= limit,
        title="the limited list of the member is not told",
        expected=f"some of {', '.join(sorted(limit))}, nothing else",
        observed=", ".join(sorted(codes))[:200] or "no list",
        pointer="/formulary",
        reply=reply,
        fix="Tell the list with the verdict; without it everything is allowed.",
        fix_fa="فهرست محدود را همراه پاسخ بفرستید؛ نبود آن یعنی همه‌چیز مجاز است.",
    )


@conformance_case(
    "TC-IRM-SEM-FEED-001",
    verifies=("ERX-8-12-N1-D", "ERX-8-12-N1-C", "ERX-A1-12-3"),
    role="irimc_registry",
    title_fa="خوراک تغییرات اعضا",
)
def tc_changes_of_members_come_once(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells changes of members after a number, and a known one never again.

    Given the feed of changes, when it is read from its beginning and then after the first number,
    then numbers grow and the first change does not come again.
    """
    whole = sut.call("listMemberChanges", query={"after": "0"}, step="stimulus: from the start")
    expect.field(whole, "/changes/0", present=True, fix="Put what changed into the feed.")
    first = int(str(whole.required("/changes/0/sequence")))

    rest = sut.call("listMemberChanges", query={"after": str(first)}, step="stimulus: the rest")

    rows = rest.find("/changes")
    found = (
        [row.get("sequence") for row in rows if isinstance(row, dict)]
        if isinstance(rows, list)
        else [None]
    )
    expect.that(
        all(isinstance(one, int) and one > first for one in found),
        title="a change comes again after its own number",
        expected=f"numbers above {first} only",
        observed=str(found)[:200],
        pointer="/changes",
        reply=rest,
        fix="`after` is the last number the reader has; begin with the next one.",
        fix_fa="after آخرین شمارهٔ خوانده‌شده است؛ از شمارهٔ بعدی آغاز کنید.",
    )
