"""Answers of the purchaser to documents with every optional member: nothing of them gets lost."""

from __future__ import annotations

from collections.abc import Callable

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_further as further
from suites.answers.examples import agrees
from suites.answers.forms import ABSENT, ANY
from suites.answers.rules import drug_cost
from suites.answers.words import about
from suites.journeys import DRUG, OFFICE, PHARMACY
from suites.purchaser_told import (
    CONFIRM,
    COUNTED,
    LEASE,
    OTHER,
    PERSON,
    answered,
    asked,
    balances,
    match_of,
    question_told,
    told,
    whole,
)

DOSE, STOCK, AGAIN = "یک قرص کافی است؟", "دارو موجود نیست", "دوز دوم هم؟"
GIVEN = 10
DONE = (200, 201)


@conformance_case(
    "TC-PUR-CON-ANSWERS-006",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="نسخه با همهٔ اعضای اختیاری",
)
def tc_a_whole_prescription_comes_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a prescription with every optional member as it was sent.

    Given such a prescription, when it is registered, read, found by its code, leased and asked
    about, then every answer has every member, and the questions stand with their answers.
    """
    payload = whole(sut, data, "whole")
    made = journeys.submit(sut, payload, "stimulus: register")
    agrees(expect, made, told(data, payload, None))
    rx = journeys.Registered(payload, made, PERSON)
    same = told(data, payload, made)
    agrees(expect, journeys.read(sut, rx, step="stimulus: read"), same)
    body = {"patient": data.person_id(PERSON), "trackingCode": rx.tracking_code}
    found = sut.call("queryPrescriptions", body=body, caller=PHARMACY, step="stimulus: find")
    agrees(expect, found, {"matches": [match_of(data, made)], "content?": same})
    leased = journeys.take_lease(sut, rx, step="stimulus: lease")
    granted = {"leaseId": ANY, "secret": ANY, "expiresAt": about(data, LEASE)}
    agrees(expect, leased, {**granted, "prescription": same})

    questions = _questions(sut, data, expect, rx)
    read = journeys.read(sut, rx, step="stimulus: read the questions")
    agrees(expect, read, {**same, "questions": questions}, "with questions")
    again = journeys.take_lease(sut, rx, step="stimulus: lease again")
    asked_about = {**granted, "prescription": {**same, "questions?": questions}}
    agrees(expect, again, asked_about, "with questions")


def _questions(
    sut: Sut, data: SyntheticData, expect: Expect, rx: journeys.Registered
) -> list[JsonValue]:
    """Ask twice, about an item and the whole, have the first answered; return both as told."""
    first = asked(sut, rx, DOSE, itemId="2")
    agrees(expect, first, {"questionId": ANY, "state": "open", "answer?": ABSENT})
    second = asked(sut, rx, STOCK, kind="availability")
    answered(sut, first)
    return [
        question_told(data, first, DOSE, itemId="2"),
        question_told(data, second, STOCK, None, kind="availability"),
    ]


@conformance_case(
    "TC-PUR-CON-ANSWERS-007",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="ویرایش و لغو نسخه با همهٔ اعضای اختیاری",
)
def tc_a_whole_amendment_comes_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells an amendment with every optional member as it was sent.

    Given a prescription that was asked about and whose dispense was abandoned, when it is amended,
    found, leased and cancelled, then every answer has the amendment, its questions and dispenses.
    """
    rx = journeys.register(sut, data, payload=whole(sut, data, "first"), person=PERSON)
    question, dispenses = _given_up(sut, data, expect, rx)
    rows = [question_told(data, question, DOSE, itemId="1")]
    body = {
        **whole(sut, data, "second", hid=rx.hid),
        "amends": {"prescriptionId": rx.id, "version": 1},
    }
    amended = sut.call(
        "amendPrescription",
        path={"prescriptionId": rx.id},
        document=("amendment", body, "dr01"),
        if_match=rx.etag,
        caller=OFFICE,
        step="stimulus: amend",
    )
    same = told(data, body, rx.reply, version=2, dispenses=dispenses, registeredAt=about(data))
    asked_about = {**same, "questions?": rows}
    agrees(expect, amended, asked_about)
    found = journeys.find_by_hid(sut, rx.hid, step="stimulus: find")
    match = {**match_of(data, rx.reply), "registeredAt": about(data)}
    agrees(expect, found, {"matches": [match], "content?": same})
    leased = journeys.take_lease(sut, rx, step="stimulus: lease")
    agrees(expect, leased, {"prescription": asked_about})
    _release(sut, rx, str(leased.required("/secret")))
    gone = sut.call(
        "cancelPrescription",
        path={"prescriptionId": rx.id},
        document=("cancellation", data.cancellation(rx.id, label="gone"), "dr01"),
        caller=OFFICE,
        step="stimulus: cancel",
    )
    rows_gone = balances(body, state="CANCELLED")
    agrees(expect, gone, {**asked_about, "state": "CANCELLED", "items": rows_gone})


def _given_up(
    sut: Sut, data: SyntheticData, expect: Expect, rx: journeys.Registered
) -> tuple[Reply, JsonValue]:
    """Have a prescription asked about, answered, prepared and abandoned; return what stands."""
    secret = journeys.lease(sut, rx)
    question = asked(sut, rx, DOSE, itemId="1")
    answered(sut, question)
    given = journeys.prepare(sut, data, rx, secret, {"1": GIVEN, "2": GIVEN})
    left = journeys.finish(sut, given, "abandonDispense", reason="PATIENT_LEFT")
    ended = {"dispenseId": given.id, "state": "ABANDONED", "confirmedAt?": ABSENT}
    agrees(expect, left, {**_prepared(data, rx), **ended})
    _release(sut, rx, secret)
    return question, journeys.read(sut, rx, step="control: read").required("/dispenses")


def _release(sut: Sut, rx: journeys.Registered, secret: str) -> None:
    path = {"prescriptionId": rx.id}
    sut.call("releaseLease", path=path, lease=secret, caller=PHARMACY, step="preamble: release")


def _registered(sut: Sut, data: SyntheticData, payload: JsonValue) -> Callable[[str], Reply]:
    """Return the registration of a prescription, to be sent more than once."""
    del data
    return lambda step: journeys.submit(sut, payload, step)


def _on_paper(sut: Sut, data: SyntheticData, payload: JsonValue) -> Callable[[str], Reply]:
    """Return the entry of a paper form, to be sent more than once."""
    document = sut.signed("prescription", payload, "dr01")
    form = further.paper(sut, data, "form", document=document)
    return lambda step: further.enter_paper(sut, form, step)


@conformance_case(
    "TC-PUR-CON-ANSWERS-008",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="ثبت دوبارهٔ نسخه پس از تحویل",
    given={"way": _registered},
)
@conformance_case(
    "TC-PUR-CON-ANSWERS-009",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="ورود دوبارهٔ نسخهٔ کاغذی پس از تحویل",
    given={"way": _on_paper},
    purpose="Ensure that the IUT tells paper with every optional member as it was sent, and a form "
    "that comes again as it was or as it stands.",
)
def tc_what_comes_again_is_told_as_it_stands(
    sut: Sut,
    data: SyntheticData,
    expect: Expect,
    way: Callable[[Sut, SyntheticData, JsonValue], Callable[[str], Reply]],
) -> None:
    """Ensure that the IUT tells a prescription that comes again as it was, or as it stands now.

    Given a prescription of which a part was given after a question, when it and the dispense are
    sent again, then the answers are the first ones, or have what was given and asked meanwhile.
    """
    payload = whole(sut, data, "again")
    send = way(sut, data, payload)
    made = send("stimulus: register")
    agrees(expect, made, told(data, payload, None))
    rx = journeys.Registered(payload, made, PERSON)
    secret = journeys.lease(sut, rx)
    question = asked(sut, rx, AGAIN, itemId="2")
    answered(sut, question)
    given = _dispensed(sut, data, expect, rx, secret)
    states = {"state": "PARTIALLY_DISPENSED", "items": balances(payload, {"1": GIVEN, "2": GIVEN})}
    more = {
        "dispenses": [given.id],
        "questions?": [question_told(data, question, AGAIN, itemId="2")],
    }
    stands = told(data, payload, made, **states, **more)
    agrees(expect, journeys.read(sut, rx, step="stimulus: read"), stands)

    again = send("stimulus: register again")

    expect.status(again, DONE, fix="Answer a document that comes again.")
    expect.schema(again)
    first = again.find("/state") == "REGISTERED"
    agrees(expect, again, told(data, payload, made) if first else stands, "sent again")


def _dispensed(
    sut: Sut, data: SyntheticData, expect: Expect, rx: journeys.Registered, secret: str
) -> journeys.Dispensed:
    """Give a part of both medicines, and send the dispense again when it is confirmed."""
    given = journeys.prepare(sut, data, rx, secret, {"1": GIVEN, "2": GIVEN})
    journeys.finish(sut, given).required("/confirmedAt")
    again = journeys.send_dispense(sut, rx, given.payload, secret, step="stimulus: prepare again")
    first = again.find("/state") == "PREPARED"
    state = {"state": "PREPARED", "confirmedAt?": ABSENT} if first else {"state": "CONFIRMED"}
    state["dispenseId"] = given.id
    confirmed = {} if first else {"confirmedAt": about(data)}
    expect.status(again, DONE, fix="Answer a document that comes again.")
    agrees(expect, again, {**_prepared(data, rx), **state, **confirmed}, "sent again")
    return given


def _prepared(data: SyntheticData, rx: journeys.Registered) -> dict[str, JsonValue]:
    """Return what is told of a dispense of a part of both medicines, whatever became of it."""
    lines = [
        {"itemId": "1", "quantity": GIVEN, **drug_cost(data, DRUG, str(GIVEN))},
        {"itemId": "2", "quantity": GIVEN, **drug_cost(data, OTHER, str(GIVEN))},
    ]
    return {
        "dispenseId": ANY,
        "prescriptionId": rx.id,
        "preparedAt": about(data),
        "confirmBy": about(data, CONFIRM),
        "items": lines,
        **{name: sum(int(line[name]) for line in lines) for name in COUNTED},
    }
