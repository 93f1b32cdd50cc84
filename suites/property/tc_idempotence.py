"""Laws of repetition: a lost answer can be asked for again, a document counts once."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Call, Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites.property.repetition import same_bytes


@conformance_case(
    "TC-PUR-PROP-IDEM-001",
    verifies=("ERX-9-1-8-N-C", "ERX-6-1-B"),
    role="purchaser_system",
    title_fa="کلید و بدنهٔ یکسان، پاسخ یکسان",
)
def tc_same_key_and_body_give_the_first_answer(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT answers a repeated key with the first answer.

    Given a lease that was granted and whose answer was lost, when the same question arrives again
    under the same key, then lease, secret and expiry are those of the first answer.
    """
    rx = journeys.register(sut, data)
    call = Call(
        "leasePrescription",
        path={"prescriptionId": rx.id},
        body={"basis": {"hid": rx.hid}},
        caller=journeys.PHARMACY,
        key=data.key("K"),
    )
    [first] = sut.parallel([call], step="preamble: first")
    wanted = {name: first.required(f"/{name}") for name in ("leaseId", "secret", "expiresAt")}

    [again] = sut.parallel([call], step="stimulus: the same again")

    expect.status(again, first.status, fix="Give the first answer again, with its status.")
    for name, value in wanted.items():
        expect.field(
            again,
            f"/{name}",
            equals=value,
            fix="Answer a known key from memory, not by doing it again.",
            fix_fa="کلید تکراری را از حافظه پاسخ دهید.",
        )


@conformance_case(
    "TC-PUR-PROP-IDEM-002",
    verifies=("ERX-9-1-8-N-C", "ERX-11-B"),
    role="purchaser_system",
    title_fa="کلید یکسان با بدنهٔ دیگر رد می‌شود",
)
def tc_same_key_with_another_body_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses another body under a key it has seen.

    Given a registered prescription, when another one arrives under the same key, then the IUT
    answers 409 and registers nothing.
    """
    key = data.key("K")
    first = journeys.draft(sut, data, "first")
    other = journeys.draft(sut, data, "other")
    taken = sut.call(
        "registerPrescription", document=("prescription", first, "dr01"), key=key, step="control"
    )
    expect.control(taken, 201)

    reply = sut.call(
        "registerPrescription", document=("prescription", other, "dr01"), key=key, step="stimulus"
    )

    expect.problem(
        reply,
        status=409,
        code="IDEMPOTENCY_KEY_REUSED",
        fix="Remember the digest of the body with the key; refuse another one.",
        fix_fa="بدنهٔ دیگر با کلید تکراری را با ۴۰۹ رد کنید.",
    )
    found = journeys.find_by_hid(sut, str(other["hid"]), step="effect: nothing registered")
    expect.field(found, "/matches", equals=[], fix="Store nothing when you refuse.")


@conformance_case(
    "TC-PUR-PROP-IDEM-003",
    verifies=("ERX-6-3-A", "ERX-9-1-8-N-C"),
    role="purchaser_system",
    title_fa="یک سند، یک نسخه",
)
def tc_same_document_is_one_prescription(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT registers a document once, whatever key it comes under.

    Given a registered prescription, when the same document arrives under another key, then the
    answer names the same prescription, and one stands under its HID.
    """
    rx = journeys.register(sut, data)

    again = journeys.submit(sut, rx.payload, "stimulus: again")

    expect.field(
        again,
        "/prescriptionId",
        equals=rx.id,
        fix="Know a document by its documentId.",
        fix_fa="سند را از documentId بشناسید.",
    )
    found = journeys.find_by_hid(sut, rx.hid)
    expect.field(found, "/matches/0/prescriptionId", equals=rx.id)
    expect.field(found, "/matches/1", absent=True, fix="Register a document once.")


@conformance_case(
    "TC-PUR-PROP-IDEM-004",
    verifies=("ERX-6-1-B", "ERX-9-1-8-N-C"),
    role="purchaser_system",
    title_fa="ارسال همزمان یک سند",
)
def tc_simultaneous_repeats_make_one_prescription(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT makes one prescription of a document that arrives four times at once.

    Given a signed prescription, when it arrives four times at the same moment under four keys, then
    every answer that succeeds names one prescription, and one stands under its HID.
    """
    payload = journeys.draft(sut, data)
    call = Call(
        "registerPrescription",
        document=("prescription", payload, "dr01"),
        mutate=same_bytes(),
    )

    replies = sut.parallel([call] * 4, step="stimulus: four at once")

    made = {reply.find("/prescriptionId") for reply in replies if reply.status in {200, 201}}
    faults = [reply for reply in replies if not 0 < reply.status < HTTPStatus.INTERNAL_SERVER_ERROR]
    expect.that(
        len(made) == 1 and not faults,
        title="simultaneous repeats are not one prescription",
        expected="one prescription id and no fault among four answers",
        observed="; ".join(reply.summary() for reply in replies),
        pointer="/prescriptionId",
        reply=replies[0],
        fix="Let a unique index on key and documentId decide, not a look-up before.",
        fix_fa="یکتایی را به شاخص یکتای پایگاه داده بسپارید.",
    )
    found = journeys.find_by_hid(sut, str(payload["hid"]))
    expect.field(found, "/matches/1", absent=True, fix="Register a document once.")
