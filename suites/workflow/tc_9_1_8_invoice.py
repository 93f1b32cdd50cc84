"""Clauses 9-1-8 and 9-2-9: claims and the monthly statement of a centre."""

from __future__ import annotations

from lab.kit import MISSING, Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.oracles.jalali import period_of


def _statement(sut: Sut, data: SyntheticData, caller: Caller) -> Reply:
    period = period_of(data.now)
    return sut.call("getStatement", path={"period": period}, caller=caller, step="statement")


def _rows(reply: Reply) -> list[JsonValue]:
    rows = reply.find("/claims")
    return rows if isinstance(rows, list) else []


@conformance_case(
    "TC-PUR-WF-P8-001",
    verifies=("ERX-9-1-8-N-A", "ERX-9-1-8-A", "ERX-8-4-D"),
    role="purchaser_system",
    title_fa="صورت‌وضعیت ماه و قلم‌های آن",
)
def tc_statement_lists_the_claim(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lists a registered service in the centre's statement of its month.

    Given a registered service, when the centre reads the statement of the Jalali month, then the
    claim stands there with the same amounts, and the sums are those of the rows.
    """
    claim = journeys.send_service(sut, journeys.service_payload(sut, data))
    claim_id = claim.required("/claimId")

    reply = _statement(sut, data, journeys.OFFICE)

    rows = _rows(reply)
    mine = [row for row in rows if isinstance(row, dict) and row.get("claimId") == claim_id]
    expect.that(
        len(mine) == 1 and mine[0].get("insurerShare") == claim.find("/insurerShare"),
        title="the statement does not list the claim",
        expected=f"one row for claim {claim_id} with the insurer's share of the claim",
        observed=f"{len(rows)} rows, {len(mine)} of this claim",
        pointer="/claims",
        reply=reply,
        fix="Put each claim into the statement of the Jalali month in Tehran time.",
        fix_fa="هر صورت‌حساب را در صورت‌وضعیت ماه شمسی (به وقت تهران) بیاورید.",
    )
    expect.field(
        reply,
        "/total",
        equals=sum(row.get("total", 0) for row in rows if isinstance(row, dict)),
        requirement="ERX-9-1-8-A",
        fix="The sums of the statement are the sums of its rows.",
        fix_fa="جمع صورت‌وضعیت باید جمع ردیف‌ها باشد.",
    )
    expect.schema(reply, requirement="ERX-8-4-D")


@conformance_case(
    "TC-PUR-WF-P8-002",
    verifies=("ERX-A1-10-2", "ERX-11-C"),
    role="purchaser_system",
    title_fa="وضعیت صورت‌حساب تنها برای صاحب آن",
)
def tc_claim_status_is_for_its_centre_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the status of a claim to its centre and to no other.

    Given a claim of one office, when that office and another one ask for it, then the first gets
    its state and the second the answer for a claim that does not exist.
    """
    claim = journeys.send_service(sut, journeys.service_payload(sut, data))
    where = {"claimId": str(claim.required("/claimId"))}

    own = sut.call("getClaim", path=where, caller=journeys.OFFICE, step="stimulus: own claim")
    other = sut.call(
        "getClaim", path=where, caller=journeys.OTHER_OFFICE, step="stimulus: foreign claim"
    )

    expect.field(
        own, "/state", equals="SUBMITTED", fix="Tell the state of the claim to its centre."
    )
    expect.problem(
        other,
        status=404,
        code="CLAIM_NOT_FOUND",
        requirement="ERX-11-C",
        fix="Answer foreign claims like unknown ones.",
        fix_fa="صورت‌حساب مرکز دیگر را مانند ناموجود پاسخ دهید.",
    )


@conformance_case(
    "TC-PUR-WF-P8-003",
    verifies=("ERX-9-1-8-N-C", "ERX-9-1-8-A"),
    role="purchaser_system",
    title_fa="تکرار ثبت خدمت، بدون صورت‌حساب دوم",
)
def tc_repeated_service_record_claims_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT claims a service once, however often its record arrives.

    Given a registered service, when the same document arrives again under another key, then the
    IUT answers with the same claim.
    """
    payload = journeys.service_payload(sut, data)
    first = journeys.send_service(sut, payload)
    claim_id = first.required("/claimId")

    again = journeys.send_service(sut, payload, "stimulus: the same record again")

    expect.field(
        again,
        "/claimId",
        equals=claim_id,
        fix="Know a document by its documentId and answer with what it made the first time.",
        fix_fa="سند تکراری را از documentId بشناسید و همان پاسخ نخست را بدهید.",
    )


@conformance_case(
    "TC-PUR-WF-D9-001",
    verifies=("ERX-9-2-9-N1", "ERX-9-2-9-A"),
    role="purchaser_system",
    title_fa="نبود صورت‌حساب بدون ثبت خدمت",
    alone=True,  # two readings of a month's statement
)
def tc_no_claim_without_service_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT invoices registered services only.

    Given the statement of a pharmacy, when a dispense is confirmed but no service record was
    registered, then the statement has no row more than before.
    """
    before = _statement(sut, data, journeys.OTHER_PHARMACY)
    expect.control(before, 200)
    rx = journeys.register(sut, data)
    journeys.dispense(sut, data, rx, {"1": 5}, caller=journeys.OTHER_PHARMACY)

    after = _statement(sut, data, journeys.OTHER_PHARMACY)

    known = {row.get("claimId") for row in _rows(before) if isinstance(row, dict)}
    fresh = [
        row for row in _rows(after) if isinstance(row, dict) and row.get("claimId") not in known
    ]
    expect.that(
        not fresh and after.find("/claims") is not MISSING,
        title="a dispense was invoiced although no service was registered",
        expected="no new claim in the statement of pharmacy-2",
        observed=f"{len(fresh)} new claims",
        pointer="/claims",
        reply=after,
        fix="Adjudicate registered services only; a dispense alone is not a claim.",
        fix_fa="تنها خدمت ثبت‌شده صورت‌حساب می‌شود.",
    )


@conformance_case(
    "TC-PUR-WF-D9-002",
    verifies=("ERX-11-C", "ERX-9-1-8-N-B"),
    role="purchaser_system",
    title_fa="صورت‌وضعیت تنها از آن مرکز فراخواننده",
)
def tc_statement_shows_own_claims_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows a centre the claims of that centre only.

    Given a claim of one office, when another office reads its statement of the month, then the
    claim is not there.
    """
    claim = journeys.send_service(sut, journeys.service_payload(sut, data))
    claim_id = claim.required("/claimId")

    reply = _statement(sut, data, journeys.OTHER_OFFICE)

    listed = {row.get("claimId") for row in _rows(reply) if isinstance(row, dict)}
    expect.field(
        reply,
        "/centre",
        equals=data.centre("office-2").siam_id,
        requirement="ERX-9-1-8-N-B",
        fix="Name the caller.",
    )
    expect.that(
        claim_id not in listed,
        title="a statement shows claims of another centre",
        expected=f"no claim {claim_id} in the statement of office-2",
        observed="the claim is listed",
        pointer="/claims",
        reply=reply,
        fix="Select claims by the sealed centre of the caller.",
        fix_fa="تنها صورت‌حساب‌های مرکز فراخواننده را نشان دهید.",
    )
