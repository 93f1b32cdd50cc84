"""The prescriber's program: steps P1 to P6 of clause 9-1, one function each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.synthetic import Person
from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.console import code128_payload
from reference_impl.clients.counter import (
    Counter,
    Stop,
    coded,
    cost_of,
    patient_block,
    person_id,
    reason,
)
from reference_impl.clients.documents import sign
from reference_impl.clients.slip import Slip, print_slip
from reference_impl.clients.spool import deliver
from reference_impl.clients.visit import service_record, statement

SELF_PAY = "37"
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


VISITS: dict[str, Wish] = {
    "routine": Wish("P01", ({"code": "99012", "quantity": 60}, {"code": "99001", "quantity": 90})),
    "warning": Wish("P03", ({"code": "99003", "quantity": 60},), override="PREVIOUSLY_TOLERATED"),
    "rejection": Wish("P01", ({"code": "99025", "quantity": 30},)),  # a specialist's item
    "amendment": Wish("P01", ({"code": "99012", "quantity": 60},), amended_quantity=30),
}


def wish_from(order: dict[str, Any]) -> Wish:
    """Read an order file; KeyError or TypeError when a member is missing or of another kind."""
    return Wish(
        patient=str(order["patient"]),
        items=tuple(dict(item) for item in order["items"]),
        diagnoses=tuple(str(code) for code in order.get("diagnoses", ())),
        override=order.get("override"),
        amended_quantity=order.get("amended_quantity"),
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
    insurer = _eligibility(counter, visit)
    _hid(counter, visit, insurer, paper)
    visit.member = counter.member("P3", "9-1-3")
    visit.items = [_item(counter, number, row) for number, row in enumerate(wish.items, start=1)]
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


def _eligibility(counter: Counter, visit: Visit) -> str:
    body = {
        "patient": person_id(visit.person),
        "centre": counter.siam_id,
        "provider": counter.provider_council,
    }
    answer = counter.gateway.call("POST", "/eligibility/v1/inquiries", body=body).json or {}
    active = [c for c in answer.get("covers", ()) if c.get("state") == "active"]
    base = [c for c in active if c.get("kind", "base") == "base"]
    entitled = bool(answer.get("entitled")) and bool(base)
    insurer = str(base[0]["insurerCode"]) if entitled else SELF_PAY
    if answer.get("overlap"):
        counter.console.note(
            "بیمار همپوشانی بیمه‌ای دارد.", "The patient has overlapping base covers."
        )
    counter.console.step(
        "P2",
        "9-1-2",
        "استحقاق بیمار استعلام شد." if entitled else "بیمار پوشش ندارد؛ پرداخت آزاد.",
        "Eligibility is known." if entitled else "No cover: the patient pays.",
        insurer=insurer,
    )
    return insurer


def _hid(counter: Counter, visit: Visit, insurer: str, paper: Path | None) -> None:
    body = {
        "patient": person_id(visit.person),
        "insurerCode": insurer,
        "providerCouncil": counter.provider_council,
    }
    visit.hid = counter.gateway.call("POST", "/eligibility/v1/hids", body=body).text("hid")
    counter.console.step(
        "P2b",
        "9-1-2",
        f"برگهٔ شباد چاپ شد: {visit.hid}",
        f"HID slip printed: {visit.hid}",
        hid=visit.hid,
        barcode=code128_payload(visit.hid),
    )
    if paper is not None:
        centre = counter.world.centre(counter.centre_key)
        slip = Slip(visit.hid, centre.name_fa, _insurer(counter, insurer), counter.now())
        counter.console.note(
            f"برگه: {print_slip(slip, paper)}", "The slip is a page that prints without network."
        )


def _insurer(counter: Counter, code: str) -> str:
    known = counter.world.insurers.get(code)
    return code if known is None else known.fa


def _item(counter: Counter, number: int, row: dict[str, Any]) -> dict[str, Any]:
    product = counter.world.product(str(row["code"]))
    return {
        "itemId": str(number),
        "code": coded(product.concept),
        "quantity": int(row["quantity"]),
        "frequency": coded(counter.world.frequencies[row.get("frequency", "BD")]),
        "route": coded(counter.world.routes[row.get("route", "oral")]),
    }


def _rules(counter: Counter, visit: Visit) -> None:
    body = {
        "position": "pre_prescription",
        "patient": person_id(visit.person),
        "prescriber": counter.provider_council,
        "centre": counter.siam_id,
        "hid": visit.hid,
        "items": [
            {name: item[name] for name in ("itemId", "code", "quantity", "frequency")}
            for item in visit.items
        ],
        "diagnoses": [coded(counter.world.diagnoses[code]) for code in visit.wish.diagnoses],
    }
    answer = counter.gateway.call("POST", "/insurance_rules/v1/evaluations", body=body)
    verdict = answer.json if isinstance(answer.json, dict) else {}
    visit.rules = {"evaluationId": answer.text("evaluationId")}
    if "wholeTrackingId" in verdict:
        visit.rules["wholeTrackingId"] = verdict["wholeTrackingId"]
    rows = {str(row.get("itemId")): row for row in verdict.get("items", ())}
    for item in visit.items:
        _judged(counter, visit, item, rows.get(item["itemId"], {}))
    counter.console.step(
        "P4",
        "9-1-4",
        f"قواعد بررسی شد: {verdict.get('outcome')}",
        f"Rules evaluated: {verdict.get('outcome')}",
        evaluation=visit.rules["evaluationId"],
    )


def _judged(counter: Counter, visit: Visit, item: dict[str, Any], verdict: dict[str, Any]) -> None:
    """Take over tracking ids; stop at a rejection, override a warning only with a reason."""
    for message in verdict.get("messages", ()):
        counter.console.note(str(message.get("messageFa", "")), str(message.get("messageEn", "")))
    outcome = verdict.get("outcome")
    if outcome == "rejected":
        raise Stop("P4", "RULE_REJECTED", "قاعده این قلم را رد کرد.", "a rule rejects this item")
    if outcome == "warning":
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
    if "trackingId" in verdict:
        item["ruleTrackingId"] = verdict["trackingId"]


def _price(counter: Counter, visit: Visit) -> None:
    rows = [
        {
            "itemId": item["itemId"],
            "code": item["code"],
            "quantity": item["quantity"],
            "unitPrice": counter.world.product(item["code"]["code"]).reference_price,
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


def _payload(counter: Counter, visit: Visit) -> dict[str, Any]:
    now = counter.now()
    return {
        **counter.head(now),
        "prescriber": counter.professional_block(visit.member),
        "kind": "drug",
        "hid": visit.hid,
        "patient": patient_block(visit.person, now),
        "diagnoses": [coded(counter.world.diagnoses[code]) for code in visit.wish.diagnoses],
        "items": visit.items,
        "rules": visit.rules,
        "cost": visit.cost,
    }


def _register(counter: Counter, visit: Visit) -> Answer:
    payload = _payload(counter, visit)
    visit.document_id = payload["documentId"]
    document = sign("prescription", payload, counter.signer, counter.gateway.clock())
    target = "/purchaser/v1/prescriptions"
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
    _rules(counter, visit)
    _price(counter, visit)
    identifier = first.text("prescriptionId")
    amends = {"prescriptionId": identifier, "version": first.json["version"]}
    payload = {**_payload(counter, visit), "amends": amends}
    visit.document_id = payload["documentId"]
    document = sign("amendment", payload, counter.signer, counter.gateway.clock())
    etag = first.headers.get("etag")
    if etag is None:
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
