"""Answers of the purchaser about claims of which something was deducted or taken back."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_insurers as insurers
from suites.answers.examples import agrees
from suites.answers.forms import ANY
from suites.answers.world import said
from suites.journeys import OFFICE, PHARMACY, REASONS, SERVICES
from suites.journeys_insurers import PHYSIOTHERAPY, Delivered, cost_of
from suites.oracles.jalali import period_of
from suites.purchaser_told import COUNTED, PERSON, claimed, two_medicines

TOO_DEAR = 100_000
"""Rial above the ceiling of a visit, which adjudication deducts (OVER_TARIFF)."""
SESSIONS = 12
"""Two sessions more than are paid of a course (QUANTITY_ABOVE_LIMIT)."""


def two_services(sut: Sut, data: SyntheticData, label: str) -> dict[str, JsonValue]:
    """Return the record of two services that are both above what is paid."""
    dear = insurers.ceiling(journeys.VISIT, "private", data) + TOO_DEAR
    given = (Delivered(price=dear), Delivered(PHYSIOTHERAPY, quantity=SESSIONS))
    lines: list[JsonValue] = [
        {
            "itemId": str(number),
            "code": data.versioned(journeys.coded(SERVICES, one.code)),
            "quantity": one.quantity,
            "unitPrice": one.unit_price,
            "cost": cost_of(one.split()),
        }
        for number, one in enumerate(given, 1)
    ]
    hid = journeys.new_hid(sut, data, PERSON)
    return data.service_record(hid, services=lines, cost=summed(lines), person=PERSON, label=label)


def summed(lines: list[JsonValue]) -> dict[str, int]:
    """Return what lines cost together."""
    return {name: sum(int(line["cost"][name]) for line in lines) for name in COUNTED}


@conformance_case(
    "TC-PUR-CON-ANSWERS-010",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="تعدیل‌ها در ادعا و صورت‌حساب قلم به قلم",
)
def tc_what_was_deducted_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells every deduction of a claim, alone and in the statement.

    Given a record of two services that are both above what is paid, when adjudication has decided
    the claim, then claim and statement have what is accepted and each deduction as it was decided.
    """
    payload = two_services(sut, data, "two services")
    claim = journeys.send_service(sut, payload, "stimulus: two services")
    cost = summed(list(payload["services"]))
    sent = claimed(data, payload, ANY, cost)
    agrees(expect, claim, sent)
    decided = insurers.submit(sut, insurers.submission(claim), "preamble: adjudicate")
    outcome = {
        "state": "ADJUSTED",
        "accepted": decided.required("/accepted"),
        "adjustments": list(decided.required("/adjustments")),
    }
    path = {"claimId": str(claim.required("/claimId"))}
    read = sut.call("getClaim", path=path, caller=OFFICE, step="stimulus: read the claim")
    agrees(expect, read, {**sent, **path, **outcome}, "adjusted")
    month = {"period": period_of(data.now)}
    statement = sut.call("getStatement", path=month, caller=OFFICE, step="stimulus: statement")
    row = {**path, **outcome, **cost, "insurerCode?": "1"}
    agrees(expect, statement, {"claims": {"$among": [row], "$distinct": "claimId"}}, "adjusted")


@conformance_case(
    "TC-PUR-CON-ANSWERS-011",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    rulings=("RUL-068",),
    title_fa="آنچه باطل شد در ادعا و صورت‌حساب",
)
def tc_what_was_voided_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells what a void took back from a claim, alone and in the statement.

    Given a dispense of two medicines whose claim is sent, when it is voided, then the claim stands
    as it was sent, nothing of it is accepted, and both items are told as not rendered.
    """
    rx = journeys.register(sut, data, "voided", person=PERSON, items=two_medicines(data))
    given = journeys.dispense(sut, data, rx, {"1": 10, "2": 5})
    lines = list(given.payload["items"])
    cost = summed(lines)
    payload = data.service_record(
        rx.hid,
        services=lines,
        cost=cost,
        person=PERSON,
        professional="ph01",
        centre="pharmacy-1",
        label="delivery",
        prescriptionId=rx.id,
    )
    claim = sut.call(
        "registerServiceRecord",
        document=("service-record", payload, "ph01"),
        caller=PHARMACY,
        step="stimulus: the record of the delivery",
    )
    sent = claimed(data, payload, ANY, cost)
    agrees(expect, claim, sent)
    journeys.finish(sut, given, "voidDispense", reason="DISPENSED_IN_ERROR").required("/state")
    reason = said(data, REASONS, "NOT_RENDERED")
    outcome = {
        "accepted": dict.fromkeys(COUNTED, 0),
        "adjustments": [
            {"itemRef": line["itemId"], "amount": line["cost"]["insurerShare"], "reason": reason}
            for line in lines
        ],
    }
    path = {"claimId": str(claim.required("/claimId"))}
    read = sut.call("getClaim", path=path, caller=PHARMACY, step="stimulus: read the claim")
    agrees(expect, read, {**sent, **path, **outcome}, "voided")
    month = {"period": period_of(data.now)}
    statement = sut.call("getStatement", path=month, caller=PHARMACY, step="stimulus: statement")
    row = {**path, **outcome, **cost, "insurerCode?": "1"}
    agrees(expect, statement, {"claims": {"$among": [row], "$distinct": "claimId"}}, "voided")
