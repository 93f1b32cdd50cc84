"""Clause 8-9: licensing systems report to the registry of centres, and everybody follows."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from suites.journeys_registries import centre_of, feed, mapping, report_licence, send_event
from suites.messages.siam import PHARMACIES, event, fresh_licence

PRACTICE = Caller("licensing-3")
PHARMACY_KIND = {"kind": "pharmacy", "sector": "private"}
OFFICE_KIND = {"kind": "office", "sector": "private"}


@conformance_case(
    "TC-SIA-WF-EVENT-001",
    verifies=("ERX-8-9-C", "ERX-A1-12-3", "ERX-2-FAC-A"),
    role="siam",
    title_fa="صدور، تعلیق و تمدید پروانه",
)
def tc_centre_follows_its_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT follows a licence as it is issued, suspended and renewed.

    Given a new laboratory, when its licence is issued, suspended and issued again, then the centre
    is active, suspended and active in turn, each at the very next question.
    """
    issued = report_licence(sut, data, "L", step="stimulus: issued")
    first = centre_of(sut, issued, "read: issued")
    report_licence(sut, data, "L", step="stimulus: suspended", sequence=2, state="suspended")
    second = centre_of(sut, issued, "read: suspended")
    report_licence(sut, data, "L", step="stimulus: renewed", sequence=3)
    third = centre_of(sut, issued, "read: renewed")

    fix = "Read the last event of the licence whenever a centre is asked for."
    fix_fa = "در هر پرسش، آخرین رویداد پروانه را ملاک قرار دهید."
    expect.field(first, "/active", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(second, "/active", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(second, "/licenceState", equals="suspended", fix=fix, fix_fa=fix_fa)
    expect.field(third, "/active", equals=True, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-LIC-WF-EVENT-002",
    verifies=("ERX-8-9-C",),
    role="licensing_system",
    title_fa="رویداد کهنه رد می‌شود",
)
@conformance_case(
    "TC-SIA-WF-EVENT-002",
    verifies=("ERX-8-9-C",),
    role="siam",
    title_fa="رویداد کهنه رد می‌شود",
)
def tc_older_event_is_stale(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets the newest event of a licence win, in whatever order they arrive.

    Given a licence closed by event 5, when event 4 and another event 5 arrive afterwards, then
    the IUT refuses both as stale.
    """
    closed = report_licence(sut, data, "L", sequence=5, state="closed")
    expect.control(closed, 201)

    older = report_licence(sut, data, "L", step="stimulus: event 4", sequence=4)
    equal = report_licence(sut, data, "L", step="stimulus: event 5 again", sequence=5)

    fix = "Keep the number of the last event of a licence; take higher ones only."
    fix_fa = "شمارهٔ آخرین رویداد هر پروانه را نگه دارید و تنها شمارهٔ بزرگ‌تر را بپذیرید."
    expect.problem(older, status=409, code="CENTRE_UPDATE_STALE", fix=fix, fix_fa=fix_fa)
    expect.problem(equal, status=409, code="CENTRE_UPDATE_STALE", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-LIC-WF-EVENT-003",
    verifies=("ERX-8-9-C", "ERX-A1-6-3"),
    role="licensing_system",
    title_fa="هر سامانه تنها پروانه‌های خود را اعلام می‌کند",
)
@conformance_case(
    "TC-SIA-WF-EVENT-003",
    verifies=("ERX-8-9-C", "ERX-A1-6-3"),
    role="siam",
    title_fa="هر سامانه تنها پروانه‌های خود را اعلام می‌کند",
)
def tc_system_reports_its_own_licences(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes events of a licence from the system that issues it only.

    Given a new licence, when an office reports it, when the system of pharmacies reports it as
    one of institutions, and when that of institutions reports a pharmacy, then all are refused.
    """
    licence = fresh_licence(data, "L")
    good = event(data, licence)
    mine = {**good, "centreKind": PHARMACY_KIND}

    by_office = send_event(sut, good, Caller("office-1"), "stimulus: by an office")
    by_other = send_event(sut, good, PHARMACIES, "stimulus: by the system of pharmacies")
    other_kind = send_event(sut, mine, Caller("licensing-1"), "stimulus: a pharmacy")

    fix = "Compare caller, source and kind of centre with the duties of each licensing system."
    fix_fa = "فرستنده، منبع و نوع مرکز را با وظیفهٔ هر سامانهٔ پروانه بسنجید."
    code = "LICENSING_SOURCE_REFUSED"
    expect.problem(by_office, status=403, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(by_other, status=403, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(other_kind, status=403, code=code, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-LIC-WF-EVENT-004",
    verifies=("ERX-A1-6-3", "ERX-8-9-C"),
    role="licensing_system",
    title_fa="پروانهٔ تازه، مرکز تازه با یک شناسه",
)
@conformance_case(
    "TC-SIA-WF-EVENT-004",
    verifies=("ERX-A1-6-3", "ERX-2-UID-A", "ERX-8-9-A"),
    role="siam",
    title_fa="پروانهٔ تازه، مرکز تازه با یک شناسه",
)
def tc_every_licence_has_one_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives every new licence one SIAM id and keeps it.

    Given new licences of a laboratory, a pharmacy and an office, when each is reported and then
    reported again, then each has an id of its own that stays, and the licence leads to it.
    """
    licence = fresh_licence(data, "one number, three issuers")
    laboratory = event(data, licence)
    pharmacy = {**laboratory, "source": "pharmacies", "centreKind": PHARMACY_KIND}
    office = {**laboratory, "source": "medical_practice", "centreKind": OFFICE_KIND}

    made = [
        send_event(sut, laboratory, Caller("licensing-1"), "stimulus: a laboratory"),
        send_event(sut, pharmacy, PHARMACIES, "stimulus: a pharmacy"),
        send_event(sut, office, PRACTICE, "stimulus: an office"),
    ]
    renewed = {**laboratory, "sequence": 2, "validUntil": data.day(700)}
    again = send_event(sut, renewed, Caller("licensing-1"), "stimulus: renewed")
    found = mapping(sut, "medical_institutions", licence, "read: licence of the laboratory")

    ids = [str(reply.find("/centre")) for reply in made]
    expect.that(
        len(set(ids)) == len(ids),
        title="two licences have one SIAM id",
        expected="three different ids",
        observed=", ".join(ids)[:200],
        pointer="/centre",
        reply=made[0],
        fix="Issue a SIAM id for every licence; numbers of two issuers may be equal.",
        fix_fa="برای هر پروانه یک شناسهٔ سیام صادر کنید؛ شمارهٔ دو صادرکننده می‌تواند یکی باشد.",
    )
    fix = "Look the licence up before you register a centre; an id is never issued twice."
    fix_fa = "پیش از ثبت مرکز، پروانه را بجویید؛ شناسه دوباره صادر نمی‌شود."
    expect.field(again, "/centre", equals=ids[0], fix=fix, fix_fa=fix_fa)
    expect.field(found, "/centre", equals=ids[0], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-LIC-WF-EVENT-005",
    verifies=("ERX-A1-12-3", "ERX-2-FAC-A", "RM-P7-A"),
    role="licensing_system",
    title_fa="نوع تغییر پروانه",
)
@conformance_case(
    "TC-SIA-WF-EVENT-005",
    verifies=("ERX-A1-12-3", "ERX-2-FAC-A", "RM-P7-A"),
    role="siam",
    title_fa="نوع تغییر پروانه",
)
def tc_kind_of_change_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells what became of a licence: issued, suspended, expired or closed.

    Given a new licence, when it is issued, suspended, renewed, expired and revoked, then the
    change told is created, suspended, changed, expired and closed in turn.
    """

    def told(number: int, state: str) -> Reply:
        step = f"stimulus: {state}"
        return report_licence(sut, data, "L", step=step, sequence=number, state=state)

    fix = "Tell the kind of the change by the new state of the licence."
    fix_fa = "نوع تغییر را از وضعیت تازهٔ پروانه اعلام کنید."
    expect.field(told(1, "active"), "/kind", equals="created", fix=fix, fix_fa=fix_fa)
    expect.field(told(2, "suspended"), "/kind", equals="suspended", fix=fix, fix_fa=fix_fa)
    expect.field(told(3, "active"), "/kind", equals="changed", fix=fix, fix_fa=fix_fa)
    expect.field(told(4, "expired"), "/kind", equals="expired", fix=fix, fix_fa=fix_fa)
    expect.field(told(5, "revoked"), "/kind", equals="closed", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-SIA-WF-FEED-001",
    verifies=("ERX-8-9-N2-B",),
    role="siam",
    title_fa="خوراک تغییرات پس از یک شماره",
)
def tc_feed_holds_what_came_after(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells every change once, to those who read after its number.

    Given an event just taken, when the feed is read after the number before it, then the event is
    there as it was answered; when it is read after its own number, then it is not.
    """
    taken = report_licence(sut, data, "L", step="stimulus: an event")
    expect.control(taken, 201)
    number = int(str(taken.required("/sequence")))

    before = feed(sut, number - 1, "read: after the number before")
    after = feed(sut, number, "read: after its number")

    expect.field(
        before,
        "/changes/0",
        equals=taken.parse(),
        fix="Put every event into the feed under the number you answered it with.",
        fix_fa="هر رویداد را با همان شمارهٔ پاسخ در خوراک تغییرات بگذارید.",
    )
    expect.that(
        number not in _numbers(after),
        title="a change is told again after its own number",
        expected=f"only numbers above {number}",
        observed=str(_numbers(after))[:100],
        pointer="/changes",
        reply=after,
        fix="`after` is the last number the reader has; begin with the next one.",
        fix_fa="after آخرین شمارهٔ خوانده‌شده است؛ از شمارهٔ بعدی آغاز کنید.",
    )


def _numbers(reply: Reply) -> list[object]:
    rows = reply.find("/changes")
    if not isinstance(rows, list):
        return []
    return [row.get("sequence") for row in rows if isinstance(row, dict)]
