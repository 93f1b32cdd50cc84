"""What seeded faults make of messages and answers that the gateway hands on.

Each is a mistake a vendor of a gateway could make: a check of its own in front of the services, an
answer kept too long, a body rebuilt from classes that lack a member, a refusal retold. Without a
fault nothing in here is asked.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from reference_impl.faults.gateway_points import (
    FORBIDDEN_TYPES,
    LOST_MEMBERS,
    RETOLD,
    TAKEN_FOR_ADVICE,
)
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.peers import Headers, Response, Transport
from reference_impl.platform.problem import Refusal

Key = tuple[str, ...]
TOO_LATE_SECONDS = 1.0  # above p50 of every class of the service levels
OK = 200
_CHECKS = "/payments/check"
_QUESTIONS = ("/query", "/inquiries")
_REFUSED = frozenset({403, 409, 422})
_OWN_WORDS = {"code": "DEPENDENCY_UNAVAILABLE", "type": "urn:ir:mafa:erx:error:BAD_GATEWAY"}
_FOLDED = str.maketrans({"ی": "ي", "ک": "ك", "«": '"', "»": '"', "‌": " "})
_SEAL = frozenset({"signature", "signature-input"})


class Misforwarding:
    """A transport that makes the mistakes that are switched on, and none in a sound gateway."""

    def __init__(self, transport: Transport, faults: FaultSwitch) -> None:
        self._transport = transport
        self._faults = faults
        self._sound = not bool(faults)
        self._kept: dict[Key, Response] = {}

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Send a message on; raises OSError, and Refusal of a check of the gateway's own."""
        if self._sound:
            return await self._transport.send(service, method, target, headers, body)
        if self._faults.on("gateway.forward.too_late"):
            await asyncio.sleep(TOO_LATE_SECONDS)
        for person in _persons(_content(body)):
            point = FORBIDDEN_TYPES.get(str(person["type"]))
            if point is not None and self._faults.on(point):
                raise Refusal("PATIENT_IDENTIFIER_INVALID", pointer="/patient/id/type")
        key = self._key(dict(headers).get("ditas-centre", ""), method, target, body)
        if key in self._kept:
            return self._kept[key]
        response = await self._transport.send(service, method, target, headers, body)
        if key and response.status == OK:
            self._kept[key] = response
        return self._homeward(method, response)

    def _homeward(self, method: str, response: Response) -> Response:
        """Return what the sender hears in place of the answer of the service."""
        if method == "POST" and response.status in _REFUSED:
            response = self._retold(response)
        if self._faults.on("gateway.answer.unsealed"):
            kept = tuple(row for row in response.headers if row[0].lower() not in _SEAL)
            response = Response(response.status, kept, response.body)
        return _rebuilt(response, list(self._changes()))

    def _key(self, centre: str, method: str, target: str, body: bytes) -> Key:
        """Return what a kept answer is found by; empty where answers are not kept."""
        if method == "GET" and self._faults.on("gateway.answer.kept"):
            return (centre, target)
        if method == "GET" and self._faults.on("gateway.answer.kept_by_path"):
            return (centre, target.partition("?")[0])
        if target.endswith(_CHECKS) and self._faults.on("gateway.answer.kept_by_payment"):
            return (centre, target, json.dumps((_content(body) or {}).get("payment")))
        if target.endswith(_QUESTIONS) and self._faults.on("gateway.answer.kept_by_code"):
            # Digits of a person without their type: what a key of a cache looks like.
            asked = json.dumps(_changed(_content(body), _without_type), sort_keys=True)
            return (centre, target, asked)
        return ()

    def _retold(self, response: Response) -> Response:
        if self._passes(response):
            return _of(response, 202, {"state": "RECEIVED"}, "application/json")
        heard = _content(response.body)
        if not isinstance(heard, dict):
            return response
        told = heard
        for point, (old, new) in RETOLD.items():
            if told.get("code") == old and self._faults.on(point):
                told = {**told, "code": new, "type": f"urn:ir:mafa:erx:error:{new}"}
        if self._faults.on("gateway.refusal.without_place"):
            told = {**told, "errors": []}
        if self._faults.on("gateway.refusal.own_words"):
            return _of(response, 502, {**told, **_OWN_WORDS, "status": 502})
        return response if told is heard else _of(response, response.status, told)

    def _passes(self, response: Response) -> bool:
        """Say whether a refusal is told as success."""
        return self._faults.on("gateway.refusal.accepted_for_later") or any(
            word.encode() in response.body
            for point, word in TAKEN_FOR_ADVICE.items()
            if self._faults.on(point)
        )

    def _changes(self) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
        """Yield what the rebuilding of an answer does to every object in it."""
        for point, (parent, member) in LOST_MEMBERS.items():
            if self._faults.on(point):
                yield _losing(parent, member)
        if self._faults.on("gateway.answer.specialty_as_text"):
            yield _replacing("specialty", lambda coded: coded["display"])
        if self._faults.on("gateway.answer.quantity_as_text"):
            yield _replacing("quantity", str)
        if self._faults.on("gateway.answer.time_to_the_minute"):
            yield _replacing("issuedAt", lambda text: f"{text[:16]}{text[19:]}")
        if self._faults.on("gateway.answer.code_of_its_own"):
            yield _replacing("code", _of_its_own)
        if self._faults.on("gateway.answer.letters_folded"):
            yield _folded


def _of(response: Response, status: int, body: Any, media_type: str | None = None) -> Response:
    """Return the response with another body; its seal no longer fits, as at a careless gateway."""
    content = json.dumps(body, ensure_ascii=False).encode()
    changed = {"content-length": str(len(content))}
    if media_type is not None:
        changed["content-type"] = media_type
    headers = tuple((name, changed.get(name.lower(), value)) for name, value in response.headers)
    return Response(status, headers, content)


def _rebuilt(
    response: Response, changes: list[Callable[[dict[str, Any]], dict[str, Any]]]
) -> Response:
    try:
        body = json.loads(response.body) if changes else None
    except ValueError:
        return response
    if body is None:
        return response
    for change in changes:
        body = _changed(body, change)
    return _of(response, response.status, body)


def _content(body: bytes) -> Any:
    """Return the JSON of a body, of a signed document its payload; None when it is none."""
    try:
        read = json.loads(body)
        if isinstance(read, dict) and {"payload", "protected", "signature"} <= read.keys():
            padded = read["payload"] + "=" * (-len(read["payload"]) % 4)
            read = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError):
        return None
    return read


def _persons(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every identifier of a person."""
    if isinstance(value, dict):
        if {"type", "value"} <= value.keys():
            yield value
        for one in value.values():
            yield from _persons(one)
    elif isinstance(value, list):
        for one in value:
            yield from _persons(one)


def _changed(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a value with every object in it changed."""
    if isinstance(value, list):
        return [_changed(one, change) for one in value]
    if isinstance(value, dict):
        return change({name: _changed(one, change) for name, one in value.items()})
    return value


def _without_type(one: dict[str, Any]) -> dict[str, Any]:
    return {"value": one["value"]} if {"type", "value"} <= one.keys() else one


def _losing(parent: str, member: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        inner = one.get(parent) if parent else one
        if not isinstance(inner, dict) or member not in inner:
            return one
        left = {name: value for name, value in inner.items() if name != member}
        return {**one, parent: left} if parent else left

    return change


def _replacing(member: str, by: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda one: {**one, member: by(one[member])} if member in one else one


def _of_its_own(coded: Any) -> Any:
    return {**coded, "system": "urn:vendor:codes"} if isinstance(coded, dict) else coded


def _folded(one: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.translate(_FOLDED) if isinstance(value, str) else value
        for name, value in one.items()
    }
