"""Deeds that several chapters need, each entered in the books as it is done."""

from __future__ import annotations

from typing import Any

from reference_impl.clients.channel import Answer
from reference_impl.clients.counter import reason
from reference_impl.clients.pharmacy import TAKE_BACK, dispense, order_from
from reference_impl.clients.prescriber import Wish, prescribe
from reference_impl.tour.books import Entry, amounts
from reference_impl.tour.stage import Actor, Stage, TourBroken


def prescription(stage: Stage, actor: Actor, wish: Wish) -> dict[str, Any]:
    """Prescribe, and enter it; return what the patient takes along."""
    receipt = prescribe(actor.counter, wish)
    stage.books.prescriptions[receipt["prescriptionId"]] = Entry(
        actor.siam_id, wish.patient, receipt["documentId"]
    )
    return receipt


def dispensed(
    stage: Stage, actor: Actor, receipt: dict[str, Any], *, quantities: dict[str, int] | None = None
) -> dict[str, Any]:
    """Dispense what the patient brings (all that remains by default), and enter it."""
    order = order_from({**receipt, "quantities": quantities or {}})
    given = dispense(actor.counter, order)
    person = stage.books.prescriptions[receipt["prescriptionId"]].person
    stage.books.dispenses[given["dispenseId"]] = Entry(
        actor.siam_id, person, given["documentId"], given.get("claimId"), amounts(given)
    )
    return given


def take_back(stage: Stage, actor: Actor, given: dict[str, Any]) -> None:
    """Void a confirmed dispense with a coded reason, and strike it in the books."""
    code = "RETURNED_UNOPENED"
    body = {"reason": reason(code, TAKE_BACK[code])}
    answer = actor.ask(f"/purchaser/v1/dispenses/{given['dispenseId']}/void", body)
    if answer.get("state") != "VOIDED":
        raise TourBroken(f"a dispense taken back is {answer.get('state')}")
    stage.books.voided.add(given["dispenseId"])
    actor.tell("D7", "9", "تحویل با دلیل برگشت داده شد.", "Taken back, with a reason.")


def note_claim(stage: Stage, actor: Actor, person: str, claim: Answer | str) -> dict[str, Any]:
    """Enter a registered service; the tour has no spool, so it was answered."""
    if isinstance(claim, str):
        raise TourBroken(f"the service record {claim} waits although there is no spool")
    row: dict[str, Any] = claim.json
    stage.books.services[row["claimId"]] = Entry(
        actor.siam_id, person, str(row["documentId"]), row["claimId"], amounts(row)
    )
    return row
