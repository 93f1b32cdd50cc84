"""Mobile signature: enrolment, request, answer of the telephone, collection, the same document."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from lab.kit.documents import document_bytes, encode_base64url
from tests.component.bench import Bench
from tests.component.trusted import (
    COMPROMISED,
    TrustCaller,
    named,
    new_key,
    request_for,
    rsa_request,
    spoiled,
)
from tests.unit.reference_platform.sealed_caller import Heard

ENROLMENTS, REQUESTS = "/esign/v1/enrolments", "/esign/v1/signature-requests"
STRANGER = "00000000-0000-0000-0000-000000000007"
OFFICE_2: dict[str, Any] = {"centre": "office-2", "person": "dr02"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


@dataclass(frozen=True)
class Telephone:
    """The signer's device: a key that never leaves it."""

    key: ec.EllipticCurvePrivateKey

    def sign(self, digest: bytes) -> str:
        der = self.key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        r, s = decode_dss_signature(der)
        return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()

    def declines(self, request_id: str) -> str:
        return self.sign(hashlib.sha256(f"declined:{request_id}".encode()).digest())


def application(caller: TrustCaller, key: Any = None, who: str = "dr01", **more: Any) -> Any:
    member = caller.world.professional(who)
    return {
        "person": {"type": member.id_type, "value": member.id_value},
        "councilKind": member.council_kind,
        "councilNumber": member.council_number,
        "phone": member.phone,
        "certificateRequest": request_for(key or new_key()),
        **more,
    }


def enrolled(caller: TrustCaller, telephone: Telephone) -> Any:
    heard = caller.ask("POST", ENROLMENTS, application(caller, telephone.key))
    assert heard.status == 201, heard
    return heard.json


DIGEST = hashlib.sha256(b"a signing input").digest()


def ask(caller: TrustCaller, enrolment: str, digest: bytes = DIGEST, **who: Any) -> Heard:
    body = {
        "enrolmentId": enrolment,
        "documentType": "erx.prescription",
        "digest": base64.b64encode(digest).decode(),
        "displayText": "One prescription",
        "expiresInSeconds": 120,
    }
    return caller.ask("POST", REQUESTS, body, **who)


def answer(caller: TrustCaller, request_id: str, proof: str, *, approved: bool = True) -> Heard:
    body = {"requestId": request_id, "approved": approved, "deviceProof": proof}
    return caller.ask("POST", f"{REQUESTS}/{request_id}/approval", body)


def collect(caller: TrustCaller, request_id: str, **who: Any) -> Heard:
    return caller.ask("GET", f"{REQUESTS}/{request_id}", **who)


@dataclass(frozen=True)
class Asked:
    """A request that waits, with the telephone it waits for."""

    telephone: Telephone
    enrolment: Any
    request_id: str


@pytest.fixture
def asked(caller: TrustCaller) -> Asked:
    return waiting(caller)


def waiting(caller: TrustCaller) -> Asked:
    telephone = Telephone(new_key())
    enrolment = enrolled(caller, telephone)
    heard = ask(caller, enrolment["enrolmentId"])
    assert (heard.status, heard.json["state"]) == (201, "waiting")
    return Asked(telephone, enrolment, heard.json["requestId"])


def test_what_the_telephone_signs_is_collected(caller: TrustCaller, asked: Asked) -> None:
    pending = collect(caller, asked.request_id)
    assert (pending.status, pending.code) == (409, "SIGNATURE_PENDING")
    assert pending.headers["retry-after"] == "2"
    proof = asked.telephone.sign(DIGEST)
    assert answer(caller, asked.request_id, proof).json["state"] == "approved"
    done = collect(caller, asked.request_id)
    assert (done.status, done.json["signature"]) == (200, proof)
    read = caller.ask("GET", f"{ENROLMENTS}/{asked.enrolment['enrolmentId']}")
    assert read.json == asked.enrolment


def test_a_prescription_signed_by_telephone_is_registered(caller: TrustCaller, state: Path) -> None:
    telephone = Telephone(new_key())
    enrolment = enrolled(caller, telephone)
    issuer = caller.exchange.authority.intermediate.certificate.public_bytes(Encoding.DER)
    chain = [enrolment["certificate"], base64.b64encode(issuer).decode()]
    payloads = Bench(state)
    try:
        hid = caller.ask("POST", "/eligibility/v1/hids", _hid(payloads)).json["hid"]
        payload = payloads.prescription(hid)
    finally:
        payloads.close()
    header = {
        "alg": "ES256", "cty": "application/erx.prescription+json;v=1", "x5c": chain,
        "iat": int(caller.clock.now().timestamp()), "jti": payload["documentId"],
    }  # fmt: skip
    parts = [encode_base64url(json.dumps(part).encode()) for part in (header, payload)]
    digest = hashlib.sha256(".".join(parts).encode()).digest()
    request_id = ask(caller, enrolment["enrolmentId"], digest).json["requestId"]
    assert answer(caller, request_id, telephone.sign(digest)).status == 200
    raw = base64.b64decode(collect(caller, request_id).json["signature"])
    document = {
        "protected": parts[0], "payload": parts[1], "signature": encode_base64url(raw)
    }  # fmt: skip
    heard = caller.ask(
        "POST", "/purchaser/v1/prescriptions", document_bytes(document),
        headers={"content-type": "application/jose+json"},
    )  # fmt: skip
    assert heard.status == 201, heard


def _hid(payloads: Bench) -> dict[str, Any]:
    return {
        "patient": payloads.person_id("P01"),
        "insurerCode": "1",
        "providerCouncil": {"councilKind": "MD", "councilNumber": "990001"},
    }


def test_a_declined_request_stays_declined(caller: TrustCaller, asked: Asked) -> None:
    proof = asked.telephone.declines(asked.request_id)
    assert answer(caller, asked.request_id, proof, approved=False).json["state"] == "declined"
    assert collect(caller, asked.request_id).code == "SIGNATURE_REQUEST_DECLINED"
    late = answer(caller, asked.request_id, asked.telephone.sign(DIGEST))
    assert (late.status, late.code) == (409, "SIGNATURE_REQUEST_DECLINED")


def test_what_was_signed_stays_signed(caller: TrustCaller, asked: Asked) -> None:
    answer(caller, asked.request_id, asked.telephone.sign(DIGEST))
    proof = asked.telephone.declines(asked.request_id)
    assert answer(caller, asked.request_id, proof, approved=False).json["state"] == "approved"
    assert collect(caller, asked.request_id).status == 200


def test_a_request_ends_after_its_time(caller: TrustCaller, asked: Asked) -> None:
    caller.later(seconds=121)
    late = answer(caller, asked.request_id, asked.telephone.sign(DIGEST))
    assert (late.status, late.code) == (409, "SIGNATURE_REQUEST_EXPIRED")
    assert collect(caller, asked.request_id).code == "SIGNATURE_REQUEST_EXPIRED"


def test_another_device_proves_nothing(caller: TrustCaller, asked: Asked) -> None:
    for proof in (Telephone(new_key()).sign(DIGEST), asked.telephone.sign(bytes(32)), "AAAA"):
        heard = answer(caller, asked.request_id, proof)
        assert (heard.status, heard.code) == (403, "SIGNER_DEVICE_UNKNOWN")
    assert collect(caller, asked.request_id).code == "SIGNATURE_PENDING"


def test_other_centres_see_nothing(caller: TrustCaller, asked: Asked) -> None:
    enrolment = asked.enrolment["enrolmentId"]
    read = caller.ask("GET", f"{ENROLMENTS}/{enrolment}", **OFFICE_2)
    assert (read.status, read.code) == (404, "ENROLMENT_NOT_FOUND")
    assert ask(caller, enrolment, **OFFICE_2).code == "ENROLMENT_NOT_FOUND"
    assert collect(caller, asked.request_id, **OFFICE_2).code == "SIGNATURE_REQUEST_NOT_FOUND"
    assert answer(caller, STRANGER, "AAAA").code == "SIGNATURE_REQUEST_NOT_FOUND"


def test_a_revoked_signer_is_asked_no_more(caller: TrustCaller) -> None:
    telephone = Telephone(new_key())
    enrolment = enrolled(caller, telephone)
    which = named(base64.b64decode(enrolment["certificate"]))
    assert caller.ask("POST", "/pki/v1/revocations", {**which, "reason": COMPROMISED}).status == 201
    heard = ask(caller, enrolment["enrolmentId"])
    assert (heard.status, heard.code) == (403, "SIGNER_DEVICE_UNKNOWN")


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "other telephone": ({"phone": "09900000000"}, 403, "ENROLMENT_REFUSED"),
    "other person": (
        {"person": {"type": "NC", "value": "9909000024"}}, 403, "ENROLMENT_REFUSED",
    ),
    "no member": ({"councilNumber": "990999"}, 422, "PRESCRIBER_UNKNOWN"),
    "no request": ({"certificateRequest": "AAAA"}, 422, "CERTIFICATE_REQUEST_INVALID"),
    "weak key": ({"certificateRequest": rsa_request()}, 422, "CERTIFICATE_REQUEST_INVALID"),
    "not possessed": (
        {"certificateRequest": spoiled(request_for(new_key()))}, 422, "CERTIFICATE_REQUEST_INVALID",
    ),
    "other subject": (
        {"certificateRequest": request_for(new_key(), serial_number="MD-990002")},
        422, "CERTIFICATE_REQUEST_INVALID",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_enrolment_refuses(caller: TrustCaller, name: str) -> None:
    change, status, code = REFUSED[name]
    heard = caller.ask("POST", ENROLMENTS, application(caller, **change))
    assert (heard.status, heard.code) == (status, code)


def unlicensed(caller: TrustCaller) -> str:
    return next(
        key
        for key, member in caller.world.professionals.items()
        if member.licence_state != "active"
    )


def test_without_a_licence_nobody_is_enrolled(caller: TrustCaller) -> None:
    heard = caller.ask("POST", ENROLMENTS, application(caller, who=unlicensed(caller)))
    assert (heard.status, heard.code) == (403, "ENROLMENT_REFUSED")


def _expired(caller: TrustCaller) -> Any:
    one = waiting(caller)
    caller.later(seconds=121)
    return answer(caller, one.request_id, one.telephone.sign(DIGEST)).status


def _changed_mind(caller: TrustCaller) -> Any:
    one = waiting(caller)
    answer(caller, one.request_id, one.telephone.declines(one.request_id), approved=False)
    return answer(caller, one.request_id, one.telephone.sign(DIGEST)).status


SEEN: dict[str, Any] = {
    "esign.enrolment.identity_unchecked": lambda c: c.ask(
        "POST", ENROLMENTS, application(c, phone="09900000000")
    ).status,
    "esign.enrolment.licence_unchecked": lambda c: c.ask(
        "POST", ENROLMENTS, application(c, who=unlicensed(c))
    ).status,
    "esign.enrolment.subject_unchecked": lambda c: c.ask(
        "POST", ENROLMENTS,
        application(c, certificateRequest=request_for(new_key(), serial_number="MD-990002")),
    ).status,
    "esign.request.never_expires": _expired,
    "esign.request.other_centre": lambda c: ask(
        c, waiting(c).enrolment["enrolmentId"], **OFFICE_2
    ).status,
    "esign.approval.device_unchecked": lambda c: answer(
        c, waiting(c).request_id, Telephone(new_key()).sign(DIGEST)
    ).status,
    "esign.approval.last_answer_wins": _changed_mind,
    "esign.collect.other_centre": lambda c: collect(c, waiting(c).request_id, **OFFICE_2).code,
    "esign.collect.waiting_as_success": lambda c: collect(c, waiting(c).request_id).status,
    "esign.variant.patient": lambda c: collect(c, waiting(c).request_id).headers["retry-after"],
}  # fmt: skip


@pytest.mark.parametrize("point", SEEN)
def test_each_fault_point_shows(state: Path, caller: TrustCaller, point: str) -> None:
    faulty = TrustCaller(state, point)
    try:
        assert SEEN[point](faulty) != SEEN[point](caller)
    finally:
        faulty.close()
