"""What the identity authorities know of a person, and which two ids may be one person.

The civil registration, the register of foreign nationals and the issuer of unique ids are one
emulated register here; the boundary between the agencies is what this module decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from persiantools.jdatetime import JalaliDate

from fixtures.synthetic import Person, Professional
from reference_impl.platform.identifiers import (
    FIDA,
    HID_ALPHABET,
    ascii_digits,
    hid_check_character,
    national_code_is_sound,
)

NEWBORN_DAYS = 60
UNIQUE_ID_BODY = 8
NEWBORN_TYPES = frozenset({"MOTHER_NC", "AF_INS"})
REGISTERED_TYPES = frozenset({"NC", "FIDA"})
STATE_OF_CAUSE: Mapping[str, str] = {
    "unknown_person": "unknown",
    "blocked_code": "blocked",
    "unauthorised_foreigner": "unauthorised",
}
_STATES: Mapping[str, str] = {
    "ALIVE": "alive",
    "UNREGISTERED": "alive",
    "DECEASED": "deceased",
    "BLOCKED": "blocked",
    "UNKNOWN": "unknown",
    "UNAUTHORISED": "unauthorised",
}


@dataclass(frozen=True)
class Registration:
    """One entry of the register. `mother` is the national code of a newborn's mother."""

    person: Mapping[str, Any]
    state: str
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    birth_year: int
    sex: str | None
    mother: str | None = None

    @property
    def key(self) -> str:
        """Return the key of the id: type, value and what tells siblings apart."""
        return person_key(self.person)


def person_key(person: Mapping[str, Any]) -> str:
    """Return the key of a person id, the same for every way to write its digits."""
    parts = [str(person["type"]), ascii_digits(str(person["value"]))]
    if "birthOrder" in person:
        parts.append(str(person["birthOrder"]))
    return ":".join(parts)


def form_fault(person: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the form of an id, or None. Nothing is padded. [RUL-031]."""
    value = ascii_digits(str(person["value"]))
    if person["type"] in {"NC", "MOTHER_NC"} and not national_code_is_sound(value):
        return "ten digits with a correct check digit"
    if person["type"] == "FIDA" and not FIDA.match(value):
        return "twelve digits"
    if person["type"] == "UID" and not unique_id_is_sound(value):
        return "U, eight characters and a correct check character"
    return None


def unique_id_is_sound(value: str) -> bool:
    """Say whether a unique id carries its check character."""
    return hid_check_character(value[1:-1]) == value[-1]


def unique_id(numbers: list[int]) -> str:
    """Make a unique id of eight numbers below 32: U, eight characters, check. [RUL-032]."""
    body = "".join(HID_ALPHABET[number] for number in numbers)
    return f"U{body}{hid_check_character(body)}"


def jalali_year(day: date) -> int:
    """Return the Jalali year of a day."""
    # The calendar library ships no types.
    return int(JalaliDate.to_jalali(day).year)  # type: ignore[no-untyped-call]


def of_person(person: Person, today: date, mother: str | None) -> Registration:
    """Read a person of the synthetic world; newborns are born some days before today."""
    born = person.birth_date_on(today)
    shown: dict[str, Any] = {"type": person.id_type, "value": person.id_value}
    if person.id_type == "MOTHER_NC":
        shown |= {"birthOrder": person.birth_order, "birthDate": born.isoformat()}
    newborn = person.born_days_ago is not None
    return Registration(
        person=shown,
        state=_STATES[person.registry_state],
        given_name=person.given_name_fa,
        family_name=person.registry_family_name_fa or person.family_name_fa,
        birth_date=born,
        birth_year=jalali_year(born) if newborn else person.birth_year_jalali,
        sex=person.sex,
        mother=mother,
    )


def of_professional(member: Professional) -> Registration:
    """Read a member of the Medical Council, who is a person of the register too."""
    return Registration(
        person={"type": member.id_type, "value": member.id_value},
        state="alive",
        given_name=member.given_name_fa,
        family_name=member.family_name_fa,
        birth_date=None,
        birth_year=member.birth_year_jalali,
        sex=member.sex,
    )


def answer(found: Registration, person: Mapping[str, Any], *, names: bool) -> dict[str, Any]:
    """Write what the authority tells of a person; an id alone never implies cover."""
    shown: dict[str, Any] = {"person": dict(person), "state": found.state, "coverImplied": "never"}
    if found.given_name and found.family_name and names:
        shown |= {"givenName": found.given_name, "familyName": found.family_name}
    if found.birth_date is not None:
        shown["birthDate"] = found.birth_date.isoformat()
    if found.sex is not None:
        shown["sex"] = found.sex
    return shown


def link_is_late(born: date, today: date, days: int = NEWBORN_DAYS) -> bool:
    """Say whether the days of the mother's code are over; the last of them still counts."""
    return today > born + timedelta(days=days)


def types_fit(cause: str, former: str, current: str) -> bool:
    """Say whether ids of these types can be joined for this cause."""
    if current not in REGISTERED_TYPES:
        return False
    if cause == "newborn_registered":
        return former in NEWBORN_TYPES and current == "NC"
    if cause == "identified":
        return former == "UID"
    return former in REGISTERED_TYPES
