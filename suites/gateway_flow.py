"""Ways through the gateway: every service stands behind its address, and it tells what it did.

Journeys of other suites talk to the product where its role answers for a service. Seen `through`
the gateway, that is all of them: the same journey, and the gateway is who is judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from fixtures import load_pack
from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, eventually
from lab.kit.messages import recipe
from lab.model.base import JsonValue
from suites import journeys
from suites import record_journeys as record
from suites.journeys import DRUG, OFFICE, PHARMACY

Journey = Callable[[Sut, SyntheticData, Expect], None]
GATEWAY = "gateway"
BACK_WITHIN = 10.0  # seconds (RUL-100)
SIGNED = {"content-type": "application/jose+json"}


class Relayed(NamedTuple):
    """A journey of another suite, made through the gateway: a row of a table of cases."""

    id: str
    journey: Journey
    verifies: tuple[str, ...]
    title_fa: str
    purpose: str
    rulings: tuple[str, ...] = ()
    alone: bool = False  # as where the journey comes from


def through(sut: Sut) -> Sut:
    """Return the product as the address of all services; what fails behind it is its answer."""
    behind = tuple(name for name in load_pack(sut.profile.pack).contracts if name != GATEWAY)
    return replace(sut, role=replace(sut.role, services=(GATEWAY, *behind)))


def honest(sut: Sut, data: SyntheticData, service: str, operation: str, step: str) -> Reply:
    """Send the honest message of an operation of any service through the gateway."""
    message = recipe(sut.profile.pack, service, operation).make(through(sut), data, step)
    return message.send(sut, step)


def logged(sut: Sut, reply: Reply, step: str, caller: Caller = OFFICE) -> Reply:
    """Ask the gateway what became of the message of an answer."""
    path = {"correlation": record.correlation_of(reply)}
    return sut.call("getMessages", service=GATEWAY, path=path, caller=caller, step=step)


def rows_of(reply: Reply, pointer: str) -> list[Mapping[str, JsonValue]]:
    """Return the rows of a list of an answer; whatever is no row is left out."""
    found = reply.find(pointer)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def copies(sut: Sut, step: str, caller: Caller = OFFICE) -> tuple[int, Reply]:
    """Return how many documents of a centre have gone to the record or wait for it."""
    reply = sut.call("getOutbox", service=GATEWAY, caller=caller, step=step)
    counts = (reply.required("/delivered"), reply.required("/waiting"))
    return sum(one for one in counts if type(one) is int), reply


def ask_price(sut: Sut, data: SyntheticData, step: str) -> Reply:
    """Ask the purchaser a question, whatever comes of it."""
    body = journeys.price_body(data, [("1", DRUG, 30, 1900)])
    return through(sut).call("price", body=body, caller=PHARMACY, step=step)


def standing_under(sut: Sut, hid: str, step: str) -> list[JsonValue]:
    """Return the ids of what stands under a HID at the purchaser itself."""
    listed = sut.behind(
        "purchaser", "queryPrescriptions", body={"hid": hid}, caller=PHARMACY, step=step
    )
    return [row.get("prescriptionId") for row in rows_of(listed, "/matches")]


def send(sut: Sut, document: JsonValue, key: str, step: str) -> Reply:
    """Register a document that was signed before, byte for byte, under a key."""
    return through(sut).call(
        "registerPrescription",
        body=json.dumps(document, separators=(",", ":")).encode(),
        headers=SIGNED,
        key=key,
        caller=OFFICE,
        step=step,
    )


def repeated(sut: Sut, document: JsonValue, key: str, while_told: str) -> Reply:
    """Repeat a message while a problem code is told: until its service is reached again."""
    return eventually(
        sut,
        lambda: send(sut, document, key, "stimulus: repeat under the same key"),
        lambda one: one.problem_code != while_told,
        within=BACK_WITHIN,
    )
