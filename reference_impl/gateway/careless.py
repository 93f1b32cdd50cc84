"""What careless gateways do to messages on their way; only seeded faults ever switch it on.

Everything here acts on bytes a service answered, or on what it is sent, so that the forwarding
beside it stays what it should be. Refusals of the gateway's own admission are not touched.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.peers import Headers, Response, Transport

TOLD_SIZE = "content-length"
LONGEST_LIST = 10
MOST, SECONDS = 10, 10.0
"""How many messages a small gateway carries in how many seconds."""
FIRST_INSURER = "1"
OK, CREATED, ACCEPTED, MULTIPLE_CHOICES = 200, 201, 202, 300
INSURERS = frozenset({"insurance_rules", "complementary", "adjudication", "eligibility"})
CONDITIONS = frozenset({"if-match", "ditas-lease"})
ENCODED = frozenset({"signature", "certificate"})
REASONS = frozenset({"triage", "owner", "adjustments", "reason"})
STATUS_TAKEN_FOR = (
    ("gateway.flow.conflicts_as_done", frozenset({409}), ACCEPTED),
    ("gateway.flow.defects_queued", frozenset({422}), ACCEPTED),
    ("gateway.flow.refusals_as_empty", frozenset({403}), OK),
    ("gateway.flow.unsigned_queued", frozenset({401}), ACCEPTED),
    ("gateway.flow.unknown_as_empty", frozenset({404}), OK),
    ("gateway.flow.conditions_as_done", frozenset({412, 423, 428}), ACCEPTED),
)
"""Point, statuses of a service, and as what they are answered."""


class Careless:
    """A transport that makes the mistakes that are switched on, and none without them."""

    def __init__(self, transport: Transport, faults: FaultSwitch) -> None:
        self._transport = transport
        self._faults = faults
        self._kept: dict[tuple[str, str, str], Response] = {}
        self._seen: set[tuple[str, str]] = set()
        self._lately: deque[float] = deque(maxlen=MOST)

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Send a message on, carelessly. Raises OSError."""
        known = dict(headers)
        self._may_leave(service, known)
        kept = self._kept.get(self._place(method, target, known))
        if kept is not None:
            return kept
        lines = headers
        if self._faults.on("gateway.flow.conditions_lost"):
            lines = [line for line in headers if line[0] not in CONDITIONS]
        response = await self._transport.send(service, method, target, lines, body)
        answer = self._altered(response, method, target, body)
        self._keep(method, target, known, answer)
        return answer

    def _may_leave(self, service: str, known: dict[str, str]) -> None:
        """Refuse what a careless gateway does not route; raises OSError."""
        if service in INSURERS - {"eligibility"} and self._faults.on(
            "gateway.flow.services_missing"
        ):
            raise ConnectionRefusedError(f"there is no route to {service}")
        if self._on("gateway.flow.busy_refused") and self._is_busy():
            raise ConnectionRefusedError("too many messages at a time")
        key = (known.get("ditas-centre", ""), known.get("idempotency-key", ""))
        if key[1] and self._on("gateway.flow.repetition_refused"):
            if key in self._seen:
                raise ConnectionRefusedError("this message was sent before")
            self._seen.add(key)

    def _is_busy(self) -> bool:
        now = time.monotonic()
        busy = len(self._lately) == MOST and now - self._lately[0] < SECONDS
        self._lately.append(now)
        return busy

    def _place(self, method: str, target: str, known: dict[str, str]) -> tuple[str, str, str]:
        return (method, target, known.get("ditas-centre", ""))

    def _keep(self, method: str, target: str, known: dict[str, str], answer: Response) -> None:
        name = {"GET": "gateway.flow.readings_kept", "POST": "gateway.flow.questions_kept"}
        if method in name and answer.status == OK and self._on(name[method]):
            self._kept[self._place(method, target, known)] = answer

    def _on(self, name: str) -> bool:
        return self._faults.on(name)

    def _altered(self, response: Response, method: str, target: str, body: bytes) -> Response:
        for name, statuses, told in STATUS_TAKEN_FOR:
            if response.status in statuses and self._on(name):
                return Response(told, (("content-type", "application/json"),), b"{}")
        if response.status >= MULTIPLE_CHOICES or not response.body:
            return response
        for name, change in self._changes(method, target, body):
            if self._on(name):
                response = _rewritten(response, change)
        return response

    def _changes(
        self, method: str, target: str, body: bytes
    ) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        changing = method != "GET" and "/price" not in target
        other = f'"insurerCode":"{FIRST_INSURER}"'.encode() not in body and b"insurerCode" in body
        return (
            ("gateway.flow.receipts_shortened", _ids_only if changing else _same),
            ("gateway.flow.headers_only", _without({"content"})),
            ("gateway.flow.bodies_reformatted", _same),
            ("gateway.flow.lists_cut", _cut),
            ("gateway.flow.retired_left_out", _in_force),
            ("gateway.flow.other_words", _renamed if other else _same),
            ("gateway.flow.bytes_dropped", _without(ENCODED)),
            ("gateway.flow.reasons_dropped", _without(REASONS)),
        )


def _rewritten(response: Response, change: Callable[[Any], Any]) -> Response:
    """Write the body anew; its seal no longer fits."""
    try:
        body = json.dumps(change(json.loads(response.body)), ensure_ascii=False, indent=1).encode()
    except ValueError:
        return response
    headers = tuple(line for line in response.headers if line[0].lower() != TOLD_SIZE)
    return Response(response.status, headers, body)


def _same(value: Any) -> Any:
    return value


def _ids_only(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in value.items() if name.endswith(("Id", "hid", "secret"))}


def _without(names: set[str] | frozenset[str]) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(one) for name, one in value.items() if name not in names}
        return [change(one) for one in value] if isinstance(value, list) else value

    return change


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items()}
    return [_cut(one) for one in value[:LONGEST_LIST]] if isinstance(value, list) else value


def _in_force(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_force(one) for name, one in value.items()}
    if not isinstance(value, list):
        return value
    return [one for one in value if not isinstance(one, dict) or one.get("kind") != "retired"]


def _renamed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {f"x-{name}" if name != "hid" else name: one for name, one in value.items()}
