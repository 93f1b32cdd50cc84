"""The pharmacy's program: steps D1 to D9 of clause 9-2 for medicines.

Whatever stops it after the lease is taken gives the lease back; a prepared dispense that is not
handed over is abandoned. An answer that cannot be trusted stops everything at once: nothing more is
sent, because nothing is known.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from reference_impl.clients import delivery
from reference_impl.clients.channel import Refused
from reference_impl.clients.counter import Counter, Stop, cost_of, reason
from reference_impl.clients.credentials import Identity
from reference_impl.clients.delivery import Basket

UID_DIGITS = 20
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
    rules_apart: bool = False  # the two rule services are asked instead of the unified one


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


def dispense(
    counter: Counter, order: Order, wrong_signer: Identity | None = None
) -> dict[str, Any]:
    """Go through D1 to D7, register what was given, and return the confirmed dispense.

    With it come the id of its document and, once it is a claim, `claimId`. What the patient takes
    back at once is not registered as a service. Raises Refused (by the exchange), Stop (by the
    program's own decision), SealNotTrusted.
    """
    basket = Basket(order.patient, order.short_code, started=counter.instant())
    counter.admission("D1", "9-2-1", "dispensing")
    if not counter.faults.on("pharmacy.provider.not_inquired"):
        basket.member = counter.member("D2", "9-2-2")
    delivery.look(counter, basket)
    delivery.take(counter, basket)
    try:
        confirmed = _given(counter, order, basket, wrong_signer)
    except (Refused, Stop):
        delivery.release(counter, basket)
        raise
    if order.take_back:
        return {**confirmed, "documentId": basket.document_id}
    claim = delivery.record(counter, basket)
    known = {} if isinstance(claim, str) else {"claimId": claim.text("claimId")}
    return {**confirmed, "documentId": basket.document_id, **known}


def ask_prescriber(counter: Counter, order: Order, text: str, kind: str = "dose") -> dict[str, Any]:
    """Ask the prescriber instead of dispensing; the lease is given back. Returns the question.

    `kind` is dose, interaction, availability, identity or other.
    """
    basket = Basket(order.patient, order.short_code)
    counter.admission("D1", "9-2-1", "dispensing")
    delivery.look(counter, basket)
    delivery.take(counter, basket)
    try:
        body = {"prescriptionId": basket.identifier, "kind": kind, "text": text}
        answer = counter.gateway.call("POST", "/purchaser/v1/questions", body=body)
    finally:
        delivery.release(counter, basket)
    question: dict[str, Any] = answer.json
    counter.console.step(
        "D5b",
        "9-2-5",
        "پرسش برای تجویزگر فرستاده شد؛ نسخه منتظر می‌ماند.",
        "The prescriber is asked; the prescription waits.",
        questionId=answer.text("questionId"),
    )
    return question


def _given(
    counter: Counter, order: Order, basket: Basket, wrong_signer: Identity | None
) -> dict[str, Any]:
    if not counter.faults.on("pharmacy.validation.skipped"):
        delivery.validate(counter, basket)
    _choose(counter, order, basket)
    if not counter.faults.on("pharmacy.rules.skipped"):
        labelled = _labelled(counter, basket)
        delivery.ask_rules(counter, basket, labelled, apart=order.rules_apart)
    early = counter.faults.on("pharmacy.confirm.before_ttac")
    if not early and not counter.faults.on("pharmacy.ttac.skipped"):
        _authenticity(counter, basket)
    delivery.price(counter, basket)
    prepared = delivery.prepare(counter, basket, wrong_signer)
    confirmed = delivery.confirm(counter, prepared)
    if delivery.something_remains(basket):
        delivery.release(counter, basket)  # the rest may be given elsewhere [9-2-6]
    if order.take_back:
        confirmed = _void(counter, prepared, order.take_back)
    if early:
        _authenticity(counter, basket)
    return confirmed


def _choose(counter: Counter, order: Order, basket: Basket) -> None:
    """Decide what is given: what was asked for, never more than remains [9-2-6]; scan packs."""
    for balance in basket.prescription["items"]:
        row = basket.ordered[balance["itemId"]]
        code = row["code"]["code"]
        wanted = order.quantities.get(code, balance["remaining"])
        quantity = min(wanted, balance["remaining"])
        if counter.faults.on("pharmacy.dispense.quantity_above_remaining"):
            quantity = balance["remaining"] + 1
        if quantity < 1:
            continue
        brand = counter.world.product(code).brands[0]
        basket.packs[balance["itemId"]] = _scanned(order, code)
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


def _labelled(counter: Counter, basket: Basket) -> list[str]:
    """Return the items whose rules ask for the code of the pack (N19)."""
    return [
        item["itemId"]
        for item in basket.items
        if counter.world.product(item["code"]["code"]).uid_required
    ]


def _authenticity(counter: Counter, basket: Basket) -> None:
    """Check a pack for every item; an item without an authentic pack is not given [9-2-7]."""
    for item in list(basket.items):
        packs = basket.packs[item["itemId"]]
        chosen = next((p for p in packs if _is_authentic(counter, item, p)), None)
        if chosen is None and packs and counter.faults.on("pharmacy.confirm.negative_verdict"):
            chosen = packs[0]
        if chosen is not None:
            item["product"] = {"type": _type_of(chosen), "code": chosen}
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


def _type_of(pack: str) -> str:
    return "uid" if len(pack) == UID_DIGITS else "authenticity"


def _is_authentic(counter: Counter, item: dict[str, Any], pack: str) -> bool:
    if counter.faults.on("pharmacy.ttac.own_list"):
        return True
    asked = pack[:-1] if counter.faults.on("pharmacy.code.fifteen_digits") else pack
    body = {"productCode": asked, "type": _type_of(pack), "product": item["code"]}
    verdict = counter.gateway.call("POST", "/ttac/v1/verifications", body=body).text("verdict")
    counter.console.step(
        "D6",
        "9-2-7",
        f"بستهٔ {pack[-4:]}…: {verdict}",
        f"Pack …{pack[-4:]}: {verdict}",
        verdict=verdict,
    )
    return verdict == VALID


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


def printed(confirmed: dict[str, Any]) -> str:
    """Return the invoice line the patient gets: total and both shares [7-10]."""
    return json.dumps(cost_of(confirmed), ensure_ascii=False)
