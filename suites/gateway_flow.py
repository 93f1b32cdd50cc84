"""Ways through the gateway: every service stands behind its address, and it tells what it did.

Journeys of other suites talk to the product where its role answers for a service. Seen `through`
the gateway, that is all of them: the same journey, and the gateway is who is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from fixtures import load_pack
from lab.kit import Caller, Expect, Reply, Sut, SyntheticData
from lab.kit.messages import recipe
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites.journeys import OFFICE

Journey = Callable[[Sut, SyntheticData, Expect], None]
GATEWAY = "gateway"


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
