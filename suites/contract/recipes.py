"""An honest message for every operation of the purchaser contract, on the shortest way to it."""

from __future__ import annotations

from lab.kit import Sut, SyntheticData
from suites import journeys
from suites import journeys_further as further
from suites.contract.conformance import Message, Recipe
from suites.journeys import PHARMACY, REASONS
from suites.oracles.jalali import period_of

_ITEM = ("items/instruction", "items/durationDays", "items/repeats", "items/substitutionAllowed")


def _register(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message(body=journeys.draft(sut, data, label))


def _amend(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    body = data.amendment(rx.id, 1, rx.hid, label=f"amendment {label}")
    return Message({"prescriptionId": rx.id}, body, if_match=rx.etag)


def _cancel(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    body = data.cancellation(rx.id, label=f"cancellation {label}")
    body["reason"] = journeys.coded(REASONS, "PATIENT_REQUEST")
    return Message({"prescriptionId": rx.id}, body)


def _read(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message({"prescriptionId": journeys.register(sut, data, label).id})


def _query(sut: Sut, data: SyntheticData, label: str) -> Message:
    journeys.register(sut, data, label, person="P23")
    return Message(body={"patient": data.person_id("P23")})


def _lease(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    return Message({"prescriptionId": rx.id}, {"basis": {"hid": rx.hid}})


def _release(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    return Message({"prescriptionId": rx.id}, lease=journeys.lease(sut, rx))


def _price(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    return Message(body=journeys.price_body(data, [("1", journeys.DRUG, 60, 1900)]))


def _prepare(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    secret = journeys.lease(sut, rx)
    body = journeys.dispense_payload(sut, data, rx, {"1": 10}, label=f"dispense {label}")
    return Message({"prescriptionId": rx.id}, body, lease=secret)


def _prepared(sut: Sut, data: SyntheticData, label: str) -> journeys.Dispensed:
    rx = journeys.register(sut, data, label)
    secret = journeys.lease(sut, rx)
    return journeys.prepare(sut, data, rx, secret, {"1": 10}, label=f"dispense {label}")


def _confirm(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message({"dispenseId": _prepared(sut, data, label).id}, {})


def _abandon(sut: Sut, data: SyntheticData, label: str) -> Message:
    reason = {"reason": journeys.coded(REASONS, "PATIENT_LEFT")}
    return Message({"dispenseId": _prepared(sut, data, label).id}, reason)


def _void(sut: Sut, data: SyntheticData, label: str) -> Message:
    given = _prepared(sut, data, label)
    journeys.finish(sut, given)
    reason = {"reason": journeys.coded(REASONS, "DISPENSED_IN_ERROR")}
    return Message({"dispenseId": given.id}, reason)


def _dispense(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message({"dispenseId": _prepared(sut, data, label).id})


def _service(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message(body=journeys.service_payload(sut, data, label))


def _claim(sut: Sut, data: SyntheticData, label: str) -> Message:
    claim = journeys.send_service(sut, journeys.service_payload(sut, data, label))
    return Message({"claimId": str(claim.required("/claimId"))})


def _statement(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    return Message({"period": period_of(data.now)})


def _stay(sut: Sut, data: SyntheticData, _label: str) -> Message:
    return Message(body=further.admission(sut, data))


def _event(sut: Sut, data: SyntheticData, _label: str) -> Message:
    opened = further.admission(sut, data)
    stay = further.open_stay(sut, opened).required("/stayId")
    return Message({"stayId": str(stay)}, further.service(opened["hid"], further.at(data)))


def _paper(sut: Sut, data: SyntheticData, label: str) -> Message:
    return Message(body=further.paper(sut, data, label))


def _ask(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    journeys.lease(sut, rx)
    return Message(body=further.question(rx))


def _answer(sut: Sut, data: SyntheticData, label: str) -> Message:
    rx = journeys.register(sut, data, label)
    journeys.lease(sut, rx)
    asked = further.ask(sut, rx)
    return Message({"questionId": str(asked.required("/questionId"))}, {"text": "as written"})


RECIPES = {
    recipe.operation: recipe
    for recipe in (
        Recipe(
            "registerPrescription",
            _register,
            201,
            document="prescription",
            free=("note", "payment", "preferredPharmacy", *_ITEM),
        ),
        Recipe("amendPrescription", _amend, 200, document="amendment", free=("note", *_ITEM)),
        Recipe("cancelPrescription", _cancel, 200, document="cancellation", free=("note",)),
        Recipe("getPrescription", _read, 200),
        Recipe("queryPrescriptions", _query, 200, PHARMACY, free=("trackingCode", "shortCode")),
        Recipe("leasePrescription", _lease, 201, PHARMACY),
        Recipe("releaseLease", _release, 204, PHARMACY),
        Recipe(
            "price",
            _price,
            200,
            PHARMACY,
            free=("items/itemId", "items/quantity", "items/unitPrice", "centreKind", "referral"),
        ),
        Recipe(
            "prepareDispense",
            _prepare,
            201,
            PHARMACY,
            document="dispense",
            signer="ph01",
            free=("items/irc", "items/substituted"),
        ),
        Recipe("confirmDispense", _confirm, 200, PHARMACY),
        Recipe("abandonDispense", _abandon, 200, PHARMACY),
        Recipe("voidDispense", _void, 200, PHARMACY),
        Recipe("getDispense", _dispense, 200, PHARMACY),
        Recipe("registerServiceRecord", _service, 201, document="service-record"),
        Recipe("getClaim", _claim, 200),
        Recipe("getStatement", _statement, 200),
        Recipe("openStay", _stay, 201, further.HOSPITAL, free=("ward", "note")),
        Recipe("addStayEvent", _event, 201, further.HOSPITAL, free=("ward", "note")),
        Recipe("enterPaperPrescription", _paper, 201),
        Recipe("askPrescriber", _ask, 201, PHARMACY, free=("kind", "text")),
        Recipe("answerQuestion", _answer, 200, free=("text",)),
        Recipe("getPayments", _statement, 200),
    )
}
