"""What answers of the purchaser have to say of what was sent to it, member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import journeys
from suites.answers.forms import ABSENT, ANY, in_order
from suites.answers.rules import drug_cost
from suites.answers.words import about
from suites.journeys import DRUG, OFFICE, PHARMACY
from suites.journeys_insurers import Delivered, cost_of

PERSON = "P29"
OTHER = "99001"
LEASE, CONFIRM = "900", "1800"
"""Seconds a lease and a prepared dispense hold (lifecycles.yaml: 15 and 30 minutes)."""
LAST_DAY = 59
"""Days until the last of the 60 on which a prescription holds, its first included."""
YES = "بلی، یک قرص کافی است"
OVERRIDDEN = ("N18A", "N11")
COUNTED = ("total", "insurerShare", "patientShare")


def told(
    data: SyntheticData, payload: JsonValue, made: Reply | None, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return a prescription as it is told; ids are those of the answer it was `made` with.

    `items` is the state of all items, or the list of their balances.
    """
    ids = ("prescriptionId", "trackingCode", "shortCode")
    states = more.pop("items", "ORDERED")
    rows = states if isinstance(states, list) else balances(payload, state=str(states))
    return {
        **{name: made.required(f"/{name}") if made else ANY for name in ids},
        "version": 1,
        "state": "REGISTERED",
        "registeredAt": made.required("/registeredAt") if made else about(data),
        "validUntil": data.day(LAST_DAY),
        "document": in_order(payload),
        "items": rows,
        "dispenses": [],
        **more,
    }


def balances(
    payload: JsonValue, given: Mapping[str, int] | None = None, state: str = "ORDERED"
) -> list[JsonValue]:
    """Return what is ordered, repeats included (RUL-078), what was `given` of it and what is left.

    `state` is that of items of which nothing was given; the others are given in part.
    """
    rows: list[JsonValue] = []
    for item in payload["items"]:
        ordered = int(item["quantity"]) * (1 + int(item.get("repeats", 0)))
        part = (given or {}).get(item["itemId"], 0)
        rows.append(
            {
                "itemId": item["itemId"],
                "ordered": ordered,
                "dispensed": part,
                "remaining": ordered - part,
                "state": "PARTIAL" if part else state,
            }
        )
    return rows


def claimed(
    data: SyntheticData,
    payload: JsonValue,
    claim: JsonValue,
    cost: Mapping[str, int] | None = None,
) -> dict[str, JsonValue]:
    """Return the claim of delivered services as it is told, by default of a visit at tariff."""
    return {
        "claimId": claim,
        "state": "SUBMITTED",
        "submittedAt": about(data),
        "documentId": payload["documentId"],
        "insurerCode?": "1",
        "hid?": payload["hid"],
        "admission?": "outpatient",
        "servedOn?": payload["startedAt"][:10],
        "items?": payload["services"],
        **(cost or cost_of(Delivered().split())),
    }


def two_medicines(data: SyntheticData) -> list[JsonValue]:
    """Return two items, so that a list that loses or doubles one is noticed."""
    return [data.item(), data.item(OTHER, item_id="2")]


# A prescription with every optional member


def approval(sut: Sut, data: SyntheticData, hid: str, step: str) -> Reply:
    """Have the rule service approve the first medicine for a visit; else INCONCLUSIVE."""
    council = data.professional("dr01")
    body = {
        "position": "pre_prescription",
        "patient": data.person_id(PERSON),
        "prescriber": {
            "councilKind": council.council_kind,
            "councilNumber": council.council_number,
        },
        "centre": data.centre("office-1").siam_id,
        "hid": hid,
        "items": [{"itemId": "1", "code": data.drug(DRUG), "quantity": 30}],
    }
    reply = sut.environment("insurance_rules", "evaluateRules", body=body, caller=OFFICE, step=step)
    reply.required("/items/0/trackingId")
    return reply


def whole(
    sut: Sut, data: SyntheticData, label: str, *, hid: str | None = None
) -> dict[str, JsonValue]:
    """Return a prescription in which every optional member is filled, approved for its visit."""
    visit = hid or journeys.new_hid(sut, data, PERSON)
    approved = approval(sut, data, visit, f"preamble: approval {label}")
    costs = [drug_cost(data, DRUG, "30"), drug_cost(data, OTHER, "20")]
    first = data.item(
        DRUG,
        quantity=30,
        repeats=1,
        instruction="با یک لیوان آب، پس از غذا",
        substitutionAllowed=False,
        selfPay=False,
        ruleTrackingId=approved.required("/items/0/trackingId"),
    )
    reason = data.versioned(data.reason("PATIENT_INFORMED"))
    second = data.item(
        OTHER,
        quantity=20,
        item_id="2",
        instruction="هنگام درد",
        substitutionAllowed=True,
        selfPay=True,
        overrides=[{"ruleId": one, "reason": reason} for one in OVERRIDDEN],
    )
    signer = data.signer("dr01")
    terminal = sut.environment(
        "fiscal",
        "getTerminal",
        path={"terminalId": data.centre("office-1").terminal_id},
        caller=OFFICE,
        step="environment: the terminal",
    )
    payment = data.payment("office-1", f"payment {label}")
    return journeys.draft(
        sut,
        data,
        label,
        person=PERSON,
        hid=visit,
        prescriber={**signer, "specialty": data.versioned(signer["specialty"])},
        items=[first, second],
        diagnoses=[data.versioned(data.diagnosis("I10")), data.versioned(data.diagnosis("E11.9"))],
        rules={
            "evaluationId": approved.required("/evaluationId"),
            "wholeTrackingId": approved.required("/wholeTrackingId"),
        },
        cost={name: sum(int(one[name]) for one in costs) for name in COUNTED},
        payment={**payment, "fiscalMemoryId": terminal.required("/fiscalMemoryId")},
        preferredPharmacy=data.centre("pharmacy-1").siam_id,
        note="بیمار به پنی‌سیلین حساس است",
    )


# Questions about it


def asked(
    sut: Sut, rx: journeys.Registered, text: str, caller: Caller = PHARMACY, **more: JsonValue
) -> Reply:
    """Ask the prescriber; INCONCLUSIVE when the question is not taken."""
    body = {"prescriptionId": rx.id, "kind": "dose", "text": text, **more}
    reply = sut.call("askPrescriber", body=body, caller=caller, step=f"stimulus: {text}")
    reply.required("/questionId")
    return reply


def answered(sut: Sut, question: Reply, text: str = YES) -> Reply:
    """Answer a question as its prescriber, whatever comes of it."""
    path = {"questionId": str(question.required("/questionId"))}
    return sut.call(
        "answerQuestion", path=path, body={"text": text}, caller=OFFICE, step="stimulus: answer"
    )


def question_told(
    data: SyntheticData, question: Reply, text: str, answer: str | None = YES, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return a question as it is told with its prescription."""
    said: dict[str, JsonValue] = {"answer?": ABSENT} if answer is None else {"answer": answer}
    return {
        "questionId": question.required("/questionId"),
        "kind": "dose",
        "text": text,
        "state": "open" if answer is None else "answered",
        "askedAt": about(data),
        **said,
        **({} if "itemId" in more else {"itemId?": ABSENT}),
        **more,
    }


def match_of(data: SyntheticData, made: Reply, state: str = "REGISTERED") -> dict[str, JsonValue]:
    """Return what a query tells of a prescription before its content."""
    return {
        "prescriptionId": made.required("/prescriptionId"),
        "state": state,
        "registeredAt": made.required("/registeredAt"),
        "validUntil": data.day(LAST_DAY),
        "kind?": "drug",
    }


def rows_in(reply: Reply, pointer: str) -> Sequence[JsonValue]:
    """Return a list of an answer, empty where there is none."""
    found = reply.find(pointer)
    return found if isinstance(found, list) else []
