"""What actors write by hand: identifiers, coded texts, documents that the programs do not make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from fixtures import load_pack
from fixtures.synthetic import Person
from reference_impl.clients.channel import Answer
from reference_impl.clients.counter import cost_of, person_id
from reference_impl.clients.documents import sign
from reference_impl.tour.stage import Actor, Stage

Json = dict[str, Any]
SHORT = timedelta(minutes=6)


@lru_cache(maxsize=256)
def _concept(system: str, code: str) -> Mapping[str, Any]:
    rows = load_pack().codes[system]["concepts"]
    return next(row for row in rows if str(row["code"]) == code)


def coded(name: str, code: str) -> Json:
    """Return a concept of the pack as coded text; `name` as in `urn:ir:maksa:NAME-synthetic`."""
    system = f"urn:ir:maksa:{name}-synthetic"
    row = _concept(system, code)
    return {"system": system, "code": code, "version": str(row["version"]), "display": row["en"]}


def reason(code: str) -> Json:
    """Return a coded reason of the pack."""
    return coded("reason", code)


def drug(stage: Stage, code: str) -> Json:
    """Return a medicine in its version of today."""
    concept = stage.world.product(code).concept
    return {
        "system": concept.system, "code": code, "version": concept.version, "display": concept.en,
    }  # fmt: skip


def identifier(stage: Stage, key: str) -> Json:
    """Return who a person is; a newborn by the mother's code, birth order and birth date."""
    person = stage.person(key)
    if person.id_type != "MOTHER_NC":
        return person_id(person)
    born = person.birth_date_on(stage.today())
    return {
        "type": "MOTHER_NC", "value": person.id_value, "birthOrder": person.birth_order,
        "birthDate": born.isoformat(),
    }  # fmt: skip


def patient(stage: Stage, key: str, known_as: Json | None = None) -> Json:
    """Return the recipient of care as documents name them."""
    person: Person = stage.person(key)
    return {
        "id": known_as or identifier(stage, key),
        "givenName": person.given_name_fa,
        "familyName": person.family_name_fa,
        "birthDate": person.birth_date_on(stage.today()).isoformat(),
        "sex": person.sex,
        "phone": person.phone,
    }


def hid(actor: Actor, who: Json, insurer: str) -> str:
    """Get a HID for a visit at the centre of an actor."""
    body = {
        "patient": who, "insurerCode": insurer, "providerCouncil": actor.counter.provider_council,
    }  # fmt: skip
    return str(actor.ask("/eligibility/v1/hids", body)["hid"])


def item(stage: Stage, number: int, code: str, quantity: int, **more: Any) -> Json:
    """Return an ordered medicine, twice a day by mouth."""
    return {
        "itemId": str(number),
        "code": drug(stage, code),
        "quantity": quantity,
        "frequency": coded("frequency", "BD"),
        "route": coded("route", "oral"),
        **more,
    }


def block(actor: Actor) -> Json:
    """Return the signed-in professional as documents name them."""
    return actor.counter.professional_block(
        {"specialty": coded("specialty", actor.counter.professional.specialty)}
    )


def prescription_of(
    actor: Actor, who: Json, visit: str, items: Sequence[Json], **more: Any
) -> Json:
    """Return the content of a prescription."""
    return {
        **actor.counter.head(actor.counter.now()),
        "prescriber": block(actor),
        "kind": "drug",
        "hid": visit,
        "patient": who,
        "diagnoses": [],
        "items": list(items),
        **more,
    }


def signed(actor: Actor, kind: str, payload: Json) -> bytes:
    """Sign a document as the person at the counter, at the time of the exchange."""
    return sign(kind, payload, actor.counter.signer, actor.counter.gateway.clock())


def dispense_of(actor: Actor, shown: Json, lines: Sequence[Json], **more: Any) -> Json:
    """Return the content of a dispense of a prescription as the exchange showed it."""
    now = actor.counter.now()
    return {
        **actor.counter.head(now),
        "provider": block(actor),
        "prescriptionId": shown["prescriptionId"],
        "hid": shown["document"]["hid"],
        "patient": shown["document"]["patient"],
        "startedAt": actor.counter.instant(now - SHORT),
        "endedAt": actor.counter.instant(now),
        "dispensedAt": actor.counter.instant(now),
        "items": list(lines),
        "cost": total_of(lines),
        "payment": actor.counter.payment(),
        **more,
    }


def record_of(actor: Actor, who: Json, visit: str, lines: Sequence[Json], **more: Any) -> Json:
    """Return the content of a service record."""
    now = actor.counter.now()
    return {
        **actor.counter.head(now),
        "provider": block(actor),
        "hid": visit,
        "patient": who,
        "startedAt": actor.counter.instant(now - SHORT),
        "endedAt": actor.counter.instant(now),
        "services": list(lines),
        "cost": total_of(lines),
        "payment": actor.counter.payment(),
        **more,
    }


def total_of(lines: Sequence[Json]) -> Json:
    """Return the sum of the costs of lines."""
    costs = [cost_of(one["cost"]) for one in lines]
    return {name: sum(cost[name] for cost in costs) for name in costs[0]}


def sent(actor: Actor, method: str, target: str, kind: str, payload: Json, **more: Any) -> Answer:
    """Sign a document and send it."""
    return actor.call(method, target, document=signed(actor, kind, payload), **more)
