"""Document 004: errors of sent records, the bank of interpretations, cases until their end."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures import load_pack
from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record


def refused_result(sut: Sut, data: SyntheticData, expect: Expect) -> str:
    """Let lab-1 send a result whose unit does not fit; return its correlation."""
    value = {"value": 92, "unit": "mmol/L", "system": record.UCUM, "code": "mmol/L"}
    part = record.observation(data, "P02", valueQuantity=value)
    hid = data.hid(sut, "P02")
    body = record.laboratory(data, "P02", hid, part=part)
    reply = record.result(sut, body, "preamble: a result the record refuses")
    expect.control(reply, 422)
    return record.correlation_of(reply)


def listed(
    sut: Sut, step: str, since: str, correlation: str, caller: Caller = record.LAB
) -> tuple[list[Mapping[str, JsonValue]], Reply]:
    """Return the errors of a message in the list of a centre, and the answer."""
    reply = sut.call("listSubmissionErrors", query={"since": since}, caller=caller, step=step)
    rows = reply.required("/errors")
    found = rows if isinstance(rows, list) else []
    return [
        one for one in found if isinstance(one, Mapping) and one.get("correlation") == correlation
    ], reply


def reported(sut: Sut, code: str, step: str = "preamble: report a case") -> Reply:
    """Report a case of lab-1."""
    body = {"text": "our result is refused", "code": code}
    return sut.call("reportCase", body=body, caller=record.LAB, step=step)


def stepped(sut: Sut, case: Reply, to: str, step: str = "preamble: a step") -> Reply:
    """Let a case take a step."""
    return sut.call(
        "advanceCase",
        path={"caseId": str(case.required("/caseId"))},
        body={"to": to, "text": f"to {to}"},
        caller=record.LAB,
        step=step,
    )


def told(sut: Sut, case: Reply, step: str, caller: Caller = record.LAB) -> Reply:
    """Read a case."""
    path = {"caseId": str(case.required("/caseId"))}
    return sut.call("getCase", path=path, caller=caller, step=step)


@conformance_case(
    "TC-SRM-WF-LIST-001",
    verifies=("SEP-ERR-2", "SEP-ERR-5"),
    role="sepas_monitor",
    title_fa="خطای سند ارسالی نمایش داده می‌شود",
)
def tc_a_refused_record_is_listed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lists a refused submission to its centre, classified by the bank.

    Given a result that the record refused for its unit, when its centre lists the errors of the
    day, then the error is there once, with code, class 2 and the vendor as owner; asked for days to
    come the list is without it.
    """
    correlation = refused_result(sut, data, expect)

    found, reply = listed(sut, "stimulus: errors of today", data.day(-1), correlation)
    later, _ = listed(sut, "stimulus: errors of days to come", data.day(2), correlation)

    wanted = {"code": "RESULT_UNIT_INVALID", "triage": 2, "owner": "vendor"}
    seen = [{name: one.get(name) for name in wanted} for one in found]
    expect.that(
        seen == [wanted],
        title="the error of a sent record is not shown as the bank has it",
        expected=f"one error with the correlation sent: {wanted}",
        observed=str(seen)[:200],
        pointer="/errors",
        reply=reply,
        fix="List what the record refused, with code, class and owner of the error bank.",
        fix_fa="خطاهای اسناد ارسالی را با کد، دسته و مسئول نشان دهید.",
    )
    expect.that(
        not later,
        title="an error of today is listed since a later day",
        expected="no error since a day to come",
        observed=f"{len(later)} errors",
        pointer="/errors",
        reply=reply,
        fix="Begin the list with the day asked for.",
        fix_fa="فهرست را از روز خواسته‌شده آغاز کنید.",
    )


@conformance_case(
    "TC-SRM-WF-LIST-002",
    verifies=("SEP-ERR-2",),
    role="sepas_monitor",
    title_fa="خطای مرکز دیگر دیده نمی‌شود",
)
def tc_errors_of_others_are_not_listed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows the errors of a centre to that centre only.

    Given a refused result of one centre, when another centre lists its errors, then the error is
    not among them, while the centre that sent it sees it.
    """
    correlation = refused_result(sut, data, expect)
    day = data.day(-1)

    strange, reply = listed(sut, "stimulus: another centre", day, correlation, record.PHARMACY)
    own, _ = listed(sut, "control: the sender", day, correlation)

    expect.that(
        own and not strange,
        title="errors of one centre are shown to another",
        expected="the error in the list of its sender and in no other",
        observed=f"{len(own)} at the sender, {len(strange)} at another centre",
        pointer="/errors",
        reply=reply,
        fix="Filter errors by the calling centre.",
        fix_fa="هر مرکز فقط خطاهای خود را ببیند.",
    )


@conformance_case(
    "TC-SRM-WF-BANK-001",
    verifies=("SEP-ERR-3", "SEP-ERR-5"),
    role="sepas_monitor",
    title_fa="علت و راه‌حل در بانک خطا",
)
def tc_the_bank_tells_cause_and_solution(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells class, owner and solution of an error as the bank has them.

    Given an error code of the pack, when it is looked up, then class and owner are those of the
    pack, and the solution says what to do and does not repeat the message.
    """
    known = load_pack(sut.profile.pack).errors["HID_INVALID"]

    reply = sut.call(
        "getErrorEntry", path={"code": "HID_INVALID"}, caller=record.LAB, step="stimulus: look up"
    )

    expect.status(reply, 200, fix="Tell what the bank knows.", fix_fa="محتوای بانک خطا را بدهید.")
    expect.field(reply, "/triage", equals=known["triage"], fix="Take the class of the pack.")
    for member in ("solutionEn", "solutionFa"):
        expect.field(
            reply,
            f"/{member}",
            equals=known[member],
            fix="Tell the solution of the bank, not its message.",
            fix_fa="راه‌حل بانک را بدهید، نه متن خطا.",
        )


@conformance_case(
    "TC-SRM-WF-TRIAGE-001",
    verifies=("SEP-ERR-4", "SEP-ERR-5"),
    role="sepas_monitor",
    rulings=("RUL-052",),
    title_fa="خطای شناخته دسته می‌گیرد",
)
def tc_a_known_error_is_classified(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT classes a reported error that the bank knows and keeps it open.

    Given an error of the bank, when a case of it is reported, then the case is open with the class
    of the bank and its owner.
    """
    case = reported(sut, "RESULT_UNIT_INVALID", "stimulus: report a known error")

    expect.status(case, 201, fix="Open a case.", fix_fa="مورد را ثبت کنید.")
    fix, fix_fa = "Class by the bank of interpretations.", "بر پایهٔ بانک تفسیر دسته‌بندی کنید."
    expect.field(case, "/triage", equals=2, requirement="SEP-ERR-5", fix=fix, fix_fa=fix_fa)
    expect.field(case, "/owner", equals="vendor", fix=fix, fix_fa=fix_fa)
    expect.field(case, "/state", equals="open", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ISS-WF-TRIAGE-002",
    verifies=("SEP-ERR-8", "SEP-ERR-4"),
    role="issue_tracker",
    rulings=("RUL-052",),
    title_fa="خطای ناشناخته به وزارت",
)
@conformance_case(
    "TC-SRM-WF-TRIAGE-002",
    verifies=("SEP-ERR-4", "SEP-ERR-8"),
    role="sepas_monitor",
    rulings=("RUL-052",),
    title_fa="خطای ناشناخته به وزارت",
)
def tc_an_unknown_error_reaches_the_tracker(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT registers an error that the bank does not know with the ministry at once.

    Given an error nobody has interpreted, when a case of it is reported, then the case has class
    17, is with the ministry and carries the key of its entry in the tracker.
    """
    case = reported(sut, "NO_SUCH_ERROR", "stimulus: report an unknown error")

    fix, fix_fa = "Register the unknown in the tracker.", "مورد ناشناخته را در ردیاب ثبت کنید."
    expect.field(case, "/triage", equals=17, fix=fix, fix_fa=fix_fa)
    expect.field(case, "/state", equals="with_ministry", fix=fix, fix_fa=fix_fa)
    expect.field(case, "/trackerKey", present=True, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-ISS-WF-CASE-001",
    verifies=("SEP-ERR-7", "SEP-ERR-6"),
    role="issue_tracker",
    title_fa="ارجاع به مسئول خطا",
)
@conformance_case(
    "TC-SRM-WF-CASE-001",
    verifies=("SEP-ERR-7", "SEP-ERR-6"),
    role="sepas_monitor",
    title_fa="ارجاع به مسئول خطا",
)
def tc_a_case_goes_to_its_owner(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT refers a new case to the owner of its class and to nobody else.

    Given an open case of a vendor's error, when it is referred to the facility, then the IUT
    refuses; when it is referred to the vendor, then the case is with the vendor.
    """
    case = reported(sut, "RESULT_UNIT_INVALID")

    wrong = stepped(sut, case, "facility", "stimulus: to the facility")
    right = stepped(sut, case, "vendor", "stimulus: to the vendor")

    expect.problem(
        wrong,
        status=409,
        code="CASE_STATE_CONFLICT",
        fix="A vendor's error goes to the vendor.",
        fix_fa="خطای نرم‌افزاری به شرکت پشتیبان می‌رود.",
    )
    expect.field(right, "/state", equals="with_vendor", fix="Refer a case to its owner.")


@conformance_case(
    "TC-ISS-WF-CASE-002",
    verifies=("SEP-ERR-9",),
    role="issue_tracker",
    title_fa="بستن فقط پس از نتیجه",
)
@conformance_case(
    "TC-SRM-WF-CASE-002",
    verifies=("SEP-ERR-9",),
    role="sepas_monitor",
    title_fa="بستن فقط پس از نتیجه",
)
def tc_no_case_is_closed_without_result(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT follows a case up until there is a result and closes nothing unsolved.

    Given an open case, when it is closed, then the IUT refuses and the case stays open.
    """
    case = reported(sut, "RESULT_UNIT_INVALID")

    reply = stepped(sut, case, "closed", "stimulus: close unsolved")

    expect.problem(
        reply,
        status=409,
        code="CASE_STATE_CONFLICT",
        fix="Only what is solved can be closed.",
        fix_fa="فقط مورد حل‌شده بسته می‌شود.",
    )
    after = told(sut, case, "observation: the case")
    expect.field(after, "/state", equals="open", fix="A refused step changes nothing.")


@conformance_case(
    "TC-ISS-WF-CASE-003",
    verifies=("SEP-ERR-10", "SEP-ERR-9", "SEP-ERR-8"),
    role="issue_tracker",
    title_fa="اعلام نتیجه و پایان مورد",
)
@conformance_case(
    "TC-SRM-WF-CASE-003",
    verifies=("SEP-ERR-10", "SEP-ERR-9", "SEP-ERR-8"),
    role="sepas_monitor",
    title_fa="اعلام نتیجه و پایان مورد",
)
def tc_the_result_is_told_and_closes(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT takes a case to the ministry, tells its result and ends it with closure.

    Given a case with a vendor, when it is passed on to the ministry and solved, then it carries a
    tracker key and the reporter reads the result; when it is closed, then no further step is taken.
    """
    case = reported(sut, "RESULT_UNIT_INVALID")
    stepped(sut, case, "vendor")

    passed = stepped(sut, case, "ministry", "stimulus: to the ministry")
    stepped(sut, case, "solved", "stimulus: solved")
    seen = told(sut, case, "observation: the reporter reads")
    stepped(sut, case, "closed", "stimulus: closed")
    late = stepped(sut, case, "vendor", "stimulus: a step after closure")

    expect.field(passed, "/trackerKey", present=True, requirement="SEP-ERR-8")
    expect.field(
        seen,
        "/result",
        equals="to solved",
        fix="Tell the reporter what solved the case.",
        fix_fa="نتیجه را به گزارش‌دهنده اعلام کنید.",
    )
    expect.problem(
        late,
        status=409,
        code="CASE_STATE_CONFLICT",
        requirement="SEP-ERR-9",
        fix="A closed case takes no further step.",
        fix_fa="مورد بسته گام تازه ندارد.",
    )


@conformance_case(
    "TC-ISS-WF-CASE-004",
    verifies=("SEP-ERR-10",),
    role="issue_tracker",
    title_fa="مورد مرکز دیگر دیده نمی‌شود",
)
@conformance_case(
    "TC-SRM-WF-CASE-004",
    verifies=("SEP-ERR-10",),
    role="sepas_monitor",
    title_fa="مورد مرکز دیگر دیده نمی‌شود",
)
def tc_cases_of_others_do_not_exist(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells a case to its reporter and the ministry, and to no other centre.

    Given a case of one centre, when another centre reads it, then the IUT knows no such case, while
    the ministry reads it.
    """
    case = reported(sut, "RESULT_UNIT_INVALID")

    strange = told(sut, case, "stimulus: another centre reads", record.SECOND)

    expect.problem(
        strange,
        status=404,
        code="CASE_NOT_FOUND",
        fix="A case of another centre does not exist for this one.",
        fix_fa="مورد مرکز دیگر برای این مرکز وجود ندارد.",
    )
    ministry = told(sut, case, "control: the ministry reads", record.MINISTRY)
    expect.status(ministry, 200, fix="The ministry reads every case.")
