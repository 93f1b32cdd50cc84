"""Clause 9-1-5: registration of a prescription and its tracking code."""

from __future__ import annotations

from urllib.parse import urljoin

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys

NOT_COVERED = "99096"  # multivitamin, a supplement outside the scheme


@conformance_case(
    "TC-PUR-WF-P5-001",
    verifies=("ERX-9-1-5-B", "ERX-8-4-A"),
    role="purchaser_system",
    title_fa="ثبت نسخه و صدور کد رهگیری",
)
def tc_registration_gives_a_tracking_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a registration with a tracking code of 20 digits.

    Given a signed prescription of a fresh visit, when it is registered, then the IUT answers 201
    with tracking code, short code, location and entity tag, as its contract says.
    """
    payload = journeys.draft(sut, data)

    reply = journeys.submit(sut, payload, "stimulus: register")

    expect.status(
        reply, 201, fix="Answer a created prescription with 201.", fix_fa="پاسخ باید ۲۰۱ باشد."
    )
    expect.field(
        reply,
        "/trackingCode",
        matches="[0-9]{20}",
        fix="Give every prescription a tracking code of exactly 20 digits.",
        fix_fa="کد رهگیری باید دقیقاً ۲۰ رقم باشد.",
    )
    expect.field(reply, "/shortCode", matches="[0-9]{5}", fix="The short code has 5 digits.")
    expect.schema(reply, requirement="ERX-8-4-A")


@conformance_case(
    "TC-PUR-WF-P5-002",
    verifies=("ERX-6-3-A", "ERX-9-1-5-A"),
    role="purchaser_system",
    title_fa="خواندن نسخهٔ ثبت‌شده بدون تغییر",
)
def tc_registered_prescription_reads_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a registered prescription back as it was signed.

    Given a registered prescription, when its author reads it, then document, state and quantities
    are those that were signed.
    """
    rx = journeys.register(
        sut, data, items=[data.item(quantity=28), data.item("99015", quantity=7, item_id="2")]
    )

    reply = journeys.read(sut, rx, step="stimulus: read")

    expect.status(reply, 200, fix="The author centre may read its own prescription.")
    expect.field(
        reply,
        "/document",
        equals=rx.payload,
        fix="Store the received document and give it back unchanged.",
        fix_fa="سند دریافتی را بی‌تغییر نگه دارید و برگردانید.",
    )
    expect.field(reply, "/state", equals="REGISTERED", requirement="ERX-9-1-5-A")
    left = {item: journeys.item_state(reply, item, "remaining") for item in "12"}
    expect.that(
        left == {"1": 28, "2": 7},
        title="what remains of a registered prescription is not what was signed",
        expected="28 of item 1 and 7 of item 2",
        observed=f"{left}",
        pointer="/items",
        requirement="ERX-9-1-5-A",
        reply=reply,
        fix="A registered prescription has everything still to give.",
        fix_fa="در نسخهٔ تازه همهٔ مقدارها باقی است.",
    )


@conformance_case(
    "TC-PUR-WF-P5-003",
    verifies=("ERX-6-1-B", "ERX-9-1-5-B"),
    role="purchaser_system",
    title_fa="نشانی و برچسب نسخهٔ تازه",
)
def tc_registration_names_its_resource(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT names the created prescription and its version in the answer.

    Given a registered prescription, when the answer is read, then `location` points to it, told in
    full or relative to the request, and `etag` names its version, so that other systems can follow
    it without manual transfer.
    """
    rx = journeys.register(sut, data, step="stimulus: register")

    location = rx.reply.header("location") or ""
    expect.that(
        urljoin(rx.reply.exchange.request.url, location).endswith(f"/prescriptions/{rx.id}"),
        title="the answer does not say where the prescription is",
        expected=f"location that leads to /prescriptions/{rx.id}",
        observed=location or "no location",
        pointer="header:location",
        reply=rx.reply,
        fix="Send `location` with the path of the created prescription.",
        fix_fa="سرآیند location را با نشانی نسخه بفرستید.",
    )
    again = journeys.read(sut, rx)
    expect.that(
        rx.reply.header("etag") is not None and again.header("etag") == rx.reply.header("etag"),
        title="the version of the prescription is not named alike",
        expected="the same etag on registration and on reading",
        observed=f"{rx.reply.header('etag')} and {again.header('etag')}",
        pointer="header:etag",
        reply=again,
        fix="Send a strong entity tag that changes with every version only.",
        fix_fa="برای هر ویرایش etag یکتا بفرستید.",
    )


@conformance_case(
    "TC-PUR-WF-P5-004",
    verifies=("ERX-9-2-4-B",),
    role="purchaser_system",
    title_fa="رد شباد بیمار دیگر",
)
def tc_hid_of_another_patient_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a prescription under the HID of another patient.

    Given a HID issued for one person, when a prescription for another person carries it, then the
    IUT refuses it with the coded reason and registers nothing.
    """
    hid = journeys.new_hid(sut, data, "P02")
    payload = journeys.draft(sut, data, person="P01", hid=hid)

    reply = journeys.submit(sut, payload, "stimulus: register")

    expect.problem(
        reply,
        status=422,
        code="HID_PATIENT_MISMATCH",
        fix="Ask eligibility whether the HID belongs to this patient before registering.",
        fix_fa="پیش از ثبت، تعلق شباد به بیمار را استعلام کنید.",
    )
    found = journeys.find_by_hid(sut, hid)
    expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-WF-P5-005",
    verifies=("ERX-8-12-N1-D",),
    role="purchaser_system",
    title_fa="رد نسخهٔ پزشک تعلیق‌شده",
)
def tc_suspended_prescriber_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a prescription signed by a suspended prescriber.

    Given a prescriber whom the council has suspended, when a prescription signed by that person
    arrives, then the IUT refuses it and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    payload = journeys.draft(sut, data, professional="dr11", hid=hid)

    reply = journeys.submit(sut, payload, "stimulus: register", "dr11")

    expect.problem(
        reply,
        status=403,
        code="PRESCRIBER_NOT_ENTITLED",
        fix="Ask the council for the standing of the signer and refuse a suspended one.",
        fix_fa="وضعیت پروانه را از نظام پزشکی استعلام و تجویز فرد تعلیق‌شده را رد کنید.",
    )
    found = journeys.find_by_hid(sut, hid)
    expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-WF-P5-006",
    verifies=("ERX-9-1-4-F",),
    role="purchaser_system",
    rulings=("RUL-006",),
    title_fa="رد کد رهگیری قاعدهٔ ساختگی",
)
def tc_invented_rule_tracking_id_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a rule tracking id that no rule service issued.

    Given a prescription that names an invented approval, when it is registered, then the IUT
    refuses it with the coded reason and registers nothing.
    """
    rules = {"evaluationId": data.uuid("evaluation"), "wholeTrackingId": "99000000000000000017"}
    payload = journeys.draft(sut, data, rules=rules)

    reply = journeys.submit(sut, payload, "stimulus: register")

    expect.problem(
        reply,
        status=422,
        code="TRACKING_ID_UNKNOWN",
        fix="Check every tracking id with the rule service that should have issued it.",
        fix_fa="کد رهگیری قاعده را از سامانهٔ قواعد استعلام کنید.",
    )
    found = journeys.find_by_hid(sut, str(payload["hid"]))
    expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-WF-P5-007",
    verifies=("ERX-9-1-5-A",),
    role="purchaser_system",
    rulings=("RUL-058",),
    title_fa="داروی آزاد هم ثبت می‌شود",
)
def tc_what_is_not_covered_is_recorded(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT records medicines that no insurer covers like all others.

    Given an order of a covered medicine and of a supplement that is not covered, when it is
    registered, then the IUT takes it and shows both items as they were ordered.
    """
    items = [data.item(journeys.DRUG), data.item(NOT_COVERED, item_id="2")]
    payload = journeys.draft(sut, data, items=items)

    reply = journeys.submit(sut, payload, "stimulus: register")

    fix, fix_fa = "Record what is not covered too.", "داروی خارج از پوشش را هم ثبت کنید."
    expect.status(reply, 201, fix=fix, fix_fa=fix_fa)
    path = {"prescriptionId": str(reply.required("/prescriptionId"))}
    shown = sut.call("getPrescription", path=path, caller=journeys.OFFICE, step="read back")
    for index, item in enumerate(items):
        place = f"/document/items/{index}/code/code"
        expect.field(shown, place, equals=item["code"]["code"], fix=fix, fix_fa=fix_fa)
    expect.field(shown, "/items/1/state", equals="ORDERED", fix=fix, fix_fa=fix_fa)
