"""Clause 9-1-6: a prescription may be edited or cancelled until it is dispensed."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys import Registered


def _amend(
    sut: Sut,
    rx: Registered,
    payload: JsonValue,
    if_match: str | None,
    *,
    caller: Caller = journeys.OFFICE,
    signer: str = "dr01",
) -> Reply:
    return sut.call(
        "amendPrescription",
        path={"prescriptionId": rx.id},
        document=("amendment", payload, signer),
        if_match=if_match,
        caller=caller,
        step="stimulus: amend",
    )


def _changed(data: SyntheticData, rx: Registered, label: str = "amendment") -> JsonValue:
    return data.amendment(rx.id, 1, rx.hid, items=[data.item(quantity=14)], label=label)


def _cancel(sut: Sut, data: SyntheticData, rx: Registered) -> Reply:
    payload = data.cancellation(rx.id)
    payload["reason"] = journeys.coded(journeys.REASONS, "PATIENT_REQUEST")
    return sut.call(
        "cancelPrescription",
        path={"prescriptionId": rx.id},
        document=("cancellation", payload, "dr01"),
        caller=journeys.OFFICE,
        step="stimulus: cancel",
    )


def _unchanged(sut: Sut, expect: Expect, rx: Registered) -> None:
    again = journeys.read(sut, rx, step="read back: nothing changed")
    expect.field(
        again,
        "/version",
        equals=1,
        title="a refused edit changed the prescription",
        fix="Leave the stored version alone when you refuse.",
        fix_fa="هنگام رد، نسخهٔ ذخیره‌شده را تغییر ندهید.",
    )


@conformance_case(
    "TC-PUR-WF-P6-001",
    verifies=("ERX-9-1-6-A", "ERX-9-1-6-C"),
    role="purchaser_system",
    selected_if="purchaser.amend",
    title_fa="ویرایش نسخه پیش از تحویل",
)
def tc_prescription_can_be_edited(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes an edit of its author before anything was dispensed.

    Given a registered prescription, when its author sends a signed amendment with the current
    entity tag, then the IUT answers with version 2, keeps the tracking code and names a new tag.
    """
    rx = journeys.register(sut, data)

    reply = _amend(sut, rx, _changed(data, rx), rx.etag)

    expect.status(
        reply,
        200,
        fix="Allow edits until the first dispense.",
        fix_fa="تا پیش از تحویل، ویرایش مجاز است.",
    )
    expect.field(reply, "/version", equals=2, requirement="ERX-9-1-6-C")
    expect.field(reply, "/trackingCode", equals=rx.tracking_code, fix="Keep the tracking code.")
    again = journeys.read(sut, rx)
    expect.field(again, "/items/0/ordered", equals=14, fix="Order what the new version says.")
    expect.field(
        again,
        "/document/items/0/quantity",
        equals=14,
        fix="Show the document of the current version.",
        fix_fa="سند آخرین نسخه را نشان دهید.",
    )
    expect.that(
        again.header("etag") not in (None, rx.reply.header("etag")),
        title="an edit does not change the entity tag",
        expected="another etag than before the edit",
        observed=str(again.header("etag")),
        pointer="header:etag",
        reply=again,
        fix="Derive the entity tag from the version.",
        fix_fa="etag باید با هر ویرایش تغییر کند.",
    )


@conformance_case(
    "TC-PUR-WF-P6-002",
    verifies=("ERX-9-1-6-C", "ERX-6-1-B"),
    role="purchaser_system",
    selected_if="purchaser.amend",
    title_fa="رد ویرایش با نسخهٔ کهنه",
)
def tc_stale_edit_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an edit of a version that is no longer current.

    Given a prescription in version 2, when an edit arrives with the entity tag of version 1, then
    the IUT answers 412 and keeps version 2.
    """
    rx = journeys.register(sut, data)
    first = _amend(sut, rx, _changed(data, rx), rx.etag)
    expect.control(first, 200)

    reply = _amend(sut, rx, _changed(data, rx, "late"), rx.etag)

    expect.problem(
        reply,
        status=412,
        code="PRECONDITION_FAILED",
        fix="Compare If-Match with the current entity tag and answer 412 when it differs.",
        fix_fa="If-Match را با etag کنونی بسنجید و در صورت تفاوت ۴۱۲ بدهید.",
    )
    expect.field(journeys.read(sut, rx), "/version", equals=2, fix="Keep the current version.")


@conformance_case(
    "TC-PUR-WF-P6-003",
    verifies=("ERX-9-1-6-C", "ERX-6-1-B"),
    role="purchaser_system",
    selected_if="purchaser.amend",
    title_fa="رد ویرایش بدون پیش‌شرط",
)
def tc_edit_without_precondition_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an edit that does not say which version it replaces.

    Given a registered prescription, when an amendment arrives without If-Match, then the IUT
    answers 428 and changes nothing.
    """
    rx = journeys.register(sut, data)

    reply = _amend(sut, rx, _changed(data, rx), None)

    expect.problem(
        reply,
        status=428,
        code="PRECONDITION_MISSING",
        fix="Demand If-Match on every amendment.",
        fix_fa="بدون If-Match ویرایش را نپذیرید.",
    )
    _unchanged(sut, expect, rx)


@conformance_case(
    "TC-PUR-WF-P6-004",
    verifies=("ERX-9-1-6-B", "ERX-9-N-C"),
    role="purchaser_system",
    selected_if="purchaser.amend",
    title_fa="رد ویرایش پس از تحویل",
)
def tc_edit_after_dispense_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an edit once something was dispensed.

    Given a prescription of which a part was dispensed, when its author sends an amendment, then
    the IUT refuses it with a state conflict and keeps the version.
    """
    rx = journeys.register(sut, data)
    journeys.dispense(sut, data, rx, {"1": 10})
    current = journeys.read(sut, rx, step="preamble: current version")

    tag = current.header("etag") or rx.etag
    reply = _amend(sut, rx, _changed(data, rx), tag)

    expect.problem(
        reply,
        status=409,
        code="PRESCRIPTION_STATE_CONFLICT",
        fix="Refuse edits from the first dispense on.",
        fix_fa="پس از نخستین تحویل، ویرایش را رد کنید.",
    )
    _unchanged(sut, expect, rx)


@conformance_case(
    "TC-PUR-WF-P6-005",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    selected_if="purchaser.amend",
    title_fa="رد ویرایش مرکز دیگر",
)
def tc_edit_by_another_centre_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses an edit by another centre than the author's.

    Given a registered prescription, when another office sends an amendment signed by its own
    physician, then the IUT refuses it and changes nothing.
    """
    rx = journeys.register(sut, data)
    payload = data.amendment(rx.id, 1, rx.hid, professional="dr02", centre="office-2")

    reply = _amend(sut, rx, payload, rx.etag, caller=journeys.OTHER_OFFICE, signer="dr02")

    expect.problem(
        reply,
        status=(403, 404, 422),
        code=(
            "PRESCRIPTION_ACCESS_REFUSED",
            "PRESCRIPTION_NOT_FOUND",
            "DOCUMENT_SIGNER_MISMATCH",
            "HID_CENTRE_MISMATCH",
        ),
        fix="Let only the author centre edit a prescription.",
        fix_fa="تنها مرکز صادرکننده اجازهٔ ویرایش دارد.",
    )
    _unchanged(sut, expect, rx)


@conformance_case(
    "TC-PUR-WF-P6-006",
    verifies=("ERX-9-1-6-A", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="لغو نسخه پیش از تحویل",
)
def tc_prescription_can_be_cancelled(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT cancels a prescription for its author and opens it to nobody after.

    Given a registered prescription, when its author cancels it with a coded reason, then its state
    is CANCELLED and no pharmacy gets a lease for it.
    """
    rx = journeys.register(sut, data)

    reply = _cancel(sut, data, rx)

    expect.status(reply, 200, fix="Allow cancelling until the first dispense.")
    expect.field(reply, "/state", equals="CANCELLED", fix_fa="وضعیت باید «لغوشده» شود.")
    expect.problem(
        journeys.take_lease(sut, rx, step="stimulus: lease after cancelling"),
        status=409,
        code="PRESCRIPTION_STATE_CONFLICT",
        requirement="ERX-9-N-C",
        fix="Grant no lease on a cancelled prescription.",
        fix_fa="برای نسخهٔ لغوشده نوبت ندهید.",
    )


@conformance_case(
    "TC-PUR-WF-P6-007",
    verifies=("ERX-9-1-6-B", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="رد لغو پس از تحویل",
)
def tc_cancelling_after_dispense_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to cancel a prescription once something was dispensed.

    Given a prescription of which a part was dispensed, when its author cancels it, then the IUT
    refuses with a state conflict and the state stays.
    """
    rx = journeys.register(sut, data)
    journeys.dispense(sut, data, rx, {"1": 10})

    reply = _cancel(sut, data, rx)

    expect.problem(
        reply,
        status=409,
        code="PRESCRIPTION_STATE_CONFLICT",
        fix="Refuse to cancel from the first dispense on.",
        fix_fa="پس از نخستین تحویل، لغو را رد کنید.",
    )
    again = journeys.read(sut, rx, step="read back: nothing changed")
    expect.field(again, "/state", equals="PARTIALLY_DISPENSED", fix="Keep the state.")
