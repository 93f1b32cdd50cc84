"""Answers of the purchaser by example: what was sent comes back, amounts follow from the pack."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys
from suites import journeys_further as further
from suites.answers.examples import agrees
from suites.answers.forms import ABSENT, ANY
from suites.answers.rules import drug_cost
from suites.answers.words import about
from suites.journeys import DRUG, OFFICE, PHARMACY
from suites.journeys_insurers import Delivered, cost_of
from suites.oracles.jalali import period_of
from suites.purchaser_told import (
    CONFIRM,
    LEASE,
    OTHER,
    YES,
    claimed,
    match_of,
    told,
    two_medicines,
)


@conformance_case(
    "TC-PUR-CON-ANSWERS-001",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ‌های نسخه بر پایهٔ نمونه",
)
def tc_a_prescription_is_told_as_it_was_sent(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a prescription as it was sent, in every answer that shows it.

    Given a prescription of two medicines, when it is registered, read, leased, found, amended and
    another one cancelled, then every answer has the document, its items, states and terms.
    """
    payload = journeys.draft(sut, data, "answers", person="P29", items=two_medicines(data))
    made = journeys.submit(sut, payload, "stimulus: register")
    agrees(expect, made, told(data, payload, None))
    rx = journeys.Registered(payload, made, "P29")
    agrees(expect, journeys.read(sut, rx, step="stimulus: read"), told(data, payload, made))
    found = journeys.find_by_hid(sut, rx.hid, step="stimulus: find")
    content = told(data, payload, made)
    agrees(expect, found, {"matches": [match_of(data, made)], "content?": content})
    leased = journeys.take_lease(sut, rx, step="stimulus: lease")
    whole = {"expiresAt": about(data, LEASE), "prescription": told(data, payload, made)}
    agrees(expect, leased, {"leaseId": ANY, "secret": ANY, **whole})


@conformance_case(
    "TC-PUR-CON-ANSWERS-002",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ‌های ویرایش و لغو بر پایهٔ نمونه",
)
def tc_a_changed_prescription_is_told_as_changed(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT tells an amended and a cancelled prescription with what changed.

    Given a registered prescription, when it is amended, read and then cancelled, then the answers
    have the new document, version, states and the first ids and terms.
    """
    rx = journeys.register(sut, data, "changed", person="P29", items=two_medicines(data))
    body = data.amendment(
        rx.id, 1, rx.hid, label="changed again", person="P29", items=two_medicines(data)[:1]
    )
    amended = sut.call(
        "amendPrescription",
        path={"prescriptionId": rx.id},
        document=("amendment", body, "dr01"),
        if_match=rx.etag,
        caller=OFFICE,
        step="stimulus: amend",
    )
    first = {"registeredAt": about(data)}
    second = {**told(data, body, rx.reply, version=2), **first}
    agrees(expect, amended, second)
    agrees(expect, journeys.read(sut, rx, step="stimulus: read"), second)
    gone = sut.call(
        "cancelPrescription",
        path={"prescriptionId": rx.id},
        document=("cancellation", data.cancellation(rx.id, label="gone"), "dr01"),
        caller=OFFICE,
        step="stimulus: cancel",
    )
    ended = told(data, body, rx.reply, version=2, state="CANCELLED", items="CANCELLED")
    agrees(expect, gone, {**ended, **first})


@conformance_case(
    "TC-PUR-CON-ANSWERS-003",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ‌های تحویل بر پایهٔ نمونه",
)
def tc_a_dispense_is_told_as_it_was_made(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a dispense with its items, shares, state and terms.

    Given a leased prescription, when a dispense of two medicines is priced, prepared, read,
    confirmed and voided, then every answer has quantities and the shares of the rule bank.
    """
    items = two_medicines(data)
    rx = journeys.register(sut, data, "given", person="P29", items=items)
    lines = [
        {"itemId": "1", "quantity": 10, **drug_cost(data, DRUG, "10")},
        {"itemId": "2", "quantity": 5, **drug_cost(data, OTHER, "5")},
    ]
    sums = {
        name: sum(int(line[name]) for line in lines)
        for name in ("total", "insurerShare", "patientShare")
    }
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 10, "2": 5})
    ready = {
        "dispenseId": ANY,
        "prescriptionId": rx.id,
        "state": "PREPARED",
        "preparedAt": about(data),
        "confirmBy": about(data, CONFIRM),
        "confirmedAt?": ABSENT,
        "items": lines,
        **sums,
    }
    agrees(expect, given.reply, ready)
    path = {"dispenseId": given.id}
    read = sut.call("getDispense", path=path, caller=PHARMACY, step="stimulus: read")
    same = {**ready, "dispenseId": given.id, "preparedAt": given.reply.required("/preparedAt")}
    agrees(expect, read, same)
    done = {**same, "state": "CONFIRMED"}
    done.pop("confirmedAt?")
    confirmed = journeys.finish(sut, given, step="stimulus: confirm")
    agrees(expect, confirmed, {**done, "confirmedAt": about(data)})
    void = journeys.finish(sut, given, "voidDispense", reason="DISPENSED_IN_ERROR")
    agrees(expect, void, {**done, "state": "VOIDED"})


@conformance_case(
    "TC-PUR-CON-ANSWERS-004",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ‌های صورت‌حساب بر پایهٔ نمونه",
)
def tc_claims_are_told_as_they_were_sent(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a claim as the service was sent, alone and in the statement.

    Given a visit at the tariff, when its record is sent and claim and statement are read, then the
    answers have the document that was sent, its lines and the shares of the rule bank.
    """
    cost = cost_of(Delivered().split())
    payload = journeys.service_payload(sut, data, "told")
    claim = journeys.send_service(sut, payload, "stimulus: a visit")
    agrees(expect, claim, claimed(data, payload, ANY))
    path = {"claimId": str(claim.required("/claimId"))}
    read = sut.call("getClaim", path=path, caller=OFFICE, step="stimulus: read the claim")
    agrees(expect, read, claimed(data, payload, path["claimId"]))
    month = period_of(data.now)
    statement = sut.call(
        "getStatement", path={"period": month}, caller=OFFICE, step="stimulus: the statement"
    )
    lines = {"$among": [{**path, **cost}], "$distinct": "claimId"}
    centre = data.centre("office-1").siam_id
    agrees(expect, statement, {"period": month, "centre": centre, "claims": lines})


@conformance_case(
    "TC-PUR-CON-ANSWERS-005",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ‌های بستری و پرسش بر پایهٔ نمونه",
)
def tc_stays_and_questions_are_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells stays, questions and answers as they were sent.

    Given an admission and a question about a prescription, when they are sent and answered, then
    the answers have their ids and states, and the text of the prescriber to the letter.
    """
    opened = further.open_stay(sut, further.admission(sut, data), "stimulus: a stay")
    agrees(expect, opened, {"stayId": ANY, "state": "admitted", "events": 1, "deviations?": 0})
    rx = journeys.register(sut, data, "asked", person="P29")
    journeys.lease(sut, rx)
    asked = further.ask(sut, rx)
    agrees(expect, asked, {"questionId": ANY, "state": "open", "answer?": ABSENT})
    path = {"questionId": str(asked.required("/questionId"))}
    answer = sut.call(
        "answerQuestion",
        path=path,
        body={"text": YES},
        caller=OFFICE,
        step="stimulus: answer",
    )
    agrees(expect, answer, {**path, "state": "answered", "answer?": YES})
