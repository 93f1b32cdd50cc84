"""The pharmacy's program: steps D1 to D7 of clause 9-2, one function each.

Whatever stops it after the lease is taken gives the lease back; a prepared dispense that is not
handed over is abandoned. An answer that cannot be trusted stops everything at once: nothing more is
sent, because nothing is known.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reference_impl.clients.channel import Refused
from reference_impl.clients.counter import Counter, Stop, cost_of, reason
from reference_impl.clients.credentials import Identity
from reference_impl.clients.documents import sign

VALID = "VALID"
TAKE_BACK = {
    "DISPENSED_IN_ERROR": "dispensed in error",
    "RETURNED_UNOPENED": "returned unopened",
    "WRONG_BASKET": "entered for another basket",
}


@dataclass(frozen=True)
class Order:
    """What the patient brings and what the counter decided."""

    patient: dict[str, Any]
    short_code: str
    hid: str
    quantities: dict[str, int]  # by drug code; absent: all that remains
    shelf: tuple[tuple[str, str], ...]  # (drug code, 16-digit code) of packs; empty: any pack
    take_back: str | None = None  # coded reason: the patient returns everything at once


def order_from(data: dict[str, Any]) -> Order:
    """Read an order file; without a shelf, packs come from the endless synthetic batch."""
    return Order(
        patient=dict(data["patient"]),
        short_code=str(data["shortCode"]),
        hid=str(data["hid"]),
        quantities={str(k): int(v) for k, v in data.get("quantities", {}).items()},
        shelf=tuple((str(row["product"]), str(row["code"])) for row in data.get("shelf", ())),
        take_back=data.get("takeBack"),
    )


@dataclass
class Basket:
    """What is known so far at the counter."""

    order: Order
    prescription: dict[str, Any] = field(default_factory=dict)
    lease: str | None = None
    member: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    not_given: list[dict[str, Any]] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    document_id: str = ""

    @property
    def identifier(self) -> str:
        """Id of the prescription."""
        return str(self.prescription["prescriptionId"])


def dispense(
    counter: Counter, order: Order, wrong_signer: Identity | None = None
) -> dict[str, Any]:
    """Go through D1 to D7 and return the confirmed dispense with the id of its document.

    Raises Refused (by the exchange), Stop (by the program's own decision), SealNotTrusted.
    """
    basket = Basket(order, started=counter.instant())
    counter.admission("D1", "9-2-1", "dispensing")
    if not counter.faults.on("pharmacy.provider.not_inquired"):
        basket.member = counter.member("D2", "9-2-2")
    _retrieve(counter, basket)
    try:
        if not counter.faults.on("pharmacy.validation.skipped"):
            _validate(counter, basket)
        _choose(counter, basket)
        if not counter.faults.on("pharmacy.rules.skipped"):
            _rules(counter, basket)
        early = counter.faults.on("pharmacy.confirm.before_ttac")
        if not early and not counter.faults.on("pharmacy.ttac.skipped"):
            _authenticity(counter, basket)
        _price(counter, basket)
        prepared = _prepare(counter, basket, wrong_signer)
        confirmed = _confirm(counter, prepared)
        if _something_remains(basket):
            _release(counter, basket)  # the rest may be given elsewhere [9-2-6]
        if order.take_back:
            confirmed = _void(counter, prepared, order.take_back)
        if early:
            _authenticity(counter, basket)
    except (Refused, Stop):
        _release(counter, basket)
        raise
    return {**confirmed, "documentId": basket.document_id}


def _retrieve(counter: Counter, basket: Basket) -> None:
    order = basket.order
    query = {"patient": order.patient, "shortCode": order.short_code}
    target = "/purchaser/v1/prescriptions/query"
    if counter.faults.on("client.url.national_code"):
        target += f"?nationalCode={order.patient['value']}"
    answer = counter.gateway.call("POST", target, body=query).json or {}
    content = answer.get("content")
    if not isinstance(content, dict):
        raise Stop("D3", "PRESCRIPTION_NOT_FOUND", "نسخه‌ای یافت نشد.", "no prescription found")
    basket.prescription = content
    if not counter.faults.on("pharmacy.lease.none"):
        leased = counter.gateway.call(
            "POST",
            f"/purchaser/v1/prescriptions/{basket.identifier}/lease",
            body={"basis": {"shortCode": order.short_code, "patient": order.patient}},
        )
        basket.lease = leased.text("secret")
        basket.prescription = leased.json.get("prescription", content)
    counter.console.step(
        "D3",
        "9-2-3",
        f"نسخه بازیابی و رزرو شد؛ {len(basket.prescription['items'])} قلم",
        f"Retrieved and leased, {len(basket.prescription['items'])} items",
        prescriptionId=basket.identifier,
    )


def _validate(counter: Counter, basket: Basket) -> None:
    body = {"hid": basket.prescription["document"]["hid"], "patient": basket.order.patient}
    answer = counter.gateway.call("POST", "/eligibility/v1/hids/verification", body=body).json
    if not isinstance(answer, dict) or answer.get("valid") is not True:
        state = answer.get("state") if isinstance(answer, dict) else None
        raise Stop("D4", "HID_INVALID", f"شباد معتبر نیست: {state}", f"the HID is {state}")
    counter.console.step("D4", "9-2-4", "شباد معتبر است.", "The HID is valid.")


def _choose(counter: Counter, basket: Basket) -> None:
    """Decide what is given: what was asked for, never more than remains [9-2-6]."""
    ordered = {row["itemId"]: row for row in basket.prescription["document"]["items"]}
    for balance in basket.prescription["items"]:
        row = ordered[balance["itemId"]]
        code = row["code"]["code"]
        wanted = basket.order.quantities.get(code, balance["remaining"])
        quantity = min(wanted, balance["remaining"])
        if counter.faults.on("pharmacy.dispense.quantity_above_remaining"):
            quantity = balance["remaining"] + 1
        if quantity < 1:
            continue
        brand = counter.world.product(code).brands[0]
        basket.items.append(
            {
                "itemId": balance["itemId"],
                "code": row["code"],
                "quantity": quantity,
                "unitPrice": brand.unit_price,
                "irc": brand.irc,
            }
        )
    if not basket.items:
        raise Stop("D3", "NOTHING_REMAINS", "قلمی نمانده است.", "nothing remains to be given")


def _rules(counter: Counter, basket: Basket) -> None:
    document = basket.prescription["document"]
    prescriber = document["prescriber"]
    body = {
        "position": "pre_service",
        "patient": basket.order.patient,
        "prescriber": {k: prescriber[k] for k in ("councilKind", "councilNumber")},
        "centre": counter.siam_id,
        "hid": document["hid"],
        "items": [
            {k: item[k] for k in ("itemId", "code", "quantity", "unitPrice")}
            for item in basket.items
        ],
        "diagnoses": document.get("diagnoses", []),
    }
    answer = counter.gateway.call("POST", "/insurance_rules/v1/evaluations", body=body)
    verdict = answer.json
    basket.rules = {"evaluationId": answer.text("evaluationId")}
    keep = not counter.faults.on("pharmacy.dispense.tracking_ids_missing")
    if keep and "wholeTrackingId" in verdict:
        basket.rules["wholeTrackingId"] = verdict["wholeTrackingId"]
    rows = {str(row.get("itemId")): row for row in verdict.get("items", ())}
    for item in basket.items:
        row = rows.get(item["itemId"], {})
        for message in row.get("messages", ()):
            counter.console.note(
                str(message.get("messageFa", "")), str(message.get("messageEn", ""))
            )
        if row.get("outcome") == "rejected":
            raise Stop("D5", "RULE_REJECTED", "قاعده این قلم را رد کرد.", "a rule rejects an item")
        if keep and "trackingId" in row:
            item["ruleTrackingId"] = row["trackingId"]
    counter.console.step(
        "D5",
        "9-2-5",
        f"قواعد پیش از خدمت بررسی شد: {verdict.get('outcome')}",
        f"Rules before the service: {verdict.get('outcome')}",
        evaluation=basket.rules["evaluationId"],
    )


def _authenticity(counter: Counter, basket: Basket) -> None:
    """Check a pack for every item; an item without an authentic pack is not given [9-2-7]."""
    for item in list(basket.items):
        code = item["code"]["code"]
        packs = _scanned(basket.order, code)
        chosen = next((p for p in packs if _is_authentic(counter, item, p)), None)
        if chosen is None and packs and counter.faults.on("pharmacy.confirm.negative_verdict"):
            chosen = packs[0]
        if chosen is not None:
            item["product"] = {"type": "authenticity", "code": chosen}
        elif packs:
            basket.items.remove(item)
            why = reason("SAFETY_CONCERN", "concern of the dispenser")
            basket.not_given.append({"itemId": item["itemId"], "reason": why})
    if not basket.items:
        raise Stop(
            "D6",
            "PRODUCT_NOT_AUTHENTIC",
            "اصالت هیچ بسته‌ای تأیید نشد؛ تحویل انجام نمی‌شود.",
            "no pack is authentic: nothing is handed over",
        )


def _scanned(order: Order, code: str) -> list[str]:
    """Return the codes a person would scan for this product."""
    if not order.shelf:
        return [f"9910{code}{secrets.randbelow(10**7):07d}"]
    return [pack for product, pack in order.shelf if product == code]


def _is_authentic(counter: Counter, item: dict[str, Any], pack: str) -> bool:
    asked = pack[:-1] if counter.faults.on("pharmacy.code.fifteen_digits") else pack
    body = {"productCode": asked, "type": "authenticity", "product": item["code"]}
    verdict = counter.gateway.call("POST", "/ttac/v1/verifications", body=body).text("verdict")
    counter.console.step(
        "D6",
        "9-2-7",
        f"بستهٔ {pack[-4:]}…: {verdict}",
        f"Pack …{pack[-4:]}: {verdict}",
        verdict=verdict,
    )
    return verdict == VALID


def _price(counter: Counter, basket: Basket) -> None:
    rows = [
        {k: item[k] for k in ("itemId", "code", "quantity", "unitPrice")} for item in basket.items
    ]
    answer = counter.priced(basket.order.patient, rows)
    shares = {str(row["itemId"]): cost_of(row) for row in answer["items"]}
    for item in basket.items:
        item["cost"] = shares[item["itemId"]]
    basket.cost = cost_of(answer)
    if counter.faults.on("pharmacy.cost.does_not_add_up"):
        basket.cost["patientShare"] += 1000
    counter.console.step(
        "D5",
        "7-10",
        f"سهم بیمار {basket.cost['patientShare']} ریال از {basket.cost['total']} ریال",
        f"The patient pays {basket.cost['patientShare']} of {basket.cost['total']} rial",
        **basket.cost,
    )


def _prepare(counter: Counter, basket: Basket, wrong_signer: Identity | None) -> str:
    document = basket.prescription["document"]
    now = counter.now()
    if counter.faults.on("pharmacy.time.in_the_future"):
        now += timedelta(minutes=20)
    payload: dict[str, Any] = {
        **counter.head(now),
        "provider": counter.professional_block(basket.member),
        "prescriptionId": basket.identifier,
        "hid": document["hid"],
        "patient": document["patient"],
        "startedAt": basket.started,
        "endedAt": counter.instant(now),
        "dispensedAt": counter.instant(now),
        "items": basket.items,
        "cost": basket.cost,
        "payment": counter.payment(),
    }
    if basket.rules:
        payload["rules"] = basket.rules
    if basket.not_given:
        payload["notGiven"] = basket.not_given
    if counter.faults.on("pharmacy.dispense.without_hid"):
        del payload["hid"]
    basket.document_id = payload["documentId"]
    signer = counter.signer
    if wrong_signer is not None and counter.faults.on("pharmacy.dispense.wrong_signer"):
        signer = wrong_signer
    target = f"/purchaser/v1/prescriptions/{basket.identifier}/dispenses"
    if counter.faults.on("pharmacy.dispense.unsigned"):
        answer = counter.gateway.call("POST", target, body=payload, lease=basket.lease)
    else:
        content = sign("dispense", payload, signer, counter.gateway.clock())
        answer = counter.gateway.call("POST", target, document=content, lease=basket.lease)
    prepared = answer.text("dispenseId")
    counter.console.step(
        "D7", "9-2-6", "تحویل آمادهٔ تأیید شد.", "Dispense prepared.", dispenseId=prepared
    )
    return prepared


def _confirm(counter: Counter, prepared: str) -> dict[str, Any]:
    if counter.faults.on("pharmacy.confirm.never"):
        raise Stop("D7", "NOT_CONFIRMED", "تحویل تأیید نشد.", "the dispense was left as it is")
    answer = counter.gateway.call(
        "POST", f"/purchaser/v1/dispenses/{prepared}/confirmation", body={}
    )
    counter.console.step(
        "D7",
        "9-2-6",
        "تحویل ثبت و تأیید شد.",
        "Dispense confirmed.",
        state=answer.text("state"),
    )
    result: dict[str, Any] = answer.json
    return result


def _something_remains(basket: Basket) -> bool:
    given = {row["itemId"]: row["quantity"] for row in basket.items}
    closed = {row["itemId"] for row in basket.not_given}
    return any(
        row["remaining"] > given.get(row["itemId"], 0) and row["itemId"] not in closed
        for row in basket.prescription["items"]
    )


def _void(counter: Counter, dispense_id: str, code: str) -> dict[str, Any]:
    """Take a confirmed dispense back as an act of its own; the state never moves backwards."""
    body = {"reason": reason(code, TAKE_BACK[code])}
    if counter.faults.on("pharmacy.void.without_reason"):
        body = {}
    answer = counter.gateway.call("POST", f"/purchaser/v1/dispenses/{dispense_id}/void", body=body)
    counter.console.step(
        "D7", "9", "تحویل برگشت داده شد.", "Dispense taken back.", state=answer.text("state")
    )
    result: dict[str, Any] = answer.json
    return result


def _release(counter: Counter, basket: Basket) -> None:
    """Give the lease back; a refusal of that is told and changes nothing."""
    if basket.lease is None:
        return
    target = f"/purchaser/v1/prescriptions/{basket.identifier}/lease"
    try:
        counter.gateway.call("DELETE", target, lease=basket.lease)
    except Refused as refusal:
        counter.console.note(
            f"رزرو آزاد نشد: {refusal.code}", f"The lease was not released: {refusal.code}"
        )
        return
    counter.console.note("رزرو نسخه آزاد شد.", "The lease is released.")


def printed(confirmed: dict[str, Any]) -> str:
    """Return the invoice line the patient gets: total and both shares [7-10]."""
    return json.dumps(cost_of(confirmed), ensure_ascii=False)
