"""One sealed call of the load generator: built, signed and sent now, judged only for soundness.

Uses the seal, documents and bounded transport of the kit, so load and conformance speak alike.
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from fixtures.synthetic import World, user_id
from lab.kit.credentials import CredentialKit, Identity
from lab.kit.documents import MEDIA_TYPE, document_bytes, sign_document
from lab.kit.live import LiveTransport
from lab.kit.mutation import Draft
from lab.kit.reply import JsonProblem, parse_json
from lab.kit.seal import content_digest, sign_draft
from lab.kit.sut import target_of
from lab.kit.transport import Outcome, OutgoingRequest

DOCUMENT_MEDIA = MEDIA_TYPE


@dataclass(frozen=True)
class Sender:
    """Who calls: a centre with its two identities and the user at work."""

    centre: str
    software: str
    user: str
    token: Identity
    seal: Identity

    @classmethod
    def of(cls, kit: CredentialKit, world: World, centre: str, person: str) -> Sender:
        """Build the sender of one centre of the synthetic world."""
        return cls(
            centre=world.centre(centre).siam_id,
            software=world.software_of(centre).software_id,
            user=user_id(person, centre),
            token=kit.identity(f"{centre}.token"),
            seal=kit.identity(f"{centre}.seal"),
        )


@dataclass(frozen=True)
class Answer:
    """What came back: status and parsed body, or the kind of failure in `error`."""

    status: int
    body: Any
    error: str
    size: int
    correlation_echoed: bool


class Channel:
    """Sends sealed calls below one base URL. Safe for many greenlets at once."""

    def __init__(self, base_url: str, transport: LiveTransport, limits: tuple[float, int]) -> None:
        self._base = base_url.rstrip("/")
        self._transport = transport
        self._deadline, self._max_bytes = limits

    def post(
        self, path: str, sender: Sender, content: bytes, *, media: str = "application/json"
    ) -> Answer:
        """Seal and send a POST."""
        return self.send(self.sealed(path, sender, content, media=media))

    def send(self, request: OutgoingRequest) -> Answer:
        """Send a sealed request."""
        correlation = next(v for n, v in request.headers if n == "ditas-correlation")
        return _answer(self._transport.send(request), correlation)

    def sealed(
        self, path: str, sender: Sender, content: bytes, *, media: str = "application/json"
    ) -> OutgoingRequest:
        """Seal a POST now, to be sent within the window of the seal."""
        url = f"{self._base}{path}"
        target = target_of(url)
        correlation = str(uuid.uuid4())
        draft = Draft(method="POST", url=url, target=target, body=content)
        for name, value in (
            ("content-type", media),
            ("accept", "application/json, application/problem+json"),
            ("content-length", str(len(content))),
            ("content-digest", content_digest(content)),
            ("ditas-target", target),
            ("ditas-centre", sender.centre),
            ("ditas-software", sender.software),
            ("ditas-user", sender.user),
            ("ditas-correlation", correlation),
            ("ditas-certificate", _byte_sequence(sender.seal)),
            ("idempotency-key", secrets.token_urlsafe(24)),
        ):
            draft.set_header(name, value)
        nonce = secrets.token_urlsafe(18)
        sign_draft(draft, sender.seal, created=int(time.time()), nonce=nonce)
        return OutgoingRequest(
            method="POST",
            url=url,
            target=target,
            headers=tuple(draft.headers),
            body=content,
            identity=sender.token,
            deadline_seconds=self._deadline,
            max_response_bytes=self._max_bytes,
            ordinal=0,
            step="load",
        )


def signed_prescription(payload: dict[str, Any], signer: Identity) -> bytes:
    """Sign a prescription document now."""
    return document_bytes(
        sign_document("prescription", payload, signer, issued_at=int(time.time()))
    )


def _byte_sequence(identity: Identity) -> str:
    return f":{base64.b64encode(identity.leaf_der).decode()}:"


def _answer(outcome: Outcome, correlation: str) -> Answer:
    response = outcome.response
    if response is None:
        kind = outcome.failure.kind.value if outcome.failure else "protocol"
        return Answer(0, None, kind, 0, correlation_echoed=False)
    echoed = any(
        name.lower() == "ditas-correlation" and value == correlation
        for name, value in response.headers
    )
    try:
        body = parse_json(response.content) if response.content else None
        error = ""
    except JsonProblem:
        body, error = None, "body is not JSON"
    return Answer(response.status, body, error, len(response.content), correlation_echoed=echoed)
