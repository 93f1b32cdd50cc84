"""A local key, a card and a telephone lead to the same document, and the exchange takes each."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.credentials import Identity, Kit
from reference_impl.clients.signers import (
    DocumentSigner,
    LocalKey,
    MobileSignature,
    SignerUnavailable,
    SmartCard,
    Telephone,
    signed,
)
from tests.component.bench import Bench, bench
from tests.component.test_esign import ENROLMENTS, application
from tests.component.trusted import TrustCaller, new_key

PIN = "1401"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


@pytest.fixture(scope="module")
def payloads(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def doctor(state: Path) -> Identity:
    directory = state / "credentials"
    entries = json.loads((directory / "kit.json").read_text())["identities"]
    pem = (directory / "trust.pem").read_text()
    trust = tuple(x509.load_pem_x509_certificates(pem.encode()))
    return Kit(directory, trust, pem, entries).identity("dr01")


def through(caller: TrustCaller) -> Any:
    """The line of a client program, here without a socket."""

    def call(method: str, target: str, *, body: Any = None) -> Answer:
        heard = caller.ask(method, target, b"" if body is None else body)
        if heard.status >= 400:
            raise Refused(heard.status, heard.json)
        return Answer(heard.status, heard.headers, heard.json)

    return call


def mobile(caller: TrustCaller, *, approves: bool = True) -> MobileSignature:
    key = new_key()
    enrolled = caller.ask("POST", ENROLMENTS, application(caller, key)).json
    leaf = x509.load_der_x509_certificate(base64.b64decode(enrolled["certificate"]))
    chain = (leaf, caller.exchange.authority.intermediate.certificate)
    telephone = Telephone(key, approves=approves)
    return MobileSignature(through(caller), enrolled["enrolmentId"], chain, telephone)


def local(_caller: TrustCaller, identity: Identity) -> DocumentSigner:
    return LocalKey(identity)


def card(_caller: TrustCaller, identity: Identity) -> DocumentSigner:
    made = SmartCard(identity, PIN)
    made.present(PIN)
    return made


def telephone(caller: TrustCaller, _identity: Identity) -> DocumentSigner:
    return mobile(caller)


@pytest.mark.parametrize("made", [local, card, telephone])
def test_the_exchange_takes_the_document(
    caller: TrustCaller, payloads: Bench, state: Path, made: Any
) -> None:
    question = {
        "patient": payloads.person_id("P01"),
        "insurerCode": "1",
        "providerCouncil": {"councilKind": "MD", "councilNumber": "990001"},
    }
    hid = caller.ask("POST", "/eligibility/v1/hids", question).json["hid"]
    payload = payloads.prescription(hid)
    document = signed("prescription", payload, made(caller, doctor(state)), caller.clock.now())
    heard = caller.ask(
        "POST", "/purchaser/v1/prescriptions", document,
        headers={"content-type": "application/jose+json"},
    )  # fmt: skip
    assert heard.status == 201, heard
    assert heard.json["document"] == payload


def test_what_is_signed_does_not_depend_on_the_signer(
    caller: TrustCaller, payloads: Bench, state: Path
) -> None:
    payload, now = payloads.prescription("1W2AZVAKZQ"), caller.clock.now()
    identity = doctor(state)
    one, other = (
        json.loads(signed("prescription", payload, made(caller, identity), now))
        for made in (local, card)
    )
    assert (one["payload"], one["protected"]) == (other["payload"], other["protected"])


def test_a_card_signs_once_per_pin_and_locks(state: Path) -> None:
    made = SmartCard(doctor(state), PIN)
    with pytest.raises(SignerUnavailable, match="PIN first"):
        made.signature(bytes(32), "prescription", "")
    made.present(PIN)
    assert len(made.signature(bytes(32), "prescription", "")) == 64
    with pytest.raises(SignerUnavailable, match="PIN first"):
        made.signature(bytes(32), "prescription", "")
    for left in (2, 1, 0):
        with pytest.raises(SignerUnavailable, match=f"{left} tries left"):
            made.present("0000")
    with pytest.raises(SignerUnavailable, match="locked"):
        made.present(PIN)


def test_a_signer_who_declines_signs_nothing(caller: TrustCaller) -> None:
    with pytest.raises(Refused, match="SIGNATURE_REQUEST_DECLINED"):
        mobile(caller, approves=False).signature(bytes(32), "prescription", "one prescription")
