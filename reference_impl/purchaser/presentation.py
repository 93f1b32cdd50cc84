"""How the purchaser writes its resources on the wire. Nothing is decided here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.purchaser import seeded, store
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.folding import fold_letters
from reference_impl.purchaser.money import Amounts, Split
from reference_impl.purchaser.records import Dispense, Item, Prescription
from reference_impl.purchaser.results import Result

if TYPE_CHECKING:
    from reference_impl.purchaser.statements import Entry

BASE = "/purchaser/v1"


def written_time(moment: datetime, faults: FaultSwitch) -> str:
    """Write an instant as RFC 3339 with offset and seconds."""
    if faults.on("purchaser.time.without_offset"):
        return moment.astimezone(TEHRAN).replace(tzinfo=None).isoformat(timespec="seconds")
    if faults.on("purchaser.time.seconds_dropped"):
        return moment.astimezone(TEHRAN).isoformat(timespec="minutes")
    return moment.astimezone(TEHRAN).isoformat(timespec="seconds")


def entity_tag(prescription: Prescription, faults: FaultSwitch) -> str:
    """Return the entity tag of the current version."""
    if faults.on("variant.etag_opaque"):
        seed = f"{prescription.prescription_id}:{prescription.version}".encode()
        return f'"{hashlib.sha256(seed).hexdigest()[:16]}"'
    if faults.on("variant.etag_long"):
        return f'"rx.{prescription.prescription_id}:v-{prescription.version:06d}.{"x" * 30}"'
    return f'"{prescription.version}"'


def _state(name: str, faults: FaultSwitch) -> str:
    return name.lower() if faults.on("purchaser.answer.state_in_lower_case") else name


def _item(item: Item, faults: FaultSwitch) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "itemId": item.item_id,
        "ordered": item.quantity.ordered,
        "dispensed": item.quantity.dispensed,
        "remaining": item.quantity.remaining,
        "state": _state(item.state.value, faults),
    }
    if faults.on("purchaser.dispense.remainder_not_reduced"):
        shown["remaining"] = item.quantity.ordered
    if faults.on("purchaser.answer.required_member_missing"):
        del shown["remaining"]
    return shown


def _document(known: Prescription, faults: FaultSwitch) -> Any:
    """Write the content of the current version: what was signed."""
    document: Any = known.document
    if faults.on("purchaser.text.folded_in_storage"):
        document = fold_letters(document)
    if faults.on("purchaser.answer.document_reduced"):
        for line in document["items"]:
            line.pop("durationDays", None)
    return seeded.reduced(document, faults)


def prescription(
    known: Prescription, faults: FaultSwitch, questions: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Write a prescription with its content and, where there are some, the questions on it."""
    shown: dict[str, Any] = {
        "prescriptionId": known.prescription_id,
        "trackingCode": known.tracking_code,
        "shortCode": known.short_code,
        "version": known.version,
        "state": _state(known.state.value, faults),
        "registeredAt": written_time(known.registered_at, faults),
        "validUntil": tehran_day(known.valid_until).isoformat(),
        "document": _document(known, faults),
        "items": [_item(one, faults) for one in known.items],
        "dispenses": [one.dispense_id for one in known.dispenses],
    }
    if questions:
        shown["questions"] = asked(questions, faults)
    return shown


def header(known: Prescription, faults: FaultSwitch) -> dict[str, Any]:
    """Write what a person's identifier alone may show: that there is a prescription, no content.

    No code that would open the content is among it. [RUL-004]
    """
    shown: dict[str, Any] = {
        "prescriptionId": known.prescription_id,
        "state": _state(known.state.value, faults),
        "registeredAt": written_time(known.registered_at, faults),
        "validUntil": tehran_day(known.valid_until).isoformat(),
        "kind": known.document["kind"],
    }
    if faults.on("purchaser.query.header_leaks_codes"):
        shown["shortCode"] = known.short_code
    return shown


def money(amount: int, faults: FaultSwitch) -> int | str:
    """Write an amount of rial."""
    return str(amount) if faults.on("purchaser.answer.amount_as_string") else amount


def shares(amounts: Amounts | Split, faults: FaultSwitch) -> dict[str, Any]:
    """Write a total and its two shares."""
    return {
        "total": money(amounts.total, faults),
        "insurerShare": money(amounts.insurer_share, faults),
        "patientShare": money(amounts.patient_share, faults),
    }


def summed(parts: Iterable[Split]) -> Amounts:
    """Add up splits that were rounded before."""
    known = tuple(parts)
    return Amounts(
        sum(one.total for one in known),
        sum(one.insurer_share for one in known),
        sum(one.patient_share for one in known),
    )


def dispense(known: Dispense, faults: FaultSwitch) -> dict[str, Any]:
    """Write a dispense."""
    shown: dict[str, Any] = {
        "dispenseId": known.dispense_id,
        "prescriptionId": known.prescription_id,
        "state": _state(known.state.value, faults),
        "preparedAt": written_time(known.prepared_at, faults),
        "confirmBy": written_time(known.confirm_by, faults),
        "items": [
            {"itemId": one.item_id, "quantity": one.quantity, **shares(one, faults)}
            for one in known.items
        ],
        **shares(summed(known.items), faults),
    }
    if known.confirmed_at is not None:
        shown["confirmedAt"] = written_time(known.confirmed_at, faults)
    if known.state.value == "ABANDONED" and faults.on("purchaser.answer.abandoned_for_nothing"):
        shown |= shares(Amounts(0, 0, 0), faults)
    return shown


def priced(splits: Iterable[Split], amounts: Amounts, faults: FaultSwitch) -> dict[str, Any]:
    """Write the answer to a question for the price."""
    return {
        "items": [
            {"itemId": one.item_id, **shares(one, faults), "ruleIds": list(one.rule_ids)}
            for one in splits
        ],
        **shares(amounts, faults),
    }


def claim(row: Mapping[str, Any], result: Result | None, faults: FaultSwitch) -> dict[str, Any]:
    """Write a claim; `row` is its stored row, `result` what adjudication made of it."""
    shown: dict[str, Any] = {
        "claimId": row["claim_id"],
        "state": _state(str(row["state"]) if result is None else result.state, faults),
        "submittedAt": written_time(store.moment(row["submitted_at"]), faults),
        "total": money(row["total"], faults),
        "insurerShare": money(row["insurer_share"], faults),
        "patientShare": money(row["patient_share"], faults),
        "insurerCode": row["insurer"],
        "hid": row["hid"],
        "admission": row["admission"],
    }
    if row["document_id"] is not None:
        shown["documentId"] = row["document_id"]
    if row["payload"] is not None:
        record = json.loads(row["payload"])
        started = datetime.fromisoformat(record["startedAt"])
        shown["servedOn"] = tehran_day(started).isoformat()
        names = ("itemId", "code", "quantity", "unitPrice", "cost")
        shown["items"] = [{name: one[name] for name in names} for one in record["services"]]
    return {**shown, **_outcome(result, faults)}


def statement_line(entry: Entry, faults: FaultSwitch) -> dict[str, Any]:
    """Write one claim of a statement."""
    line = {
        "claimId": entry.row["claim_id"],
        "state": _state(entry.state, faults),
        **shares(entry.claimed, faults),
        "insurerCode": entry.row["insurer"],
        **_outcome(entry.result, faults, in_statement=True),
    }
    if "accepted" in line and faults.on("purchaser.statement.claimed_as_accepted"):
        line["accepted"] = shares(entry.claimed, faults)
    return line


def _outcome(
    result: Result | None, faults: FaultSwitch, *, in_statement: bool = False
) -> dict[str, Any]:
    if result is None:
        return {}
    short = in_statement and faults.on("purchaser.statement.one_deduction")
    adjustments = result.adjustments[:1] if short else result.adjustments
    return {
        "accepted": shares(result.accepted, faults),
        "adjustments": [dict(one) for one in adjustments],
    }


def stay(stay_id: str, state: str, kinds: list[str], faults: FaultSwitch) -> dict[str, Any]:
    """Write a stay; `kinds` are those of its events."""
    text = faults.on("purchaser.answer.stay_events_as_text")
    return {
        "stayId": stay_id,
        "state": state,
        "events": str(len(kinds)) if text else len(kinds),
        "deviations": kinds.count("protocol_deviation"),
    }


def question(row: Mapping[str, Any], faults: FaultSwitch) -> dict[str, Any]:
    """Write the state of a question to the prescriber, with the answer if there is one."""
    shown = {"questionId": row["question_id"]}
    if not faults.on("purchaser.answer.question_state_missing"):
        shown["state"] = "open" if row["answer"] is None else "answered"
    if row["answer"] is not None:
        shown["answer"] = row["answer"]
    return shown


def asked(rows: Iterable[Mapping[str, Any]], faults: FaultSwitch) -> list[dict[str, Any]]:
    """Write the questions on a prescription for those who may read it."""
    found = []
    for row in rows:
        shown = {
            **question(row, faults),
            "kind": row["kind"],
            "text": row["text"],
            "askedAt": written_time(store.moment(row["asked_at"]), faults),
        }
        if row["item_id"] is not None and not faults.on("purchaser.answer.question_item_lost"):
            shown["itemId"] = row["item_id"]
        found.append(shown)
    return found
