"""Deeds that several chapters need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reference_impl.clients.channel import Answer
from reference_impl.clients.pharmacy import dispense, order_from
from reference_impl.clients.prescriber import Wish, prescribe
from reference_impl.tour.books import AMOUNTS
from reference_impl.tour.stage import Actor, Stage, TourBroken
from reference_impl.tour.writing import (
    Json,
    coded,
    dispense_of,
    drug,
    item,
    prescription_of,
    reason,
    record_of,
    sent,
)

PRESCRIPTIONS = "/purchaser/v1/prescriptions"
SERVICE_RECORDS = "/purchaser/v1/service-records"


def expect(found: object, wanted: object, about: str) -> None:
    """Hold an outcome against what the tour tells; TourBroken when it is another."""
    if found != wanted:
        raise TourBroken(f"{about}: {found} instead of {wanted}")


def prescription(_stage: Stage, actor: Actor, wish: Wish) -> Json:
    """Prescribe with the prescriber's program; return what the patient takes along."""
    return prescribe(actor.counter, wish)


def written(actor: Actor, who: Json, visit: str, items: Sequence[Json], **more: Any) -> Json:
    """Register a prescription written by hand; return it as the exchange shows it."""
    payload = prescription_of(actor, who, visit, items, **more)
    shown: Json = sent(actor, "POST", PRESCRIPTIONS, "prescription", payload).json
    return shown


def one_medicine(stage: Stage, quantity: int = 60, code: str = "99012", **more: Any) -> list[Json]:
    """Return the items of the simplest prescription."""
    return [item(stage, 1, code, quantity, **more)]


def dispensed(actor: Actor, receipt: Json, quantities: dict[str, int] | None = None) -> Json:
    """Dispense with the pharmacy's program: all that remains, or some, by drug code."""
    return dispense(actor.counter, order_from({**receipt, "quantities": quantities or {}}))


def leased(actor: Actor, shown: Json) -> str:
    """Take the lease of a prescription by its HID; return its secret."""
    body = {"basis": {"hid": shown["document"]["hid"]}}
    answer = actor.ask(f"{PRESCRIPTIONS}/{shown['prescriptionId']}/lease", body)
    return str(answer["secret"])


def release(actor: Actor, shown: Json, secret: str) -> None:
    """Give a lease back."""
    actor.call("DELETE", f"{PRESCRIPTIONS}/{shown['prescriptionId']}/lease", lease=secret)


def priced(stage: Stage, actor: Actor, shown: Json, rows: Mapping[str, int]) -> list[Json]:
    """Return delivered lines of ordered items: quantity by item id, price of the shelf, split."""
    ordered = {one["itemId"]: one["code"] for one in shown["document"]["items"]}
    lines: list[Json] = []
    for key, quantity in rows.items():
        price = stage.world.product(ordered[key]["code"]).brands[0].unit_price
        lines.append(
            {"itemId": key, "code": ordered[key], "quantity": quantity, "unitPrice": price}
        )
    return split(actor, shown["document"]["patient"]["id"], lines)


def split(actor: Actor, who: Json, lines: Sequence[Json]) -> list[Json]:
    """Ask the purchaser how the cost of lines is shared, and write it into them."""
    answer = actor.counter.priced(who, list(lines))
    shares = {row["itemId"]: row for row in answer["items"]}
    return [
        {**one, "cost": {name: shares[one["itemId"]][name] for name in AMOUNTS}} for one in lines
    ]


def basket(actor: Actor, shown: Json, lines: Sequence[Json], secret: str, **more: Any) -> Answer:
    """Prepare a dispense of these lines."""
    payload = dispense_of(actor, shown, lines, **more)
    target = f"{PRESCRIPTIONS}/{shown['prescriptionId']}/dispenses"
    return sent(actor, "POST", target, "dispense", payload, lease=secret)


def confirmed(actor: Actor, ready: Json) -> Json:
    """Confirm a prepared dispense."""
    given = actor.ask(f"/purchaser/v1/dispenses/{ready['dispenseId']}/confirmation", {})
    expect(given["state"], "CONFIRMED", "a dispense that was confirmed")
    return given


def handed_over(stage: Stage, actor: Actor, shown: Json, rows: Mapping[str, int]) -> Json:
    """Lease, prepare and confirm; the lease ends with the prescription or is given back."""
    secret = leased(actor, shown)
    lines = priced(stage, actor, shown, rows)
    given = confirmed(actor, basket(actor, shown, lines, secret).json)
    found = actor.ask(f"{PRESCRIPTIONS}/query", {"hid": shown["document"]["hid"]})
    states = {one["prescriptionId"]: one["state"] for one in found["matches"]}
    if states[shown["prescriptionId"]] != "DISPENSED":
        release(actor, shown, secret)
    return given


def take_back(actor: Actor, given: Json, code: str = "RETURNED_UNOPENED") -> None:
    """Void a confirmed dispense with a coded reason."""
    body = {"reason": reason(code)}
    answer = actor.ask(f"/purchaser/v1/dispenses/{given['dispenseId']}/void", body)
    expect(answer["state"], "VOIDED", "a dispense taken back")


def service(actor: Actor, who: Json, visit: str, lines: Sequence[Json], **more: Any) -> Json:
    """Register delivered services; return the claim."""
    payload = record_of(actor, who, visit, lines, **more)
    claim: Json = sent(actor, "POST", SERVICE_RECORDS, "service-record", payload).json
    return claim


def visit_line(code: str, price: int, basis: int | None = None, percent: int = 30) -> Json:
    """Return one delivered service as a line: the patient has `percent` of `basis`."""
    covered = price if basis is None else basis
    own = (2 * covered * percent + 100) // 200
    cost = {"total": price, "insurerShare": covered - own, "patientShare": price - covered + own}
    return {
        "itemId": "1", "code": coded("service", code), "quantity": 1, "unitPrice": price,
        "cost": cost,
    }  # fmt: skip


def claim_of(stage: Stage, actor: Actor, receipt: Json, given: Json, who: Json) -> Json:
    """Register the service record of what a pharmacy gave for a receipt of the program."""
    codes = {str(one["itemId"]): str(one["code"]) for one in receipt["items"]}
    lines = [
        {
            "itemId": one["itemId"],
            "code": drug(stage, codes[one["itemId"]]),
            "quantity": one["quantity"],
            "unitPrice": one["total"] // one["quantity"],
            "cost": {name: one[name] for name in AMOUNTS},
        }
        for one in given["items"]
    ]
    more = {"prescriptionId": receipt["prescriptionId"]}
    claim = service(actor, who, receipt["hid"], lines, **more)
    actor.tell(
        "D7",
        "9-2-6",
        "خدمت داروخانه ثبت شد و سند مالی ساخته شد.",
        "The pharmacy's service is registered and becomes a claim.",
        claimId=claim["claimId"],
    )
    return claim
