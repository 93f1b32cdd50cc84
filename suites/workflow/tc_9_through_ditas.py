"""Clause 9: prescribing and dispensing step by step through DITAS, in their order and apart."""

from __future__ import annotations

from lab.kit import Call, Expect, Reply, Sut, SyntheticData, conformance_case, payload_drop
from lab.model.base import JsonValue
from suites import gateway_flow as flow
from suites import journeys
from suites.journeys import OFFICE, OTHER_PHARMACY, PHARMACY, SERVICES
from suites.record_journeys import LAB

GLUCOSE = "991110"  # fasting glucose, a laboratory test
ORDERED = 30
EDITED, AS_EDITED = (200, 409), (2, "REGISTERED")  # a race that the edit won


def prescribed(
    sut: Sut, data: SyntheticData, hid: str, label: str, step: str, **more: JsonValue
) -> Reply:
    """Register a prescription of a visit through the gateway, whatever comes of it."""
    document = ("prescription", data.prescription(hid, label=label), "dr01")
    return sut.call(
        "registerPrescription",
        service="purchaser",
        document=document,
        caller=OFFICE,
        step=step,
        **more,
    )


@conformance_case(
    "TC-GTW-WF-FLOW-201",
    verifies=("ERX-9-1-A",),
    role="gateway",
    title_fa="گام‌های تجویز به ترتیب",
)
def tc_prescribing_keeps_its_order(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a registration after eligibility, and refuses one before it.

    Given a patient nobody has asked eligibility for, when a prescription comes without HID and one
    with a HID that was never issued, then both are refused; after eligibility it is registered.
    """
    exchange = flow.through(sut)
    never = next(one.value for one in data.world.hids if one.well_formed)

    without = prescribed(
        sut, data, never, "no HID", "stimulus: before eligibility", mutate=payload_drop("/hid")
    )
    unknown = prescribed(sut, data, never, "no visit", "stimulus: a HID nobody issued")
    issued = flow.honest(sut, data, "eligibility", "issueHid", "stimulus: eligibility")
    after = prescribed(
        exchange, data, str(issued.required("/hid")), "in order", "stimulus: after eligibility"
    )

    fix, fix_fa = "Hand on what the insurer refuses.", "رد بیمه‌گر را به فرستنده برسانید."
    expect.problem(without, status=422, code="SCHEMA_VIOLATION", fix=fix, fix_fa=fix_fa)
    expect.problem(unknown, status=422, code="HID_INVALID", fix=fix, fix_fa=fix_fa)
    expect.status(
        after, 201, fix="Steps in their order are served.", fix_fa="گام‌های به‌ترتیب را بپذیرید."
    )


@conformance_case(
    "TC-GTW-WF-FLOW-202",
    verifies=("ERX-9-A",),
    role="gateway",
    title_fa="تجویز و تحویل جدا از هم",
)
def tc_two_processes_one_prescription(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets an office prescribe alone and another vendor dispense later.

    Given an office whose prescription no dispenser has seen, when a pharmacy with another product
    comes later with the HID and dispenses, then the office reads first REGISTERED, then DISPENSED.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    alone = journeys.read(exchange, rx, step="stimulus: the office alone")

    secret = journeys.lease(exchange, rx, OTHER_PHARMACY)
    payload = journeys.dispense_payload(exchange, data, rx, {"1": ORDERED}, caller=OTHER_PHARMACY)
    given = journeys.send_dispense(exchange, rx, payload, secret, caller=OTHER_PHARMACY)
    made = journeys.Dispensed(payload, given, OTHER_PHARMACY)
    expect.field(alone, "/state", equals="REGISTERED", fix="Prescribing needs no dispenser.")
    expect.status(
        given,
        201,
        fix="Hand the lease of the dispenser on with the dispense.",
        fix_fa="سرآیند نوبت را همراه تحویل برسانید.",
    )
    journeys.finish(exchange, made, step="stimulus: confirm")
    later = journeys.read(exchange, rx, step="observation: the office reads again")
    expect.field(
        later,
        "/state",
        equals="DISPENSED",
        fix="Ask the service behind at every reading.",
        fix_fa="در هر خواندن از سرویس پشت درگاه بپرسید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-203",
    verifies=("ERX-9-B", "ERX-8-3-C", "ERX-9-2-A"),
    role="gateway",
    title_fa="رد همهٔ گام‌های کمینه در سابقه",
)
def tc_every_minimum_step_leaves_a_trace(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT has a trace of every minimum step, from eligibility to the invoice.

    Given a whole course from eligibility over registration and dispensing to the claim, when the
    sender of each step asks for it, then the log tells service, operation and answer of each.
    """
    exchange = flow.through(sut)
    visit = flow.honest(sut, data, "eligibility", "issueHid", "step: eligibility")
    rules = flow.honest(sut, data, "insurance_rules", "evaluateRules", "step: rule analysis")
    rx = journeys.register(
        exchange, data, hid=str(visit.required("/hid")), step="step: registration"
    )
    leased = journeys.take_lease(exchange, rx, step="step: retrieval")
    secret = str(leased.required("/secret"))
    payload = journeys.dispense_payload(exchange, data, rx, {"1": ORDERED})
    prepared = journeys.send_dispense(exchange, rx, payload, secret, step="step: validation")
    prepared.required("/dispenseId")
    confirmed = journeys.finish(
        exchange, journeys.Dispensed(payload, prepared), step="step: outcome"
    )
    fee = journeys.service_payload(exchange, data)
    claim = journeys.send_service(exchange, fee, step="step: service and invoice")
    shown = journeys.read(exchange, rx, step="step: the author reads")

    steps = [
        (OFFICE, visit), (OFFICE, rules), (OFFICE, rx.reply), (PHARMACY, leased),
        (PHARMACY, prepared), (PHARMACY, confirmed), (OFFICE, claim), (OFFICE, shown),
    ]  # fmt: skip
    for caller, reply in steps:
        told = flow.logged(sut, reply, f"observation: trace of {reply.operation}", caller)
        seen = [
            (row.get("service"), row.get("operation"), row.get("status"))
            for row in flow.rows_of(told, "/messages")
        ]
        expect.that(
            seen == [(reply.service, reply.operation, reply.status)],
            title=f"step {reply.operation} has no trace at the gateway",
            expected=f"{reply.service} {reply.operation} with status {reply.status}",
            observed=str(seen)[:200] if seen else told.summary(),
            pointer="/messages",
            reply=told,
            fix="Log every message with service, operation and status, questions as well.",
            fix_fa="هر پیام را با سرویس، عملیات و وضعیت ثبت کنید.",
        )
    expect.field(shown, "/state", equals="DISPENSED", fix="The course has its outcome.")


@conformance_case(
    "TC-GTW-WF-FLOW-204",
    verifies=("ERX-9-1-6-B",),
    role="gateway",
    title_fa="رقابت ویرایش و تحویل",
)
def tc_edit_and_dispense_race(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets one of an edit and a dispense win that come at the same instant.

    Given a leased prescription with a prepared dispense, when its confirmation and an edit of its
    author arrive together, then exactly one is taken and the state read is that of the winner.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    secret = journeys.lease(exchange, rx)
    given = journeys.prepare(exchange, data, rx, secret, {"1": ORDERED})
    changed = data.amendment(rx.id, 1, rx.hid, items=[data.item(quantity=14)])
    edit = Call(
        "amendPrescription",
        path={"prescriptionId": rx.id},
        document=("amendment", changed, "dr01"),
        if_match=rx.etag,
        caller=OFFICE,
    )
    confirm = Call("confirmDispense", path={"dispenseId": given.id}, body={}, caller=PHARMACY)

    edited, confirmed = exchange.parallel([edit, confirm], step="stimulus: race")

    after = journeys.read(exchange, rx, step="observation: the prescription")
    told = (edited.status, confirmed.status)
    stands = (after.find("/version"), after.find("/state"))
    expect.that(
        (told, stands)
        in {((409, 200), (1, "DISPENSED")), ((412, 200), (1, "DISPENSED")), (EDITED, AS_EDITED)},
        title="an edit and a dispense were both taken, or none of them",
        expected="one of both, version and state read accordingly",
        observed=f"edit {edited.summary()}, dispense {confirmed.summary()}, then {stands}",
        pointer="/state",
        reply=after,
        fix="Hand both on and tell each sender what the service answered him.",
        fix_fa="هر دو را برسانید و پاسخ هر کدام را به فرستندهٔ خودش بدهید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-205",
    verifies=("ERX-9-2-3-E",),
    role="gateway",
    title_fa="دریافت نسخه در حد نوع مرکز",
)
def tc_orders_go_to_centres_of_their_kind(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a laboratory its orders, a pharmacy not, and notes both accesses.

    Given an order of a laboratory test, when a pharmacy and then a laboratory retrieve it with the
    HID, then the pharmacy is refused, the laboratory gets it, and each access is in the log.
    """
    exchange = flow.through(sut)
    test = {"itemId": "1", "code": journeys.coded(SERVICES, GLUCOSE), "quantity": 1}
    rx = journeys.register(exchange, data, kind="laboratory", items=[test])

    refused = journeys.take_lease(exchange, rx, PHARMACY, "stimulus: a pharmacy")
    taken = journeys.take_lease(exchange, rx, LAB, "stimulus: a laboratory")

    expect.problem(
        refused,
        status=403,
        code="ORDER_CENTRE_UNFIT",
        fix="Hand the refusal on: orders go to centres of their kind.",
        fix_fa="رد سرویس را برسانید؛ هر دستور به مرکز نوع خود می‌رود.",
    )
    expect.field(taken, "/prescription/prescriptionId", equals=rx.id, fix="Give it to who may.")
    for caller, reply in ((PHARMACY, refused), (LAB, taken)):
        told = flow.logged(sut, reply, "observation: the access", caller)
        expect.field(
            told,
            "/messages/0/status",
            equals=reply.status,
            title="an access to a prescription is not in the log",
            fix="Log every access, refused ones as well.",
            fix_fa="هر دسترسی، حتی ردشده، را ثبت کنید.",
        )


@conformance_case(
    "TC-GTW-WF-FLOW-206",
    verifies=("ERX-9-2-6-C",),
    role="gateway",
    rulings=("RUL-006",),
    title_fa="نتیجهٔ قواعد همراه خدمت",
)
def tc_rule_results_go_with_the_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries the results of the rule service with the service, unaltered.

    Given rules evaluated before an act, when it is registered with the tracking id that was told,
    then it is taken and read back with it; with one digit altered it is refused.
    """
    exchange = flow.through(sut)
    visit = flow.honest(sut, data, "eligibility", "issueHid", "preamble: visit")
    hid, doctor = str(visit.required("/hid")), data.professional("dr01")
    answer = exchange.call(
        "evaluateUnified",
        body={
            "position": "pre_prescription",
            "patient": data.person_id("P01"),
            "prescriber": {
                "councilKind": doctor.council_kind,
                "councilNumber": doctor.council_number,
            },
            "centre": data.centre("office-1").siam_id,
            "hid": hid,
            "items": [{"itemId": "1", "code": data.drug(journeys.DRUG), "quantity": ORDERED}],
        },
        caller=OFFICE,
        step="stimulus: rule analysis",
    )
    told = {name: answer.find(f"/{name}") or "" for name in ("evaluationId", "wholeTrackingId")}
    whole = str(told["wholeTrackingId"])
    other = {**told, "wholeTrackingId": f"{whole[:-1]}{9 - int(whole[-1:] or 0)}"}

    altered = journeys.submit(
        exchange,
        journeys.draft(exchange, data, "altered", hid=hid, rules=other),
        "stimulus: altered",
    )
    own = journeys.submit(
        exchange, journeys.draft(exchange, data, "own", hid=hid, rules=told), "stimulus: as told"
    )

    fix, fix_fa = "Carry results of rules unaltered.", "نتیجهٔ قواعد را بی‌تغییر برسانید."
    expect.problem(altered, status=422, code="TRACKING_ID_UNKNOWN", fix=fix, fix_fa=fix_fa)
    expect.status(own, 201, fix=fix, fix_fa=fix_fa)
    read = exchange.call(
        "getPrescription",
        path={"prescriptionId": str(own.find("/prescriptionId") or data.uuid("none"))},
        caller=OFFICE,
        step="observation: read back",
    )
    expect.field(read, "/document/rules", equals=told, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-GTW-WF-FLOW-207",
    verifies=("ERX-A1-10-9",),
    role="gateway",
    title_fa="یک رابط برای همهٔ بیمه‌گران",
)
def tc_insurers_answer_alike(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT offers every insurer by the same interface, in the same words.

    Given insured persons of three insurers, when the same message asks for a HID of each, then
    each is answered with the same members as the contract has them, and names its insurer.
    """
    doctor = data.professional("dr01")
    council = {"councilKind": doctor.council_kind, "councilNumber": doctor.council_number}
    insured = {
        person.cover[0].insurer: key
        for key, person in sorted(data.world.people.items(), reverse=True)
        if person.cover and person.cover[0].insurer in {"1", "2", "3"} and key.startswith("P")
    }
    for insurer, person in insured.items():
        reply = sut.call(
            "issueHid",
            service="eligibility",
            body={
                "patient": data.person_id(person),
                "insurerCode": insurer,
                "providerCouncil": council,
            },
            caller=OFFICE,
            step=f"stimulus: insurer {insurer}",
        )
        expect.field(
            reply,
            "/insurer",
            equals=insurer,
            title=f"insurer {insurer} is answered in other words",
            fix="Offer one interface for all insurers; translate nothing for one of them.",
            fix_fa="برای همهٔ بیمه‌گران یک رابط یکسان ارائه کنید.",
        )
        expect.schema(reply)
