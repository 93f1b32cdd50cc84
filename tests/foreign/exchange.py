"""Asking the other services of the exchange: sealed in our name, over mutual TLS."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509

from tests.foreign import sealing
from tests.foreign.conditions import Json
from tests.foreign.sealing import Identity, NotTrusted, Trust, quoted


class Unavailable(Exception):
    """A peer gave no answer that can be believed."""


@dataclass(frozen=True)
class Told:
    """What a peer answered."""

    status: int
    json: Json

    @property
    def code(self) -> str | None:
        found = self.json.get("code") if isinstance(self.json, dict) else None
        return str(found) if self.status >= 400 and found else None


class Exchange:
    """The services beside us; keeps its connections."""

    def __init__(self, address: str, own: Identity, trust: Trust) -> None:
        parts = urlsplit(address)
        self.host, self.port = str(parts.hostname), parts.port or 443
        self.own, self.trust = own, trust
        self.context = ssl.create_default_context(cafile=str(trust.trust_file))
        self.context.load_cert_chain(own.chain_file, own.key_file)
        self._idle: list[http.client.HTTPSConnection] = []
        self._lock = threading.Lock()

    def get(self, target: str, context: Mapping[str, str]) -> Told:
        return self._ask("GET", target, b"", context)

    def post(self, target: str, body: Json, context: Mapping[str, str]) -> Told:
        return self._ask("POST", target, json.dumps(body).encode(), context)

    def _ask(self, method: str, target: str, body: bytes, context: Mapping[str, str]) -> Told:
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        if idle is not None:
            try:
                return self._over(idle, method, target, body, context)
            except (OSError, http.client.HTTPException):
                idle.close()  # it was closed meanwhile: once more, sealed anew, over a fresh one
        fresh = http.client.HTTPSConnection(self.host, self.port, timeout=8, context=self.context)
        try:
            return self._over(fresh, method, target, body, context)
        except (OSError, http.client.HTTPException, ValueError, NotTrusted) as error:
            raise Unavailable(f"{method} {target}: {error}") from error

    def _over(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        target: str,
        body: bytes,
        context: Mapping[str, str],
    ) -> Told:
        headers = self._sealed(method, target, body, context)
        connection.request(method, target, body or None, headers)
        reply = connection.getresponse()
        data = reply.read(4 * 1024 * 1024)
        answered = {name.lower(): value for name, value in reply.getheaders()}
        self._believe(reply.status, answered, data, headers)
        with self._lock:
            self._idle.append(connection)
        return Told(reply.status, json.loads(data) if data else None)

    def _sealed(
        self, method: str, target: str, body: bytes, context: Mapping[str, str]
    ) -> dict[str, str]:
        names = ("ditas-centre", "ditas-software", "ditas-user", "ditas-correlation")
        headers = {name: context[name] for name in names}
        headers |= {
            "content-digest": sealing.digest_of(body),
            "ditas-target": target,
            "ditas-certificate": sealing.wrapped(self.own.der),
        }
        if method == "POST":
            headers |= {"idempotency-key": uuid.uuid4().hex, "content-type": "application/json"}
        covered = [*sealing.COVERED, *(n for n in sealing.WHEN_PRESENT if n in headers)]
        values = {quoted(name): headers.get(name, method) for name in covered}
        raw, signature = sealing.sign(self.own, list(values), values.__getitem__, "ditas-seal")
        return {**headers, "signature-input": f"seal={raw}", "signature": f"seal={signature}"}

    def _believe(
        self, status: int, headers: Mapping[str, str], body: bytes, sent: Mapping[str, str]
    ) -> None:
        """Raise NotTrusted unless the answer is sealed by a service, for our question."""
        if headers.get("content-digest") != sealing.digest_of(body):
            raise NotTrusted("SEAL_DIGEST_MISMATCH")
        if headers.get("ditas-correlation") != sent["ditas-correlation"]:
            raise NotTrusted("SEAL_TARGET_MISMATCH")
        sealed = sealing.read_seal(headers, "ditas-response")
        leaf = x509.load_der_x509_certificate(sealing.binary(headers["ditas-certificate"]))
        self.trust.check(leaf, classes={sealing.SERVICE_SEAL})
        request_signature = sealing.members(sent["signature"])["seal"]

        def value(component: str) -> str:
            if component == '"@status"':
                return str(status)
            if component == '"signature";req;key="seal"':
                return request_signature
            return headers[component.strip('"')]

        wanted = [*(quoted(name) for name in sealing.ANSWER), '"signature";req;key="seal"']
        if list(sealed.covered) != wanted:
            raise NotTrusted("SEAL_COVERAGE_INSUFFICIENT")
        sealing.check_signature(leaf, sealed, sealing.base_of(sealed.covered, value, sealed.raw))
