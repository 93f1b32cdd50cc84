"""Clauses 8-10 and 10: codes approved by MAKSA are the basis of the exchange."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.oracles.text import with_arabic_letters


def _register_with(
    sut: Sut, data: SyntheticData, code: JsonValue, hid: str, step: str = "stimulus: register"
) -> Reply:
    payload = journeys.draft(sut, data, hid=hid, items=[data.item() | {"code": code}])
    return sut.call("registerPrescription", document=("prescription", payload, "dr01"), step=step)


def _refused(
    sut: Sut, expect: Expect, reply: Reply, *, hid: str, code: str, fix: str, fix_fa: str
) -> None:
    expect.problem(reply, status=422, code=code, fix=fix, fix_fa=fix_fa)
    found = journeys.find_by_hid(sut, hid)
    expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-SEM-CODE-001",
    verifies=("ERX-8-10-C", "ERX-10-B"),
    role="purchaser_system",
    title_fa="رد کد ناشناخته",
)
def tc_unknown_code_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a code that its system does not have.

    Given a prescription whose item carries an unknown code, when it is registered, then the IUT
    refuses it with the coded reason and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    reply = _register_with(sut, data, {**data.drug("99012"), "code": "99989"}, hid)
    fix_fa = "هر کد را در مکسا استعلام کنید."
    _refused(
        sut,
        expect,
        reply,
        hid=hid,
        code="CODE_UNKNOWN",
        fix="Look every code up in its system.",
        fix_fa=fix_fa,
    )


@conformance_case(
    "TC-PUR-SEM-CODE-002",
    verifies=("ERX-8-10-B", "ERX-8-10-C"),
    role="purchaser_system",
    title_fa="رد کد منسوخ",
)
def tc_retired_code_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a code that has been retired.

    Given a prescription whose item carries a retired code, when it is registered, then the IUT
    refuses it with the coded reason and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    reply = _register_with(sut, data, data.drug("99090"), hid)
    fix = "Update your codes; compare validUntil with the day of prescribing."
    _refused(
        sut, expect, reply, hid=hid, code="CODE_RETIRED", fix=fix, fix_fa="کدهای منسوخ را نپذیرید."
    )


@conformance_case(
    "TC-PUR-SEM-CODE-003",
    verifies=("ERX-8-10-B", "ERX-8-10-C"),
    role="purchaser_system",
    title_fa="رد کدی که هنوز معتبر نیست",
)
def tc_future_code_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a code that is not yet valid.

    Given a prescription whose item carries a code of a coming year, when it is registered, then
    the IUT refuses it with the coded reason and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    reply = _register_with(sut, data, data.drug("99091"), hid)
    fix = "Compare validFrom with the day of prescribing."
    _refused(
        sut,
        expect,
        reply,
        hid=hid,
        code="CODE_NOT_YET_VALID",
        fix=fix,
        fix_fa="آغاز اعتبار کد را بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEM-CODE-004",
    verifies=("ERX-8-10-C", "ERX-10-B"),
    role="purchaser_system",
    title_fa="رد سامانهٔ کدگذاری نادرست",
)
def tc_code_of_another_system_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a code under a system that does not have it.

    Given a prescription whose item names the drug code under the service system, when it is
    registered, then the IUT refuses it as unknown and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    reply = _register_with(sut, data, {**data.drug("99012"), "system": journeys.SERVICES}, hid)
    fix = "A code means something only together with its system."
    fix_fa = "کد تنها همراه سامانهٔ خود معنا دارد."
    _refused(sut, expect, reply, hid=hid, code="CODE_UNKNOWN", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-PUR-SEM-CODE-005",
    verifies=("ERX-6-2-A", "ERX-10-B"),
    role="purchaser_system",
    title_fa="رد نام دارویی که با کد نمی‌خواند",
)
def tc_display_of_another_drug_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a code whose display names another drug.

    Given a prescription whose item carries the code of one drug and the name of another, when it
    is registered, then the IUT refuses it and registers nothing: nobody knows what was meant.
    """
    hid = journeys.new_hid(sut, data)
    mixed = {**data.drug("99012"), "display": data.drug("99053")["display"]}
    reply = _register_with(sut, data, mixed, hid)
    fix = "Compare the display with the names of the code, after folding."
    fix_fa = "نام را با نام‌های کد بسنجید."
    _refused(sut, expect, reply, hid=hid, code="CODE_DISPLAY_MISMATCH", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-PUR-SEM-CODE-006",
    verifies=("ERX-6-2-A", "ERX-8-10-C"),
    role="purchaser_system",
    title_fa="پذیرش نام فارسی با نویسه‌های عربی",
)
def tc_display_is_compared_after_folding(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT compares the Persian name of a code after folding.

    Given an item named in Persian with the Arabic forms of yeh and kaf, when the prescription is
    registered, then the IUT takes it and gives the very bytes back.
    """
    written = with_arabic_letters(data.product("99008").concept.fa)
    payload = journeys.draft(
        sut, data, items=[data.item("99008") | {"code": {**data.drug("99008"), "display": written}}]
    )

    reply = journeys.submit(sut, payload, "stimulus: register")

    expect.status(
        reply,
        201,
        fix="Fold yeh, kaf, ZWNJ and digits before comparing a display.",
        fix_fa="پیش از مقایسه ی/ي، ک/ك، نیم‌فاصله و ارقام را یکسان کنید.",
    )
    expect.field(
        reply,
        "/document/items/0/code/display",
        equals=written,
        fix="Fold to compare, never to store.",
        fix_fa="نویسه‌ها را در متن ذخیره‌شده تغییر ندهید.",
    )
