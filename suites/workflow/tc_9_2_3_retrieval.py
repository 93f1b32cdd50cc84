"""Clause 9-2-3: retrieval of a prescription, and the lease that goes with dispensing it."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case, shown
from lab.model.base import JsonValue
from suites import journeys

HEADER = {"prescriptionId", "state", "registeredAt", "validUntil", "kind"}


def _query(sut: Sut, body: JsonValue, step: str = "stimulus: query") -> Reply:
    return sut.call("queryPrescriptions", body=body, caller=journeys.PHARMACY, step=step)


def _lists(reply: Reply, prescription_id: str) -> bool:
    rows = reply.find("/matches")
    return isinstance(rows, list) and any(
        isinstance(row, dict) and row.get("prescriptionId") == prescription_id for row in rows
    )


@conformance_case(
    "TC-PUR-WF-D3-001",
    verifies=("ERX-9-2-3-C",),
    role="purchaser_system",
    title_fa="بازیابی با شباد",
)
def tc_retrieval_by_hid(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a dispenser the prescription that stands under a HID.

    Given a registered prescription, when a pharmacy asks with its HID, then the IUT answers with
    exactly that prescription and its content.
    """
    rx = journeys.register(sut, data)

    reply = _query(sut, {"hid": rx.hid})

    expect.status(reply, 200, fix="Answer a question by HID with 200.")
    expect.field(
        reply,
        "/matches/0/prescriptionId",
        equals=rx.id,
        fix="Find prescriptions by the HID of their visit.",
        fix_fa="نسخه را با شباد مراجعه بیابید.",
    )
    expect.field(reply, "/content/document/items/0/quantity", equals=30)
    expect.schema(reply)


@conformance_case(
    "TC-PUR-WF-D3-002",
    verifies=("ERX-9-2-3-D", "ERX-9-1-5-B"),
    role="purchaser_system",
    title_fa="بازیابی با کد رهگیری",
)
def tc_retrieval_by_tracking_code(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a dispenser the prescription of a tracking code and its patient.

    Given a registered prescription, when a pharmacy asks with its tracking code, and again with its
    short code, each beside the patient id, then the IUT answers with its content.
    """
    rx = journeys.register(sut, data)
    patient = data.person_id("P01")

    full = _query(sut, {"patient": patient, "trackingCode": rx.tracking_code})
    short = _query(sut, {"patient": patient, "shortCode": rx.short_code}, "stimulus: short code")

    for reply in (full, short):
        expect.field(
            reply,
            "/content/prescriptionId",
            equals=rx.id,
            fix="Find prescriptions by tracking code or short code together with the person.",
            fix_fa="نسخه را با کد رهگیری (یا کد کوتاه) و شناسهٔ بیمار بیابید.",
        )


@conformance_case(
    "TC-PUR-WF-D3-003",
    verifies=("ERX-9-2-3-A", "ERX-11-C", "RM-P8-B"),
    role="purchaser_system",
    rulings=("RUL-004",),
    title_fa="با کد ملی تنها، فقط سرعنوان",
)
def tc_person_alone_gives_headers_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a dispenser headers only when it asks by person alone.

    Given a registered prescription, when a pharmacy asks with the national code alone, then the
    prescription is listed without content.
    """
    rx = journeys.register(sut, data, person="P03")

    reply = _query(sut, {"patient": data.person_id("P03")})

    expect.that(
        _lists(reply, rx.id),
        title="a prescription is not found by national code",
        expected=f"prescription {rx.id} among the matches",
        observed=reply.summary(),
        pointer="/matches",
        reply=reply,
        fix="List the open prescriptions of a person by national code.",
        fix_fa="نسخه‌های باز شخص را با کد ملی فهرست کنید.",
    )
    rows = reply.find("/matches")
    told = {name for row in (rows or []) if isinstance(row, dict) for name in row}
    expect.that(
        told <= HEADER,
        requirement="ERX-11-C",
        title="headers tell more than that a prescription exists",
        expected=f"members {', '.join(sorted(HEADER))} only",
        observed=f"also {', '.join(sorted(told - HEADER)) or 'nothing'}",
        pointer="/matches",
        reply=reply,
        fix="Give no code, item or diagnosis in the answer to a bare national code.",
        fix_fa="در پاسخ به کد ملی تنها، کد یا قلم نسخه ندهید.",
    )
    expect.that(
        not reply.find("/content"),
        requirement="ERX-11-C",
        title="a national code alone opens the content of a prescription",
        expected="no content in the answer",
        observed=shown(reply.find("/content")),
        pointer="/content",
        reply=reply,
        fix="Give content only with tracking code, short code or HID (RUL-004).",
        fix_fa="با کد ملی تنها، محتوا ندهید.",
    )


@conformance_case(
    "TC-PUR-WF-D3-004",
    verifies=("ERX-9-2-3-B", "ERX-7-1-B"),
    role="purchaser_system",
    title_fa="بازیابی با شناسهٔ اتباع",
)
def tc_retrieval_by_foreign_identifier(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT finds the prescription of a foreign national by FIDA.

    Given a legal foreigner, when a prescription is registered and a pharmacy asks for it with the
    12-digit identifier and the short code, then the IUT answers with its content.
    """
    payload = journeys.draft(sut, data, person="F01")
    made = journeys.submit(sut, payload, "stimulus: register for a foreigner")
    expect.status(made, 201, fix="Take prescriptions for authorised foreigners.")
    rx = journeys.Registered(payload, made, "F01")

    reply = _query(sut, {"patient": data.person_id("F01"), "shortCode": rx.short_code})

    expect.field(
        reply,
        "/content/prescriptionId",
        equals=rx.id,
        fix="Find prescriptions by FIDA as by national code.",
        fix_fa="نسخهٔ اتباع را با شناسهٔ فیدا بیابید.",
    )
    expect.schema(reply)


@conformance_case(
    "TC-PUR-WF-D3-005",
    verifies=("ERX-11-C", "RM-P8-B"),
    role="purchaser_system",
    rulings=("RUL-004",),
    title_fa="کد کوتاه با شناسهٔ شخص دیگر",
)
def tc_short_code_of_another_person_opens_nothing(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT opens nothing for a wrong short code or one of another person.

    Given a registered prescription, when a pharmacy asks with its short code beside another person,
    and with a guessed code beside its patient, then no content is told.
    """
    rx = journeys.register(sut, data, person="P22")
    control = _query(sut, {"patient": data.person_id("P22"), "shortCode": rx.short_code}, "control")
    expect.control(control, 200)

    reply = _query(sut, {"patient": data.person_id("P02"), "shortCode": rx.short_code})

    expect.that(
        not reply.find("/content") and not _lists(reply, rx.id),
        title="a short code works without its person",
        expected="no content and no match for another person",
        observed=reply.summary(),
        pointer="/content",
        reply=reply,
        fix="Compare the person of the prescription with the person of the question.",
        fix_fa="شخص پرسش را با بیمار نسخه بسنجید.",
    )
    guess = f"{(int(rx.short_code) + 1) % 100000:05d}"
    guessed = _query(sut, {"patient": data.person_id("P22"), "shortCode": guess}, "stimulus: guess")
    expect.that(
        guessed.status == HTTPStatus.OK and not guessed.find("/content"),
        title="a guessed short code opens the content",
        expected="an answer without content",
        observed=guessed.summary(),
        pointer="/content",
        reply=guessed,
        fix="Compare the short code with the one of the prescription.",
        fix_fa="کد کوتاه را با کد نسخه بسنجید.",
    )


@conformance_case(
    "TC-PUR-WF-D3-006",
    verifies=("ERX-6-1-B", "ERX-9-N-C"),
    role="purchaser_system",
    title_fa="یک نوبت برای یک مرکز",
)
def tc_second_lease_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT grants the lease of a prescription to one centre at a time.

    Given a pharmacy that holds the lease, when another pharmacy asks for it, then the IUT answers
    423; once the first has released it, the second gets it.
    """
    rx = journeys.register(sut, data)
    secret = journeys.lease(sut, rx)

    reply = journeys.take_lease(sut, rx, journeys.OTHER_PHARMACY, "stimulus: second lease")

    expect.problem(
        reply,
        status=423,
        code="LEASE_HELD",
        fix="Hold a lease for one centre until it is released or expires.",
        fix_fa="نوبت تا آزادسازی یا انقضا تنها از آن یک مرکز است.",
    )
    where = {"prescriptionId": rx.id}
    freed = sut.call(
        "releaseLease", path=where, lease=secret, caller=journeys.PHARMACY, step="release"
    )
    expect.status(freed, 204, fix="Release a lease for its holder.")
    later = journeys.take_lease(sut, rx, journeys.OTHER_PHARMACY, "stimulus: lease after release")
    expect.status(later, 201, title="a released lease stays taken", fix="Free a lease at release.")


@conformance_case(
    "TC-PUR-WF-D3-007",
    verifies=("RM-P8-B", "ERX-11-C"),
    role="purchaser_system",
    title_fa="رد آزادسازی نوبت دیگری",
)
def tc_foreign_lease_cannot_be_released(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets only the holder release a lease.

    Given a pharmacy that holds the lease, when another one releases it with a guessed secret, then
    the IUT refuses and the lease still stands.
    """
    rx = journeys.register(sut, data)
    journeys.lease(sut, rx)
    guess = data.key("guessed secret")

    reply = sut.call(
        "releaseLease",
        path={"prescriptionId": rx.id},
        lease=guess,
        caller=journeys.OTHER_PHARMACY,
        step="stimulus: release with a guessed secret",
    )

    expect.problem(
        reply,
        status=(403, 404),
        code=("LEASE_INVALID", "PRESCRIPTION_NOT_FOUND"),
        fix="Compare the secret and the centre of a lease.",
        fix_fa="رمز و مرکز نوبت را بسنجید.",
    )
    still = journeys.take_lease(sut, rx, journeys.OTHER_PHARMACY, "effect: still held")
    expect.status(still, 423, title="a guessed secret released a lease")
