"""Terms: what is open ends at its time, and not before. These cases move the clock of the product.

They need `clock_control` of the vendor, run alone and after all others.
"""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys_insurers as insurers
from suites import journeys_registries as registries
from suites import journeys_rules as rules
from suites import record_journeys as record
from suites import trust_journeys as trust
from suites.messages.siam import INSTITUTIONS, event

PHARMACY = Caller("pharmacy-1")
DIALYSIS = Caller("dialysis", person="dr02")
SESSIONS = 12  # two more than a course may have: something is deducted


def summary(
    sut: Sut,
    data: SyntheticData,
    person: str,
    step: str,
    caller: Caller = record.SECOND,
    **more: JsonValue,
) -> Reply:
    """Ask for the summary of a person; by default as office-2, which does not treat him."""
    body = record.question(data, person, **more)
    return sut.call("querySummary", body=body, caller=caller, step=step)


@conformance_case(
    "TC-EHR-SEC-TERM-001",
    verifies=("RM-EHR-OWN",),
    role="ehr",
    rulings=("RUL-010",),
    moves_clock=True,
    title_fa="رضایت با پایان روز آخر پایان می‌یابد",
)
def tc_a_consent_ends_with_its_last_day(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT closes a record when the last day of the consent is over.

    Given a consent until today under which a centre reads the summary, when a day has passed, then
    the same reading is refused.
    """
    record.granted(sut, data, "P09", "office-2", validUntil=data.day(0))
    expect.control(summary(sut, data, "P09", "control: on the last day"), 200)
    sut.let_pass(days=1)

    reply = summary(sut, data, "P09", "stimulus: a day later")

    expect.problem(
        reply,
        status=403,
        code="CONSENT_MISSING",
        fix="Compare the last day of a consent with today in Tehran at every reading.",
        fix_fa="در هر خواندن روز پایان رضایت را با امروز تهران بسنجید.",
    )


@conformance_case(
    "TC-EHR-SEC-TERM-002",
    verifies=("RM-POL-PRIV",),
    role="ehr",
    rulings=("RUL-010",),
    moves_clock=True,
    title_fa="دسترسی اورژانس یک ساعت است",
)
def tc_an_emergency_ends_after_an_hour(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT closes a record again when the hour of an emergency is over.

    Given an emergency access under which a hospital reads the summary, when more than an hour has
    passed, then the same reading is refused.
    """
    opened = record.emergency(sut, data, "P09", step="preamble: emergency")
    expect.control(opened, 201)
    early = summary(sut, data, "P09", "control: within the hour", record.HOSPITAL)
    expect.control(early, 200)
    sut.let_pass(hours=1, minutes=5)

    reply = summary(sut, data, "P09", "stimulus: after the hour", record.HOSPITAL)

    expect.problem(
        reply,
        status=403,
        code="CONSENT_MISSING",
        fix="An emergency access opens the record for one hour.",
        fix_fa="دسترسی اورژانس پرونده را یک ساعت باز می‌کند.",
    )


@conformance_case(
    "TC-EHR-SEC-TERM-003",
    verifies=("RM-LAW-74-A",),
    role="ehr",
    rulings=("RUL-010",),
    moves_clock=True,
    title_fa="رابطهٔ درمان برای روز مراجعه است",
)
def tc_a_treating_relation_is_of_its_day(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a HID as treating relation on the day of the visit only.

    Given the HID of a visit under which a centre reads the summary, when the next day has come,
    then the same HID opens the record no longer.
    """
    hid = data.hid(sut, "P09", professional="dr02", caller=record.SECOND)
    expect.control(summary(sut, data, "P09", "control: on the day", hid=hid), 200)
    sut.let_pass(days=1)

    reply = summary(sut, data, "P09", "stimulus: the day after", hid=hid)

    expect.problem(
        reply,
        status=403,
        code="CONSENT_MISSING",
        fix="A treating relation is a HID of today, Tehran time.",
        fix_fa="رابطهٔ درمان شناسهٔ مراجعهٔ همان روز به وقت تهران است.",
    )


@conformance_case(
    "TC-SUP-WF-TERM-001",
    verifies=("ERX-14-B",),
    role="support_portal",
    moves_clock=True,
    title_fa="تیکت بی‌پاسخ دیرکرد دارد",
)
def tc_a_late_ticket_is_overdue(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT shows a ticket as overdue when its answer is late.

    Given an outage that was reported and is not overdue, when more than an hour has passed without
    an answer, then the IUT shows it as overdue.
    """
    body = {"subject": "no answer", "text": "the gateway is silent", "urgency": "outage"}
    ticket = sut.call("openTicket", body=body, caller=record.OFFICE, step="preamble: outage")
    path = {"ticketId": str(ticket.required("/ticketId"))}
    early = sut.call("getTicket", path=path, caller=record.OFFICE, step="control: at once")
    expect.control(early, 200)
    expect.field(early, "/overdue", equals=False, fix="Nothing is overdue within its term.")
    sut.let_pass(hours=1, minutes=5)

    reply = sut.call("getTicket", path=path, caller=record.OFFICE, step="stimulus: after the term")

    expect.field(
        reply,
        "/overdue",
        equals=True,
        fix="Compare the promised moment with now whenever a ticket is shown.",
        fix_fa="هنگام نمایش تیکت، مهلت پاسخ را با اکنون بسنجید.",
    )


@conformance_case(
    "TC-ELG-WF-TERM-001",
    verifies=("ERX-2-HID-A",),
    role="eligibility_service",
    moves_clock=True,
    title_fa="شباد رزرو پس از مهلت به کار نمی‌رود",
)
def tc_a_reserved_hid_is_not_bound_late(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to bind a reserved HID whose time of entry is over.

    Given two HIDs for emergencies, when one is bound in time and the other one a week later for a
    visit of the first day, then the first is bound and the second is refused as expired.
    """
    used = registries.reserved_hid(sut, data)
    left = registries.reserved_hid(sut, data)
    served = data.instant(seconds=-1)
    in_time = registries.bind_hid(sut, data, used, "P01", "control: in time")
    expect.control(in_time, 201)
    sut.let_pass(days=7)

    reply = registries.bind_hid(sut, data, left, "P01", "stimulus: a week later", servedAt=served)

    expect.problem(
        reply,
        status=422,
        code="HID_EXPIRED",
        fix="A visit is entered at most three days after the last day of its reserved HID.",
        fix_fa="مراجعه حداکثر سه روز پس از آخرین روز شباد رزروشده ثبت می‌شود.",
    )


@conformance_case(
    "TC-ESG-WF-TERM-001",
    verifies=("RM-DITAS-SIGN",),
    role="esign_service",
    moves_clock=True,
    title_fa="درخواست امضا پس از مهلت پذیرفته نیست",
)
def tc_a_signature_is_not_given_late(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses the approval of a request whose time is over.

    Given two requests of two minutes, when one is approved at once and the other one after ten
    minutes, then the first gives a signature and the second is refused as expired.
    """
    telephone, enrolment, late = trust.waiting(sut, data)
    early = trust.asked(sut, enrolment, "preamble: ask again")
    proof = telephone.sign(trust.DIGEST)
    expect.control(trust.answered(sut, early, proof, "control: approve at once"), 200)
    sut.let_pass(minutes=10)

    reply = trust.answered(sut, late, proof, "stimulus: approve after the term")

    expect.problem(
        reply,
        status=409,
        code="SIGNATURE_REQUEST_EXPIRED",
        fix="Compare the end of a request with now before an approval counts.",
        fix_fa="پیش از پذیرش تأیید، پایان مهلت درخواست را با اکنون بسنجید.",
    )


@conformance_case(
    "TC-ADJ-WF-TERM-001",
    verifies=("RM-INS-POST-B",),
    role="adjudication_service",
    moves_clock=True,
    title_fa="اعتراض تا سی روز",
)
def tc_an_objection_is_not_heard_late(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hears objections within thirty days and none after them.

    Given two claims with a deduction, when the centre objects to one at once and to the other one
    after 32 days, then the first is heard and the second is refused because its window is closed.
    """
    course = insurers.Delivered(insurers.PHYSIOTHERAPY, SESSIONS)
    first, second = (
        str(insurers.decided(sut, data, label, course).required("/claimId"))
        for label in ("heard", "late")
    )
    expect.control(insurers.objection(sut, first, "control: at once"), 201)
    sut.let_pass(days=32)

    reply = insurers.objection(sut, second, "stimulus: after 32 days")

    expect.problem(
        reply,
        status=409,
        code="APPEAL_WINDOW_CLOSED",
        fix="Objections are heard for thirty days after the result.",
        fix_fa="اعتراض تا سی روز پس از نتیجه پذیرفته است.",
    )


def pack_use(data: SyntheticData, label: str) -> dict[str, JsonValue]:
    """Return the use of a pack that nobody has used; one label is one pack and one dispense."""
    serial = data.random(label).randrange(10**7)
    code = f"991099012{serial:07d}"
    return {
        "product": {"type": "authenticity", "code": code},
        "count": 1,
        "dispenseId": data.uuid(label),
    }


@conformance_case(
    "TC-TTA-WF-TERM-001",
    verifies=("ERX-8-11-A",),
    role="ttac",
    moves_clock=True,
    title_fa="بازگرداندن بسته تا ده روز",
)
def tc_a_pack_is_not_brought_back_late(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a pack back within ten days of its use and no later.

    Given two packs a pharmacy used, when one is brought back at once and the other one after eleven
    days, then the first is active again and the second is refused.
    """
    first, second = (pack_use(data, label) for label in ("at once", "late"))
    for body in (first, second):
        used = sut.call("consumeProduct", body=body, caller=PHARMACY, step="preamble: use a pack")
        expect.control(used, 201)
    back = sut.call("reactivateProduct", body=first, caller=PHARMACY, step="control: at once")
    expect.control(back, 201)
    sut.let_pass(days=11)

    reply = sut.call("reactivateProduct", body=second, caller=PHARMACY, step="stimulus: late")

    expect.problem(
        reply,
        status=409,
        code="PRODUCT_REACTIVATION_REFUSED",
        fix="A pack can be brought back for ten days after its use.",
        fix_fa="بسته تا ده روز پس از مصرف بازگردانده می‌شود.",
    )


@conformance_case(
    "TC-IRS-WF-TERM-001",
    verifies=("ERX-8-6-J",),
    role="insurance_rule_service",
    moves_clock=True,
    title_fa="کد تأیید قاعده پس از ۲۴ ساعت پذیرفته نیست",
)
def tc_an_approval_is_not_used_late(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses the use of an approval that is older than 24 hours.

    Given two approvals, when the use of one is reported at once and that of the other one after 25
    hours, then the first is entered and the second is refused as expired.
    """
    asked = rules.question(rules.drug("99012"), position="pre_service")
    first, second = (
        str(rules.ask(sut, data, asked, step="preamble: approval").required("/wholeTrackingId"))
        for _ in range(2)
    )
    early = sut.call(
        "reportRuleUse",
        path={"trackingId": first},
        body={"documentId": data.uuid("early")},
        step="control: at once",
    )
    expect.control(early, 200)
    sut.let_pass(hours=25)

    reply = sut.call(
        "reportRuleUse",
        path={"trackingId": second},
        body={"documentId": data.uuid("late")},
        step="stimulus: after 25 hours",
    )

    expect.problem(
        reply,
        status=422,
        code="TRACKING_ID_EXPIRED",
        fix="A tracking id holds for 24 hours; compare its end with now at every use.",
        fix_fa="کد رهگیری ۲۴ ساعت معتبر است؛ پایان آن را در هر استفاده بسنجید.",
    )


def licensed(sut: Sut, data: SyntheticData, state: str, number: int, step: str) -> Reply:
    """Report through the gateway what has become of the licence of the dialysis centre."""
    place = data.centre("dialysis")
    body = event(
        data,
        place.licence_number,
        state=state,
        centreKind={"kind": place.kind, "sector": place.sector},
        sequence=int(data.now.timestamp()) % 10**9 + number,  # grows over campaigns
    )
    return sut.call("reportLicenceEvent", service="siam", body=body, caller=INSTITUTIONS, step=step)


def centres(sut: Sut, step: str) -> Reply:
    """Let the gateway forward a harmless question of the dialysis centre."""
    query = {"kind": "pharmacy"}
    return sut.call("listCentres", service="siam", query=query, caller=DIALYSIS, step=step)


@conformance_case(
    "TC-GTW-WF-TERM-001",
    verifies=("RM-P7-A",),
    role="gateway",
    rulings=("RUL-039",),
    moves_clock=True,
    title_fa="تعلیق پروانه تا یک دقیقه اثر دارد",
)
def tc_a_lost_licence_closes_the_gateway(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a centre soon after its licence was suspended.

    Given a centre the gateway has just served, when its licence is suspended and two minutes have
    passed, then the gateway refuses it.
    """
    expect.control(centres(sut, "control: while licensed"), 200)
    suspended = licensed(sut, data, "suspended", 1, "preamble: suspend the licence")
    expect.control(suspended, 201)
    sut.let_pass(minutes=2)

    reply = centres(sut, "stimulus: without licence")

    licensed(sut, data, "active", 2, "teardown: give the licence back")
    expect.problem(
        reply,
        status=403,
        code="ADMISSION_CENTRE_INACTIVE",
        fix="Ask the registry of centres anew after a minute at the latest.",
        fix_fa="وضعیت مرکز را حداکثر هر یک دقیقه از نو استعلام کنید.",
    )
