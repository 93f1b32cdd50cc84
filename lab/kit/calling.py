"""Building requests: who calls, what is called, and the finished draft with its seal."""

from __future__ import annotations

import base64
import copy
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fixtures.synthetic import World
from lab.kit.contract import Operation, fill_path, with_query
from lab.kit.credentials import CredentialKit, Identity
from lab.kit.documents import MEDIA_TYPE, document_bytes, sign_document
from lab.kit.mutation import Draft, Mutation, Stage
from lab.kit.seal import content_digest, sign_draft
from lab.kit.session import CaseSession
from lab.model.base import JsonValue
from lab.model.exchange import Direction

_GIVEN_OUT = re.compile(r"(?=.*[0-9])[0-9A-Za-z_.-]{16,}")


class Auto:
    """Type of AUTO: let the kit choose."""


AUTO: Final = Auto()


@dataclass(frozen=True)
class Caller:
    """Who calls: a centre with its token and seal, each replaceable by another identity's name.

    The seal may also be an identity the case made itself (`lab.kit.made_identity`).
    A service acts for a centre with `token` and `seal` of its
    own: `Caller("office-1", token="gateway.seal", seal="gateway.seal")`.
    `token=None` presents no client certificate. `person` chooses the user id; `centre_id`,
    `software_id` and `user_id` override what the context headers claim.
    """

    centre: str
    token: str | Auto | None = AUTO
    seal: str | Auto | Identity = AUTO
    person: str | None = None
    centre_id: str | None = None
    software_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class Call:
    """One call as data; `Sut.parallel` takes a list of them. See `Sut.call` for the fields."""

    operation: str
    path: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    body: JsonValue = None
    document: tuple[str, JsonValue, str | Identity] | None = None
    caller: Caller | None = None
    headers: Mapping[str, str] | None = None
    key: str | Auto | None = AUTO
    if_match: str | None = None
    lease: str | None = None
    mutate: Mutation | tuple[Mutation, ...] | None = None
    service: str | None = None


@dataclass(frozen=True)
class Route:
    """Where a call goes."""

    service: str
    base_url: str
    direction: Direction
    operation: Operation


@dataclass(frozen=True)
class Drafter:
    """Builds requests of one attempt: body, signature, context headers, seal, in this order."""

    session: CaseSession
    kit: CredentialKit
    world: World

    def draft(
        self,
        call: Call,
        route: Route,
        caller: Caller,
        mutations: tuple[Mutation, ...],
        ordinal: int,
    ) -> Draft:
        """Return the finished request of a call, with every mutation applied at its stage."""
        path = (
            fill_path(route.operation.path, dict(call.path or {}))
            if call.path
            else route.operation.path
        )
        url = with_query(f"{route.base_url}{path}", dict(call.query) if call.query else None)
        draft = Draft(method=route.operation.method, url=url, target=target_of(url))
        self._build_body(draft, call, mutations)
        self._context_headers(draft, call, caller, route, ordinal)
        _apply(draft, mutations, Stage.BEFORE_SEAL)
        if draft.sealed:
            nonce = base64.urlsafe_b64encode(self.session.digest("nonce", ordinal)[:18]).decode()
            sign_draft(draft, self._seal(caller), created=self.session.wire_time, nonce=nonce)
        _apply(draft, mutations, Stage.AFTER_SEAL)
        _apply(draft, mutations, Stage.WIRE)
        return draft

    def _build_body(self, draft: Draft, call: Call, mutations: tuple[Mutation, ...]) -> None:
        if call.document is not None:
            kind, payload, signer = call.document
            draft.payload = copy.deepcopy(payload)
            _apply(draft, mutations, Stage.PAYLOAD)
            draft.document = sign_document(
                kind,
                draft.payload,
                signer if isinstance(signer, Identity) else self.kit.identity(signer),
                issued_at=int(self.session.now.timestamp()),
                overrides=draft.protected,
            )
            _apply(draft, mutations, Stage.DOCUMENT)
            draft.body = document_bytes(draft.document)
            draft.set_header("content-type", MEDIA_TYPE)
        elif isinstance(call.body, bytes):
            draft.body = call.body
            draft.set_header("content-type", "application/json")
        elif call.body is not None:
            draft.payload = copy.deepcopy(call.body)
            _apply(draft, mutations, Stage.PAYLOAD)
            text = json.dumps(draft.payload, ensure_ascii=False, separators=(",", ":"))
            draft.body = text.encode()
            draft.set_header("content-type", "application/json")
        _apply(draft, mutations, Stage.BODY)

    def _context_headers(
        self, draft: Draft, call: Call, caller: Caller, route: Route, ordinal: int
    ) -> None:
        seal = self._seal(caller)
        correlation = uuid.UUID(bytes=self.session.digest("correlation", ordinal)[:16], version=4)
        rows = {
            "accept": "application/json, application/problem+json",
            "accept-encoding": "identity",  # silence would take any coding (RFC 9110, 12.5.3)
            "content-length": str(len(draft.body)),
            "content-digest": content_digest(draft.body),
            "ditas-target": draft.target,
            "ditas-centre": caller.centre_id or seal.subject.get("siamId") or self._siam_id(caller),
            "ditas-software": caller.software_id
            or seal.subject.get("softwareId")
            or self._software_id(caller),
            "ditas-user": caller.user_id or self._user(caller),
            "ditas-correlation": str(correlation),
            "ditas-certificate": f":{base64.b64encode(seal.leaf_der).decode()}:",
        }
        if isinstance(call.key, str):
            rows["idempotency-key"] = call.key
        elif call.key is AUTO and route.operation.changes_state:
            rows["idempotency-key"] = self.session.digest("key", ordinal).hex()[:32]
        if call.if_match is not None:
            rows["if-match"] = call.if_match
        if call.lease is not None:
            rows["ditas-lease"] = call.lease
        for name, value in {**rows, **dict(call.headers or {})}.items():
            draft.set_header(name, value)

    def _siam_id(self, caller: Caller) -> str:
        """Return the centre a service acts for; its own seal names none."""
        centre = self.world.centres.get(caller.centre)
        return centre.siam_id if centre else ""

    def _software_id(self, caller: Caller) -> str:
        known = caller.centre in self.world.centres
        return self.world.software_of(caller.centre).software_id if known else ""

    def _user(self, caller: Caller) -> str:
        person = caller.person
        if person is None:
            at_centre = (user.person for user in self.world.users if user.centre == caller.centre)
            person = next(at_centre, "nobody")
        return self.world.user_id(person, caller.centre)

    def _seal(self, caller: Caller) -> Identity:
        if isinstance(caller.seal, Identity):
            return caller.seal
        name = f"{caller.centre}.seal" if isinstance(caller.seal, Auto) else caller.seal
        return self.kit.identity(name)

    def token(self, caller: Caller) -> Identity | None:
        """Return the TLS identity of a caller, None when it presents no certificate."""
        if caller.token is None:
            return None
        name = f"{caller.centre}.token" if isinstance(caller.token, Auto) else caller.token
        return self.kit.identity(name)


def target_of(url: str) -> str:
    """Return the sealed target of a URL: path and query without one leading `/ditas`."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/ditas") if parts.path.startswith("/ditas/") else parts.path
    return path + (f"?{parts.query}" if parts.query else "")


def named(method: str, target: str) -> str:
    """Return how a request is called that no contract names, like "GET /prescriptions/{id}/x".

    Ids that a product gave out are left out, so that a finding is called alike in every campaign.
    """
    path, asks, query = target.partition("?")
    parts = ("{id}" if _GIVEN_OUT.fullmatch(part) else part for part in path.split("/"))
    return f"{method} {'/'.join(parts)}{asks}{query}"[:120]


def _apply(draft: Draft, mutations: tuple[Mutation, ...], stage: Stage) -> None:
    for mutation in mutations:
        if mutation.stage is stage:
            mutation.change(draft)
    late = stage in {Stage.AFTER_SEAL, Stage.WIRE} and bool(mutations)
    # The declared length always fits the bytes: framing attacks are not what cases are about.
    if late and draft.header("content-length") is not None:
        draft.set_header("content-length", str(len(draft.body)))
