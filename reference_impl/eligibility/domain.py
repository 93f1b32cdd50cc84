"""Pure rules of eligibility: which cover counts, who is entitled, what a HID is worth.

The overlap decision follows the published priority: rural cover is dropped when any other exists,
Tamin is dropped for the fund of civil servants, everything else is the person's choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from reference_impl.platform.identifiers import FIDA, ascii_digits, national_code_is_sound

SELF_PAY_INSURER = "37"
HID_ISSUERS = {"1": "1", "2": "2", "3": "3", "40": "5", SELF_PAY_INSURER: "9"}
"""First character of a HID by insurer code."""
COVERED_STATES = frozenset({"ALIVE", "UNREGISTERED"})
NEWBORN_DAYS = 60
HID_LIFE = timedelta(days=60)
URGENT_LIFE = timedelta(days=3)
"""How long after the emergency the identity may follow; that of paper after an outage. [RUL-012]"""
LATE_ENTRY = timedelta(days=3)
HELD_AT_MOST = 500
"""How many unused reserved HIDs one centre may hold."""
_TAMIN, _IHIO = "1", "2"

OverlapKind = Literal["none", "resolved", "person_chooses"]
HidState = Literal["ISSUED", "EXPIRED", "CANCELLED", "UNKNOWN", "PATIENT_MISMATCH"]
UseState = Literal["reserved", "bound", "used", "cancelled", "expired"]


@dataclass(frozen=True)
class BaseCover:
    """One base cover with its first and last covered day."""

    insurer: str
    fund: str
    first: date
    last: date

    def in_force(self, day: date) -> bool:
        """Say whether the cover counts on a day, both bounds included."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Overlap:
    """What becomes of several covers: the one that counts, if it is decided, and those dropped."""

    kind: OverlapKind
    primary: BaseCover | None
    dropped: tuple[BaseCover, ...] = ()


def decide_overlap(covers: Iterable[BaseCover], day: date) -> Overlap:
    """Decide which cover counts on a day; covers not in force do not take part."""
    current = [one for one in covers if one.in_force(day)]
    if not current:
        return Overlap("none", None)
    if len(current) == 1:
        return Overlap("none", current[0])
    remaining = [one for one in current if one.fund != "rural"] or current
    civil_servant = any(one.insurer == _IHIO and one.fund == "employees" for one in remaining)
    if civil_servant:
        remaining = [one for one in remaining if one.insurer != _TAMIN]
    dropped = tuple(one for one in current if one not in remaining)
    if len(remaining) == 1:
        return Overlap("resolved", remaining[0], dropped)
    return Overlap("person_chooses", None, dropped)


def newborn_cover(cover: BaseCover, born: date) -> BaseCover:
    """Limit the cover of an unregistered newborn to its first 60 days. [RUL-003]."""
    last = born + timedelta(days=NEWBORN_DAYS)
    return replace(cover, first=max(cover.first, born), last=min(cover.last, last))


def choose(overlap: Overlap, covers: Iterable[BaseCover], insurer: str, day: date) -> bool:
    """Say whether a HID of this insurer may be issued after the overlap decision."""
    if overlap.primary is not None:
        return overlap.primary.insurer == insurer
    return any(one.insurer == insurer and one.in_force(day) for one in covers)


def identifier_fault(kind: str, value: str) -> str | None:
    """Say what is wrong with the form of a patient identifier, or None.

    Digits typed on a Persian keyboard are the same digits; nothing is padded.
    """
    plain = ascii_digits(value)
    if kind in {"NC", "MOTHER_NC"} and not national_code_is_sound(plain):
        return "ten digits with a correct check digit"
    if kind == "FIDA" and not FIDA.match(plain):
        return "twelve digits"
    return None


def is_entitled(registry_state: str, overlap: Overlap) -> bool:
    """Say whether a person may be treated at an insurer's expense today.

    A unique id or an unknown, blocked or deceased person never implies cover. A newborn that is
    not yet registered is covered through the mother or the insurance code. [ERX-7-1-N3-A]
    """
    return registry_state in COVERED_STATES and (
        overlap.primary is not None or overlap.kind == "person_chooses"
    )


@dataclass(frozen=True)
class IssuedHid:
    """A HID: bound to patient, centre, insurer and day; a reserved one has no patient yet."""

    hid: str
    patient: str | None
    centre: str
    insurer: str
    valid_on: date
    state: str = "bound"


def hid_state(issued: IssuedHid | None, patients: frozenset[str] | None, day: date) -> HidState:
    """Say what a HID is worth on a day, for a person with these keys when one is named.

    A HID is issued for one visit; what that visit ordered is delivered under it for 60 days.
    """
    if issued is None or issued.patient is None:
        return "UNKNOWN"
    if patients is not None and issued.patient not in patients:
        return "PATIENT_MISMATCH"
    if issued.state == "cancelled":
        return "CANCELLED"
    if day > issued.valid_on + HID_LIFE:
        return "EXPIRED"
    return "ISSUED"


def use_state(issued: IssuedHid, uses: int, day: date) -> UseState:
    """Say where a HID stands in its life."""
    if issued.state == "cancelled":
        return "cancelled"
    if issued.state == "reserved":
        return "reserved" if day <= issued.valid_on + LATE_ENTRY else "expired"
    if day > issued.valid_on + HID_LIFE:
        return "expired"
    return "used" if uses else "bound"


def may_bind(issued: IssuedHid, served: date, today: date) -> bool:
    """Say whether a reserved HID is in time: the visit within its days, the entry at most late."""
    return served <= issued.valid_on and today <= issued.valid_on + LATE_ENTRY


def patient_key(patient: Mapping[str, Any], *, with_birth_date: bool = True) -> str:
    """Return the key of a person: type and value, and what tells newborns apart. [ERX-7-1-N3-B]."""
    parts = [str(patient["type"]), ascii_digits(str(patient["value"]))]
    if "birthOrder" in patient:
        parts.append(str(patient["birthOrder"]))
    if with_birth_date and "birthDate" in patient:
        parts.append(str(patient["birthDate"]))
    return ":".join(parts)
