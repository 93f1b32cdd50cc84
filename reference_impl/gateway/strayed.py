"""What seeded faults do past the sight of a sender: at the services behind, and when one is away.

Innermost transport of the gateway. Each is a mistake a vendor of a gateway could make, seen only by
who looks at the service itself, or who takes it away. Without a fault nothing in here is asked.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.peers import Headers, Response, Transport

OK = 200
STATISTICS = "maksa"
RECORD = "sepas"
SIGNED = "application/jose+json"
WAITS_SECONDS = 60.0  # longer than any laboratory waits
SHUT_SECONDS = 20.0
ZONE, NO_ZONE = b'+03:30"', b'Z"'


class Message(NamedTuple):
    """A message on its way."""

    service: str
    method: str
    target: str
    headers: Headers
    body: bytes


class Strayed:
    """A transport that makes the mistakes that are switched on, and none in a sound gateway."""

    def __init__(self, transport: Transport, faults: FaultSwitch) -> None:
        self._transport = transport
        self._faults = faults
        self._sound = not bool(faults)
        self._kept: dict[tuple[str, str], Response] = {}
        self._refused: set[str] = set()
        self._later: list[Message] = []
        self._shut_until = 0.0

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Send a message on. Raises OSError."""
        message = Message(service, method, target, headers, body)
        if self._sound:
            return await self._transport.send(*message)
        known = dict(headers)
        place = ("" if self._on("gateway.past.kept_for_all") else known["ditas-centre"], target)
        if method != "GET" and not self._on("gateway.past.kept_for_all"):
            self._kept.clear()
        if method == "GET" and place in self._kept:
            return self._kept[place]
        await self._before(message, known.get("idempotency-key", ""))
        try:
            response = await self._transport.send(*message)
        except OSError:
            return await self._away(message, known.get("idempotency-key", ""))
        if method == "GET" and response.status == OK and self._keeps():
            self._kept[place] = response
        await self._after(message)
        return self._retold(response)

    def _on(self, name: str) -> bool:
        return self._faults.on(name)

    def _keeps(self) -> bool:
        return self._on("gateway.past.kept_for_all") or self._on("gateway.past.kept_until_change")

    async def _before(self, message: Message, key: str) -> None:
        """Do what careless gateways do before they forward; raises OSError."""
        if time.monotonic() < self._shut_until:
            raise ConnectionRefusedError("the gateway rests from the last failure")
        if key and key in self._refused:
            raise ConnectionRefusedError("this message was refused before")
        if self._on("gateway.away.needs_record") and SIGNED in dict(message.headers).values():
            # Whatever the record says to such a question, it is there.
            await self._transport.send(RECORD, "GET", f"/{RECORD}/v1/records", (), b"")
        late = [one for one in self._later if one.service == message.service]
        for one in late:
            with suppress(OSError):
                await self._transport.send(*one)
                self._later.remove(one)

    async def _away(self, message: Message, key: str) -> Response:
        """Do what careless gateways do when nobody answers. Raises OSError."""
        if self._on("gateway.away.hangs"):
            await asyncio.sleep(WAITS_SECONDS)
        if self._on("gateway.away.sent_again"):
            return await self._transport.send(*message)
        if self._on("gateway.away.all_refused"):
            self._shut_until = time.monotonic() + SHUT_SECONDS
        if self._on("gateway.away.refusal_kept"):
            self._refused.add(key)
        if self._on("gateway.away.delivered_later"):
            self._later.append(message)
        if message.method != "GET" and self._on("gateway.away.told_as_taken"):
            body = b'{"state": "RECEIVED"}'
            told = (("content-type", "application/json"), ("content-length", str(len(body))))
            return Response(202, told, body)
        raise ConnectionRefusedError(f"service {message.service} is away")

    async def _after(self, message: Message) -> None:
        if message.method != "GET" and self._on("gateway.past.sent_twice"):
            with suppress(OSError):
                await self._transport.send(*message)
        if message.service != STATISTICS and self._on("gateway.past.sent_to_others"):
            with suppress(OSError):
                await self._transport.send(STATISTICS, *message[1:])

    def _retold(self, response: Response) -> Response:
        if not self._on("gateway.past.zone_lost"):
            return response
        body = response.body.replace(ZONE, NO_ZONE)
        size = str(len(body))
        headers = tuple(
            (name, size if name.lower() == "content-length" else value)
            for name, value in response.headers
        )
        return Response(response.status, headers, body)
