"""Services believe each other only by seal, and ask anew about signers of controlled drugs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.kit.documents import document_bytes, sign_document
from reference_impl.platform.peers import AsgiApp
from tests.component.bench import Bench, bench
from tests.component.trusted import CENTRES, COMPROMISED, TrustCaller
from tests.unit.reference_platform.sealed_caller import Heard

Change = Any


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


def changed(app: AsgiApp, change: Change) -> AsgiApp:
    """The same service with somebody in between who changes its answers."""

    async def between(scope: Any, receive: Any, send: Any) -> None:
        async def altered(message: Any) -> None:
            await send(change(message))

        await app(scope, receive, altered)

    return between


def other_body(message: Any) -> Any:
    if message["type"] != "http.response.body":
        return message
    return {**message, "body": message["body"].replace(b'"active":true', b'"active": true')}


def other_status(message: Any) -> Any:
    return {**message, "status": 203} if "status" in message else message


def dropped(name: bytes) -> Change:
    def change(message: Any) -> Any:
        if "headers" not in message:
            return message
        return {**message, "headers": [h for h in message["headers"] if h[0] != name]}

    return change


@pytest.mark.parametrize(
    "change",
    [other_body, other_status, dropped(b"signature"), dropped(b"signature-input"),
     dropped(b"ditas-correlation"), dropped(b"content-digest"), dropped(b"ditas-certificate")],
)  # fmt: skip
def test_an_answer_without_a_seal_that_holds_is_no_answer(
    caller: TrustCaller, change: Change
) -> None:
    sound = caller.exchange.services["siam"]
    caller.exchange.services["siam"] = changed(sound, change)
    refused = caller.ask("GET", "/maksa/v1/systems")
    caller.exchange.services["siam"] = sound
    assert (refused.status, refused.code) == (503, "DEPENDENCY_UNAVAILABLE")
    assert caller.ask("GET", "/maksa/v1/systems").status == 200


def test_a_service_does_not_answer_for_another(caller: TrustCaller) -> None:
    caller.exchange.services["siam"] = caller.exchange.services["irimc"]
    assert caller.ask("GET", CENTRES).code == "DEPENDENCY_UNAVAILABLE"


@pytest.fixture(scope="module")
def payloads(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def prescribe(caller: TrustCaller, payloads: Bench, product: str) -> Heard:
    content = payloads.prescription("1W2AZVAKZQ", payloads.item(product, 10))
    signed = sign_document(
        "prescription", content, caller.kit.identity("dr01"),
        issued_at=int(caller.clock.now().timestamp()),
    )  # fmt: skip
    return caller.call(
        "POST", "/purchaser/v1/prescriptions", document_bytes(signed),
        headers={"content-type": "application/jose+json"},
    )  # fmt: skip


def test_a_signer_of_controlled_drugs_is_asked_about_anew(
    caller: TrustCaller, payloads: Bench
) -> None:
    world = caller.world
    controlled = next(p.code for p in world.products.values() if p.controlled)
    plain = next(p.code for p in world.products.values() if not p.controlled)
    assert prescribe(caller, payloads, plain).code != "DOCUMENT_CERTIFICATE_REVOKED"
    body = {**caller.named("dr01"), "reason": COMPROMISED}
    assert caller.ask("POST", "/pki/v1/revocations", body).status == 201
    assert prescribe(caller, payloads, controlled).code == "DOCUMENT_CERTIFICATE_REVOKED"


def test_a_kept_answer_serves_other_drugs_for_an_hour(caller: TrustCaller, payloads: Bench) -> None:
    plain = next(p.code for p in caller.world.products.values() if not p.controlled)
    prescribe(caller, payloads, plain)
    body = {**caller.named("dr01"), "reason": COMPROMISED}
    caller.ask("POST", "/pki/v1/revocations", body)
    assert prescribe(caller, payloads, plain).code != "DOCUMENT_CERTIFICATE_REVOKED"
    caller.later(minutes=61)
    assert prescribe(caller, payloads, plain).code == "DOCUMENT_CERTIFICATE_REVOKED"


@pytest.mark.parametrize(
    ("point", "refused"), [("platform.document.kept_status", False), (None, True)]
)
def test_the_kept_status_fault_shows(
    state: Path, payloads: Bench, point: str | None, refused: bool
) -> None:
    made = TrustCaller(state, *([point] if point else []))
    try:
        controlled = next(p.code for p in made.world.products.values() if p.controlled)
        prescribe(made, payloads, controlled)
        body = {**made.named("dr01"), "reason": COMPROMISED}
        assert made.ask("POST", "/pki/v1/revocations", body).status == 201
        code = prescribe(made, payloads, controlled).code
        assert (code == "DOCUMENT_CERTIFICATE_REVOKED") is refused
    finally:
        made.close()
