"""What centres wrote down themselves, to be held against the ledgers of the others.

A centre enters a deed when the answer to its message has come: what it was told is accepted. The
books know nothing that only another side knows.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reference_impl.clients.channel import Answer

AMOUNTS = ("total", "insurerShare", "patientShare")
Amounts = tuple[int, int, int]
NOTHING: Amounts = (0, 0, 0)
KINDS = {
    "prescription": "prescription",
    "amendment": "prescription",
    "cancellation": "cancellation",
    "dispense": "dispense",
    "service-record": "service",
}
"""Kind of the record by kind of the signed document."""


@dataclass(frozen=True)
class Entry:
    """One signed document a centre was told is accepted, and the subject it made or changed."""

    kind: str
    centre: str
    person: str
    document_id: str
    subject: str
    amounts: Amounts = NOTHING
    prescription: str | None = None
    correlation: str = ""


@dataclass(frozen=True)
class Given:
    """One dispense as its pharmacy knows it."""

    centre: str
    prescription: str
    state: str
    quantities: Mapping[str, int]
    amounts: Amounts


@dataclass
class Books:
    """Accepted documents by id, dispenses by id, people by name."""

    documents: dict[str, Entry] = field(default_factory=dict)
    dispenses: dict[str, Given] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    deducted: dict[str, int] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)

    def of(self, kind: str, centre: str | None = None) -> list[Entry]:
        """Return the documents of a kind, of one centre or of all."""
        return [
            one
            for one in self.documents.values()
            if one.kind == kind and centre in {None, one.centre}
        ]

    def taken_back(self, centre: str) -> int:
        """Return what insurers no longer owe a centre: dispenses it claimed and then voided."""
        whole = 0
        for number in {one.prescription for one in self.of("service", centre)}:
            claimed = sum(
                one.amounts[1] for one in self.of("service", centre) if one.prescription == number
            )
            voided = sum(
                one.amounts[1]
                for one in self.dispenses.values()
                if (one.centre, one.prescription, one.state) == (centre, number, "VOIDED")
            )
            whole += min(claimed, voided)
        return whole

    def note(
        self, centre: str, target: str, answer: Answer, *, document: bytes | None, body: Any
    ) -> None:
        """Enter what an answered message of a centre did."""
        row = answer.json
        if not isinstance(row, dict):
            return
        if target.startswith("/sepas/v1/results/"):
            self._result(centre, body, row)
            return
        correlation = answer.headers["ditas-correlation"]
        if document is not None:
            self._document(centre, json.loads(document), row, correlation)
        elif target.endswith("/paper-prescriptions"):
            self._prescribed(centre, row["document"], row, correlation)
        if "dispenseId" in row:
            rows = {str(one["itemId"]): int(one["quantity"]) for one in row["items"]}
            self.dispenses[row["dispenseId"]] = Given(
                centre, row["prescriptionId"], row["state"], rows, amounts(row)
            )
        if target.startswith("/adjudication/") and "adjustments" in row:
            self._decided(row)

    def expired(self, dispense_id: str) -> None:
        """Strike a prepared dispense that was not confirmed in time."""
        self.dispenses[dispense_id] = replace(self.dispenses[dispense_id], state="ABANDONED")

    def renamed(self, former: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        """Know a person under the identifier they are linked to from now on."""
        self.people[json.dumps(dict(former), sort_keys=True)] = dict(current)

    def _document(
        self, centre: str, signed: Mapping[str, str], row: Mapping[str, Any], correlation: str
    ) -> None:
        payload, header = _decoded(signed["payload"]), _decoded(signed["protected"])
        kind = KINDS[str(header["cty"]).removeprefix("application/erx.").partition("+")[0]]
        if kind == "prescription":
            self._prescribed(centre, payload, row, correlation)
            return
        if kind == "cancellation":
            first = next(
                one for one in self.of("prescription") if one.subject == row["prescriptionId"]
            )
            self._enter(replace(first, kind=kind, document_id=payload["documentId"]))
            return
        claim = kind == "service"
        subject = row["claimId"] if claim else row["dispenseId"]
        person = self._person(payload["patient"]["id"])
        cost = amounts(row) if claim else NOTHING
        about = payload.get("prescriptionId")
        self._enter(
            Entry(
                kind, centre, person, payload["documentId"], subject, cost, about, correlation
            )  # fmt: skip
        )

    def _prescribed(
        self, centre: str, payload: Mapping[str, Any], row: Mapping[str, Any], correlation: str
    ) -> None:
        """Enter a version of a prescription; it replaces the ones before."""
        person, subject = self._person(payload["patient"]["id"]), str(row["prescriptionId"])
        document_id = str(payload["documentId"])
        self.replaced |= {
            one.document_id
            for one in self.of("prescription")
            if one.subject == subject and one.document_id != document_id
        }
        self._enter(
            Entry(
                "prescription", centre, person, document_id, subject, correlation=correlation
            )  # fmt: skip
        )

    def _result(self, centre: str, body: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        """Enter a result under the id the record gave it; a later report of one id replaces it."""
        report = next(
            one["resource"]["id"]
            for one in body["bundle"]["entry"]
            if one["resource"]["resourceType"] == "DiagnosticReport"
        )
        self.replaced |= {
            one.document_id
            for one in self.of("result", centre)
            if one.subject == report and one.document_id != row["recordId"]
        }
        self._enter(Entry("result", centre, self._person(body["person"]), row["recordId"], report))

    def _decided(self, row: Mapping[str, Any]) -> None:
        """Enter what adjudication took off a claim; an appeal that was heard gives it back."""
        taken = 0
        for one in row["adjustments"]:
            back = one["reason"]["code"] == "APPEAL_ACCEPTED"
            taken += -int(one["amount"]) if back else int(one["amount"])
        self.deducted[row["claimId"]] = taken

    def _person(self, who: Mapping[str, Any]) -> str:
        name = json.dumps(dict(who), sort_keys=True)
        self.people.setdefault(name, dict(who))
        return name

    def _enter(self, entry: Entry) -> None:
        self.documents[entry.document_id] = entry


def amounts(row: Mapping[str, Any]) -> Amounts:
    """Return total, insurer's share and patient's share of a row."""
    total, insurer, patient = (int(row[name]) for name in AMOUNTS)
    return total, insurer, patient


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
