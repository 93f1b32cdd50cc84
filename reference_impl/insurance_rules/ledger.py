"""The memory of used approvals: services counted, prescriptions of the day, medicines still taken.

Fed only by messages (`reportRuleUse`), never by a mere evaluation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from reference_impl.insurance_rules import store
from reference_impl.insurance_rules.domain import Remembered
from reference_impl.platform.clock import TEHRAN, written
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.identifiers import ascii_digits

MEMORY_DAYS = 730
"""The longest window of the bank; older entries are not read."""
ASSUMED_DAYS = 30
"""How long a given medicine counts as taken when no duration was stated."""
PRESCRIPTION = "prescription"
VISIT = "visit"


def pseudonym(patient: Mapping[str, Any]) -> str:
    """Return the name under which a person stands in the ledger; newborns are told apart."""
    parts = [str(patient["type"]), ascii_digits(str(patient["value"]))]
    parts += [str(patient[name]) for name in ("birthOrder", "birthDate") if name in patient]
    return hashlib.sha256(":".join(parts).encode()).hexdigest()


def mark_of(prescriber: str, items: Iterable[Mapping[str, Any]]) -> str:
    """Return the mark by which a second prescription of the same items is known. [N10]."""
    codes = sorted(f"{one['system']}:{one['code']}" for one in items)
    return hashlib.sha256("|".join([prescriber, *codes]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom the ledger is asked, from which centre, and the mark of the prescription asked."""

    person: str
    place: str
    mark: str
    day: date


def remembered(rows: Connection, asked: Asked, faults: FaultSwitch) -> Remembered:
    """Return the history of a person as the rule language wants it."""
    day = asked.day
    ledger = store.ledger
    since = (day - timedelta(days=MEMORY_DAYS)).isoformat()
    query = select(ledger).where(ledger.c.person == asked.person, ledger.c.day >= since)
    entries = rows.execute(query).all()
    every_centre = faults.on("insurance_rules.ledger.visits_of_any_centre")
    history = [
        {
            "kind": one.kind,
            "code": one.code,
            "sameCentre": every_centre or one.place == asked.place,
            "daysAgo": (day - date.fromisoformat(one.day)).days,
        }
        for one in entries
    ]
    today = day.isoformat()
    twin = any(one.mark == asked.mark and one.day == today for one in entries)
    return Remembered(history, twin)


def still_taken(rows: Connection, person: str, day: date) -> list[dict[str, Any]]:
    """Return given medicines whose days are not over, as `facts.active` of a request."""
    ledger = store.ledger
    query = select(ledger).where(ledger.c.person == person, ledger.c.coded.is_not(None))
    return [
        {"code": one.coded, "ended": False}
        for one in rows.execute(query).all()
        if one.coded and (day - date.fromisoformat(one.day)).days < (one.days or ASSUMED_DAYS)
    ]


def remember(
    rows: Connection, found: Row[Any], document_id: str, now: datetime, faults: FaultSwitch
) -> int:
    """Enter the use of a tracking id; return the number of new entries.

    `found` is the tracking id joined with its evaluation. An item of a document is entered once,
    whether its own id is reported or that of the whole.
    """
    ledger = store.ledger
    known = rows.execute(
        select(ledger.c.item_id).where(ledger.c.document_id == document_id)
    ).scalars()
    seen = set() if faults.on("insurance_rules.ledger.counts_repeats") else set(known)
    fixed = {
        "document_id": document_id,
        "person": found.person,
        "place": found.place,
        "day": now.astimezone(TEHRAN).date().isoformat(),
    }
    entries = [
        {**_EMPTY, **fixed, **entry} for entry in _entries(found) if entry["item_id"] not in seen
    ]
    if entries:
        rows.execute(insert(ledger), entries)
    return len(entries)


_EMPTY: dict[str, Any] = {"code": None, "mark": None, "coded": None, "days": None}


def _entries(found: Row[Any]) -> Iterable[dict[str, Any]]:
    if found.position == "post_service":
        return  # audited, not given again
    items = [one for one in found.noted if found.item_id in {None, one["itemId"]}]
    if found.position == "pre_prescription":
        if found.item_id is None:
            mark = mark_of(found.prescriber, found.noted)
            yield {"kind": PRESCRIPTION, "item_id": None, "mark": mark}
        # An order is not a service; only the visit takes place with the prescription.
        items = [one for one in items if one["kind"] == VISIT]
    for one in items:
        entry = {"kind": one["kind"], "item_id": one["itemId"], "code": one["code"]}
        if one["kind"] == "drug":
            entry |= {"coded": one["coded"], "days": one.get("days")}
        yield entry


def recorded(found: Row[Any], document_id: str, entries: int, now: datetime) -> dict[str, Any]:
    """Return the row of a use."""
    return {
        "tracking_id": found.tracking_id,
        "document_id": document_id,
        "at": written(now),
        "entries": entries,
    }
