"""A person as the services around the record know one: its key, and who vouches for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures.synthetic.world import World
from reference_impl.platform.identifiers import ascii_digits
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

_REFUSED = frozenset({"PATIENT_UNKNOWN", "PATIENT_IDENTIFIER_INVALID"})
OK = 200


def person_key(person: Mapping[str, Any]) -> str:
    """Return the key of a person: type and folded value, and what tells newborns apart."""
    parts = [str(person["type"]), ascii_digits(str(person["value"]))]
    parts += [str(person[name]) for name in ("birthOrder", "birthDate") if name in person]
    return ":".join(parts)


def subject_reference(person: Mapping[str, Any]) -> str:
    """Return how a FHIR resource names the person (docs/wire.md, "Results")."""
    order = f"-{person['birthOrder']}" if "birthOrder" in person else ""
    return f"Patient/{ascii_digits(str(person['value']))}{order}"


async def identity_state(call: Call, person: Mapping[str, Any], pointer: str = "/person") -> str:
    """Return the registry state of a person; refuse one who is unknown or cannot exist."""
    body = {"patient": person, "centre": call.caller.centre}
    reply = await call.peer("eligibility").post("/inquiries", body)
    if reply.code in _REFUSED:
        raise Refusal(str(reply.code), pointer=f"{pointer}/value")
    if reply.status != OK:
        raise Refusal("DEPENDENCY_UNAVAILABLE")
    return str(reply.json["identity"]["state"])


class Telephones:
    """Which telephone belongs to which person: stub of the national matching of the two."""

    def __init__(self, world: World) -> None:
        self._numbers: dict[str, str] = {}
        for one in world.people.values():
            known: dict[str, Any] = {"type": one.id_type, "value": one.id_value}
            if one.birth_order is not None:
                known["birthOrder"] = one.birth_order
            self._numbers[person_key(known)] = one.phone

    def belongs(self, phone: str, person: Mapping[str, Any]) -> bool:
        """Say whether the number is registered for the person."""
        plain = {name: value for name, value in person.items() if name != "birthDate"}
        return self._numbers.get(person_key(plain)) == phone
