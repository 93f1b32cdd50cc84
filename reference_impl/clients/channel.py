"""The program's line to the gateway: mutual TLS, sealed requests, checked answers, safe retries.

`Gateway.call` does, in order: build the headers, seal, send, read (bounded), check the seal of the
answer, parse. A connection lost before the answer is retried with the same idempotency key and a
new nonce, so that the deed happens once. An answer whose seal does not hold raises `SealNotTrusted`
and is never looked at.
"""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import secrets
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from reference_impl.clients.credentials import Identity, Kit
from reference_impl.clients.documents import MEDIA_TYPE
from reference_impl.clients.points import Faults
from reference_impl.clients.seal import (
    Received,
    Sealing,
    content_digest,
    seal_request,
    verify_answer,
)

MAX_ANSWER = 8 * 1024 * 1024
ATTEMPTS = 3
PAUSE_SECONDS = 0.25
UNAVAILABLE = 503
CHANGING = frozenset({"POST", "PUT", "DELETE"})


class Unreachable(Exception):
    """The gateway could not be reached, or lost every attempt."""


class Refused(Exception):
    """The exchange answered with a coded refusal."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", "UNCODED"))[:100]
        self.message_fa = str(problem.get("messageFa", ""))[:500]
        self.message_en = str(problem.get("messageEn", problem.get("title", "")))[:500]
        self.errors = problem.get("errors")
        super().__init__(f"{status} {self.code}")

    def facts(self) -> dict[str, Any]:
        """Return status and the places the exchange complains about, for the person."""
        return {"status": self.status, **({"errors": self.errors} if self.errors else {})}


@dataclass(frozen=True)
class Who:
    """The centre, its software and the person who is signed in."""

    token: Identity
    seal: Identity
    user_id: str

    @property
    def centre(self) -> str:
        """SIAM id of the centre, as its seal says."""
        return self.seal.subject["siamId"]

    @property
    def software(self) -> str:
        """Id of the software product, as the seal says."""
        return self.seal.subject["softwareId"]


@dataclass(frozen=True)
class Answer:
    """A checked answer. `json` is None when there is no content."""

    status: int
    headers: Mapping[str, str]
    json: Any

    def text(self, *path: str) -> str:
        """Return a required string member; Refused when the exchange left it out."""
        value = self.json
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, str):
            missing = {"code": "ANSWER_INCOMPLETE", "messageEn": f"{'/'.join(path)} is missing"}
            raise Refused(self.status, missing)
        return value


@dataclass
class Gateway:
    """One signed-in program at the gateway."""

    url: str
    kit: Kit
    who: Who
    faults: Faults
    timeout: float = 15.0
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    retries: int = 0
    patience: float = 0.0  # seconds to go on trying when nobody listens at all
    trace: Callable[[str, str, str], None] = field(default=lambda _method, _target, _outcome: None)
    _connection: http.client.HTTPSConnection | None = None
    _nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def call(
        self,
        method: str,
        target: str,
        *,
        body: Any = None,
        document: bytes | None = None,
        lease: str | None = None,
        if_match: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """Send one sealed request to `/ditas` + target and return its checked answer.

        `key` is the idempotency key of a message that may have been sent before; otherwise a new
        one. Raises Refused (coded refusal), SealNotTrusted (answer must not be used), Unreachable.
        """
        content, media_type = _content(body, document)
        if key is None and method in CHANGING:
            key = secrets.token_urlsafe(24)
        correlation = str(uuid.uuid4())
        last: Exception | None = None
        waiting: Received | None = None
        headers: dict[str, str] = {}
        for attempt in self._attempts():
            if attempt and key and self.faults.on("client.retry.new_key"):
                key = secrets.token_urlsafe(24)
            if not (attempt and self.faults.on("client.retry.same_seal")):
                headers = self._headers(target, content, correlation)
                extra = {
                    "content-type": media_type,
                    "idempotency-key": key,
                    "if-match": if_match,
                    "ditas-lease": lease,
                }
                headers.update({name: value for name, value in extra.items() if value})
                if not (method == "GET" and self.faults.on("client.seal.missing")):
                    seal_request(method, headers, self._sealing())
            try:
                received = self._send(method, target, headers, content)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                self.retries += 1
                last = error
                continue
            if not self.faults.on("client.answer.seal_ignored"):
                verify_answer(received, headers, self.kit, self.clock())
            if received.status == UNAVAILABLE and self.patience > 0:
                # A part of the exchange is away; with patience that is waited for, too.
                waiting = received
                self.retries += 1
                continue
            return self._traced(method, target, received)
        if waiting is not None:
            return self._traced(method, target, waiting)
        raise Unreachable(f"{type(last).__name__}: {last}") from last

    def _attempts(self) -> Iterator[int]:
        """Count the attempts: a few at once, then, with patience, until it runs out."""
        at_once = 1 if self.faults.on("client.retry.gives_up") else ATTEMPTS
        deadline = time.monotonic() + self.patience
        for attempt in itertools.count():
            if attempt >= at_once:
                if time.monotonic() >= deadline:
                    return
                time.sleep(PAUSE_SECONDS)
            yield attempt

    def _traced(self, method: str, target: str, received: Received) -> Answer:
        try:
            answer = _answer(received)
        except Refused as refusal:
            self.trace(method, target, f"{refusal.status} {refusal.code}")
            raise
        self.trace(method, target, str(answer.status))
        return answer

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self, target: str, content: bytes, correlation: str) -> dict[str, str]:
        user = self.who.user_id
        if self.faults.on("client.user.constant"):
            user = str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:synthetic:erx-ir:user:somebody"))
        return {
            "accept": "application/json, application/problem+json",
            "content-digest": content_digest(content),
            "ditas-target": target,
            "ditas-centre": self.who.centre,
            "ditas-software": self.who.software,
            "ditas-user": user,
            "ditas-correlation": correlation,
            "ditas-certificate": f":{_base64(self.who.seal.der)}:",
        }

    def _sealing(self) -> Sealing:
        now = self.clock()
        if self.faults.on("client.seal.clock_off"):
            now -= timedelta(minutes=20)
        sealing = Sealing.fresh(self.who.seal, now)
        if self.faults.on("client.seal.nonce_reused"):
            return Sealing(sealing.identity, sealing.created, self._nonce)
        return sealing

    def _send(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Received:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, "/ditas" + target, body=content or None, headers=headers)
        response = self._connection.getresponse()
        body = response.read(MAX_ANSWER + 1)
        if len(body) > MAX_ANSWER:
            raise Unreachable(f"the answer is larger than {MAX_ANSWER} bytes")
        promised = response.getheader("content-length")
        if promised is not None and len(body) < int(promised):
            # Broken off: a lost answer is asked for again, never judged by its half.
            raise http.client.IncompleteRead(body, int(promised) - len(body))
        joined: dict[str, str] = {}
        for name, value in response.getheaders():
            low = name.lower()
            joined[low] = f"{joined[low]}, {value}" if low in joined else value
        return Received(response.status, joined, body)

    def _connect(self) -> http.client.HTTPSConnection:
        parts = urlsplit(self.url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=self.kit.trust_pem)
        context.load_cert_chain(self.who.token.chain_path, self.who.token.key_path)
        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=self.timeout, context=context
        )


def _content(body: Any, document: bytes | None) -> tuple[bytes, str]:
    if document is not None:
        return document, MEDIA_TYPE
    if body is not None:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    return b"", ""


def _answer(received: Received) -> Answer:
    parsed: Any = None
    if received.body:
        try:
            parsed = json.loads(received.body)
        except ValueError as error:
            unreadable = {"code": "ANSWER_NOT_JSON", "messageEn": "the answer is not JSON"}
            raise Refused(received.status, unreadable) from error
    if received.status >= 400:  # noqa: PLR2004 - classes of refusal of HTTP
        raise Refused(received.status, parsed if isinstance(parsed, dict) else {})
    return Answer(received.status, received.headers, parsed)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
