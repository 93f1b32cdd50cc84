"""Talk to an exchange in this process with seals made by the judging side's independent code."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.kit.credentials import CredentialKit, Identity
from lab.kit.mutation import Draft
from lab.kit.seal import content_digest, sign_draft
from reference_impl.faults.points import resolve
from reference_impl.platform.peers import AsgiApp, Response, _Collected
from reference_impl.topology.exchange import Exchange, Settings

Change = Callable[[Draft], None]


@dataclass(frozen=True)
class Heard:
    """A response with its request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request: Draft

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def code(self) -> str | None:
        return self.json.get("code") if isinstance(self.json, dict) else None


class SealedCaller:
    """One exchange and the kit to call it as any centre."""

    def __init__(self, state: Path, *faults: str, **settings: Any) -> None:
        self.exchange = Exchange(Settings(state=state, faults=resolve(faults), **settings))
        self.world = self.exchange.world
        self.kit = CredentialKit.load(state / "credentials")
        self.runner = asyncio.Runner()

    def close(self) -> None:
        self.runner.close()
        self.exchange.close()

    def call(self, method: str, target: str, body: Any = b"", **options: Any) -> Heard:
        return self.runner.run(self.send(self.draft(method, target, body, **options), **options))

    def draft(
        self,
        method: str,
        target: str,
        body: Any = b"",
        *,
        centre: str = "office-1",
        person: str = "dr01",
        headers: Mapping[str, str] | None = None,
        **_options: Any,
    ) -> Draft:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {
            "content-type": "application/json",
            "ditas-target": target,
            "ditas-centre": self.world.centre(centre).siam_id,
            "ditas-software": self.world.software_of(centre).software_id,
            "ditas-user": self.world.user_id(person, centre),
            "ditas-correlation": str(uuid.uuid4()),
        }
        if method != "GET":
            fields["idempotency-key"] = secrets.token_urlsafe(18)
        fields |= headers or {}
        return Draft(
            method, f"https://inprocess.invalid{target}", target, list(fields.items()), content
        )

    async def send(
        self,
        draft: Draft,
        *,
        centre: str = "office-1",
        seal: str | None = None,
        token: str | None = "",
        gateway: bool = False,
        before: Change | None = None,
        after: Change | None = None,
        path: str | None = None,
        **_options: Any,
    ) -> Heard:
        identity = self.kit.identity(seal or f"{centre}.seal")
        self.seal(draft, identity, before)
        if after is not None:
            after(draft)
        presented = None if token is None else self.kit.identity(token or f"{centre}.token")
        app = self.exchange.gateway_app if gateway else self.exchange.services_app
        target = path or (f"/ditas{draft.target}" if gateway else draft.target)
        return await self._exchanged(app, draft, target, presented)

    def seal(self, draft: Draft, identity: Identity, before: Change | None = None) -> None:
        encoded = certificate_header(identity)
        draft.set_header("ditas-certificate", encoded)
        draft.set_header("content-digest", content_digest(draft.body))
        if before is not None:
            before(draft)
        sign_draft(draft, identity, created=int(time.time()), nonce=secrets.token_urlsafe(18))

    async def _exchanged(
        self, app: AsgiApp, draft: Draft, target: str, presented: Identity | None
    ) -> Heard:
        path, _, query = target.partition("?")
        tls = {
            "client_cert_der": presented.leaf_der if presented else None,
            "client_chain_der": list(presented.chain_der) if presented else [],
        }
        scope: dict[str, Any] = {
            "type": "http",
            "method": draft.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(n.encode(), v.encode("latin-1")) for n, v in draft.headers],
            "extensions": {"tls": tls},
        }
        collected = _Collected()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": draft.body, "more_body": False}

        await app(scope, receive, collected.send)
        response: Response = collected.response()
        names = {name.lower(): value for name, value in response.headers}
        return Heard(response.status, names, response.body, draft)


def certificate_header(identity: Identity) -> str:
    return f":{base64.b64encode(identity.leaf_der).decode()}:"
