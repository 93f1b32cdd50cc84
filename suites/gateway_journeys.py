"""Ways through a gateway: a document there and back, and the same document with one datum amiss.

The product is the gateway. What stands behind it is the exchange of the laboratory, which refuses
what the pack refuses; a gateway has to bring both there and both answers back as they are.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from lab.kit import (
    MISSING,
    Caller,
    Expect,
    Mutation,
    Reply,
    Sut,
    SyntheticData,
    eventually,
    look_up,
    payload_drop,
    payload_set,
    shown,
)
from lab.kit.reply import Missing
from lab.model.base import JsonValue
from suites import journeys
from suites import record_journeys as record
from suites.journeys import OFFICE, PHARMACY

SCHEMA = "SCHEMA_VIOLATION"
STORED = "STORED"
COPIED_WITHIN = 3.0  # seconds; whoever takes longer has to show it in the outbox


@dataclass(frozen=True)
class Amiss:
    """One way in which a document is wrong; without a value the member is left out.

    `said` has to stand in pointer or detail of the refusal; the name of the member by default.
    """

    pointer: str
    value: JsonValue = None
    code: str = SCHEMA
    status: int = 422
    said: str | None = None

    @property
    def mutation(self) -> Mutation:
        """The change of the payload."""
        if self.value is None:
            return payload_drop(self.pointer)
        return payload_set(self.pointer, self.value)

    @property
    def name(self) -> str:
        """What the refusal has to name."""
        return self.said if self.said is not None else self.pointer.rsplit("/", 1)[-1]

    @property
    def label(self) -> str:
        """What sets it apart from other ways."""
        return f"{self.pointer} {'left out' if self.value is None else shown(self.value, 60)}"


def expect_refused(expect: Expect, reply: Reply, wrong: Amiss) -> None:
    """Expect the coded refusal of the exchange, with the member it is about."""
    expect.problem(
        reply,
        status=wrong.status,
        code=wrong.code,
        title=f"a document with {wrong.label} is not refused as the exchange refuses it",
        fix="Hand the refusal of the service back with its status and its code.",
        fix_fa="پاسخ رد سرویس را با همان وضعیت و کد بازگردانید.",
    )
    places = record.text_of(reply.find("/errors"))
    expect.that(
        wrong.name in places,
        title="a refusal does not say which member it is about",
        expected=f"{wrong.name or 'anything'} in pointer or detail of /errors",
        observed=shown(reply.find("/errors")),
        pointer="/errors",
        reply=reply,
        fix="Hand the places of a refusal on to the sender.",
        fix_fa="محل خطا را به فرستنده برسانید.",
    )


# Prescriptions


def submit_amiss(sut: Sut, data: SyntheticData, payload: JsonValue, wrong: Amiss) -> Reply:
    """Send a prescription with one datum amiss, under a document id of its own."""
    return sut.call(
        "registerPrescription",
        document=("prescription", {**payload, "documentId": data.uuid(wrong.label)}, "dr01"),
        caller=OFFICE,
        mutate=wrong.mutation,
        step=f"stimulus: {wrong.label}",
    )


def expect_nothing(sut: Sut, expect: Expect, hid: JsonValue) -> None:
    """Expect that no prescription stands under a HID."""
    found = journeys.find_by_hid(sut, str(hid), step="observation: nothing under the HID")
    expect.field(
        found,
        "/matches",
        equals=[],
        title="a refused document left a trace",
        fix="Forward nothing that was refused, and keep nothing of it.",
        fix_fa="از سند ردشده هیچ اثری باقی نگذارید.",
    )


def registered(
    sut: Sut,
    data: SyntheticData,
    expect: Expect,
    *,
    person: str = "P01",
    insurer: str | None = None,
    patient: JsonValue = None,
    label: str = "rx",
    **overrides: JsonValue,
) -> journeys.Registered:
    """Let a person be admitted and a prescription be registered, both expected to succeed.

    `patient` are members of the patient that replace those of the world's person.
    """
    shows = {**data.patient(person), **(patient or {})}
    covers = data.person(person).cover
    insured = insurer or (covers[0].insurer if covers else "37")
    admitted = issue_hid(sut, data, shows["id"], insured, f"stimulus: admit {label}")
    expect.status(
        admitted,
        201,
        fix="Hand the admission of every kind of identifier on.",
        fix_fa="پذیرش با هر نوع شناسه را به سرویس برسانید.",
    )
    hid = str(admitted.required("/hid"))
    payload = data.prescription(hid, person=person, label=label, patient=shows, **overrides)
    made = journeys.submit(sut, payload, f"stimulus: register {label}")
    expect.status(
        made,
        201,
        fix="Hand a good document on as it is, and its answer back.",
        fix_fa="سند درست را بی‌تغییر برسانید و پاسخ آن را بازگردانید.",
    )
    return journeys.Registered(payload, made, person)


def issue_hid(sut: Sut, data: SyntheticData, patient: JsonValue, insurer: str, step: str) -> Reply:
    """Ask eligibility for the HID of a visit to office-1, as a stimulus."""
    signer = data.professional("dr01")
    body = {
        "patient": patient,
        "insurerCode": insurer,
        "providerCouncil": {
            "councilKind": signer.council_kind,
            "councilNumber": signer.council_number,
        },
    }
    return sut.call("issueHid", body=body, caller=OFFICE, step=step)


def expect_unchanged(
    expect: Expect, reply: Reply, payload: JsonValue, pointer: str, place: str = "/document"
) -> None:
    """Expect that a member of an answer is what was signed."""
    expect.field(
        reply,
        f"{place}{pointer}",
        equals=look_up(payload, pointer) or None,
        title=f"{pointer} does not arrive as it was signed",
        fix="Hand answers on byte by byte; build nothing anew.",
        fix_fa="پاسخ را بایت به بایت برسانید و از نو نسازید.",
    )


def opened_by(sut: Sut, patient: JsonValue, rx: journeys.Registered, step: str) -> Reply:
    """Ask for a prescription by person and short code, as a pharmacy."""
    body = {"patient": patient, "shortCode": rx.short_code}
    return sut.call("queryPrescriptions", body=body, caller=PHARMACY, step=step)


# Dispenses


@dataclass(frozen=True)
class Counter:
    """A leased prescription and the honest payload of its dispense."""

    rx: journeys.Registered
    secret: str
    payload: dict[str, JsonValue]

    def send(self, sut: Sut, step: str, **changes: JsonValue) -> Reply:
        """Prepare the dispense; keywords of `Sut.call` are handed on."""
        payload = changes.pop("payload", self.payload)
        return sut.call(
            "prepareDispense",
            path={"prescriptionId": self.rx.id},
            document=("dispense", payload, "ph01"),
            caller=PHARMACY,
            lease=self.secret,
            step=step,
            **changes,
        )

    def send_amiss(self, sut: Sut, data: SyntheticData, wrong: Amiss) -> Reply:
        """Prepare the dispense with one datum amiss, under a document id of its own."""
        payload = {**self.payload, "documentId": data.uuid(wrong.label)}
        return self.send(sut, f"stimulus: {wrong.label}", payload=payload, mutate=wrong.mutation)


def at_the_counter(
    sut: Sut, data: SyntheticData, rx: journeys.Registered, quantity: int = 10
) -> Counter:
    """Lease a prescription at pharmacy-1 and price a part of it."""
    secret = journeys.lease(sut, rx)
    return Counter(rx, secret, journeys.dispense_payload(sut, data, rx, {"1": quantity}))


# The record


@dataclass(frozen=True)
class Copied:
    """What became of the copy of an accepted document: the record's word, or that it waits.

    The copy may lag [RUL-028]; a gateway that keeps it in its outbox still does its duty.
    """

    reply: Reply
    waits: bool

    @property
    def stored(self) -> bool:
        """Whether the record has it."""
        return self.reply.find("/state") == STORED


def copied(sut: Sut, accepted: Reply, caller: Caller, step: str) -> Copied:
    """Wait a little until the record has the copy of an accepted document."""
    path = {"correlation": record.correlation_of(accepted)}
    reply = eventually(
        sut,
        lambda: sut.call("getRecordStatus", service="sepas", path=path, caller=caller, step=step),
        lambda one: one.find("/state") in {STORED, "REFUSED"},
        within=COPIED_WITHIN,
    )
    queue = sut.call("getOutbox", caller=caller, step="observation: copies that wait")
    waiting = queue.find("/waiting")
    waits = reply.find("/state") is MISSING and isinstance(waiting, int) and waiting > 0
    return Copied(reply, waits)


def expect_copied(expect: Expect, copy: Copied) -> None:
    """Expect that the record has a copy, or that it waits in the outbox of the gateway."""
    expect.that(
        copy.stored or copy.waits,
        title="an accepted document does not reach the record",
        expected="state STORED, or a copy that waits in the outbox",
        observed=copy.reply.summary(),
        pointer="/state",
        reply=copy.reply,
        fix="Copy every accepted document for the record, as it was signed.",
        fix_fa="از هر سند پذیرفته‌شده یک رونوشت دست‌نخورده به پرونده بفرستید.",
    )


def history(sut: Sut, data: SyntheticData, rx: journeys.Registered, step: str) -> Reply:
    """Read the history of the patient of a prescription as the physician who treats him.

    The whole of it: one page holds more than the cases of a campaign leave.
    """
    question = {
        "person": look_up(rx.payload, "/patient/id") or None,
        "purpose": data.reason("TREATMENT"),
        "hid": rx.hid,
        "since": data.day(-1),
    }
    return sut.call("queryHistory", service="sepas", body=question, caller=OFFICE, step=step)


def event_of(reply: Reply, document_id: JsonValue) -> Mapping[str, JsonValue]:
    """Return the event of a document in a history, empty when there is none or more than one."""
    rows = reply.find("/entries")
    found = record.of_document(rows if isinstance(rows, list) else [], document_id)
    return found[0] if len(found) == 1 else {}


def entry(sut: Sut, event: Mapping[str, JsonValue], hid: str, step: str) -> Reply:
    """Read an event of the record with its signed document."""
    path = {"recordId": str(event.get("recordId", "0" * 8 + "-0000-4000-8000-" + "0" * 12))}
    return sut.call(
        "getRecordEntry", service="sepas", path=path, query={"hid": hid}, caller=OFFICE, step=step
    )


def signed_in(reply: Reply) -> JsonValue | Missing:
    """Return the payload of the signed document in an entry of the record; MISSING without one."""
    text = reply.find("/document/payload")
    if not isinstance(text, str):
        return MISSING
    try:
        made: JsonValue = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return MISSING
    return made


def send_signed(sut: Sut, document: Mapping[str, JsonValue], step: str) -> Reply:
    """Send a prescription that was signed before, byte by byte."""
    return sut.call(
        "registerPrescription",
        body=json.dumps(document, separators=(",", ":")).encode(),
        headers={"content-type": "application/jose+json"},
        caller=OFFICE,
        step=step,
    )
