"""Client programs in this process at a running exchange, with everything they send written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.cli.children import Exchange, exchange
from lab.kit.documents import decode_base64url
from reference_impl.clients.channel import Refused
from reference_impl.clients.cli import build, parse
from reference_impl.clients.counter import Counter
from reference_impl.clients.prescriber import VISITS, prescribe
from reference_impl.clients.seal import Received


@dataclass
class Sent:
    """One request as it left the program, with the status of its answer."""

    method: str
    target: str
    body: Any
    status: int


@dataclass
class Desk:
    """A signed-in program and its traffic."""

    counter: Counter
    traffic: list[Sent] = field(default_factory=list)

    def calls(self, method: str, part: str) -> list[Sent]:
        """Return requests whose target holds a text."""
        return [one for one in self.traffic if one.method == method and part in one.target]

    def place(self, method: str, part: str) -> int:
        """Return where in the traffic the first such request stands; fails when there is none."""
        return self.traffic.index(self.calls(method, part)[0])


def content_of(content: bytes) -> Any:
    """Return what a body says; of a signed document, its payload."""
    if not content:
        return None
    body = json.loads(content)
    if isinstance(body, dict) and body.keys() == {"protected", "payload", "signature"}:
        return json.loads(decode_base64url(body["payload"]))
    return body


_SIGNED_IN: list[Desk] = []


def served(folder: Path) -> Iterator[Exchange]:
    """Run an exchange, and close the lines of everybody who signed in."""
    with exchange(folder) as found:
        yield found
        while _SIGNED_IN:
            _SIGNED_IN.pop().counter.gateway.close()


def desk(running: Exchange, program: str, *further: str) -> Desk:
    """Sign a program in and listen to what it sends."""
    made = Desk(
        build(
            parse(
                [
                    program, "--json", "--gateway", running.gateway,
                    "--credentials", str(running.credentials), *further,
                ]
            )
        )
    )  # fmt: skip
    gateway = made.counter.gateway
    through = gateway._send

    def heard(method: str, target: str, headers: dict[str, str], content: bytes) -> Received:
        received = through(method, target, headers, content)
        made.traffic.append(Sent(method, target, content_of(content), received.status))
        return received

    gateway._send = heard  # type: ignore[method-assign]
    _SIGNED_IN.append(made)
    return made


def faulty(running: Exchange, program: str, point: str) -> Desk:
    """Sign a program with a seeded mistake in."""
    return desk(running, program, "--fault", point)


def ordered(running: Exchange, visit: str) -> dict[str, Any]:
    """Prescribe a visit and return what the patient takes along."""
    return prescribe(desk(running, "prescriber").counter, VISITS[visit])


def refusal(act: Any) -> str:
    """Return the code the exchange refused with; fails when it did not."""
    try:
        act()
    except Refused as refused:
        return refused.code
    raise AssertionError("the exchange refused nothing")
