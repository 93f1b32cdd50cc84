"""The client's seal, checked by the judge's own verifier, and its distrust of answers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.kit.credentials import CredentialKit
from lab.kit.observed_seal import RequestSealVerifier
from lab.model.exchange import BodyRef, Direction, Exchange, Header, SentRequest
from reference_impl.clients.credentials import Kit, load_kit
from reference_impl.clients.seal import (
    Received,
    Sealing,
    SealNotTrusted,
    content_digest,
    seal_request,
    verify_answer,
)
from tests.unit.clients.answers import sealed_answer

NOW = datetime.now(UTC)
BODY = b'{"n":1}'


@pytest.fixture(scope="module")
def kit(credentials: Path) -> Kit:
    return load_kit(credentials)


def headers_of(kit: Kit, body: bytes = BODY, name: str = "pharmacy-1.seal") -> dict[str, str]:
    seal = kit.identity(name)
    return {
        "content-digest": content_digest(body),
        "ditas-target": "/ttac/v1/verifications",
        "ditas-centre": seal.subject["siamId"],
        "ditas-software": seal.subject["softwareId"],
        "ditas-user": "0a1b2c3d-0000-4000-8000-000000000001",
        "ditas-correlation": "0a1b2c3d-0000-4000-8000-000000000002",
        "ditas-certificate": f":{base64.b64encode(seal.der).decode()}:",
        "idempotency-key": "k" * 24,
    }


def exchange_of(headers: dict[str, str], at: datetime = NOW) -> Exchange:
    return Exchange(
        id="EV-000001", case_id="SCN-X", attempt=1, ordinal=0, direction=Direction.OBSERVED,
        step="-", identity="-", started_at=at, elapsed_ms=1,
        request=SentRequest(
            method="POST", url="https://127.0.0.1:1/ditas/ttac/v1/verifications",
            target="/ttac/v1/verifications",
            headers=tuple(Header(name=k, value=v) for k, v in headers.items()),
            body=BodyRef(sha256="0" * 64, size=len(BODY)),
        ),
    )  # fmt: skip


def test_a_fresh_seal_satisfies_the_independent_verifier(kit: Kit, credentials: Path) -> None:
    headers = headers_of(kit)
    seal_request("POST", headers, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    verifier = RequestSealVerifier(CredentialKit.load(credentials))
    assert verifier.request_problem(exchange_of(headers), BODY) is None


def test_a_revoked_seal_satisfies_nobody(kit: Kit, credentials: Path) -> None:
    name = "office-1.seal-revoked"
    headers = headers_of(kit, name=name)
    seal_request("POST", headers, Sealing.fresh(kit.identity(name), NOW))
    verifier = RequestSealVerifier(CredentialKit.load(credentials))
    assert verifier.request_problem(exchange_of(headers), BODY) == "the certificate is revoked"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h.update({"ditas-user": "x"}), "does not fit"),
        (lambda h: h.update({"idempotency-key": "other" * 5}), "does not fit"),
        (lambda h: h.update({"ditas-centre": "x"}), "ditas-centre"),
        (lambda h: h.pop("signature-input"), "no signature"),
        (lambda h: h.update({"ditas-target": "/elsewhere"}), "ditas-target"),
    ],
)
def test_the_verifier_sees_what_was_changed_after_sealing(
    kit: Kit, credentials: Path, change: Callable[[dict[str, str]], object], said: str
) -> None:
    headers = headers_of(kit)
    seal_request("POST", headers, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    change(headers)
    problem = RequestSealVerifier(CredentialKit.load(credentials)).request_problem(
        exchange_of(headers), BODY
    )
    assert problem is not None
    assert said in problem


@pytest.mark.parametrize(
    ("identity", "shift", "said"),
    [
        ("pharmacy-1.seal", timedelta(minutes=-20), "from the time it came"),
        ("office-1.seal-foreign", timedelta(0), "health root"),
        ("pharmacy-1.token", timedelta(0), "centre_seal"),
    ],
)
def test_the_verifier_refuses_other_clocks_roots_and_classes(
    kit: Kit, credentials: Path, identity: str, shift: timedelta, said: str
) -> None:
    sealer = kit.identity(identity)
    headers = headers_of(kit)
    headers["ditas-certificate"] = f":{base64.b64encode(sealer.der).decode()}:"
    headers["ditas-centre"] = sealer.subject["siamId"]
    headers["ditas-software"] = sealer.subject["softwareId"]
    seal_request("POST", headers, Sealing.fresh(sealer, NOW + shift))
    problem = RequestSealVerifier(CredentialKit.load(credentials)).request_problem(
        exchange_of(headers), BODY
    )
    assert problem is not None
    assert said in problem


def test_a_sealed_answer_is_believed(kit: Kit) -> None:
    sent = headers_of(kit)
    seal_request("POST", sent, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    verify_answer(sealed_answer(kit, sent, NOW), sent, kit, NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: replace(a, body=a.body + b" "),
        lambda a: replace(a, status=201),
        lambda a: replace(
            a, headers={k: v for k, v in a.headers.items() if k != "signature-input"}
        ),
        lambda a: replace(a, headers={**a.headers, "ditas-correlation": "another"}),
        lambda a: replace(a, headers={**a.headers, "signature": "seal=:AAAA:"}),
    ],
    ids=["body", "status", "no seal", "other correlation", "short signature"],
)
def test_a_changed_answer_is_not_believed(kit: Kit, spoil: Callable[[Received], Received]) -> None:
    sent = headers_of(kit)
    seal_request("POST", sent, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    with pytest.raises(SealNotTrusted):
        verify_answer(spoil(sealed_answer(kit, sent, NOW)), sent, kit, NOW)


def test_an_answer_to_another_request_is_not_believed(kit: Kit) -> None:
    first, second = headers_of(kit), headers_of(kit)
    for sent in (first, second):
        seal_request("POST", sent, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    with pytest.raises(SealNotTrusted):
        verify_answer(sealed_answer(kit, first, NOW), second, kit, NOW)


@pytest.mark.parametrize("sealer", ["pharmacy-1.seal", "office-1.seal-foreign"])
def test_only_a_service_of_the_exchange_may_seal_answers(kit: Kit, sealer: str) -> None:
    sent = headers_of(kit)
    seal_request("POST", sent, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    with pytest.raises(SealNotTrusted):
        verify_answer(sealed_answer(kit, sent, NOW, sealer=sealer), sent, kit, NOW)


def test_an_old_answer_is_not_believed(kit: Kit) -> None:
    sent = headers_of(kit)
    seal_request("POST", sent, Sealing.fresh(kit.identity("pharmacy-1.seal"), NOW))
    with pytest.raises(SealNotTrusted, match="five minutes"):
        verify_answer(sealed_answer(kit, sent, NOW - timedelta(minutes=6)), sent, kit, NOW)
