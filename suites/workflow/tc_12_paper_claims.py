"""Clause 12 at the purchaser: paper of an emergency is a document like any other, to the money."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites import journeys_further as further
from suites import journeys_insurers as insurers
from suites.journeys_insurers import Delivered, cost_of

ROLE = "purchaser_system"


@conformance_case(
    "TC-PUR-WF-PAPER-002",
    verifies=("ERX-12-C",),
    role=ROLE,
    rulings=("RUL-012",),
    title_fa="نسخهٔ کاغذی تا رسیدگی و پرداخت",
)
def tc_paper_is_dispensed_and_paid(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes paper of an emergency as a supporting document until it is paid.

    Given a paper prescription entered after a power failure, when a pharmacy finds, leases and
    gives it and the office registers the visit, then both are taken, the claim is adjudicated with
    the ordinary shares, and it stands in the statement; a form that is too old supports nothing.
    """
    hid = journeys.new_hid(sut, data)
    payload = journeys.draft(sut, data, "paper", hid=hid)
    form = further.paper(sut, data, document=sut.signed("prescription", payload, "dr01"))
    entered = further.enter_paper(sut, form, "stimulus: enter the paper form")
    old = further.paper(sut, data, "old", hours=73)
    late = further.enter_paper(sut, old, "stimulus: a form that is too old")
    entered.required("/prescriptionId")
    given = journeys.dispense(sut, data, journeys.Registered(payload, entered, "P01"), {"1": 30})
    visit = Delivered()
    claimed = insurers.record(sut, data, "paper visit", visit, hid=hid)

    fix = "Let a prescription that was entered from paper go every way of a registered one."
    fix_fa = "نسخهٔ واردشده از کاغذ باید همهٔ مسیر نسخهٔ الکترونیک را بپیماید."
    share = cost_of(visit.split())["insurerShare"]
    expect.problem(late, status=422, code="PAPER_ENTRY_LATE", fix=fix, fix_fa=fix_fa)
    expect.status(given.reply, 201, fix=fix, fix_fa=fix_fa)
    expect.status(claimed, 201, fix=fix, fix_fa=fix_fa)
    expect.field(claimed, "/insurerShare", equals=share, fix=fix, fix_fa=fix_fa)

    decided = insurers.submit(sut, insurers.submission(claimed), "environment: adjudicate")
    path = {"claimId": str(claimed.required("/claimId"))}
    shown = sut.call("getClaim", path=path, caller=journeys.OFFICE, step="read: the claim")
    expect.field(decided, "/state", equals="ADJUDICATED", fix=fix, fix_fa=fix_fa)
    expect.field(shown, "/state", equals="ADJUDICATED", fix=fix, fix_fa=fix_fa)
