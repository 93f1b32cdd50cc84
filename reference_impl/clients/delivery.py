"""What every dispensing program does alike: retrieve, lease, validate, ask the rules, price, give.

Steps D3 to D7 and D9 of clause 9-2. What differs between pharmacy, laboratory and imaging centre
(choice of items, packs, results) stands in their own modules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.counter import Counter, Stop, cost_of
from reference_impl.clients.credentials import Identity
from reference_impl.clients.documents import sign
from reference_impl.clients.visit import Served, coded_service, public_tariff, register_service

RULES = "/insurance_rules/v1/unified-evaluations"
INSURANCE, CLINICAL = "/insurance_rules/v1/evaluations", "/health_rules/v1/evaluations"
PRESCRIPTIONS = "/purchaser/v1/prescriptions"


@dataclass
class Basket:
    """What is known so far of one delivery. `packs` are the codes scanned, by item id."""

    patient: dict[str, Any]
    short_code: str
    prescription: dict[str, Any] = field(default_factory=dict)
    lease: str | None = None
    member: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    packs: dict[str, list[str]] = field(default_factory=dict)
    not_given: list[dict[str, Any]] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    document_id: str = ""

    @property
    def identifier(self) -> str:
        """Id of the prescription."""
        return str(self.prescription["prescriptionId"])

    @property
    def ordered(self) -> dict[str, dict[str, Any]]:
        """The lines of the prescription by item id."""
        return {row["itemId"]: row for row in self.prescription["document"]["items"]}


def look(counter: Counter, basket: Basket) -> None:
    """Find the prescription by short code and person [9-2-3]."""
    query = {"patient": basket.patient, "shortCode": basket.short_code}
    unasked = counter.faults.on("pharmacy.query.newest_of_person")
    if unasked:
        del query["shortCode"]
    target = f"{PRESCRIPTIONS}/query"
    if counter.faults.on("client.url.national_code"):
        target += f"?nationalCode={basket.patient['value']}"
    answer = counter.gateway.call("POST", target, body=query).json or {}
    content = answer.get("content")
    if unasked:
        content = max(answer["matches"], key=lambda row: str(row["registeredAt"]))
    if not isinstance(content, dict):
        raise Stop("D3", "PRESCRIPTION_NOT_FOUND", "نسخه‌ای یافت نشد.", "no prescription found")
    basket.prescription = content


def take(counter: Counter, basket: Basket) -> None:
    """Take the lease of a prescription that was found [9-2-3]."""
    if not counter.faults.on("pharmacy.lease.none"):
        leased = counter.gateway.call(
            "POST",
            f"{PRESCRIPTIONS}/{basket.identifier}/lease",
            body={"basis": {"shortCode": basket.short_code, "patient": basket.patient}},
        )
        basket.lease = leased.text("secret")
        basket.prescription = leased.json.get("prescription", basket.prescription)
    counter.console.step(
        "D3",
        "9-2-3",
        f"نسخه بازیابی و رزرو شد؛ {len(basket.prescription['items'])} قلم",
        f"Retrieved and leased, {len(basket.prescription['items'])} items",
        prescriptionId=basket.identifier,
    )


def validate(counter: Counter, basket: Basket) -> None:
    """Validate the HID at the database of insured persons [9-2-4]."""
    body = {"hid": basket.prescription["document"]["hid"], "patient": basket.patient}
    answer = counter.gateway.call("POST", "/eligibility/v1/hids/verification", body=body).json
    if not isinstance(answer, dict) or answer.get("valid") is not True:
        state = answer.get("state") if isinstance(answer, dict) else None
        raise Stop("D4", "HID_INVALID", f"شباد معتبر نیست: {state}", f"the HID is {state}")
    counter.console.step("D4", "9-2-4", "شباد معتبر است.", "The HID is valid.")


def choose_services(counter: Counter, basket: Basket, kinds: frozenset[str]) -> None:
    """Decide to deliver all that remains of an order of services, at the public tariff."""
    kind = basket.prescription["document"]["kind"]
    if kind not in kinds:
        raise Stop(
            "D3",
            "ORDER_KIND_MISMATCH",
            "این دستور برای این مرکز نیست.",
            f"an order of the kind {kind} is not for this programme",
        )
    for balance in basket.prescription["items"]:
        row = basket.ordered[balance["itemId"]]
        if balance["remaining"] > 0:
            basket.items.append(
                {
                    "itemId": balance["itemId"],
                    "code": coded_service(row["code"]["code"]),
                    "quantity": balance["remaining"],
                    "unitPrice": public_tariff(row["code"]["code"]),
                }
            )
    if not basket.items:
        raise Stop("D3", "NOTHING_REMAINS", "قلمی نمانده است.", "nothing remains to be given")
    counter.console.note(f"{len(basket.items)} خدمت", f"{len(basket.items)} services")


def ask_rules(
    counter: Counter, basket: Basket, labelled: Iterable[str] = (), *, apart: bool = False
) -> None:
    """Ask both kinds of rules before the service [9-2-5, RUL-006].

    `labelled` are the items whose pack the rules want to know; with `apart` the two rule services
    are asked one after the other. Raises Stop for a rejection.
    """
    document = basket.prescription["document"]
    prescriber = document["prescriber"]
    body = {
        "position": "pre_service",
        "patient": basket.patient,
        "prescriber": {k: prescriber[k] for k in ("councilKind", "councilNumber")},
        "centre": counter.siam_id,
        "hid": document["hid"],
        "items": [_asked(basket, item, frozenset(labelled)) for item in basket.items],
        "diagnoses": document.get("diagnoses", []),
    }
    alone = counter.faults.on("pharmacy.rules.insurance_only")
    answer = counter.gateway.call("POST", INSURANCE if apart or alone else RULES, body=body)
    verdict = answer.json
    if apart:
        _heed(counter, counter.gateway.call("POST", CLINICAL, body=body).json)
    basket.rules = {"evaluationId": answer.text("evaluationId")}
    keep = not counter.faults.on("pharmacy.dispense.tracking_ids_missing")
    if keep and "wholeTrackingId" in verdict:
        basket.rules["wholeTrackingId"] = verdict["wholeTrackingId"]
    rows = {str(row.get("itemId")): row for row in verdict.get("items", ())}
    _heed(counter, verdict)
    for item in basket.items:
        row = rows.get(item["itemId"], {})
        if keep and "trackingId" in row:
            item["ruleTrackingId"] = row["trackingId"]
    counter.console.step(
        "D5",
        "9-2-5",
        f"قواعد پیش از خدمت بررسی شد: {verdict.get('outcome')}",
        f"Rules before the service: {verdict.get('outcome')}",
        evaluation=basket.rules["evaluationId"],
    )


def _heed(counter: Counter, verdict: Mapping[str, Any]) -> None:
    """Tell the person what rules say; stop when one of them rejects an item."""
    for row in verdict.get("items", ()):
        for message in row.get("messages", ()):
            counter.console.note(
                str(message.get("messageFa", "")), str(message.get("messageEn", ""))
            )
        if row.get("outcome") == "rejected":
            raise Stop("D5", "RULE_REJECTED", "قاعده این قلم را رد کرد.", "a rule rejects an item")


def _asked(basket: Basket, item: Mapping[str, Any], labelled: frozenset[str]) -> dict[str, Any]:
    """Return an item as the rules see it, with what the prescriber gave reasons for."""
    asked = {k: item[k] for k in ("itemId", "code", "quantity", "unitPrice")}
    packs = basket.packs.get(item["itemId"])
    if item["itemId"] in labelled and packs:
        asked["product"] = packs[0]
    overrides = basket.ordered[item["itemId"]].get("overrides")
    if overrides:
        asked["overrides"] = overrides
    return asked


def price(counter: Counter, basket: Basket) -> None:
    """Ask what each item costs whom [7-10]."""
    rows = [
        {k: item[k] for k in ("itemId", "code", "quantity", "unitPrice")} for item in basket.items
    ]
    answer = counter.priced(basket.patient, rows)
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


def prepare(counter: Counter, basket: Basket, wrong_signer: Identity | None = None) -> str:
    """Sign and register the delivery as prepared; return its id [9-2-6]."""
    payload = _payload(counter, basket)
    basket.document_id = payload["documentId"]
    target = f"{PRESCRIPTIONS}/{basket.identifier}/dispenses"
    if counter.faults.on("pharmacy.dispense.unsigned"):
        answer = counter.gateway.call("POST", target, body=payload, lease=basket.lease)
    else:
        content = counter.signed("dispense", payload)
        if wrong_signer is not None and counter.faults.on("pharmacy.dispense.wrong_signer"):
            content = sign("dispense", payload, wrong_signer, counter.gateway.clock())
        answer = counter.gateway.call("POST", target, document=content, lease=basket.lease)
    prepared = answer.text("dispenseId")
    counter.console.step(
        "D7", "9-2-6", "تحویل آمادهٔ تأیید شد.", "Dispense prepared.", dispenseId=prepared
    )
    return prepared


def _payload(counter: Counter, basket: Basket) -> dict[str, Any]:
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
    return payload


def confirm(counter: Counter, prepared: str) -> dict[str, Any]:
    """Confirm what was prepared; the purchaser has its packs consumed [9-2-6, RUL-007]."""
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


def record(counter: Counter, basket: Basket) -> Answer | str:
    """Register what was given as a service: only that becomes a claim [9-2-9 note 1]."""
    document = basket.prescription["document"]
    names = ("itemId", "code", "quantity", "unitPrice", "cost")
    served = Served(
        hid=document["hid"],
        patient=document["patient"],
        lines=[{name: item[name] for name in names} for item in basket.items],
        cost=basket.cost,
        prescription_id=basket.identifier,
    )
    return register_service(counter, basket.member, served, ("D7b", "9-2-9"))


def something_remains(basket: Basket) -> bool:
    """Say whether the prescription has something left for another centre."""
    given = {row["itemId"]: row["quantity"] for row in basket.items}
    closed = {row["itemId"] for row in basket.not_given}
    return any(
        row["remaining"] > given.get(row["itemId"], 0) and row["itemId"] not in closed
        for row in basket.prescription["items"]
    )


def release(counter: Counter, basket: Basket) -> None:
    """Give the lease back; a refusal of that is told and changes nothing."""
    if basket.lease is None:
        return
    target = f"{PRESCRIPTIONS}/{basket.identifier}/lease"
    try:
        counter.gateway.call("DELETE", target, lease=basket.lease)
    except Refused as refusal:
        counter.console.note(
            f"رزرو آزاد نشد: {refusal.code}", f"The lease was not released: {refusal.code}"
        )
        return
    counter.console.note("رزرو نسخه آزاد شد.", "The lease is released.")
