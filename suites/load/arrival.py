"""One arrival: register, price and query one prescription; every answer checked for soundness."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lab.kit.credentials import Identity
from suites.load.channel import DOCUMENT_MEDIA, Answer, Channel, Sender, signed_prescription

TEHRAN = timezone(timedelta(hours=3, minutes=30))
CREATED, OK = 201, 200
NOT_SENT = "not sent: registration failed"


@dataclass(frozen=True)
class Arrival:
    """A drawn arrival; times are seconds since the run began (`began`, monotonic)."""

    number: int
    intended: float
    began: float

    def clock(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began


@dataclass(frozen=True)
class Shot:
    """One request of an arrival. `error` is empty for a good answer; `size` in bytes."""

    operation: str
    arrival: int
    intended: float
    sent: float
    done: float
    status: int
    error: str
    size: int


@dataclass(frozen=True)
class Visit:
    """What was prepared for one arrival before the run."""

    document: dict[str, Any]  # payload without documentId and issuedAt, filled in when sent
    price: dict[str, Any]


class Journey:
    """Plays arrivals against the product. The parts of an arrival follow each other at once."""

    def __init__(
        self, channel: Channel, sender: Sender, signer: Identity, visits: list[Visit]
    ) -> None:
        self._channel = channel
        self._sender = sender
        self._signer = signer
        self.visits = visits

    def play(self, arrival: Arrival) -> Iterator[Shot]:
        """Yield the three requests; the intended start of a later one is the end of the former."""
        visit = self.visits[arrival.number]
        now = datetime.now(TEHRAN).isoformat(timespec="seconds")
        payload = {**visit.document, "documentId": str(uuid.uuid4()), "issuedAt": now}
        sent = arrival.clock()
        content = signed_prescription(payload, self._signer)
        answer = self._channel.post("/prescriptions", self._sender, content, media=DOCUMENT_MEDIA)
        error = registration_error(answer, payload)
        first = _shot("registerPrescription", arrival, (arrival.intended, sent), answer, error)
        yield first
        priced = self._post("/price", visit.price)
        second = _shot(
            "price", arrival, (first.done, first.done), priced, price_error(priced, visit.price)
        )
        yield second
        if error:
            yield Shot(
                "queryPrescriptions", arrival.number, second.done, second.done, second.done,
                0, NOT_SENT, 0,
            )  # fmt: skip
            return
        question = {
            "patient": payload["patient"]["id"],
            "trackingCode": answer.body["trackingCode"],
        }
        found = self._post("/prescriptions/query", question)
        wrong = query_error(found, str(answer.body["prescriptionId"]))
        yield _shot("queryPrescriptions", arrival, (second.done, second.done), found, wrong)

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._channel.post(path, self._sender, json.dumps(body).encode())

    def null_call(self, url: str, intended: float) -> float:
        """Sign as for a registration, call the null server, return ms from the intended start."""
        content = signed_prescription(
            {**self.visits[0].document, "documentId": str(uuid.uuid4())}, self._signer
        )
        request = urllib.request.Request(url, data=content, method="POST")  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - same
            answer.read()
        return (time.monotonic() - intended) * 1000


def _shot(
    operation: str, arrival: Arrival, times: tuple[float, float], answer: Answer, error: str
) -> Shot:
    intended, sent = times
    return Shot(
        operation=operation,
        arrival=arrival.number,
        intended=intended,
        sent=sent,
        done=arrival.clock(),
        status=answer.status,
        error=error,
        size=answer.size,
    )


def registration_error(answer: Answer, payload: dict[str, Any]) -> str:
    """Return what is wrong with the answer to a registration, empty when it is sound."""
    if problem := _common_error(answer, CREATED):
        return problem
    body = answer.body
    document = body.get("document")
    if not isinstance(document, dict) or document.get("documentId") != payload["documentId"]:
        return "shape: /document/documentId is not the one registered"
    if not _text(body.get("prescriptionId")) or not _text(body.get("trackingCode")):
        return "shape: prescriptionId or trackingCode is absent"
    if body.get("state") != "REGISTERED":
        return "shape: state is not REGISTERED"
    return ""


def price_error(answer: Answer, question: dict[str, Any]) -> str:
    """Return what is wrong with a price: shares must add up, items must be the asked ones."""
    if problem := _common_error(answer, OK):
        return problem
    body = answer.body
    amounts = [body.get(name) for name in ("total", "insurerShare", "patientShare")]
    if not all(type(value) is int for value in amounts):
        return "shape: amounts are not integers"
    if amounts[0] != amounts[1] + amounts[2]:
        return "shape: shares do not add up to the total"
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return "shape: items is not a list of objects"
    if [item.get("itemId") for item in items] != [item["itemId"] for item in question["items"]]:
        return "shape: items are not the ones asked for"
    return ""


def query_error(answer: Answer, prescription_id: str) -> str:
    """Return what is wrong with a query: the prescription just registered must be found."""
    if problem := _common_error(answer, OK):
        return problem
    matches = answer.body.get("matches")
    if not isinstance(matches, list):
        return "shape: matches is not a list"
    ids = [row.get("prescriptionId") for row in matches if isinstance(row, dict)]
    return "" if prescription_id in ids else "shape: the registered prescription is not found"


def _common_error(answer: Answer, expected: int) -> str:
    if answer.error:
        return answer.error
    if answer.status != expected:
        code = answer.body.get("code") if isinstance(answer.body, dict) else None
        return f"status {answer.status} {str(code)[:60] if code else ''}".strip()
    if not isinstance(answer.body, dict):
        return "shape: the body is not an object"
    if not answer.correlation_echoed:
        return "shape: ditas-correlation is not echoed"
    return ""


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
