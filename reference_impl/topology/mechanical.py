"""Mechanical mutants: the sound exchange with every good answer of one operation changed one way.

`create(state, mutant="siam.getCentre drop /kind")` makes one, as an application in process. Answers
are sealed again after the change, so that nothing but the change itself can be noticed. Calls
between services and through the gateway stay sound. What a change means is in `changes.py`.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from reference_impl.platform.clock import MovableClock
from reference_impl.platform.contract import contract_of
from reference_impl.platform.kernel import Receive, Scope
from reference_impl.platform.message import from_scope
from reference_impl.platform.peers import AsgiApp
from reference_impl.platform.problem import Refusal
from reference_impl.platform.seal import request_signature
from reference_impl.platform.sealing import Sealer
from reference_impl.platform.sending import Send
from reference_impl.topology.changes import Answered, Change
from reference_impl.topology.doors import OwnDoors
from reference_impl.topology.exchange import Exchange, Settings
from reference_impl.topology.inprocess import application

_GOOD = range(200, 300)
_SEALED_ANEW = frozenset({"content-length", "content-digest", "signature", "signature-input"})


class UnknownMutant(ValueError):
    """The text does not describe a mutant; it reads `service.operation change [pointer]`."""


def create(state: str, mutant: str, seed: str = "1401", note: str = "") -> AsgiApp:
    """Return a mutated exchange; the file `note` appears once an answer has been changed.

    Raises UnknownMutant, DamagedState, OSError.
    """
    clock = MovableClock()
    settings = Settings(state=Path(state), seed=int(seed), clock=clock, doors=OwnDoors())
    exchange = Exchange(settings)
    return _Mutated(exchange, mutant, Path(note) if note else None)


class _Mutated:
    def __init__(self, exchange: Exchange, mutant: str, note: Path | None) -> None:
        where, _, change = mutant.partition(" ")
        self._service, _, self._operation = where.partition(".")
        if self._service not in exchange.services:
            raise UnknownMutant(f'"{mutant}": no service is called "{self._service}"')
        try:
            self._change = Change.parse(change)
        except ValueError as error:
            raise UnknownMutant(f'"{mutant}": {error}') from error
        self._sound = application(exchange)
        self._note = note
        self._contract = contract_of(exchange._pack, self._service)  # noqa: SLF001 - one topology
        seal = exchange.authority.credential(f"{self._service}.seal")
        self._sealer = Sealer(seal.der, seal.key, exchange.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._concerns(scope):
            await self._sound(scope, receive, send)
            return
        collected = _Collected()
        before = self._change.instead()
        if before is None:
            await self._sound(scope, receive, collected.send)
        else:
            collected.answered = before
        answer = collected.answered
        if answer.status in _GOOD:
            changed = self._change.apply(answer)
            if changed != answer and self._note is not None:
                self._note.touch()
            sealed = changed == answer or self._change.name == "no_header"
            answer = changed if sealed else self._sealed(changed, scope)
        await _send(answer, send)

    def _concerns(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        path = str(scope["path"])
        if self._service == "gateway":
            path = path.removeprefix("/ditas")
        prefix = f"/{self._service}/v1"
        if not path.startswith(f"{prefix}/"):
            return False
        try:
            route, _ = self._contract.match(str(scope["method"]), path.removeprefix(prefix))
        except Refusal:
            return False  # the sound exchange refuses it in its own words
        return route.operation_id == self._operation

    def _sealed(self, answer: Answered, scope: Scope) -> Answered:
        incoming = from_scope(scope)
        rows = {n: v for n, v in answer.headers if n.lower() not in _SEALED_ANEW}
        correlation = incoming.headers.get("ditas-correlation", "")
        rows |= self._sealer.response(
            answer.status, answer.body, correlation, request_signature(incoming)
        )
        rows["content-length"] = str(len(answer.body))
        return Answered(answer.status, tuple(rows.items()), answer.body)


class _Collected:
    def __init__(self) -> None:
        self.answered = Answered(500, (), b"")

    async def send(self, message: MutableMapping[str, Any]) -> None:
        old = self.answered
        if message["type"] == "http.response.start":
            rows = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"])
            self.answered = Answered(message["status"], rows, old.body)
        elif message["type"] == "http.response.body":
            self.answered = Answered(old.status, old.headers, old.body + message.get("body", b""))


async def _send(answer: Answered, send: Send) -> None:
    rows = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": rows})
    await send({"type": "http.response.body", "body": answer.body})
