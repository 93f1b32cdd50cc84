"""The laboratory's program (LIS): an order is delivered, and its result goes to the record.

Steps D1 to D9 of clause 9-2; D8 is the result as a FHIR bundle. Pathology goes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reference_impl.clients import delivery, results
from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.counter import Counter, Stop
from reference_impl.clients.delivery import Basket
from reference_impl.clients.visit import statement

KINDS = frozenset({"laboratory"})
ANALYSIS = timedelta(minutes=1)


@dataclass(frozen=True)
class Request:
    """What the patient brings, and what was measured: values by LOINC code.

    `pathology` is the final diagnosis when a tissue is examined instead of a sample measured.
    """

    patient: dict[str, Any]
    short_code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    pathology: str | None = None


def request_from(data: dict[str, Any]) -> Request:
    """Read what the prescriber gave along, with `values` and `pathology` added by the bench."""
    return Request(
        patient=dict(data["patient"]),
        short_code=str(data["shortCode"]),
        values=dict(data.get("values", {})),
        pathology=data.get("pathology"),
    )


def examine(counter: Counter, request: Request, *, invoice: bool = True) -> dict[str, Any]:
    """Deliver an order and send its results; return dispense, claim and the ids of the results.

    Raises Refused, Stop, SealNotTrusted. With `invoice` the statement of the month is shown (D9).
    """
    basket = Basket(request.patient, request.short_code, started=counter.instant())
    counter.admission("D1", "9-2-1", "dispensing")
    basket.member = counter.member("D2", "9-2-2")
    delivery.look(counter, basket)
    delivery.take(counter, basket)
    sent: list[str] = []
    try:
        delivery.validate(counter, basket)
        delivery.choose_services(counter, basket, KINDS)
        delivery.ask_rules(counter, basket)
        delivery.price(counter, basket)
        prepared = delivery.prepare(counter, basket)
        early = counter.faults.on("lis.result.before_delivery")
        if early:
            sent = _results(counter, basket, request)
        confirmed = delivery.confirm(counter, prepared)
    except (Refused, Stop):
        delivery.release(counter, basket)
        raise
    claim = None
    if not counter.faults.on("lis.record.missing"):
        claim = delivery.record(counter, basket)
    if not early and not counter.faults.on("lis.result.never"):
        sent = _results(counter, basket, request)
    if invoice:
        statement(counter, ("D9", "9-2-9"))
    return {
        "dispenseId": confirmed["dispenseId"],
        "documentId": basket.document_id,
        "prescriptionId": basket.identifier,
        "claimId": claim.text("claimId") if isinstance(claim, Answer) else None,
        "cost": basket.cost,
        "results": sent,
    }


def _results(counter: Counter, basket: Basket, request: Request) -> list[str]:
    """Send one bundle per ordered test, or one of pathology; return the record's ids."""
    if request.pathology is not None:
        bundle = results.pathology(_about(counter, basket), request.pathology)
        return [_sent(counter, basket, "pathology", bundle)]
    return [
        _sent(
            counter,
            basket,
            "laboratory",
            results.laboratory(_about(counter, basket), item["code"]["code"], request.values),
        )
        for item in basket.items
    ]


def _about(counter: Counter, basket: Basket) -> results.About:
    person: Mapping[str, Any] = basket.prescription["document"]["patient"]["id"]
    if counter.faults.on("lis.result.other_patient"):
        person = {"value": counter.world.person("P02").id_value}
    ordered = not counter.faults.on("lis.result.without_order")
    now = counter.now()
    return results.About(
        subject=results.subject_of(person),
        prescription_id=basket.identifier if ordered else None,
        observed=counter.instant(now - ANALYSIS),
        issued=counter.instant(now),
    )


def _sent(counter: Counter, basket: Basket, kind: str, bundle: dict[str, Any]) -> str:
    document = basket.prescription["document"]
    body: dict[str, Any] = {
        "person": document["patient"]["id"],
        "hid": document["hid"],
        "bundle": _spoiled(counter, bundle),
    }
    if not counter.faults.on("lis.result.without_order"):
        body["prescriptionId"] = basket.identifier
    answer = counter.gateway.call("POST", f"/sepas/v1/results/{kind}", body=body)
    counter.console.step(
        "D8",
        "9-2-8",
        "نتیجه در پرونده ثبت شد.",
        "The result stands in the record.",
        recordId=answer.text("recordId"),
    )
    return answer.text("recordId")


def _spoiled(counter: Counter, bundle: dict[str, Any]) -> dict[str, Any]:
    """Apply the seeded faults of a bundle; without one it stays as it is."""
    report, part = (entry["resource"] for entry in bundle["entry"][:2])
    if counter.faults.on("lis.result.wrong_unit") and "valueQuantity" in part:
        part["valueQuantity"] |= {"unit": "mmol/mol", "code": "mmol/mol"}
    if counter.faults.on("lis.result.unknown_code"):
        part["code"] = results.concept("urn:laboratory:own", "GLU", "glucose")
    if counter.faults.on("lis.result.part_missing"):
        report["result"].append({"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"})
    return bundle
