"""Clauses 9-2-4 and 9-2-5: the HID is validated and the cost is computed before delivery."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites.oracles.identifiers import hid_with_wrong_check


@conformance_case(
    "TC-PUR-WF-D4-001",
    verifies=("ERX-9-2-4-B",),
    role="purchaser_system",
    rulings=("RUL-005",),
    title_fa="رد شباد مراجعهٔ دیگر هنگام تحویل",
)
def tc_dispense_under_another_hid_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a dispense under the HID of another patient.

    Given a leased prescription, when the dispense carries the HID of another patient's visit, then
    the IUT refuses it and nothing counts as given.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    foreign = journeys.new_hid(sut, data, "P02")
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10}, hid=foreign)

    reply = journeys.send_dispense(sut, rx, payload, secret)

    expect.problem(
        reply,
        status=422,
        code=("HID_PATIENT_MISMATCH", "HID_INVALID", "HID_CENTRE_MISMATCH"),
        fix="Validate the HID of a dispense against patient and visit of the prescription.",
        fix_fa="شباد تحویل را با بیمار و مراجعهٔ نسخه بسنجید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing given")
    expect.field(again, "/dispenses", equals=[], fix="A refused dispense is no dispense.")


@conformance_case(
    "TC-PUR-WF-D4-002",
    verifies=("ERX-9-2-4-B", "ERX-10-C"),
    role="purchaser_system",
    title_fa="رد شباد با نویسهٔ کنترل نادرست",
)
def tc_hid_with_wrong_check_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a prescription whose HID has a wrong check character.

    Given a HID with its check character replaced, when a prescription carries it, then the IUT
    refuses it as an invalid HID and registers nothing.
    """
    hid = journeys.new_hid(sut, data)
    wrong = hid_with_wrong_check(hid)
    payload = journeys.draft(sut, data, hid=wrong)

    reply = journeys.submit(sut, payload, "stimulus: register")

    expect.problem(
        reply,
        status=422,
        code="HID_INVALID",
        fix="Check the last character of a HID (Luhn mod 32) and ask eligibility for the rest.",
        fix_fa="نویسهٔ کنترل شباد را بسنجید.",
    )
    good = journeys.register(sut, data, "good", hid=hid, step="control: right HID")
    expect.status(good.reply, 201)


@conformance_case(
    "TC-PUR-WF-D5-001",
    verifies=("ERX-7-10-C", "ERX-7-10-E", "ERX-8-4-C"),
    role="purchaser_system",
    title_fa="محاسبهٔ برخط سهم‌ها هنگام تحویل",
)
def tc_dispense_answers_with_the_split(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the split of a prepared dispense per item and in sum.

    Given a dispense of two items at prices the IUT itself split, when it is prepared, then its
    answer repeats those shares for every item and for the whole.
    """
    items = [data.item(quantity=20), data.item("99015", quantity=10, item_id="2")]
    rx = journeys.register(sut, data, items=items)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 20, "2": 10})

    reply = journeys.send_dispense(sut, rx, payload, secret)

    expect.status(reply, 201, fix="Take a dispense whose shares are your own.")
    for member in ("total", "insurerShare", "patientShare"):
        expect.field(
            reply, f"/{member}", equals=payload["cost"][member], fix="Split as in `price`."
        )
    wanted = {row["itemId"]: row["cost"]["patientShare"] for row in payload["items"]}
    told = {item: journeys.item_state(reply, item, "patientShare") for item in wanted}
    expect.that(
        told == wanted,
        title="the shares of the items are not those of the split",
        expected=f"patient's shares {wanted}",
        observed=f"{told}",
        pointer="/items",
        reply=reply,
        fix="Tell the shares of every item.",
        fix_fa="سهم هر قلم را جداگانه اعلام کنید.",
    )


@conformance_case(
    "TC-PUR-WF-D5-002",
    verifies=("ERX-7-10-C", "RM-INS-POST-A"),
    role="purchaser_system",
    title_fa="رد سهم نادرست بیمه در تحویل",
)
def tc_wrong_split_in_dispense_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a dispense that claims another split than its own.

    Given a leased prescription, when the dispense claims one rial more from the insurer and one
    less from the patient, then the IUT refuses it and nothing counts as given.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)
    payload = journeys.dispense_payload(sut, data, rx, {"1": 10})
    cost = payload["items"][0]["cost"]
    moved = {
        **cost,
        "insurerShare": cost["insurerShare"] + 1,
        "patientShare": cost["patientShare"] - 1,
    }
    wrong = {**payload, "cost": moved, "items": [{**payload["items"][0], "cost": moved}]}

    reply = journeys.send_dispense(sut, rx, wrong, secret)

    expect.problem(
        reply,
        status=422,
        code="COST_MISMATCH",
        fix="Compute the split at dispensing and compare it with the document.",
        fix_fa="سهم‌ها را هنگام تحویل محاسبه و با سند مقایسه کنید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing given")
    expect.field(again, "/items/0/remaining", equals=30, fix="A refused dispense gives nothing.")
