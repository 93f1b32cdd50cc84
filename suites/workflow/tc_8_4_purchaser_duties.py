"""Duties of a purchaser toward its insured persons, other payers and the exchange as a whole."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites import journeys_further as further
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE, PHARMACY
from suites.journeys_insurers import Delivered, cost_of
from suites.oracles.jalali import period_of

ROLE = "purchaser_system"
OTHER_INSURER = "40"
MONEY = ("total", "insurerShare", "patientShare")


@conformance_case(
    "TC-PUR-WF-CLAUSE-001",
    verifies=("RM-INS-POST-B", "ERX-8-4-E", "RM-INS-ADJ", "ERX-8-6-E"),
    role=ROLE,
    title_fa="بازخورد تعدیل پس از رسیدگی",
)
def tc_adjustments_come_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT returns what adjudication confirmed and what it deducted, with reasons.

    Given a private visit 100000 rial above its ceiling, when adjudication has decided its claim,
    then the claim at the IUT is adjusted and names service, amount and coded reason.
    """
    dear = Delivered(price=insurers.ceiling("992101", "private", data) + 100_000)
    claim = insurers.registered(sut, data, "dear", dear)
    decided = insurers.submit(sut, insurers.submission(claim), "preamble: adjudicate")
    decided.required("/accepted")

    shown = sut.call(
        "getClaim",
        path={"claimId": str(claim.required("/claimId"))},
        caller=OFFICE,
        step="stimulus: read the claim",
    )

    expect.field(
        shown,
        "/state",
        equals="ADJUSTED",
        fix="Ask adjudication for results when a claim is shown.",
        fix_fa="هنگام نمایش ادعا نتیجهٔ رسیدگی را بپرسید.",
    )
    for member in ("accepted", "adjustments"):
        expect.field(
            shown,
            f"/{member}",
            equals=decided.find(f"/{member}"),
            fix="Return the result of adjudication as it was decided, item by item.",
            fix_fa="نتیجهٔ رسیدگی را قلم به قلم همان‌گونه که هست بازگردانید.",
        )


@conformance_case(
    "TC-PUR-WF-CLAUSE-002",
    verifies=("ERX-7-10-D", "RM-INS-CITVIEW"),
    role=ROLE,
    title_fa="سهم‌ها در صورت‌حساب",
)
def tc_invoice_shows_the_split(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows the computed split of every service in the invoice of the month.

    Given a visit at the tariff, when the statement of the month is read, then its line carries the
    three amounts of the oracle, and the sums are those of the lines.
    """
    visit = Delivered()
    claim = str(insurers.registered(sut, data, "invoice", visit).required("/claimId"))

    shown = sut.call(
        "getStatement",
        path={"period": period_of(data.now)},
        caller=OFFICE,
        step="stimulus: statement",
    )

    rows = shown.required("/claims")
    line: dict[str, object] = next((row for row in rows if row.get("claimId") == claim), {})
    expect.that(
        {name: line.get(name) for name in MONEY} == cost_of(visit.split()),
        title="the invoice shows another split than was computed",
        expected=f"{cost_of(visit.split())}",
        observed=f"{ {name: line.get(name) for name in MONEY} }",
        pointer="/claims",
        reply=shown,
        fix="Show total and both shares of every claim.",
        fix_fa="کل و هر دو سهم هر ادعا را نشان دهید.",
    )
    for name in MONEY:
        expect.field(
            shown,
            f"/{name}",
            equals=sum(row.get(name, 0) for row in rows),
            requirement="RM-INS-CITVIEW",
            fix="Sums are those of the lines; expenditure of insurers can be read from them.",
            fix_fa="جمع‌ها باید برابر جمع ردیف‌ها باشد.",
        )


@conformance_case(
    "TC-PUR-WF-CLAUSE-003",
    verifies=("ERX-2-PUR-A", "ERX-A1-10-9", "ERX-8-6-N2-A"),
    role=ROLE,
    title_fa="هر بیمه، دفتر خود",
)
def tc_each_payer_its_own_ledger(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT leads every claim to its payer and shows each payer only its own.

    Given visits of persons of insurer 1 and of insurer 40, when the statement of each is read, then
    every claim stands with its own payer, under the same interface.
    """
    own = str(insurers.registered(sut, data, "insurer 1").required("/claimId"))
    payload = journeys.service_payload(sut, data, "insurer 40", person="S01")
    other = str(journeys.send_service(sut, payload).required("/claimId"))

    for insurer, mine, foreign in (("1", own, other), (OTHER_INSURER, other, own)):
        shown = sut.call(
            "getStatement",
            path={"period": period_of(data.now)},
            query={"insurer": insurer},
            caller=OFFICE,
            step=f"stimulus: statement of insurer {insurer}",
        )
        listed = {row.get("claimId") for row in shown.required("/claims")}
        expect.that(
            mine in listed and foreign not in listed,
            title="a claim stands with another payer",
            expected=f"claim {mine} and not {foreign}",
            observed=f"{len(listed)} claims, {sorted(listed & {mine, foreign})}",
            pointer="/claims",
            reply=shown,
            fix="Route claims by the insurer of the HID; filter by it when asked.",
            fix_fa="ادعا را با بیمهٔ صادرکنندهٔ شناسه هدایت کنید.",
        )


@conformance_case(
    "TC-PUR-WF-CLAUSE-004",
    verifies=("ERX-8-4-F",),
    role=ROLE,
    title_fa="هر طرف تنها سهم اطلاعات خود",
)
def tc_results_go_to_whom_they_concern(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shares invoices with the centre they belong to and nobody else.

    Given a claim of an office, when the office and a pharmacy read their statements, then only that
    of the office lists it.
    """
    claim = str(insurers.registered(sut, data, "own").required("/claimId"))
    month = {"period": period_of(data.now)}

    own = sut.call("getStatement", path=month, caller=OFFICE, step="stimulus: office")
    other = sut.call("getStatement", path=month, caller=PHARMACY, step="stimulus: pharmacy")

    for reply, wanted in ((own, True), (other, False)):
        listed = {row.get("claimId") for row in reply.required("/claims")}
        expect.that(
            (claim in listed) is wanted,
            title="an invoice is shared with the wrong party",
            expected="the claim in the statement of its own centre only",
            observed=f"{'listed' if claim in listed else 'not listed'} among {len(listed)}",
            pointer="/claims",
            reply=reply,
            fix="Filter statements by the centre that calls.",
            fix_fa="صورت‌وضعیت را به مرکز فراخواننده محدود کنید.",
        )


@conformance_case(
    "TC-PUR-WF-CLAUSE-005",
    verifies=("ERX-6-1-A", "ERX-4-A"),
    role=ROLE,
    title_fa="سه سامانهٔ جدا، یک نسخه",
)
def tc_three_systems_one_prescription(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT joins separate systems that share nothing but messages.

    Given a prescription of an office, when a pharmacy that knows patient and tracking code finds
    and dispenses it, then the office reads the one consistent state.
    """
    rx = journeys.register(sut, data)
    found = sut.call(
        "queryPrescriptions",
        body={"patient": data.person_id("P01"), "trackingCode": rx.tracking_code},
        caller=PHARMACY,
        step="stimulus: find by tracking code",
    )
    journeys.dispense(sut, data, rx, {"1": 10})
    shown = journeys.read(sut, rx, step="stimulus: the office reads")

    expect.field(
        found,
        "/matches/0/prescriptionId",
        equals=rx.id,
        fix="Find prescriptions by their tracking code, whoever wrote them.",
        fix_fa="نسخه را با کد رهگیری برای هر مرکز مجاز بیابید.",
    )
    expect.field(
        shown,
        "/items/0/remaining",
        equals=int(rx.payload["items"][0]["quantity"]) - 10,
        requirement="ERX-4-A",
        fix="All systems see the same remainder.",
        fix_fa="همهٔ سامانه‌ها باید یک مانده ببینند.",
    )


@conformance_case(
    "TC-PUR-WF-CLAUSE-009",
    verifies=("ERX-8-4-N", "ERX-8-6-N2-B"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="تأیید سرویس واحد قواعد",
)
def tc_approval_of_the_single_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes approvals of the single rule service, and those of nobody else.

    Given an approval for a visit, when a prescription of it names the approval, then it is
    registered; one of another visit that names the same approval is refused.
    """
    hid = journeys.new_hid(sut, data)
    council = data.professional("dr01")
    approval = sut.environment(
        "insurance_rules",
        "evaluateUnified",
        body={
            "position": "pre_prescription",
            "patient": data.person_id("P01"),
            "prescriber": {
                "councilKind": council.council_kind,
                "councilNumber": council.council_number,
            },
            "centre": data.centre("office-1").siam_id,
            "hid": hid,
            "items": [{"itemId": "1", "code": data.drug(journeys.DRUG), "quantity": 30}],
        },
        caller=OFFICE,
        step="preamble: approval",
    )
    named = {name: approval.required(f"/{name}") for name in ("evaluationId", "wholeTrackingId")}

    other = journeys.submit(
        sut, journeys.draft(sut, data, "other visit", rules=named), "stimulus: other visit"
    )
    own = journeys.submit(
        sut, journeys.draft(sut, data, "own visit", hid=hid, rules=named), "stimulus: own visit"
    )

    expect.problem(other, status=422, code="TRACKING_ID_UNKNOWN")
    expect.status(own, 201, fix="Ask the rule service what a tracking id approved.")


@conformance_case(
    "TC-PUR-WF-CLAUSE-010",
    verifies=("RM-INS-ALL",),
    role=ROLE,
    title_fa="خرید خدمت سرپایی و بستری بدون کاغذ",
)
def tc_outpatient_and_inpatient_electronically(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT buys outpatient and inpatient services electronically, from HID to claim.

    Given a visit to an office and one within a stay, when both are registered with the shares of
    their admission, then both become claims with exactly these shares.
    """
    outside = insurers.registered(sut, data, "outpatient")
    hid = data.hid(sut, "P01", caller=further.HOSPITAL)
    further.open_stay(sut, further.admission(sut, data, hid=hid)).required("/stayId")
    stay = Delivered(inpatient=True)

    inside = insurers.record(sut, data, "inpatient", stay, hid=hid)

    for reply, given in ((outside, Delivered()), (inside, stay)):
        expect.field(
            reply,
            "/patientShare",
            equals=given.split().patient,
            fix="A visit within an open stay is shared as an inpatient one.",
            fix_fa="خدمت در طول بستری با سهم بستری حساب می‌شود.",
        )


@conformance_case(
    "TC-PUR-WF-CLAUSE-011",
    verifies=("RM-LAW-74-J",),
    role=ROLE,
    title_fa="ادعا تنها برای خدمت ثبت‌شده",
    alone=True,  # two readings of a month's statement must differ by its own deeds only
)
def tc_claims_of_registered_services_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps claims for services registered through the exchange, and no others.

    Given a confirmed dispense without a service record, when the statement of the pharmacy is read
    before and after it, then no claim has come of it.
    """
    month = {"period": period_of(data.now)}
    rx = journeys.register(sut, data)
    before = sut.call("getStatement", path=month, caller=PHARMACY, step="preamble: statement")

    journeys.dispense(sut, data, rx, {"1": 10})
    after = sut.call("getStatement", path=month, caller=PHARMACY, step="stimulus: statement")

    expect.field(
        after,
        "/total",
        equals=before.required("/total"),
        fix="A claim begins with a registered service record.",
        fix_fa="ادعا تنها با ثبت سند خدمت آغاز می‌شود.",
    )
