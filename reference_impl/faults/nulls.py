"""Null implementations: programs that do nothing and must earn nothing.

Each is an ASGI application. `create(kind="always_200")` makes one; they are started like any
product, in process as `reference_impl.faults.nulls:create?kind=echo`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_BODY_LIMIT = 1_048_576
_JSON = "application/json"


async def _answer(send: Send, status: int, body: bytes, media_type: str, **more: str) -> None:
    headers = {"content-type": media_type, "cache-control": "no-store", **more}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (name.replace("_", "-").encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _received(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")[: _BODY_LIMIT - len(body)]
        if not message.get("more_body", False):
            return bytes(body)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def silent(seconds: str = "0.5") -> Application:
    """Take every request and never answer; give the connection up after `seconds`."""
    patience = float(seconds)

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        await _received(receive)
        try:
            await asyncio.wait_for(_until_gone(receive), patience)
        except TimeoutError:
            # The other side is still waiting; ending here closes the connection unanswered.
            return

    return application


def always_200() -> Application:
    """Answer every request with 200 and an empty object."""

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        await _received(receive)
        await _answer(send, 200, b"{}", _JSON)

    return application


def echo() -> Application:
    """Answer every request with 200 and its own body."""

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(send, 200, await _received(receive), _JSON)

    return application


def always_refuse() -> Application:
    """Refuse every request with 403 and well-formed problem details."""
    problem = {
        "type": "urn:ir:mafa:erx:error:ADMISSION_ROLE_NOT_ALLOWED",
        "title": "Role not allowed",
        "status": 403,
        "code": "ADMISSION_ROLE_NOT_ALLOWED",
        "category": "facility",
        "severity": "reject",
        "messageFa": "این نقش برای این مرکز مجاز نیست.",
        "messageEn": "This role is not allowed for this centre.",
        "solutionFa": "با نقش مجاز مرکز درخواست دهید.",
        "solutionEn": "Call with a role the centre holds.",
        "retryable": False,
    }

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await _received(receive)
        sent = {name.lower(): value for name, value in scope.get("headers", ())}
        correlation = sent.get(b"ditas-correlation", b"").decode("latin-1")
        body = json.dumps({**problem, "correlation": correlation}, ensure_ascii=False)
        await _answer(send, 403, body.encode(), "application/problem+json")

    return application


def static_replay() -> Application:
    """Answer every request with one good registration recorded once."""
    recorded = {
        "prescriptionId": "7d9f4a52-7a1f-4a54-9f7e-0d3f0c1f2b11",
        "trackingCode": "48211907735520618843",
        "shortCode": "40917",
        "version": 1,
        "state": "REGISTERED",
        "registeredAt": "2026-11-21T10:15:30+03:30",
        "validUntil": "2027-01-19T23:59:59+03:30",
        "document": {},
        "items": [
            {"itemId": "1", "ordered": 60, "dispensed": 0, "remaining": 60, "state": "ORDERED"}
        ],
        "dispenses": [],
    }
    body = json.dumps(recorded).encode()
    location = f"/purchaser/v1/prescriptions/{recorded['prescriptionId']}"

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        await _received(receive)
        await _answer(send, 201, body, _JSON, etag='"1"', location=location)

    return application


KINDS: dict[str, Callable[..., Application]] = {
    "silent": silent,
    "always_200": always_200,
    "echo": echo,
    "always_refuse": always_refuse,
    "static_replay": static_replay,
}
"""The null implementations by name."""


def _living(application: Application) -> Application:
    """Add the lifespan protocol, which these programs pass through without doing anything."""

    async def living(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        while True:
            phase = str((await receive())["type"]).removeprefix("lifespan.")
            await send({"type": f"lifespan.{phase}.complete"})
            if phase == "shutdown":
                return

    return living


def _timed(application: Application) -> Application:
    """Add a clock that can be moved: a null product must earn nothing with such cases either."""
    ahead = timedelta()

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal ahead
        if scope["type"] != "http" or scope["path"] != "/clock":
            await application(scope, receive, send)
            return
        content = await _received(receive)
        ahead += timedelta(seconds=json.loads(content or b"{}").get("advance", 0))
        now = (datetime.now(UTC) + ahead).isoformat()
        await _answer(send, 200, json.dumps({"now": now}).encode(), _JSON)

    return timed


def create(kind: str, *, state: str = "", **options: str) -> Application:
    """Make a null implementation; `options` (for example `seconds=5`) are those of its kind.

    `state` is taken, and ignored, so that every product in process is addressed alike.
    """
    del state
    if kind not in KINDS:
        message = f'null implementation "{kind}" does not exist; choose one of {", ".join(KINDS)}'
        raise ValueError(message)
    return _timed(_living(KINDS[kind](**options)))
