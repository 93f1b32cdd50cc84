"""Services behind a gateway: taking one away, and what has arrived ([ixit] peer_control).

The control is one address of the exchange around the gateway. GET tells who is away, POST
`{"service": NAME, "away": SECONDS}` takes a service away for so long (0: back at once), POST
`{"service": NAME, "loses": N}` lets it do its work and lose its next N answers, and GET
`/arrivals/{correlation}` tells which messages of a correlation its services have received.
Every question is an exchange on record, so a replay sees the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from lab.kit.reply import Reply
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.kit.sut import Sut
from lab.model.base import JsonValue
from lab.model.verdict import Blame

AWAY_SECONDS = 60
"""A service that was taken away comes back by itself, whatever becomes of the laboratory."""


@contextmanager
def away(sut: Sut, service: str) -> Iterator[None]:
    """Take a service behind the gateway away; it is back at the end, however that comes.

    For cases that are `alone` and say `needs=("peer_control",)`. INCONCLUSIVE when the control does
    not do it.
    """
    if not sut.session.case.alone:
        raise HarnessProblem("a case that takes a service away is alone")
    _told(sut, {"service": service, "away": AWAY_SECONDS}, f"control: {service} goes away")
    try:
        yield
    finally:
        _told(sut, {"service": service, "away": 0}, f"control: {service} is back")


def loses_answer(sut: Sut, service: str) -> None:
    """Let a service do its work once more and lose the answer on the way."""
    if not sut.session.case.alone:
        raise HarnessProblem("a case that loses answers is alone")
    _told(sut, {"service": service, "loses": 1}, f"control: {service} will lose an answer")


def arrivals(sut: Sut, reply: Reply, step: str) -> tuple[list[Mapping[str, JsonValue]], Reply]:
    """Return what the services have received of the message of an answer, under its own seal.

    Each row: service, method, target, digest (hex SHA-256 of the body), key; with the answer of the
    control for findings. What other parties sent in the course of the message is left out.
    """
    headers = {row.name: row.value for row in reply.exchange.request.headers}
    address = f"{_address(sut)}/arrivals/{headers['ditas-correlation']}"
    told = _held(sut.control("GET", address, step=step))
    rows = told.find("/arrivals")
    listed = [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []
    return [one for one in listed if one.get("signature") == headers["signature"]], told


def as_sent(reply: Reply) -> dict[str, JsonValue]:
    """Return the row that `arrivals` has to tell of the message of an answer."""
    headers = {row.name: row.value for row in reply.exchange.request.headers}
    return {
        "service": reply.service,
        "method": reply.exchange.request.method,
        "target": headers["ditas-target"],
        "digest": reply.exchange.request.body.sha256,
        "key": headers.get("idempotency-key", ""),
    }


def _address(sut: Sut) -> str:
    control = sut.profile.ixit.peer_control
    if control is None or "peer_control" not in sut.session.case.needs:
        raise HarnessProblem('a case that uses the control says needs=("peer_control",)')
    return control.rstrip("/")


def _told(sut: Sut, order: Mapping[str, JsonValue], step: str) -> None:
    reply = _held(sut.control("POST", _address(sut), step=step, body=dict(order)))
    wanted = bool(order.get("away"))
    shown = reply.find("/away")
    listed = shown if isinstance(shown, dict) else {}
    if "away" in order and (order["service"] in listed) is not wanted:
        raise _unusable(reply)


def _held(reply: Reply) -> Reply:
    if reply.status != HTTPStatus.OK:
        raise _unusable(reply)
    return reply


def _unusable(reply: Reply) -> Inconclusive:
    return Inconclusive(
        "the control of the services behind the gateway does not answer as it should",
        blame=Blame.ENVIRONMENT,
        pointer="peer_control",
        exchange_id=reply.exchange_id,
        expected='{"away": {SERVICE: SECONDS}} that follows {"service": SERVICE, "away": SECONDS}',
        observed=reply.summary(),
        fix="Start the exchange behind the gateway with --peer-control, or correct peer_control.",
    )
