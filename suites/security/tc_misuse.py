"""Misuse by known callers: other people's data, hostile bodies, reused keys, talkative errors."""

from __future__ import annotations

import re
from http import HTTPStatus

from lab.kit import (
    Expect,
    Sut,
    SyntheticData,
    body_replaced,
    conformance_case,
    header_set,
)
from suites import journeys
from suites.security.probes import Probe, attempt
from suites.security.tampering import duplicate_member

LEAK = re.compile(
    r"Traceback|File \"|sqlite|SELECT |INSERT |/home/|/usr/|\.py\b|0x[0-9a-f]{8,}", re.IGNORECASE
)


@conformance_case(
    "TC-PUR-SEC-USE-001",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    title_fa="رد خواندن نسخهٔ مرکز دیگر",
)
def tc_prescription_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets neither another office nor a pharmacy without lease read.

    Given a registered prescription, when another office and a pharmacy without lease read it by
    its id, then both are refused and learn nothing; its author still reads it.
    """
    rx = journeys.register(sut, data)

    office = journeys.read(sut, rx, journeys.OTHER_OFFICE, "stimulus: another office")
    pharmacy = journeys.read(sut, rx, journeys.PHARMACY, "stimulus: pharmacy without lease")

    for reply in (office, pharmacy):
        expect.problem(
            reply,
            status=(403, 404, 428),
            code=("PRESCRIPTION_ACCESS_REFUSED", "PRESCRIPTION_NOT_FOUND", "LEASE_REQUIRED"),
            fix="Give content to the author centre and to the holder of the lease only.",
            fix_fa="محتوا تنها برای مرکز صادرکننده و دارندهٔ نوبت است.",
        )
        expect.field(reply, "/document", absent=True, fix="Tell nothing when you refuse.")
    expect.control(journeys.read(sut, rx, step="control: the author"), 200)


@conformance_case(
    "TC-PUR-SEC-USE-002",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    title_fa="رد تحویل مرکز دیگر",
)
def tc_dispense_of_another_pharmacy(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets no other pharmacy read or finish a dispense.

    Given a dispense one pharmacy prepared, when another one reads and confirms it, then both are
    answered as if it did not exist, and the first can still confirm.
    """
    rx = journeys.register(sut, data)
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 10})
    where = {"dispenseId": given.id}
    other = journeys.OTHER_PHARMACY

    seen = sut.call("getDispense", path=where, caller=other, step="stimulus: read")
    done = sut.call("confirmDispense", path=where, body={}, caller=other, step="stimulus: confirm")

    for reply in (seen, done):
        expect.problem(
            reply,
            status=(403, 404),
            code=("DISPENSE_NOT_FOUND", "PRESCRIPTION_ACCESS_REFUSED"),
            fix="Answer foreign dispenses like unknown ones.",
            fix_fa="تحویل مرکز دیگر را مانند ناموجود پاسخ دهید.",
        )
    again = sut.call("getDispense", path=where, caller=journeys.PHARMACY, step="effect")
    expect.field(again, "/state", equals="PREPARED", fix="Refuse before you change anything.")


@conformance_case(
    "TC-PUR-SEC-USE-003",
    verifies=("RM-P8-B", "ERX-11-B"),
    role="purchaser_system",
    title_fa="کلید تکرار یک مرکز برای مرکز دیگر",
)
def tc_idempotency_key_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT never answers one centre from the memory of another's key.

    Given a pharmacy that priced something under a key, when another pharmacy sends another
    question under the same key, then it gets its own answer or a refusal, never the first one's.
    """
    key = data.key("shared")
    body = journeys.price_body(data, [("1", journeys.DRUG, 10, 1900)])
    other = journeys.price_body(data, [("9", journeys.DRUG, 20, 1900)], person="P02")
    first = sut.call("price", body=body, key=key, caller=journeys.PHARMACY, step="control: first")
    expect.control(first, 200)

    reply = sut.call("price", body=other, key=key, caller=journeys.OTHER_PHARMACY, step="stimulus")

    own = reply.status == HTTPStatus.OK and reply.find("/items/0/total") == 20 * 1900
    expect.that(
        own or reply.problem_code == "IDEMPOTENCY_KEY_REUSED",
        title="a key of one centre opens the answer of another",
        expected="the caller's own answer, or IDEMPOTENCY_KEY_REUSED",
        observed=reply.summary(),
        pointer="/items/0/total",
        reply=reply,
        fix="Keep idempotency keys per centre.",
        fix_fa="کلیدهای تکرار را برای هر مرکز جدا نگه دارید.",
    )


@conformance_case(
    "TC-PUR-SEC-USE-004",
    verifies=("ERX-11-B", "ERX-10-D"),
    role="purchaser_system",
    title_fa="رد عضو تکراری در JSON",
)
def tc_duplicate_member(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a body in which a member stands twice.

    Given a signed document that names its payload twice, and a price question that names its
    patient twice, when they are sent, then both are refused with 400: two readers, two meanings.
    """
    signed = attempt(sut, data, expect, Probe(mutate=duplicate_member("payload")))
    question = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])
    twice = duplicate_member("patient")
    plain = sut.call(
        "price", body=question, mutate=twice, caller=journeys.PHARMACY, step="stimulus"
    )

    for reply in (signed, plain):
        expect.problem(
            reply,
            status=400,
            code="BODY_DUPLICATE_KEY",
            fix="Parse JSON strictly and refuse duplicate members.",
            fix_fa="عضو تکراری در JSON را رد کنید.",
        )


@conformance_case(
    "TC-PUR-SEC-USE-005",
    verifies=("ERX-11-B", "RM-P5-A"),
    role="purchaser_system",
    title_fa="رد بدنهٔ بیش از یک مِبی‌بایت",
)
def tc_body_over_the_limit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a body over one mebibyte and stays in service.

    Given a price question padded to one byte over the limit, when it is sent, then it is refused
    with 413 and the next honest question is answered.
    """
    padded = body_replaced(b'{"x":"' + b"a" * (1024 * 1024 - 7) + b'"}', "1 MiB + 1 byte")
    body = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])

    reply = sut.call("price", body=body, mutate=padded, caller=journeys.PHARMACY, step="stimulus")

    expect.problem(
        reply,
        status=413,
        code="BODY_TOO_LARGE",
        fix="Stop reading after 1 MiB and answer 413.",
        fix_fa="پس از یک مِبی‌بایت خواندن را متوقف کنید و ۴۱۳ بدهید.",
    )
    after = sut.call("price", body=body, caller=journeys.PHARMACY, step="effect: still in service")
    expect.status(after, 200, title="a large body put the service out of order")


@conformance_case(
    "TC-PUR-SEC-USE-006",
    verifies=("ERX-11-B", "RM-P5-A"),
    role="purchaser_system",
    title_fa="رد بدنهٔ تو در تو و بدنهٔ شکسته",
)
def tc_deep_and_broken_bodies(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses bodies nested too deep, broken, or of another type.

    Given bodies nested 200 deep, cut in the middle and declared as plain text, when they are sent,
    then they are refused with 400, 400 and 415 and the next honest question is answered.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])
    deep = body_replaced(b'{"a":' * 200 + b"1" + b"}" * 200, "nested 200 deep")
    broken = body_replaced(b'{"patient":{"type":"NC","val', "cut in the middle")
    text = header_set("content-type", "text/plain")

    answers = [
        sut.call(
            "price",
            body=body,
            mutate=change,
            caller=journeys.PHARMACY,
            step=f"stimulus: {change.name}",
        )
        for change in (deep, broken, text)
    ]

    expect.problem(
        answers[0], status=400, code="BODY_TOO_DEEP", fix="Bound the depth of JSON to 32."
    )
    expect.problem(answers[1], status=400, code="BODY_NOT_JSON", fix="Answer broken JSON with 400.")
    expect.problem(
        answers[2],
        status=415,
        code="CONTENT_TYPE_UNSUPPORTED",
        fix="Take application/json only where the contract says so.",
        fix_fa="تنها نوع محتوای قرارداد را بپذیرید.",
    )
    after = sut.call("price", body=body, caller=journeys.PHARMACY, step="effect: still in service")
    expect.status(after, 200, title="a hostile body put the service out of order")


@conformance_case(
    "TC-PUR-SEC-USE-007",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    title_fa="خطاها چیزی لو نمی‌دهند",
)
def tc_refusals_tell_nothing_inner(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells nothing of its inside, nor personal data, in a refusal.

    Given refusals of an unknown path, an unknown prescription and a hostile text, when they are
    read, then they are problem details without program, query, path or patient.
    """
    question = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])
    answered = sut.call("price", body=question, caller=journeys.PHARMACY, step="control: legal")
    expect.control(answered, 200)
    hostile = journeys.price_body(data, [("1", journeys.DRUG, 1, 1900)])
    hostile["items"][0]["itemId"] = "1' OR '1'='1"
    unknown = {"prescriptionId": data.uuid("nobody's")}
    answers = [
        sut.send("GET", "/nothing/here", step="stimulus: unknown path"),
        sut.call("getPrescription", path=unknown, step="stimulus: unknown prescription"),
        sut.call("price", body=hostile, caller=journeys.PHARMACY, step="stimulus: hostile text"),
    ]

    for reply in answers:
        text = reply.content[:20000].decode("utf-8", "replace")
        found = LEAK.search(text) or re.search(data.person("P01").id_value, text)
        expect.that(
            found is None and reply.problem_code is not None,
            title="a refusal tells more than the error bank",
            expected="problem details with the texts of the error bank only",
            observed=f"{reply.summary()}{f', contains {found.group(0)[:40]!r}' if found else ''}",
            pointer="",
            reply=reply,
            fix="Answer from the error bank; keep traces in your own log.",
            fix_fa="تنها متن بانک خطا را بفرستید.",
        )


@conformance_case(
    "TC-PUR-SEC-USE-008",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    rulings=("RUL-004",),
    title_fa="رد نوبت بدون حضور بیمار",
)
def tc_lease_needs_proof_of_the_patient(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT grants no lease on the short code of another prescription or person.

    Given a registered prescription, when a pharmacy asks for its lease with a wrong short code and
    with the right one beside another person, then both are refused and the lease is still free.
    """
    rx = journeys.register(sut, data)
    wrong = f"{(int(rx.short_code) + 1) % 100000:05d}"
    attempts = [
        {"shortCode": wrong, "patient": data.person_id("P01")},
        {"shortCode": rx.short_code, "patient": data.person_id("P02")},
    ]

    for basis in attempts:
        reply = sut.call(
            "leasePrescription",
            path={"prescriptionId": rx.id},
            body={"basis": basis},
            caller=journeys.PHARMACY,
            step="stimulus: lease without the patient",
        )
        expect.problem(
            reply,
            status=(403, 404, 422),
            code=("PRESCRIPTION_ACCESS_REFUSED", "PRESCRIPTION_NOT_FOUND", "HID_PATIENT_MISMATCH"),
            fix="Compare short code and person of the basis with the prescription.",
            fix_fa="کد کوتاه و شخص را با نسخه بسنجید.",
        )
    free = journeys.take_lease(sut, rx, journeys.OTHER_PHARMACY, "effect: the lease is free")
    expect.status(free, 201, title="a refused lease is held all the same")


@conformance_case(
    "TC-PUR-SEC-USE-009",
    verifies=("ERX-11-B", "ERX-9-1-8-N-C"),
    role="purchaser_system",
    title_fa="رد نوشتن بدون کلید تکرار",
)
def tc_write_without_idempotency_key(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a state-changing call without idempotency key.

    Given an honest registration, when it comes without the key, then it is refused with 400 and
    nothing is registered: a lost answer could not be asked for again.
    """
    reply = attempt(sut, data, expect, Probe(key=None))
    expect.problem(
        reply,
        status=400,
        code="IDEMPOTENCY_KEY_MISSING",
        fix="Demand idempotency-key on every POST, PUT and DELETE.",
        fix_fa="کلید تکرار را در هر نوشتن الزامی کنید.",
    )
