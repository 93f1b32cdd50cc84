"""``python -m tests.benchmarks.unsealed_server``: eligibility by its contract, without any seal.

Bodies and path values are validated, good ones answered with the example of the contract, bad ones
with problem details. It is as small as can be, so that what is measured is who asks. `GET /count`
tells how many requests came and when the first and the last one ended; `POST /count` begins anew.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import jsonschema_rs
import uvloop

from fixtures import load_pack
from lab.model.base import JsonValue

SERVICE = "eligibility"
BASE = f"/{SERVICE}/v1"


def bare_contract() -> dict[str, JsonValue]:
    """Return the contract without what only a sealed exchange has: context headers."""
    contract = copy.deepcopy(dict(load_pack("erx-1401").contracts[SERVICE]))
    for item in contract["paths"].values():
        for definition in item.values():
            rows = definition.get("parameters", [])
            definition["parameters"] = [row for row in rows if row.get("in") in {"path", "query"}]
            for response in definition["responses"].values():
                response.pop("headers", None)
                response.pop("links", None)
    return contract


@dataclass(frozen=True)
class Route:
    """One operation, ready to be answered."""

    address: re.Pattern[str]
    method: str
    body: jsonschema_rs.Draft202012Validator | None
    values: tuple[tuple[str, jsonschema_rs.Draft202012Validator], ...]
    answer: bytes


def _response(status: int, media_type: str, value: JsonValue, more: str = "") -> bytes:
    body = json.dumps(value, ensure_ascii=False).encode()
    phrase = HTTPStatus(status).phrase
    head = (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {media_type}\r\n"
        f"content-length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body


def _problem(status: int, code: str, more: str = "") -> bytes:
    correlation = "00000000-0000-4000-8000-000000000000"
    value = {
        "type": f"urn:ir:mafa:erx:error:{code}", "title": code, "status": status, "code": code,
        "category": "request", "severity": "reject", "messageFa": "خطا", "messageEn": code,
        "solutionFa": "اصلاح", "solutionEn": "Mend it.", "retryable": False,
        "correlation": correlation,
    }  # fmt: skip
    return _response(status, "application/problem+json", value, more)


UNREADABLE = _problem(400, "SCHEMA_VIOLATION")
UNFITTING = _problem(422, "PARAMETER_INVALID")
UNKNOWN = _problem(404, "NOT_FOUND")


def routes() -> list[Route]:
    """Return every operation of the contract."""
    contract = bare_contract()
    components = {"components": contract["components"]}
    made = []
    for path, item in contract["paths"].items():
        for method, definition in item.items():
            schemas = {row["name"]: row["schema"] for row in definition["parameters"]}
            content = definition.get("requestBody", {}).get("content", {})
            media = content.get("application/json")
            status = min(code for code in definition["responses"] if code.startswith("2"))
            answer = definition["responses"][status]["content"]["application/json"]
            example = next(iter(answer["examples"].values()))["value"]
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
            made.append(
                Route(
                    re.compile(f"(?:{BASE})?{pattern}"),
                    method.upper(),
                    _validator(media["schema"], components) if media else None,
                    tuple((name, _validator(one, components)) for name, one in schemas.items()),
                    _response(int(status), "application/json", example),
                )
            )
    return made


def _validator(
    schema: JsonValue, components: dict[str, JsonValue]
) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**components, **schema}, validate_formats=True)


class Counter:
    """How many requests were answered, the first and the last when."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start from nothing."""
        self.requests = 0
        self.first = self.last = 0.0

    def answered(self) -> None:
        """Count one."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.requests += 1


class Answerer(asyncio.Protocol):
    """HTTP/1.1 with content-length, kept alive; anything else is closed."""

    def __init__(self, known: list[Route], counter: Counter) -> None:
        self._known = known
        self._counter = counter
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting and self._transport is not None:
            head, _, rest = self._waiting.partition(b"\r\n\r\n")
            found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            size = int(found[1]) if found else 0
            if len(rest) < size:
                return
            self._waiting = rest[size:]
            method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            self._transport.write(self._answer(method, target.partition("?")[0], rest[:size]))

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        if path == "/count":
            told = dict(vars(self._counter))
            if method == "POST":
                self._counter.begin()
            return _response(200, "application/json", told)
        self._counter.answered()
        fitting = [(one, found) for one in self._known if (found := one.address.fullmatch(path))]
        for route, found in fitting:
            if route.method == method:
                return self._judged(route, found.groupdict(), body)
        allowed = ", ".join(route.method for route, _ in fitting)
        return _problem(405, "METHOD_NOT_ALLOWED", f"allow: {allowed}\r\n") if fitting else UNKNOWN

    @staticmethod
    def _judged(route: Route, values: dict[str, str], body: bytes) -> bytes:
        if not all(one.is_valid(unquote(values.get(name, ""))) for name, one in route.values):
            return UNFITTING
        if route.body is not None:
            try:
                value = json.loads(body)
            except ValueError:
                return UNREADABLE
            if not route.body.is_valid(value):
                return UNREADABLE
        return route.answer


async def serve() -> None:
    """Listen on a free port and say which."""
    counter, known = Counter(), routes()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answerer(known, counter), "127.0.0.1", 0)
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
