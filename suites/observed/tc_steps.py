"""Clause 9-2: which steps a pharmacy takes before it hands anything over, and in which order."""

from __future__ import annotations

from lab.kit import Expect, Traffic, conformance_case
from suites.observed.reading import answered_before, dispenses, rule_evaluations, same_person

ROLE = "pharmacy_system"
SCENARIO = "routine-dispense"
RULES = "evaluateUnified"  # or evaluateRules with evaluateHealthRules
STEPS = (
    ("D2", "irimc", "getMember"),
    ("D3", "purchaser", "leasePrescription"),
    ("D4", "eligibility", "verifyHid"),
    ("D5", "insurance_rules", RULES),
    ("D7", "purchaser", "prepareDispense"),
    ("D7", "purchaser", "confirmDispense"),
)


@conformance_case(
    "TC-PHA-OBS-STEPS-001",
    verifies=("ERX-9-2-A",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario=SCENARIO,
    title_fa="ترتیب گام‌های نسخه‌پیچی",
)
def tc_steps_are_taken_in_the_listed_order(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT takes the dispensing steps in the order of clause 9-2.

    Given a registered prescription, when the IUT dispenses it, then provider inquiry, retrieval,
    validation and rule analysis come, in this order, before preparation and confirmation.
    """
    call = traffic.required("purchaser", "prepareDispense")[0]
    first = {
        operation: next((c.index for c in traffic.calls(service, operation)), None)
        for _, service, operation in STEPS
    }
    first[RULES] = next((c.index for c in rule_evaluations(traffic, call)), None)
    places = [first[operation] for _, _, operation in STEPS]
    seen = [place for place in places if place is not None]
    listed = " < ".join(f"{step} {operation}" for step, _, operation in STEPS)
    expect.that(
        len(seen) == len(STEPS) and seen == sorted(seen),
        title="The steps are not taken in the order of clause 9-2",
        expected=listed,
        observed=", ".join(f"{name} {'never' if at is None else f'as call {at + 1}'}"
                           for name, at in first.items()),
        pointer="traffic",
        fix="Take every step, each before the one that relies on it.",
        fix_fa="همهٔ گام‌ها را به ترتیب بند ۹-۲ انجام دهید.",
    )  # fmt: skip


@conformance_case(
    "TC-PHA-OBS-PROVIDER-001",
    verifies=("ERX-9-2-2-A",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario=SCENARIO,
    title_fa="استعلام داروساز پیش از تحویل",
)
def tc_provider_is_inquired_before_the_dispense(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT inquires the dispenser in the registry before it registers a dispense.

    Given a signed-in pharmacist, when the IUT prepares a dispense, then an answered inquiry of
    exactly the council number in the document came before.
    """
    call = dispenses(traffic)[0]
    named = f"{call.find('/provider/councilKind')}-{call.find('/provider/councilNumber')}"
    asked = [
        f"{c.path_values.get('kind')}-{c.path_values.get('number')}"
        for c in answered_before(traffic, call, "irimc", "getMember")
    ]
    expect.that(
        named in asked,
        title="The dispenser was not inquired before the dispense",
        expected=f"an answered inquiry of {named} before the dispense",
        observed=f"inquiries of {', '.join(asked)}" if asked else "no inquiry",
        pointer="/provider/councilNumber",
        reply=call.reply,
        fix="Inquire the dispenser at irimc when the person signs in, and again each day.",
        fix_fa="پیش از تحویل، داروساز را از سامانهٔ نظام پزشکی استعلام کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-RETRIEVE-001",
    verifies=("ERX-9-2-3-D", "ERX-9-2-A"),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario=SCENARIO,
    rulings=("RUL-004",),
    title_fa="بازیابی نسخه و رزرو آن پیش از تحویل",
)
def tc_prescription_is_retrieved_and_leased(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT dispenses only what it has retrieved and leased.

    Given a prescription, when the IUT prepares a dispense of it, then it found it by a code of the
    patient before, and the dispense carries the secret of the lease it was granted.
    """
    call = dispenses(traffic)[0]
    identifier = call.path_values.get("prescriptionId")
    found = [
        c
        for c in answered_before(traffic, call, "purchaser", "queryPrescriptions")
        if c.reply.find("/content/prescriptionId") == identifier
    ]
    leases = [
        c
        for c in answered_before(traffic, call, "purchaser", "leasePrescription")
        if c.path_values.get("prescriptionId") == identifier
    ]
    expect.that(
        found,
        title="The dispensed prescription was not retrieved before",
        expected="a query whose answer holds the content of the dispensed prescription",
        observed=f"{len(traffic.before(call, 'purchaser', 'queryPrescriptions'))} queries, "
        "none of them with this content",
        pointer="/content/prescriptionId",
        reply=call.reply,
        fix="Retrieve with tracking or short code and person, or with the HID.",
        fix_fa="نسخه را با کد رهگیری یا کد کوتاه همراه شناسهٔ بیمار بازیابی کنید.",
    )
    secret = call.header("ditas-lease")
    expect.that(
        secret is not None and secret in [c.reply.find("/secret") for c in leases],
        title="The dispense does not carry the secret of a lease",
        expected="ditas-lease with the secret of the lease granted before",
        observed="a secret no lease gave" if secret else f"no ditas-lease, {len(leases)} leases",
        pointer="header:ditas-lease",
        reply=call.reply,
        requirement="ERX-9-2-A",
        fix="Take the lease before the dispense and send its secret.",
        fix_fa="پیش از تحویل، نسخه را رزرو و رمز رزرو را ارسال کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-VALIDATE-001",
    verifies=("ERX-9-2-4-A",),
    role=ROLE,
    selected_if="pharmacy.hid",
    scenario=SCENARIO,
    rulings=("RUL-005",),
    title_fa="اعتبارسنجی شباد پیش از تحویل",
)
def tc_hid_is_validated_before_the_dispense(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT validates the HID at the insured-persons database before dispensing.

    Given a prescription with a HID, when the IUT prepares a dispense, then a verification of this
    HID, for this patient, was answered "valid" before.
    """
    call = dispenses(traffic)[0]
    hid = _hid_of(traffic)
    verified = [
        c
        for c in answered_before(traffic, call, "eligibility", "verifyHid")
        if c.reply.find("/valid") is True
    ]
    fitting = [c for c in verified if c.find("/hid") == hid and same_person(c, call)]
    expect.that(
        fitting,
        title="The HID was not validated before the dispense",
        expected=f'a verification of HID "{hid}" answered valid, before the dispense',
        observed=f"{len(verified)} verifications answered valid, none for this HID and patient",
        pointer="/hid",
        reply=call.reply,
        fix="Call eligibility verifyHid with HID and patient after retrieval.",
        fix_fa="پس از بازیابی، شباد را همراه بیمار در سامانهٔ استحقاق اعتبارسنجی کنید.",
    )


def _hid_of(traffic: Traffic) -> object:
    """Return the HID of the prescription as the IUT retrieved it."""
    for call in traffic.calls("purchaser", "leasePrescription"):
        if call.answered:
            return call.reply.find("/prescription/document/hid")
    for call in traffic.calls("purchaser", "queryPrescriptions"):
        if call.answered:
            return call.reply.find("/content/document/hid")
    return dispenses(traffic)[0].find("/hid")


@conformance_case(
    "TC-PHA-OBS-RULES-001",
    verifies=("ERX-9-2-5-A",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario=SCENARIO,
    rulings=("RUL-006",),
    title_fa="تحلیل قواعد پیش از خدمت",
)
def tc_rules_are_evaluated_before_the_service(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT has the rules of insurers and of medicine evaluated before it delivers.

    Given items to deliver, when the IUT prepares a dispense, then a unified evaluation at position
    pre_service, or one of each rule service, covered every item with the quantity dispensed.
    """
    call = dispenses(traffic)[0]
    wanted = {(row.get("itemId"), row.get("quantity")) for row in call.items()}
    judged = [
        {(row.get("itemId"), row.get("quantity")) for row in c.items()}
        for c in rule_evaluations(traffic, call)
        if c.find("/position") == "pre_service"
    ]
    expect.that(
        wanted and any(wanted <= rows for rows in judged),
        title="The rules were not evaluated before the service",
        expected="insurance and clinical rules asked at pre_service, "
        f"all {len(wanted)} items and quantities",
        observed=f"{len(judged)} evaluations of both at pre_service, none covers the dispense",
        pointer="/items",
        reply=call.reply,
        fix="Ask evaluateUnified at pre_service after quantities are decided, before the dispense.",
        fix_fa="پیش از تحویل، قواعد بیمه و سلامت را با evaluateUnified در موقعیت pre_service بپرسید.",
    )


@conformance_case(
    "TC-PHA-OBS-CONFIRM-001",
    verifies=("ERX-9-2-6-A",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario=SCENARIO,
    title_fa="ثبت و تأیید تحویل",
)
def tc_delivered_service_is_registered_and_confirmed(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT registers what it delivered, in both steps.

    Given a prepared dispense, when the goods are handed over, then the IUT confirms exactly the
    dispense it prepared.
    """
    call = dispenses(traffic)[0]
    prepared = [c.reply.find("/dispenseId") for c in dispenses(traffic) if c.answered]
    confirmed = [
        c.path_values.get("dispenseId") for c in traffic.accepted("purchaser", "confirmDispense")
    ]
    expect.that(
        prepared and set(prepared) <= set(confirmed),
        title="A prepared dispense was not confirmed",
        expected=f"confirmation of {len(prepared) or 'at least one'} prepared dispense",
        observed=f"{len(prepared)} prepared, {len(confirmed)} confirmed",
        pointer="traffic",
        reply=call.reply,
        fix="Confirm the dispense when the goods are handed over, within 30 minutes.",
        fix_fa="هنگام تحویل کالا، تحویل آماده‌شده را تأیید کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-VOID-001",
    verifies=("ERX-9-N-C",),
    role=ROLE,
    selected_if="pharmacy.void",
    scenario="void-dispense",
    title_fa="برگشت تحویل با دلیل کدگذاری‌شده",
)
def tc_dispense_is_taken_back_with_a_reason(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT takes a dispense back by a new act with a coded reason.

    Given a confirmed dispense, when the patient returns everything at once, then the IUT voids this
    very dispense, naming a coded reason, and does not register it anew.
    """
    call = traffic.required("purchaser", "voidDispense")[0]
    confirmed = {
        c.path_values.get("dispenseId")
        for c in traffic.before(call, "purchaser", "confirmDispense")
        if c.accepted
    }
    expect.that(
        call.path_values.get("dispenseId") in confirmed,
        title="Something else is taken back than was confirmed",
        expected="void of a dispense that was confirmed before",
        observed=f"{len(confirmed)} dispenses were confirmed, this is not one of them",
        pointer="traffic",
        reply=call.reply,
        fix="Void the dispense by the id of its preparation.",
        fix_fa="همان تحویل تأییدشده را با شناسهٔ آن برگشت دهید.",
    )
    expect.that(
        isinstance(call.find("/reason/code"), str) and isinstance(call.find("/reason/system"), str),
        title="A dispense is taken back without a reason",
        expected="/reason with system and code",
        observed="no coded reason",
        pointer="/reason",
        reply=call.reply,
        fix="Ask for one of the coded reasons and send it.",
        fix_fa="یکی از دلایل کدگذاری‌شده را بپرسید و بفرستید.",
    )
