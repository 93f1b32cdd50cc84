"""Clauses 8-10 and 7-6 at MAKSA: what is published, and what a code is worth today."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, conformance_case
from suites import journeys_codes as codes
from suites.journeys_codes import (
    DIAGNOSES,
    IMAGING,
    LABORATORY,
    SERVICES,
    coded,
    drug,
    refused_code,
    validate,
)
from suites.messages.maksa import DRUGS
from suites.oracles.text import persian_digits, with_arabic_letters

NOT_IN_FORCE = (
    (DRUGS, "99090", "retired", "CODE_RETIRED"),
    (LABORATORY, "3173-2", "retired", "CODE_RETIRED"),
    (SERVICES, "991450", "retired", "CODE_RETIRED"),
    (DRUGS, "99091", "future", "CODE_NOT_YET_VALID"),
    (SERVICES, "992123", "future", "CODE_NOT_YET_VALID"),
)
"""Codes of the pack that are retired or announced (releases.yaml)."""


def _systems(reply: Reply) -> dict[str, tuple[str, int]]:
    """Version and number of concepts by system; empty when the answer is no list of systems."""
    found = reply.find("/systems")
    return {
        str(one.get("system")): (str(one.get("version")), int(one.get("concepts") or 0))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    }


@conformance_case(
    "TC-MAK-SEM-SYSTEMS-001",
    verifies=("ERX-8-10-A", "SVC-000-A", "ERX-10-B"),
    role="maksa",
    title_fa="فهرست نظام‌های مصوب و هیچ نظام دیگر",
)
def tc_systems_are_those_of_the_release(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT publishes every approved code system, whole, and no private one.

    Given the release, when the systems are listed, then each one of it is told once with its
    version and at least as many concepts as it has, and nothing else is told.
    """
    reply = sut.call("listSystems", step="stimulus: list the systems")

    listed = _systems(reply)
    published = load_pack().codes
    rows = reply.find("/systems")
    expect.that(
        set(listed) == set(published) and isinstance(rows, list) and len(rows) == len(listed),
        title="the systems are not those of the release",
        expected=f"each of {len(published)} systems once, no other",
        observed=", ".join(sorted(set(listed) ^ set(published)))[:200] or reply.summary(),
        pointer="/systems",
        reply=reply,
        fix="List the systems of the release in force; keep private codings out of the exchange.",
        fix_fa="نظام‌های انتشار جاری را فهرست کنید؛ کدگذاری خصوصی وارد تبادل نمی‌شود.",
    )
    short = sorted(
        name
        for name, one in published.items()
        if name in listed and listed[name] < (str(one["version"]), len(one["concepts"]))
    )
    expect.that(
        bool(listed) and not short,
        title="a system is older or smaller than its release",
        expected="version of the release, all of its concepts",
        observed=", ".join(short)[:200] or reply.summary(),
        pointer="/systems",
        reply=reply,
        requirement="ERX-10-B",
        fix="Load every release whole; tell its version.",
        fix_fa="هر انتشار را کامل بارگذاری و نسخهٔ آن را اعلام کنید.",
    )


@conformance_case(
    "TC-MAK-SEM-STATE-001",
    verifies=("ERX-7-6-C", "ERX-9-1-7-C", "ERX-10-B"),
    role="maksa",
    title_fa="تنها کد مصوب در نظام خود معتبر است",
)
def tc_only_approved_codes_are_valid(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT holds a code valid only when the named system has approved it.

    Given a medicine, a diagnosis and a service, when each is asked for as approved, as a code
    nobody approved, and under the system of another, then only the first is valid.
    """
    fix = "A code means something only together with its system; look it up there."
    fix_fa = "کد تنها همراه نظام خود معنا دارد؛ آن را در همان نظام بجویید."
    approved = (
        (DRUGS, "99012", SERVICES),
        (DIAGNOSES, "E11.9", DRUGS),
        (SERVICES, "991100", DRUGS),
    )
    for system, code, other in approved:
        right = validate(sut, coded(system, code), f"stimulus: approved {code}")
        strange = validate(sut, {**coded(system, code), "code": "LOCAL-7"}, "stimulus: local code")
        wrong = validate(
            sut, {**coded(system, code), "system": other}, f"stimulus: {code} elsewhere"
        )

        expect.field(right, "/valid", equals=True, fix=fix, fix_fa=fix_fa)
        refused_code(expect, strange, "CODE_UNKNOWN", fix, fix_fa)
        refused_code(expect, wrong, "CODE_UNKNOWN", fix, fix_fa)


@conformance_case(
    "TC-MAK-SEM-STATE-002",
    verifies=("RM-HIS-CONF-D", "ERX-A1-8-2", "ERX-7-6-C"),
    role="maksa",
    title_fa="کد منسوخ و کد آینده",
)
def tc_validity_is_judged_on_the_day(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT judges the validity of a code on the day of the question.

    Given every retired and every announced code of the release, when each is asked for, then it is
    refused with a reason of its own, and the concept is told with its state.
    """
    fix = "Compare validFrom and validUntil with the day of the question, both included."
    fix_fa = "آغاز و پایان اعتبار را با روز پرسش بسنجید."
    for system, code, state, reason in NOT_IN_FORCE:
        verdict = validate(sut, coded(system, code), f"stimulus: {state} {code}")
        told = codes.concept(sut, system, code, f"read: {state} {code}")

        refused_code(expect, verdict, reason, fix, fix_fa)
        expect.field(told, "/state", equals=state, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-MAK-SEM-STATE-003",
    verifies=("ERX-A1-8-2", "RM-HIS-CONF-D"),
    role="maksa",
    title_fa="نسخهٔ تازه و نسخهٔ پیشین یک کد",
)
def tc_changed_code_holds_in_its_new_version(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT holds a code that changed valid in its new version and not in the old.

    Given a medicine whose strength changed and a service with a new tariff, when each version is
    asked for with its own text, then the new one is valid and the old one retired; without a
    version the new text holds and the old text names something else.
    """
    fix = "Keep the versions of a concept apart, with their texts and their days."
    fix_fa = "نسخه‌های یک مفهوم را با متن و تاریخ خود جدا نگه دارید."
    for system, code in ((DRUGS, "99092"), (SERVICES, "992122")):
        first, last = (one for one in codes.rows(system) if one["code"] == code)
        new = {"system": system, "code": code, "version": "2", "display": last["en"]}
        old = {"system": system, "code": code, "version": "1", "display": first["en"]}
        holds = validate(sut, new, f"stimulus: new version of {code}")
        gone = validate(sut, old, f"stimulus: old version of {code}")

        expect.field(holds, "/valid", equals=True, fix=fix, fix_fa=fix_fa)
        refused_code(expect, gone, "CODE_RETIRED", fix, fix_fa)

    former = drug("99092", display="rosuvastatin 5 mg tablet")
    mixed = validate(sut, former, "stimulus: the new code with its old strength")
    refused_code(expect, mixed, "CODE_DISPLAY_MISMATCH", fix, fix_fa)


@conformance_case(
    "TC-MAK-SEM-TEXT-001",
    verifies=("ERX-10-B", "SVC-000-A"),
    role="maksa",
    title_fa="نام فارسی پس از یکسان‌سازی نویسه‌ها",
)
def tc_texts_are_compared_after_folding(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT takes the published texts in every harmless spelling, and no other text.

    Given the Persian text of a medicine with Arabic yeh and kaf, with Persian digits, and without
    its joiners, when each is validated, then it is valid; the text of another medicine is not.
    """
    published = str(codes.row(DRUGS, "99003")["fa"])
    spellings = (
        published,
        with_arabic_letters(published),
        persian_digits(published),
        published.replace("\u200c", ""),
    )
    fix = "Fold yeh, kaf, joiners and digits on both sides before comparing texts."
    fix_fa = "پیش از مقایسه ی/ي، ک/ك، نیم‌فاصله و ارقام را در هر دو متن یکسان کنید."
    for number, text in enumerate(spellings, 1):
        taken = validate(sut, drug("99003", display=text), f"stimulus: spelling {number}")
        expect.field(taken, "/valid", equals=True, fix=fix, fix_fa=fix_fa)

    other = validate(
        sut, drug("99003", display=codes.row(DRUGS, "99004")["fa"]), "stimulus: another medicine"
    )
    fix = "Compare the text with both published ones; nobody knows which of two drugs was meant."
    fix_fa = "متن را با متن‌های منتشرشدهٔ کد بسنجید."
    refused_code(expect, other, "CODE_DISPLAY_MISMATCH", fix, fix_fa)


@conformance_case(
    "TC-MAK-SEM-GENERIC-001",
    verifies=("RM-LAW-74-TH",),
    role="maksa",
    title_fa="طرح ژنریک و فهرست رسمی دارو",
)
def tc_medicines_are_named_by_their_generic_name(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT holds to the generic-name scheme and the official list of medicines.

    Given a medicine, when it is validated by its generic text, by a brand name under its code, and
    as one outside the list, then only the generic-coded listed medicine is valid; a search for the
    generic name finds it.
    """
    generic = validate(sut, drug("99001"), "stimulus: by its generic name")
    brand = validate(sut, drug("99001", display="Glucophage 500"), "stimulus: a brand alone")
    unlisted = {"system": DRUGS, "code": "77001", "display": "unlisted 5 mg tablet"}
    outside = validate(sut, unlisted, "stimulus: outside the list")
    found = codes.search(sut, DRUGS, "metformin", "stimulus: search the generic name")

    fix = "Validate medicines against the generic texts of the official list."
    fix_fa = "دارو را با نام ژنریک فهرست رسمی بسنجید."
    expect.field(generic, "/valid", equals=True, fix=fix, fix_fa=fix_fa)
    refused_code(expect, brand, "CODE_DISPLAY_MISMATCH", fix, fix_fa)
    refused_code(expect, outside, "CODE_UNKNOWN", fix, fix_fa)
    expect.that(
        "99001" in codes.codes_of(found),
        title="a listed medicine is not found by its generic name",
        expected="99001 among the concepts",
        observed=", ".join(codes.codes_of(found))[:100] or found.summary(),
        pointer="/concepts",
        reply=found,
        fix=fix,
        fix_fa=fix_fa,
    )


@conformance_case(
    "TC-MAK-SEM-UID-001",
    verifies=("ERX-2-UID-A",),
    role="maksa",
    title_fa="هر شناسه یک مفهوم",
)
def tc_every_code_names_one_concept(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT lets every code of a system name exactly one concept.

    Given codes of four systems, some that look alike, when each is read, then the concept answered
    carries that very code and the texts the release publishes for it; a code with another case or
    a missing digit is nobody's.
    """
    fix = "Look codes up as exact text within their system; never by a prefix or a number."
    fix_fa = "کد را به‌صورت متن دقیق در نظام خود بجویید؛ نه با پیشوند یا مقدار عددی."
    alike = ((DRUGS, "99001"), (DRUGS, "99010"), (DIAGNOSES, "E11.9"), (LABORATORY, "718-7"),
             (IMAGING, "36643-5"))  # fmt: skip
    for system, code in alike:
        told = codes.concept(sut, system, code, f"stimulus: {code}")
        expect.field(told, "/code", equals=code, fix=fix, fix_fa=fix_fa)
        expect.field(
            told, "/displayEn", equals=codes.row(system, code)["en"], fix=fix, fix_fa=fix_fa
        )

    for system, code in ((DRUGS, "9901"), (DRUGS, "099001"), (DIAGNOSES, "e11.9")):
        nobody = codes.concept(sut, system, code, f"stimulus: {code} is nobody's")
        expect.problem(nobody, status=422, code="CODE_UNKNOWN", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-MAK-SEM-SEARCH-001",
    verifies=("RM-EHR-CODE",),
    role="maksa",
    title_fa="جستجوی دارو، آزمایش و تصویر",
)
def tc_three_domains_are_searched(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT finds medicines, laboratory tests and imaging studies by their texts.

    Given a concept of each domain, when its system is searched by its English text, by its Persian
    text, and by the Persian text as old keyboards write it, then the concept is found each time.
    """
    fix = "Fold text and question alike and search both published texts."
    fix_fa = "متن و پرسش را یکسان‌سازی کنید و هر دو متن منتشرشده را بجویید."
    for system, code in ((DRUGS, "99003"), (LABORATORY, "58410-2"), (IMAGING, "36643-5")):
        known = codes.row(system, code)
        persian = str(known["fa"])
        old = persian_digits(with_arabic_letters(persian)).replace("\u200c", " ")
        for text in (str(known["en"]), persian, old):
            found = codes.search(sut, system, text, f"stimulus: search for {code}")
            expect.that(
                code in codes.codes_of(found),
                title="a published concept is not found by its text",
                expected=f"{code} among the concepts",
                observed=", ".join(codes.codes_of(found))[:100] or found.summary(),
                pointer="/concepts",
                reply=found,
                fix=fix,
                fix_fa=fix_fa,
            )


@conformance_case(
    "TC-MAK-SEM-SEARCH-002",
    verifies=("RM-EHR-CODE", "ERX-A1-8-2"),
    role="maksa",
    title_fa="جستجو: اندازهٔ پاسخ و کدهای نامعتبر",
)
def tc_search_is_bounded_and_current(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT answers at most what was asked for, and nothing that is not in force.

    Given a word of many medicines, when two are asked for, then one or two come; a search for a
    retired and for an announced medicine finds neither; an unknown system is refused.
    """
    fix = "Keep `limit`; search the concepts in force today."
    fix_fa = "limit را رعایت کنید و تنها مفاهیم معتبر امروز را بجویید."
    few = codes.search(sut, DRUGS, "tablet", "stimulus: two of many", limit=2)
    gone = codes.search(sut, DRUGS, "ranitidine", "stimulus: a retired medicine")
    early = codes.search(sut, DRUGS, "empagliflozin", "stimulus: an announced medicine")
    nowhere = codes.search(sut, f"{codes.URN}no-such-system", "tablet", "stimulus: no such system")

    expect.that(
        len(codes.codes_of(few)) in {1, 2},
        title="a search does not keep its limit",
        expected="one or two concepts",
        observed=", ".join(codes.codes_of(few))[:100] or few.summary(),
        pointer="/concepts",
        reply=few,
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.field(gone, "/concepts", equals=[], requirement="ERX-A1-8-2", fix=fix, fix_fa=fix_fa)
    expect.field(early, "/concepts", equals=[], requirement="ERX-A1-8-2", fix=fix, fix_fa=fix_fa)
    expect.problem(nowhere, status=404, code="CODE_SYSTEM_UNKNOWN", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-MAK-SEM-ALIAS-001",
    verifies=("SVC-000-A", "ERX-10-B"),
    role="maksa",
    title_fa="نام‌های مستعار: رد در حالت سخت‌گیر، گزارش در حالت مداراگر",
)
def tc_aliases_are_told_or_refused(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT refuses private names in strict mode and reports them in lenient mode.

    Given every alias of a code in the pack, when it is translated strictly, then it is refused as
    an alias; leniently, then the approved code comes and the alias is reported; the approved code
    itself is no alias.
    """
    fix = "Refuse aliases when `lenient` is false; otherwise set `aliasUsed`."
    fix_fa = "در حالت سخت‌گیر نام مستعار را رد و در حالت مداراگر aliasUsed را گزارش کنید."
    for alias in load_pack().aliases["codes"]:
        system = codes.URN + alias["system"]
        private = {"system": system, "code": alias["alias"], "display": alias["alias"]}
        strict = codes.translate(sut, private, system, "stimulus: strict")
        lenient = codes.translate(sut, private, system, "stimulus: lenient", lenient=True)

        expect.problem(strict, status=422, code="CODE_ALIAS_REFUSED", fix=fix, fix_fa=fix_fa)
        expect.field(lenient, "/coded/code", equals=alias["target"], fix=fix, fix_fa=fix_fa)
        expect.field(lenient, "/aliasUsed", equals=True, fix=fix, fix_fa=fix_fa)

    own = codes.translate(sut, drug("99012"), DRUGS, "stimulus: the code itself", lenient=True)
    expect.field(own, "/aliasUsed", equals=False, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-MAK-SEM-MAP-001",
    verifies=("SVC-000-A", "ERX-9-1-7-C"),
    role="maksa",
    title_fa="آزمایش و تصویر به کد خدمت و بازگشت",
)
def tc_tests_and_services_are_one_system(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT joins tests, imaging and services into one system of codes.

    Given a laboratory test and an imaging study, when each is translated into the code of its
    service and back, then the published service code and the same test come; a medicine has none.
    """
    fix = "Translate by the published serviceCode, in both directions."
    fix_fa = "ترجمه را با serviceCode منتشرشده و در هر دو جهت انجام دهید."
    for system, code in ((LABORATORY, "58410-2"), (IMAGING, "36643-5")):
        service = str(codes.row(system, code)["serviceCode"])
        there = codes.translate(sut, coded(system, code), SERVICES, f"stimulus: {code} as service")
        back = codes.translate(sut, coded(SERVICES, service), system, f"stimulus: {service} back")

        expect.field(there, "/coded/code", equals=service, fix=fix, fix_fa=fix_fa)
        expect.field(back, "/coded/code", equals=code, fix=fix, fix_fa=fix_fa)

    none = codes.translate(sut, drug("99012"), SERVICES, "stimulus: a medicine as service")
    expect.problem(none, status=404, code="CODE_TRANSLATION_MISSING", fix=fix, fix_fa=fix_fa)
