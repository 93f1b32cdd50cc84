"""The prescriber's program: steps P1 to P8 of clause 9-1, one function each.

A prescription holds medicines, or laboratory tests, or imaging, or other services, never a mixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.synthetic import Person
from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.counter import (
    Counter,
    Stop,
    coded,
    cost_of,
    patient_block,
    person_id,
    reason,
)
from reference_impl.clients.delivery import RULES
from reference_impl.clients.reception import eligibility, issue_hid
from reference_impl.clients.spool import deliver
from reference_impl.clients.visit import coded_service, public_tariff, service_record, statement

DRUG = "drug"
KINDS = (DRUG, "laboratory", "imaging", "service")
OVERRIDES = {
    "BENEFIT_OUTWEIGHS": "benefit outweighs the risk",
    "PREVIOUSLY_TOLERATED": "previously tolerated",
    "PATIENT_INFORMED": "patient informed and agrees",
}


@dataclass(frozen=True)
class Wish:
    """What the physician wants: keys of the synthetic world and codes of the pack."""

    patient: str
    items: tuple[dict[str, Any], ...]
    diagnoses: tuple[str, ...] = ()
    override: str | None = None
    amended_quantity: int | None = None
    kind: str = DRUG  # drug, laboratory, imaging, service


VISITS: dict[str, Wish] = {
    "routine": Wish("P01", ({"code": "99012", "quantity": 60}, {"code": "99001", "quantity": 90})),
    "warning": Wish(  # warfarin with acetylsalicylic acid: D02, which a reason may override
        "P03",
        ({"code": "99023", "quantity": 30}, {"code": "99007", "quantity": 30}),
        override="PREVIOUSLY_TOLERATED",
    ),
    "rejection": Wish("P01", ({"code": "99025", "quantity": 30},)),  # a specialist's item
    "amendment": Wish("P01", ({"code": "99012", "quantity": 60},), amended_quantity=30),
    "laboratory": Wish("P01", ({"code": "991110"}, {"code": "991100"}), kind="laboratory"),
    "imaging": Wish("P01", ({"code": "992001"},), kind="imaging"),
    "physiotherapy": Wish("P01", ({"code": "992110", "quantity": 5},), kind="service"),
}


def wish_from(order: dict[str, Any]) -> Wish:
    """Read an order file; KeyError, TypeError or ValueError when a member is missing or wrong."""
    kind = str(order.get("kind", DRUG))
    if kind not in KINDS:
        raise ValueError(f'kind "{kind}" is none of {", ".join(KINDS)}')
    return Wish(
        patient=str(order["patient"]),
        items=tuple(dict(item) for item in order["items"]),
        diagnoses=tuple(str(code) for code in order.get("diagnoses", ())),
        override=order.get("override"),
        amended_quantity=order.get("amended_quantity"),
        kind=kind,
    )


@dataclass
class Visit:
    """What is known so far in one visit."""

    person: Person
    wish: Wish
    hid: str = ""
    member: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
    document_id: str = ""


def prescribe(
    counter: Counter, wish: Wish, paper: Path | None = None, visit_service: str | None = None
) -> dict[str, Any]:
    """Go through P1 to P6 and return what the patient takes along.

    `paper` is the folder the HID slip is printed to; `visit_service` adds P7 and P8 with that
    service. Raises Refused (by the exchange), Stop (by the program's own decision), SealNotTrusted.
    """
    visit = Visit(counter.world.person(wish.patient), wish)
    counter.admission("P1", "9-1-1", "prescribing")
    visit.hid = _received(counter, visit.person, paper)
    if not counter.faults.on("prescriber.member.not_inquired"):
        visit.member = counter.member("P3", "9-1-3")
    visit.items = [_item(counter, wish, n, row) for n, row in enumerate(wish.items, start=1)]
    if not counter.faults.on("prescriber.rules.skipped"):
        _rules(counter, visit)
    _price(counter, visit)
    answer = _register(counter, visit)
    if wish.amended_quantity is not None:
        answer = _amend(counter, visit, answer, wish.amended_quantity)
    if visit_service is not None:
        patient = patient_block(visit.person, counter.now())
        service_record(
            counter,
            visit.member,
            hid=visit.hid,
            patient=patient,
            services=(visit_service,),
            step=("P7", "9-1-7"),
        )
        statement(counter)
    return _receipt(visit, answer)


def answer_question(counter: Counter, question_id: str, text: str) -> dict[str, Any]:
    """Answer what a dispenser asked about a prescription of this centre. Raises Refused."""
    counter.admission("P1", "9-1-1", "prescribing")
    target = f"/purchaser/v1/questions/{question_id}/answer"
    answer = counter.gateway.call("POST", target, body={"text": text})
    counter.console.step(
        "D5c",
        "9-2-5",
        "پاسخ تجویزگر ثبت شد.",
        "The prescriber's answer is registered.",
        questionId=answer.text("questionId"),
        state=answer.text("state"),
    )
    answered: dict[str, Any] = answer.json
    return answered


def _received(counter: Counter, person: Person, paper: Path | None) -> str:
    """Receive the patient: eligibility, then the HID of this visit."""
    if counter.faults.on("prescriber.eligibility.skipped"):
        return issue_hid(counter, person, "1", paper)
    insurer = eligibility(counter, person)
    if counter.faults.on("prescriber.hid.reused"):
        before = next(p for p in counter.world.people.values() if p.id_value != person.id_value)
        return issue_hid(counter, before, eligibility(counter, before), paper)
    return issue_hid(counter, person, insurer, paper)


def _item(counter: Counter, wish: Wish, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    drug = wish.kind == DRUG
    code = str(row["code"])
    item: dict[str, Any] = {
        "itemId": str(number),
        "code": coded(counter.world.product(code).concept) if drug else coded_service(code),
        "quantity": int(row.get("quantity", 1)),
    }
    if drug or "frequency" in row or counter.faults.on("prescriber.order.as_drug"):
        item["frequency"] = coded(counter.world.frequencies[row.get("frequency", "BD")])
    if drug or counter.faults.on("prescriber.order.as_drug"):
        item["route"] = coded(counter.world.routes[row.get("route", "oral")])
    if counter.faults.on("prescriber.code.free_text"):
        item["code"]["display"] = "as always"
    return item


def _rules(counter: Counter, visit: Visit) -> None:
    """Ask both kinds of rules; ask again when a reason was given, so that it is on record."""
    rows = _evaluated(counter, visit)
    for item in visit.items:
        _judged(counter, visit, item, rows.get(item["itemId"], {}))
    if any("overrides" in item for item in visit.items):
        rows = _evaluated(counter, visit)
    for item in visit.items:
        if "trackingId" in rows.get(item["itemId"], {}):
            item["ruleTrackingId"] = rows[item["itemId"]]["trackingId"]


def _evaluated(counter: Counter, visit: Visit) -> dict[str, dict[str, Any]]:
    """Ask the unified rule service [9-1-4, RUL-006]; return its verdicts by item."""
    names = ("itemId", "code", "quantity", "frequency", "overrides")
    body = {
        "position": "pre_prescription",
        "patient": person_id(visit.person),
        "prescriber": counter.provider_council,
        "centre": counter.siam_id,
        "hid": visit.hid,
        "items": [{name: item[name] for name in names if name in item} for item in visit.items],
        "diagnoses": [coded(counter.world.diagnoses[code]) for code in visit.wish.diagnoses],
    }
    answer = counter.gateway.call("POST", RULES, body=body)
    verdict = answer.json if isinstance(answer.json, dict) else {}
    visit.rules = {"evaluationId": answer.text("evaluationId")}
    if "wholeTrackingId" in verdict:
        visit.rules["wholeTrackingId"] = verdict["wholeTrackingId"]
    counter.console.step(
        "P4",
        "9-1-4",
        f"قواعد بررسی شد: {verdict.get('outcome')}",
        f"Rules evaluated: {verdict.get('outcome')}",
        evaluation=visit.rules["evaluationId"],
    )
    return {str(row.get("itemId")): row for row in verdict.get("items", ())}


def _judged(counter: Counter, visit: Visit, item: dict[str, Any], verdict: dict[str, Any]) -> None:
    """Stop at a rejection, override a warning only with a reason."""
    for message in verdict.get("messages", ()):
        counter.console.note(str(message.get("messageFa", "")), str(message.get("messageEn", "")))
    outcome = verdict.get("outcome")
    if outcome == "rejected" and not counter.faults.on("prescriber.rejection.ignored"):
        raise Stop("P4", "RULE_REJECTED", "قاعده این قلم را رد کرد.", "a rule rejects this item")
    if outcome != "warning" or counter.faults.on("prescriber.warning.without_reason"):
        return
    code = visit.wish.override
    if code not in OVERRIDES:
        raise Stop(
            "P4",
            "RULE_WARNING",
            "هشدار بدون دلیل نادیده گرفته نمی‌شود.",
            "a warning needs a reason to go on (override)",
        )
    warnings = [m for m in verdict.get("messages", ()) if m.get("kind") == "warning"]
    item["overrides"] = [
        {"ruleId": m["ruleId"], "reason": reason(code, OVERRIDES[code])} for m in warnings
    ]


def _price(counter: Counter, visit: Visit) -> None:
    rows = [
        {
            "itemId": item["itemId"],
            "code": item["code"],
            "quantity": item["quantity"],
            "unitPrice": _unit_price(counter, visit.wish, item["code"]["code"]),
        }
        for item in visit.items
    ]
    visit.cost = cost_of(counter.priced(person_id(visit.person), rows))
    counter.console.step(
        "P4b",
        "7-10",
        f"سهم بیمار {visit.cost['patientShare']} ریال از {visit.cost['total']} ریال",
        f"The patient pays {visit.cost['patientShare']} of {visit.cost['total']} rial",
        **visit.cost,
    )


def _unit_price(counter: Counter, wish: Wish, code: str) -> int:
    if wish.kind == DRUG:
        return counter.world.product(code).reference_price
    return public_tariff(code)


def _payload(counter: Counter, visit: Visit) -> dict[str, Any]:
    now = counter.now()
    return {
        **counter.head(now),
        "prescriber": counter.professional_block(visit.member),
        "kind": DRUG if counter.faults.on("prescriber.order.as_drug") else visit.wish.kind,
        "hid": visit.hid,
        "patient": patient_block(visit.person, now),
        "diagnoses": [coded(counter.world.diagnoses[code]) for code in visit.wish.diagnoses],
        "items": visit.items,
        "cost": visit.cost,
        **({"rules": visit.rules} if visit.rules else {}),
    }


def _register(counter: Counter, visit: Visit) -> Answer:
    payload = _payload(counter, visit)
    visit.document_id = payload["documentId"]
    target = "/purchaser/v1/prescriptions"
    if counter.faults.on("prescriber.document.unsigned"):
        return counter.gateway.call("POST", target, body=payload)
    document = counter.signed("prescription", payload)
    answer = deliver(
        counter.gateway, counter.spool, method="POST", target=target, document=document
    )
    if isinstance(answer, str):
        raise Stop(
            "P5",
            "WAITS_IN_SPOOL",
            f"درگاه در دسترس نیست؛ نسخهٔ امضاشده با نام {answer} در صف ارسال ماند.",
            f"the gateway is away: the signed prescription waits as {answer}; `forward` sends it",
        )
    counter.console.step(
        "P5",
        "9-1-5",
        f"نسخه ثبت شد. کد رهگیری: {answer.text('trackingCode')}",
        f"Registered. Tracking code: {answer.text('trackingCode')}",
        prescriptionId=answer.text("prescriptionId"),
        shortCode=answer.text("shortCode"),
    )
    return answer


def _amend(counter: Counter, visit: Visit, first: Answer, quantity: int) -> Answer:
    visit.items = [{**item, "quantity": quantity} for item in visit.items]
    for item in visit.items:
        item.pop("ruleTrackingId", None)
        item.pop("overrides", None)
    _rules(counter, visit)
    _price(counter, visit)
    identifier = first.text("prescriptionId")
    amends = {"prescriptionId": identifier, "version": first.json["version"]}
    payload = {**_payload(counter, visit), "amends": amends}
    visit.document_id = payload["documentId"]
    document = counter.signed("amendment", payload)
    etag = first.headers.get("etag")
    if counter.faults.on("prescriber.amend.without_if_match"):
        etag = None
    elif etag is None:
        raise Refused(200, {"code": "ANSWER_INCOMPLETE", "messageEn": "the answer has no etag"})
    answer = counter.gateway.call(
        "PUT", f"/purchaser/v1/prescriptions/{identifier}", document=document, if_match=etag
    )
    counter.console.step(
        "P6", "9-1-6", "نسخه ویرایش شد.", "Amended.", version=answer.json["version"]
    )
    return answer


def _receipt(visit: Visit, answer: Answer) -> dict[str, Any]:
    return {
        "prescriptionId": answer.text("prescriptionId"),
        "trackingCode": answer.text("trackingCode"),
        "shortCode": answer.text("shortCode"),
        "documentId": visit.document_id,
        "hid": visit.hid,
        "patient": person_id(visit.person),
        "version": answer.json["version"],
        "etag": answer.headers.get("etag"),
        "items": [
            {"itemId": i["itemId"], "code": i["code"]["code"], "quantity": i["quantity"]}
            for i in visit.items
        ],
    }
