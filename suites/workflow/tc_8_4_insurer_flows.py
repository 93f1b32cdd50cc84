"""Flows of the insurer beside prescription and dispense: stays, paper, questions, accounts."""

from __future__ import annotations

from lab.kit import MISSING, Expect, Sut, SyntheticData, conformance_case, shown
from suites import journeys
from suites import journeys_further as further
from suites.journeys import OFFICE, PHARMACY
from suites.oracles.jalali import period_of

UNINSURED = "37"


@conformance_case(
    "TC-PUR-WF-STAY-001",
    verifies=("RM-INS-DURING", "RM-INS-TRACK"),
    role="purchaser_system",
    rulings=("RUL-027",),
    title_fa="بستری از پذیرش تا ترخیص",
)
def tc_stay_ends_with_the_discharge(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT follows a stay until the discharge and takes no event after it.

    Given a stay, when a service and the discharge are reported, then both count and the state is
    discharged; when another service or an event of another centre follows, then it is refused.
    """
    opened = further.admission(sut, data)
    stay = further.open_stay(sut, opened)
    stay_id, hid = str(stay.required("/stayId")), opened["hid"]
    event = further.service(hid, further.at(data))
    foreign = further.send_event(
        sut, stay_id, event, caller=PHARMACY, step="stimulus: other centre"
    )
    early = further.service(hid, further.at(data, hours=30))
    before = further.send_event(sut, stay_id, early, step="stimulus: before the admission")
    further.send_event(sut, stay_id, event, step="stimulus: service")
    leaving = {"hid": hid, "kind": "discharged", "at": further.at(data)}
    ended = further.send_event(sut, stay_id, leaving, step="stimulus: discharge")
    late = further.send_event(sut, stay_id, event, step="stimulus: after the discharge")

    expect.problem(foreign, status=404, code={"STAY_NOT_FOUND"})
    expect.problem(before, status=422, code={"SCHEMA_VIOLATION"})
    expect.field(ended, "/state", equals="discharged", fix="The discharge ends the stay.")
    expect.field(
        ended,
        "/events",
        equals=3,
        requirement="RM-INS-TRACK",
        fix="Count admission, service and discharge.",
    )
    expect.problem(late, status=409, code={"STAY_STATE_CONFLICT"})


@conformance_case(
    "TC-PUR-WF-STAY-002",
    verifies=("RM-INS-DURING",),
    role="purchaser_system",
    rulings=("RUL-001",),
    title_fa="بستری بدون پوشش بیمه",
)
def tc_stay_needs_cover(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT opens no stay at the insurer for a visit that no insurer covers.

    Given a self-pay visit to a hospital, when its stay is opened, then the IUT refuses it with the
    coded reason.
    """
    body = {
        "patient": data.person_id("P01"),
        "insurerCode": UNINSURED,
        "providerCouncil": {
            "councilKind": data.professional("dr01").council_kind,
            "councilNumber": data.professional("dr01").council_number,
        },
    }
    visit = sut.environment("eligibility", "issueHid", body=body, caller=further.HOSPITAL)
    opened = further.admission(sut, data, hid=str(visit.required("/hid")))

    reply = further.open_stay(sut, opened, step="stimulus: open without cover")

    expect.problem(reply, status=422, code={"PATIENT_NOT_COVERED"})


@conformance_case(
    "TC-PUR-WF-PAPER-001",
    verifies=("ERX-12-C", "ERX-12-E"),
    role="purchaser_system",
    rulings=("RUL-012",),
    title_fa="ثبت نسخهٔ کاغذی پس از قطعی",
)
def tc_paper_is_entered_once_and_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes paper in after an outage, once, within 72 hours and with evidence.

    Given paper forms, when one is entered in time, then it is registered; when its serial comes
    again, it is older than 72 hours, or its outage is not proved, then it is refused.
    """
    first = further.paper(sut, data, "first")
    entered = further.enter_paper(sut, first, "stimulus: enter in time")
    twice = further.paper(sut, data, "second", serial=first["serial"])
    again = further.enter_paper(sut, twice, "stimulus: the same serial")
    old = further.paper(sut, data, "old", hours=73)
    late = further.enter_paper(sut, old, "stimulus: after 73 hours")
    central = further.paper(sut, data, "central", cause="GATEWAY_DOWN")
    unproved = further.enter_paper(sut, central, "stimulus: without outage number")

    expect.status(entered, 201, fix="Register paper that is entered in time.")
    expect.field(entered, "/state", equals="REGISTERED", fix="It is a prescription like any other.")
    expect.problem(again, status=409, code={"PAPER_SERIAL_USED"}, requirement="ERX-12-E")
    expect.problem(late, status=422, code={"PAPER_ENTRY_LATE"})
    expect.problem(unproved, status=422, code={"PAPER_OUTSIDE_OUTAGE"})


@conformance_case(
    "TC-PUR-WF-ASK-001",
    verifies=("ERX-2-ERX-B",),
    role="purchaser_system",
    title_fa="پرسش داروخانه و پاسخ تجویزگر",
)
def tc_question_reaches_the_prescriber(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries a question to the prescriber and the answer back, and no further.

    Given a leased prescription, when its pharmacy asks and its author answers, then both read it
    with the prescription; when a stranger asks or answers, then it is refused.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    stranger = further.ask(sut, rx, caller=journeys.OTHER_PHARMACY)
    asked = further.ask(sut, rx)
    target = {"questionId": str(asked.required("/questionId"))}
    body = {"text": "as written"}
    foreign = sut.call(
        "answerQuestion", path=target, body=body, caller=further.HOSPITAL, step="stimulus: foreign"
    )
    told = sut.call(
        "answerQuestion", path=target, body=body, caller=OFFICE, step="stimulus: answer"
    )
    other = {"text": "something else"}
    again = sut.call(
        "answerQuestion", path=target, body=other, caller=OFFICE, step="stimulus: again"
    )
    shown = sut.call(
        "getPrescription",
        path={"prescriptionId": rx.id},
        caller=PHARMACY,
        lease=secret,
        step="read at the pharmacy",
    )

    expect.problem(stranger, status=403, code={"PRESCRIPTION_ACCESS_REFUSED"})
    expect.problem(foreign, status=404, code={"PRESCRIPTION_QUERY_NOT_FOUND"})
    expect.field(told, "/state", equals="answered", fix="An answer closes the question.")
    expect.problem(again, status=409, code={"PRESCRIPTION_STATE_CONFLICT"})
    expect.field(shown, "/questions/0/answer", equals="as written", fix="Show the answer.")


@conformance_case(
    "TC-PUR-WF-PAYMENT-001",
    verifies=("ERX-A1-10-2", "ERX-9-1-8-N-A"),
    role="purchaser_system",
    title_fa="برابری صورت‌وضعیت و پرداخت‌ها",
    alone=True,  # payments and statement of a month, read one after the other
)
def tc_accounts_of_a_month_agree(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT reports accounts of a month that agree with its statement.

    Given a claim that is not settled, when payments and statement of the month are read, then paid,
    receivable and adjusted make the insurer's share, nothing is paid, and a part is one insurer's.
    """
    sent = journeys.send_service(sut, journeys.service_payload(sut, data, "service"))
    claim = sent.required("/claimId")
    month = {"period": period_of(data.now)}
    paid = sut.call("getPayments", path=month, caller=OFFICE, step="stimulus: payments")
    shown = sut.call("getStatement", path=month, caller=OFFICE, step="stimulus: statement")
    other = sut.call(
        "getStatement", path=month, query={"insurer": "40"}, caller=OFFICE, step="stimulus: part"
    )

    parts = [paid.find(f"/{name}") for name in ("paid", "receivable", "adjusted")]
    amounts = [part for part in parts if isinstance(part, int)]
    expect.that(
        len(amounts) == len(parts) and sum(amounts) == shown.find("/insurerShare"),
        title="payments and statement of a month do not agree",
        expected=f"paid, receivable and adjusted make {shown.find('/insurerShare')}",
        observed=f"{parts}",
        pointer="/receivable",
        reply=paid,
        fix="Report every claim of the month as paid, receivable or adjusted.",
    )
    expect.field(paid, "/paid", equals=0, fix="What is not settled is not paid.")
    rows = other.find("/claims")
    named = (
        [one.get("claimId") for one in rows if isinstance(one, dict)]
        if isinstance(rows, list)
        else [claim]
    )
    expect.that(
        claim not in named,
        title="a claim of one insurer stands in the ledger of another",
        expected=f"claims of insurer 40, without {claim}",
        observed=other.summary(),
        pointer="/claims",
        reply=other,
        fix="Show one insurer's ledger when it is asked for.",
        fix_fa="هنگام درخواست، تنها دفتر همان بیمه‌گر را نشان دهید.",
    )


@conformance_case(
    "TC-PUR-WF-REPEAT-001",
    verifies=("ERX-9-2-6-D",),
    role="purchaser_system",
    rulings=("RUL-078",),
    title_fa="تکرار نسخه پیش از سررسید",
)
def tc_repeat_is_not_given_before_it_is_due(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives no repeat of an order before its due date.

    Given an order of 30 units with two repeats, when 31 are dispensed on the first day, then the
    IUT refuses it; when 30 are dispensed, then 60 remain.
    """
    item = data.item(journeys.DRUG, quantity=30)
    rx = journeys.register(sut, data, items=[{**item, "repeats": 2, "durationDays": 15}])
    secret = journeys.lease(sut, rx)
    early = journeys.dispense_payload(sut, data, rx, {"1": 31}, label="early")
    refused = journeys.send_dispense(sut, rx, early, secret)
    given = journeys.prepare(sut, data, rx, secret, {"1": 30})
    journeys.finish(sut, given)
    after = journeys.read(sut, rx)

    expect.problem(refused, status=422, code={"DISPENSE_QUANTITY_EXCEEDED"})
    expect.field(after, "/items/0/remaining", equals=60, fix="Two repeats are still to come.")


@conformance_case(
    "TC-PUR-WF-PREFER-001",
    verifies=("ERX-9-2-3-A",),
    role="purchaser_system",
    rulings=("RUL-004", "RUL-086"),
    title_fa="داروخانهٔ منتخب بیمار",
    shares=("person P33",),  # has one open prescription for a pharmacy
)
def tc_preferred_pharmacy_reads_by_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows content by person id to the preferred pharmacy and to no other.

    Given a prescription that names a pharmacy, when this one looks by the person alone, then it
    reads the content; when another one does, then it sees headers only.
    """
    wanted = data.centre("pharmacy-1").siam_id
    further.withdraw_open(sut, data, "P33")
    journeys.register(sut, data, person="P33", preferredPharmacy=wanted)
    body = {"patient": data.person_id("P33")}
    own = sut.call("queryPrescriptions", body=body, caller=PHARMACY, step="stimulus: preferred")
    other = sut.call(
        "queryPrescriptions", body=body, caller=journeys.OTHER_PHARMACY, step="stimulus: another"
    )

    expect.field(own, "/content/state", equals="REGISTERED", fix="Show it to the named pharmacy.")
    expect.status(other, 200, fix="Show headers to everybody who dispenses.")
    # The contract allows null and does not require the member: both say that there is none.
    expect.that(
        other.find("/content") is None or other.find("/content") is MISSING,
        title="another pharmacy reads the content by person id",
        expected="/content null or absent",
        observed=f"{other.summary()} {shown(other.find('/content'))}",
        pointer="/content",
        reply=other,
        fix="Others need a code. [RUL-004]",
        fix_fa="داروخانه‌های دیگر به کد نیاز دارند.",
    )
