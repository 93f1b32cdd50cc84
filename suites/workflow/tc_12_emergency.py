"""Clause 12: outages are declared and ended, and paper is entered afterwards within its limits."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record

HOUR = 3600
RURAL = Caller("phc-rural")
PURCHASER = Caller("office-1", token="purchaser.seal", seal="purchaser.seal")  # noqa: S106 - identity name


def declared(
    sut: Sut,
    data: SyntheticData,
    step: str = "preamble: declare an outage",
    caller: Caller = record.MINISTRY,
    **more: JsonValue,
) -> Reply:
    """Declare an outage that began six hours ago."""
    body = {
        "cause": data.reason("GATEWAY_DOWN"),
        "areas": [],
        "startedAt": data.instant(seconds=-6 * HOUR),
        **more,
    }
    return sut.call("declareOutage", body=body, caller=caller, step=step)


def ended(sut: Sut, data: SyntheticData, outage: Reply, hours: float, step: str) -> Reply:
    """End an outage so many hours ago."""
    return sut.call(
        "endOutage",
        path={"outageId": str(outage.required("/outageId"))},
        body={"endedAt": data.instant(seconds=-hours * HOUR)},
        caller=record.MINISTRY,
        step=step,
    )


def past(sut: Sut, data: SyntheticData, began: float, until: float, **more: JsonValue) -> Reply:
    """Return an outage that began and ended so many hours ago."""
    started = data.instant(seconds=-began * HOUR)
    outage = declared(sut, data, startedAt=started, **more)
    return ended(sut, data, outage, until, "preamble: end the outage")


def paper(
    sut: Sut, data: SyntheticData, hours: float, step: str, outage: Reply | None = None
) -> Reply:
    """Ask whether a sheet of office-1, written so many hours ago, may be entered."""
    body = {
        "centre": data.centre("office-1").siam_id,
        "writtenAt": data.instant(seconds=-hours * HOUR),
        "serial": f"P-{data.uuid(step)[:12]}",
    }
    if outage is not None:
        body = {"outageNumber": outage.required("/number"), **body}
    return sut.call("checkPaper", body=body, caller=record.OFFICE, step=step)


@conformance_case(
    "TC-XCH-WF-OUT-001",
    verifies=("ERX-12-A", "RM-PRE-SLA"),
    role="exchange_centre",
    title_fa="قطعی را فقط وزارت اعلام می‌کند",
)
def tc_only_the_ministry_declares(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes the declaration of an outage from the ministry only.

    Given an office, when it declares an outage, then the IUT refuses; when the ministry does, then
    the outage has a number.
    """
    office = declared(sut, data, "stimulus: an office declares", record.OFFICE)
    ministry = declared(sut, data, "stimulus: the ministry declares")

    expect.problem(
        office,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Let only the ministry declare outages.",
        fix_fa="قطعی را فقط وزارت اعلام کند.",
    )
    expect.status(ministry, 201, fix="Register what the ministry declares.")
    expect.field(ministry, "/number", present=True, fix="Give every outage a number.")


@conformance_case(
    "TC-XCH-WF-OUT-002",
    verifies=("ERX-12-B",),
    role="exchange_centre",
    title_fa="علت قطعی کد دارد",
)
def tc_an_outage_has_a_coded_cause(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an outage whose cause is none of its list.

    Given the ministry, when it declares an outage with a reason of another list, then the IUT
    refuses.
    """
    reply = declared(sut, data, "stimulus: no cause", cause=data.reason("TREATMENT"))

    expect.problem(
        reply,
        status=422,
        code="CODE_UNKNOWN",
        fix="Take only causes of the list of outages.",
        fix_fa="فقط علت‌های فهرست قطعی را بپذیرید.",
    )


@conformance_case(
    "TC-XCH-WF-OUT-003",
    verifies=("ERX-12-A",),
    role="exchange_centre",
    title_fa="قطعی یک بار پایان می‌یابد",
)
def tc_an_outage_ends_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ends an outage once and keeps its end.

    Given an outage that ended two hours ago, when it is ended again an hour later, then the IUT
    refuses.
    """
    outage = past(sut, data, 6, 2)

    again = ended(sut, data, outage, 1, "stimulus: end it again")

    expect.problem(
        again,
        status=409,
        code="OUTAGE_STATE_CONFLICT",
        fix="An outage that ended stays ended.",
        fix_fa="پایان قطعی جابه‌جا نمی‌شود.",
    )


@conformance_case(
    "TC-XCH-WF-PAP-001",
    verifies=("ERX-12-C",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="نسخهٔ کاغذی زمان قطعی",
)
def tc_paper_is_of_the_outage(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT allows paper that was written during the outage and no other.

    Given an outage of some hours, when paper of three hours before it names it, then the IUT
    refuses; paper of its time is allowed.
    """
    outage = past(sut, data, 6, 1)

    before = paper(sut, data, 9, "stimulus: paper of before", outage)
    during = paper(sut, data, 3, "stimulus: paper of the outage", outage)

    expect.problem(
        before,
        status=422,
        code="PAPER_OUTSIDE_OUTAGE",
        fix="Compare the day of the paper with the outage.",
        fix_fa="زمان نسخهٔ کاغذی را با قطعی بسنجید.",
    )
    expect.field(during, "/allowed", equals=True, fix="Allow paper of the outage.")


@conformance_case(
    "TC-XCH-WF-PAP-002",
    verifies=("ERX-12-C",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="قطعی جای دیگر",
)
def tc_an_outage_elsewhere_is_none_here(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses paper of a centre outside the area of the outage.

    Given an outage of a rural district, when an office in the city names it, then the IUT refuses.
    """
    outage = past(sut, data, 6, 1, areas=["synthetic-rural-district"])

    reply = paper(sut, data, 3, "stimulus: paper of elsewhere", outage)

    expect.problem(
        reply,
        status=422,
        code="PAPER_OUTSIDE_OUTAGE",
        fix="Compare the area of the centre with that of the outage.",
        fix_fa="ناحیهٔ مرکز را با ناحیهٔ قطعی بسنجید.",
    )


@conformance_case(
    "TC-XCH-WF-PAP-003",
    verifies=("ERX-A1-1-4",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="فقط مناطق محروم فهرست‌شده",
)
def tc_only_listed_areas_write_paper(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses paper without outage of a centre in no listed area.

    Given an office in the city and no outage, when it asks for a sheet, then the IUT refuses.
    """
    reply = paper(sut, data, 3, "stimulus: paper without outage")

    expect.problem(
        reply,
        status=422,
        code="AREA_NOT_LISTED",
        fix="Look the area of the centre up in the list.",
        fix_fa="ناحیهٔ مرکز را در فهرست مناطق محروم بجویید.",
    )


@conformance_case(
    "TC-XCH-WF-PAP-004",
    verifies=("ERX-12-E",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="ثبت تا ۷۲ ساعت",
)
def tc_late_entry_ends_after_72_hours(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT ends late entry 72 hours after the end of the outage.

    Given an outage that ended 80 hours ago, when its paper is asked for, then the IUT refuses; of
    one that ended 71 hours ago it is allowed.
    """
    late = past(sut, data, 90, 80)
    fair = past(sut, data, 90, 71)

    refused = paper(sut, data, 85, "stimulus: 80 hours after", late)
    allowed = paper(sut, data, 85, "stimulus: 71 hours after", fair)

    expect.problem(
        refused,
        status=422,
        code="PAPER_ENTRY_LATE",
        fix="Allow late entry for 72 hours.",
        fix_fa="ثبت پس از قطعی تا ۷۲ ساعت مجاز است.",
    )
    expect.field(allowed, "/allowed", equals=True, fix="Allow late entry for 72 hours.")


@conformance_case(
    "TC-XCH-WF-PAP-005",
    verifies=("ERX-12-E",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="کاغذ کهنه ثبت نمی‌شود",
)
def tc_old_paper_is_not_entered(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses paper of an outage that ended long ago.

    Given an outage that ended 200 hours ago, when its paper is asked for, then the IUT refuses.
    """
    outage = past(sut, data, 210, 200)

    reply = paper(sut, data, 205, "stimulus: 200 hours after", outage)

    expect.problem(
        reply,
        status=422,
        code="PAPER_ENTRY_LATE",
        fix="End late entry.",
        fix_fa="مهلت ثبت را پایان دهید.",
    )


@conformance_case(
    "TC-XCH-WF-PAP-006",
    verifies=("ERX-12-C", "ERX-12-E"),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="هر برگه یک بار",
)
def tc_a_sheet_is_entered_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets one sheet of paper be entered for one document only.

    Given a sheet that the purchaser entered for a document, when it enters the same sheet for
    another document, then the IUT refuses.
    """
    outage = past(sut, data, 6, 1)
    sheet = {
        "outageNumber": outage.required("/number"),
        "centre": data.centre("office-1").siam_id,
        "writtenAt": data.instant(seconds=-3 * HOUR),
        "serial": f"P-{data.uuid('sheet')[:12]}",
    }
    bodies = [{**sheet, "documentId": data.uuid(f"document {label}")} for label in "ab"]

    first, second = (
        sut.call("checkPaper", body=body, caller=PURCHASER, step="stimulus: enter the sheet")
        for body in bodies
    )

    expect.status(first, 200, fix="Let a sheet be entered.", fix_fa="ثبت برگه را بپذیرید.")
    expect.problem(
        second,
        status=409,
        code="PAPER_SERIAL_USED",
        fix="Remember the serials that were entered.",
        fix_fa="شمارهٔ برگه‌های ثبت‌شده را نگه دارید.",
    )


@conformance_case(
    "TC-XCH-WF-PAP-007",
    verifies=("ERX-A1-1-4",),
    role="exchange_centre",
    rulings=("RUL-081",),
    title_fa="نسخهٔ کاغذی منطقهٔ محروم سی روز پذیرفته است",
)
def tc_listed_areas_write_paper(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes paper of a centre in a listed area, without any outage.

    Given a health centre in a rural district of the list, when it asks for sheets of ten and of 31
    days ago, then the first may be entered and the second is too late.
    """
    young, old = (
        sut.call(
            "checkPaper",
            body={
                "centre": data.centre("phc-rural").siam_id,
                "writtenAt": data.instant(seconds=-days * 24 * HOUR),
                "serial": f"P-{data.uuid(str(days))[:12]}",
            },
            caller=RURAL,
            step=f"stimulus: paper of {days} days ago",
        )
        for days in (10, 31)
    )

    fix, fix_fa = "A listed area may enter paper for 30 days.", "منطقهٔ فهرست‌شده ۳۰ روز مهلت دارد."
    expect.status(young, 200, fix=fix, fix_fa=fix_fa)
    expect.field(young, "/allowed", equals=True, fix=fix, fix_fa=fix_fa)
    expect.problem(old, status=422, code="PAPER_ENTRY_LATE", fix=fix, fix_fa=fix_fa)
