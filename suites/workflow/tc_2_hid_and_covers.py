"""Clauses 2 (HID), 8-8 and 9-2-4: life of a HID, and covers as insurers report them."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.journeys_registries import (
    BESIDE,
    PURCHASER,
    ask_cover,
    bind_hid,
    cancel_hid,
    issue_hid,
    newborn_id,
    report_cover,
    reserved_hid,
    verify_hid,
)
from suites.messages.eligibility import cover, sequence
from suites.messages.identity import CODE_OF_TWIN
from suites.oracles.identifiers import is_hid


@conformance_case(
    "TC-IDB-WF-HID-001",
    verifies=("ERX-2-HID-A",),
    role="insured_db",
    title_fa="شباد یکتا برای هر مراجعه",
)
@conformance_case(
    "TC-ELG-WF-HID-001",
    verifies=("ERX-2-HID-A", "ERX-2-HID-B", "ERX-2-UID-A", "ERX-8-8-B"),
    role="eligibility_service",
    title_fa="شباد یکتا برای هر مراجعه",
)
def tc_every_visit_has_its_own_hid(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT issues a new HID of the published form for every visit.

    Given a person who comes twice a day, when a HID is asked for at each visit, then both answers
    carry a sound HID of the insurer, and the two differ.
    """
    first = issue_hid(sut, data, "P01", "1", "stimulus: first visit")
    second = issue_hid(sut, data, "P01", "1", "stimulus: second visit")

    expect.field(
        first,
        "/hid",
        present=True,
        requirement=expect.about("ERX-2-HID-B"),
        fix="Answer the software that asked with the HID itself.",
        fix_fa="شباد را در پاسخ همان نرم‌افزار پرسنده بازگردانید.",
    )
    hid = str(first.find("/hid"))
    expect.that(
        is_hid(hid) and hid[0] == "1",
        title="the HID has not the published form",
        expected="ten characters, the insurer first, a right check character last",
        observed=hid[:40],
        pointer="/hid",
        reply=first,
        fix="Begin a HID with its issuer and end it with the Luhn mod 32 character.",
        fix_fa="شباد با صادرکننده آغاز و با نویسهٔ کنترل پایان می‌یابد.",
    )
    expect.that(
        hid != second.find("/hid") and second.status == first.status,
        title="two visits share one HID",
        expected="a new HID for the second visit",
        observed=str(second.find("/hid"))[:40],
        pointer="/hid",
        reply=second,
        fix="Issue a HID for each visit; a HID is never given twice.",
        fix_fa="برای هر مراجعه شباد تازه صادر کنید.",
    )


@conformance_case(
    "TC-ELG-WF-HID-002",
    verifies=("ERX-2-HID-C", "ERX-7-1-N4-B"),
    role="eligibility_service",
    rulings=("RUL-001",),
    title_fa="شباد بیمه‌ای تنها برای بیمه‌شده",
)
def tc_hid_of_an_insurer_needs_its_cover(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT issues a HID of an insurer to those it covers today, and no others.

    Given a person of another insurer, one whose cover ended, and an armed-forces newborn, when a
    HID of insurer 1 is asked for, then all are refused; without cover the HID is self-pay.
    """
    other = issue_hid(sut, data, "P02", "1", "stimulus: insured elsewhere")
    ended = issue_hid(sut, data, "P14", "1", "stimulus: cover ended")
    newborn = issue_hid(sut, data, "AFNB", "1", "stimulus: insurance code of another insurer")
    free = issue_hid(sut, data, "P16", "37", "stimulus: self-pay")

    fix = "Issue a HID of an insurer only under a cover of that insurer in force today."
    fix_fa = "شباد بیمه‌گر را تنها با پوشش معتبر همان بیمه‌گر صادر کنید."
    code = "PATIENT_NOT_COVERED"
    expect.problem(other, status=422, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(ended, status=422, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(
        newborn, status=422, code=code, requirement="ERX-7-1-N4-B", fix=fix, fix_fa=fix_fa
    )
    expect.field(free, "/hid", matches="9.{9}", fix="Mark self-pay HIDs by the issuer 9.")


@conformance_case(
    "TC-ELG-WF-HID-003",
    verifies=("ERX-9-2-4-B",),
    role="eligibility_service",
    title_fa="شباد بیمار دیگر",
)
def tc_hid_of_another_patient(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT holds a HID valid for its own patient only.

    Given a HID, when it is verified for its patient, then it holds; for another patient, then it
    does not, and nothing is told of whose it is.
    """
    hid = str(issue_hid(sut, data, "P01", "1").required("/hid"))

    own = verify_hid(sut, hid, "stimulus: its patient", patient=data.person_id("P01"))
    other = verify_hid(sut, hid, "stimulus: another", patient=data.person_id("P02"))

    fix = "Compare the patient with the one the HID was issued for."
    fix_fa = "بیمار را با صاحب شباد بسنجید."
    expect.field(own, "/valid", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(other, "/valid", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(other, "/state", equals="PATIENT_MISMATCH", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ELG-WF-HID-004",
    verifies=("ERX-2-HID-A",),
    role="eligibility_service",
    title_fa="ابطال شباد",
)
def tc_cancelled_hid_does_not_hold(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT cancels a HID for a reason of its kind, and holds it valid no more.

    Given a HID, when it is cancelled with the reason of a prescription, then it is refused; when
    the visit did not take place, then it is cancelled and does not hold.
    """
    hid = str(issue_hid(sut, data, "P01", "1").required("/hid"))

    wrong = cancel_hid(sut, data, hid, "stimulus: wrong reason", reason="WRONG_PATIENT")
    done = cancel_hid(sut, data, hid, "stimulus: visit not held")
    verdict = verify_hid(sut, hid, "read: what it is worth")

    expect.problem(
        wrong,
        status=422,
        code="CODE_UNKNOWN",
        fix="Take only the published reasons for cancelling a HID.",
        fix_fa="تنها دلایل منتشرشدهٔ ابطال شباد را بپذیرید.",
    )
    fix, fix_fa = "A cancelled HID holds no more.", "شباد باطل‌شده معتبر نیست."
    expect.field(done, "/state", equals="cancelled", fix=fix, fix_fa=fix_fa)
    expect.field(verdict, "/state", equals="CANCELLED", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ELG-WF-HID-005",
    verifies=("ERX-2-HID-A", "ERX-11-B"),
    role="eligibility_service",
    title_fa="شباد مرکز دیگر",
)
def tc_hid_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a centre cancel its own HIDs, and nobody else's.

    Given a HID of an office, when a pharmacy cancels it, then it is refused like a made-up one.
    """
    hid = str(issue_hid(sut, data, "P01", "1").required("/hid"))

    reply = cancel_hid(sut, data, hid, "stimulus: by a pharmacy", caller=BESIDE)

    expect.problem(
        reply,
        status=422,
        code="HID_INVALID",
        fix="Compare the calling centre with the one the HID was issued to.",
        fix_fa="مرکز فرستنده را با مرکز گیرندهٔ شباد بسنجید.",
    )


@conformance_case(
    "TC-ELG-WF-HID-006",
    verifies=("ERX-9-2-4-B", "ERX-2-HID-A"),
    role="eligibility_service",
    title_fa="شباد به‌کاررفته ابطال نمی‌شود",
)
def tc_used_hid_is_kept(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts the use of a HID by an insurer, and cancels it no more.

    Given a HID an insurer has relied on once, when its use is asked for and it is then cancelled,
    then one use is told and the cancellation is refused.
    """
    hid = str(issue_hid(sut, data, "P01", "1").required("/hid"))
    report = {"uses": [{"hid": hid, "correlation": data.uuid("message of the insurer")}]}
    step = "preamble: an insurer relies on it"
    relied = sut.call("reportHidUses", body=report, caller=PURCHASER, step=step)
    expect.control(relied, (200, 201))

    use = sut.call("getHidUse", path={"hid": hid}, step="stimulus: how often")
    cancelled = cancel_hid(sut, data, hid, "stimulus: cancel it")

    fix = "Count every message in which an insurer reported a use of the HID."
    fix_fa = "هر استفادهٔ گزارش‌شدهٔ بیمه‌گر از شباد را بشمارید."
    expect.field(use, "/useCount", equals=1, fix=fix, fix_fa=fix_fa)
    expect.problem(
        cancelled,
        status=409,
        code="HID_IN_USE",
        fix="Refuse to cancel a HID that carries a service.",
        fix_fa="ابطال شبادی را که خدمتی بر آن ثبت شده است رد کنید.",
    )


@conformance_case(
    "TC-ELG-WF-BIND-001",
    verifies=("ERX-2-HID-A",),
    role="eligibility_service",
    title_fa="شباد رزرو یک بار بسته می‌شود",
)
def tc_reserved_hid_is_bound_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a reserved HID to one visit only.

    Given a HID issued in an emergency, when it is bound to one patient and then to another, then
    the first holds and the second is refused.
    """
    hid = reserved_hid(sut, data)

    first = bind_hid(sut, data, hid, "P01", "stimulus: first patient")
    second = bind_hid(sut, data, hid, "P03", "stimulus: second patient")

    expect.field(first, "/state", equals="bound", fix="Bind a reserved HID to its visit.")
    expect.problem(
        second,
        status=409,
        code="HID_ALREADY_BOUND",
        fix="Bind a HID once; look at its state in the same transaction.",
        fix_fa="شباد را تنها یک بار ببندید و وضعیت آن را در همان تراکنش بسنجید.",
    )


@conformance_case(
    "TC-ELG-WF-BIND-002",
    verifies=("ERX-9-1-2-D",),
    role="eligibility_service",
    rulings=("RUL-071",),
    title_fa="انتخاب بیمه هنگام هم‌پوشانی",
)
def tc_person_chooses_between_covers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT asks which cover counts when the priority leaves it open.

    Given a person with two covers of equal priority, when a reserved HID is bound without a
    choice, then it is refused; with the choice of its insurer, then it is bound.
    """
    hid = reserved_hid(sut, data, "2")

    open_ = bind_hid(sut, data, hid, "P12", "stimulus: no choice")
    chosen = bind_hid(sut, data, hid, "P12", "stimulus: chosen", chosenInsurer="2")

    fix = "Ask the person when the published priority does not decide."
    fix_fa = "اگر اولویت منتشرشده تعیین نکند، انتخاب شخص لازم است."
    expect.problem(open_, status=409, code="OVERLAP_UNRESOLVED", fix=fix, fix_fa=fix_fa)
    expect.field(chosen, "/state", equals="bound", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ELG-WF-BATCH-001",
    verifies=("ERX-8-8-B",),
    role="eligibility_service",
    title_fa="سقف شباد رزرو هر مرکز",
    alone=True,  # exhausts what a centre may hold
)
def tc_centre_holds_five_hundred_hids(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a centre hold 500 unused reserved HIDs, whatever the batches.

    Given a pharmacy that holds 300 HIDs of today, when it asks for 300 more, then it is refused.
    """
    body = {"insurerCode": "1", "count": 300, "validUntil": data.day()}

    first = sut.call("reserveHids", body=body, caller=BESIDE, step="preamble: 300 HIDs")
    expect.control(first, (201, 422))  # 422: an earlier run of this day holds them
    second = sut.call("reserveHids", body=body, caller=BESIDE, step="stimulus: 300 more")

    expect.problem(
        second,
        status=422,
        code="HID_BATCH_LIMIT",
        fix="Count the unused HIDs of the centre over all its batches.",
        fix_fa="شبادهای مصرف‌نشدهٔ مرکز را در همهٔ دسته‌ها بشمارید.",
    )


@conformance_case(
    "TC-ELG-WF-LINK-001",
    verifies=("ERX-7-1-N3-C",),
    role="eligibility_service",
    rulings=("RUL-003",),
    title_fa="نوزادی که کد ملی گرفته است",
)
def tc_newborn_with_a_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT knows a newborn under the code it got, and covers it there.

    Given a newborn whose link to a code was told to the identity authority, when the code is asked
    for, then the child is entitled by its cover.
    """
    body = {
        "former": newborn_id(data, "NB2"),
        "current": CODE_OF_TWIN,
        "cause": "newborn_registered",
    }
    sut.environment("identity", "linkIdentity", body=body, step="environment: a code is given")

    reply = ask_cover(sut, data, "NB2", "stimulus: under the code", patient=CODE_OF_TWIN)

    fix = "Ask the identity authority under which ids a person is known."
    fix_fa = "شناسه‌های شخص را از مرجع هویت بپرسید."
    expect.field(reply, "/entitled", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/covers/0/insurerCode", equals="1", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDB-WF-COVER-001",
    verifies=("ERX-8-8-D", "ERX-A1-10-5"),
    role="insured_db",
    rulings=("RUL-059",),
    title_fa="اعلام و پایان پوشش از سوی بیمه‌گر",
)
@conformance_case(
    "TC-ELG-WF-COVER-001",
    verifies=("ERX-8-8-A",),
    role="eligibility_service",
    rulings=("RUL-059",),
    title_fa="اعلام و پایان پوشش از سوی بیمه‌گر",
)
def tc_reported_cover_changes_the_answer(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers by what the insurer reported last, and drops what is older.

    Given an uninsured foreign national, when insurer 1 reports a cover, an older report follows
    and then its end, then the person is entitled, still entitled, and no longer entitled.
    """
    person = data.person_id("F02")
    start = cover(data, person, sequence=sequence(data, 1))
    older = cover(data, person, sequence=sequence(data), ended=True)
    end = cover(data, person, sequence=sequence(data, 2), ended=True)

    taken = report_cover(sut, [start], "stimulus: a cover begins")
    first = ask_cover(sut, data, "F02", "read: after the report")
    stale = report_cover(sut, [older], "stimulus: an older report")
    ended = report_cover(sut, [end], "stimulus: the cover ends")
    last = ask_cover(sut, data, "F02", "read: after the end")

    fix = "Keep the report with the highest number of each person and insurer; answer by it."
    fix_fa = "گزارش دارای بزرگ‌ترین شماره را نگه دارید و بر پایهٔ آن پاسخ دهید."
    expect.field(taken, "/accepted", equals=1, fix=fix, fix_fa=fix_fa)
    expect.field(first, "/entitled", equals=True, fix=fix, fix_fa=fix_fa)
    expect.problem(stale, status=409, code="COVER_UPDATE_STALE", fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/accepted", equals=1, fix=fix, fix_fa=fix_fa)
    sent = expect.about("ERX-A1-10-5")
    expect.field(last, "/entitled", equals=False, requirement=sent, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-IDB-WF-COVER-002",
    verifies=("ERX-8-8-D", "ERX-A1-10-5"),
    role="insured_db",
    title_fa="بیمه‌گر تنها پوشش‌های خود را اعلام می‌کند",
)
@conformance_case(
    "TC-ELG-WF-COVER-002",
    verifies=("ERX-8-8-A",),
    role="eligibility_service",
    title_fa="بیمه‌گر تنها پوشش‌های خود را اعلام می‌کند",
)
def tc_insurer_reports_its_own_covers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes reports of a cover from its own insurer only.

    Given insurer 1, when it reports the end of a cover of insurer 2, then it is refused.
    """
    person = data.person_id("P30")
    update = cover(data, person, insurerCode="2", fund="universal", ended=True)

    reply = report_cover(sut, [update], "stimulus: a cover of insurer 2")

    expect.problem(
        reply,
        status=403,
        code="INSURER_NOT_ALLOWED",
        fix="Compare the insurer of every update with the one that calls.",
        fix_fa="بیمه‌گر هر گزارش را با فرستنده بسنجید.",
    )
