"""Life of tokens at the gateway, and what admission makes of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.component.trusted import (
    CENTRES,
    COMPROMISED,
    PHARMACIST,
    WRONG_REASON,
    TrustCaller,
    new_key,
    request_for,
    rsa_request,
)
from tests.unit.reference_platform.sealed_caller import Heard

TOKENS = "/gateway/v1/tokens"
STRANGER = "00000000-0000-0000-0000-000000000007"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


def change(caller: TrustCaller, step: str, reason: Any = COMPROMISED, **who: Any) -> Heard:
    target = f"{TOKENS}/{caller.token_id('pharmacy-1.token')}/{step}"
    ask = caller.ask if who else caller.ministry
    return ask("POST", target, {"reason": reason}, **who)


def pharmacy(caller: TrustCaller) -> Heard:
    return caller.ask("GET", CENTRES, **PHARMACIST)


def order(caller: TrustCaller, **more: Any) -> dict[str, Any]:
    return {
        "centre": caller.world.centre("pharmacy-1").siam_id,
        "software": caller.world.software_of("pharmacy-1").software_id,
        "certificateRequest": request_for(new_key()),
        **more,
    }


@pytest.mark.parametrize(
    ("step", "code", "state_then"),
    [
        ("suspend", "TOKEN_SUSPENDED", "suspended"),
        ("lock", "ADMISSION_SOFTWARE_LOCKED", "locked"),
    ],
)
def test_a_stopped_token_is_refused_until_it_is_reinstated(
    caller: TrustCaller, step: str, code: str, state_then: str
) -> None:
    assert pharmacy(caller).status == 200
    changed = change(caller, step)
    assert (changed.status, changed.json["state"]) == (200, state_then)
    refused = pharmacy(caller)
    assert (refused.status, refused.code) == (403, code)
    assert caller.ask("GET", CENTRES).status == 200, "other tokens are not touched"
    assert change(caller, "reinstate").json["state"] == "active"
    assert pharmacy(caller).status == 200


def test_a_revoked_token_is_refused_at_once_and_its_certificate_within_the_hour(
    caller: TrustCaller,
) -> None:
    pharmacy(caller)
    assert change(caller, "revoke").json["state"] == "revoked"
    assert pharmacy(caller).code == "TOKEN_REVOKED"
    assert change(caller, "reinstate").code == "TOKEN_STATE_CONFLICT"
    caller.later(minutes=61)
    assert pharmacy(caller).code == "TRANSPORT_CLIENT_CERTIFICATE_REFUSED"
    assert caller.call("GET", CENTRES, **PHARMACIST).code == "TRANSPORT_CLIENT_CERTIFICATE_REFUSED"


@pytest.mark.parametrize(("first", "then"), [("suspend", "suspend"), ("revoke", "lock")])
def test_steps_that_do_not_follow_are_conflicts(caller: TrustCaller, first: str, then: str) -> None:
    assert change(caller, "reinstate").code == "TOKEN_STATE_CONFLICT"
    assert change(caller, first).status == 200
    refused = change(caller, then)
    assert (refused.status, refused.code) == (409, "TOKEN_STATE_CONFLICT")


def test_only_the_exchange_centre_and_only_with_a_reason(caller: TrustCaller) -> None:
    assert change(caller, "suspend", **PHARMACIST).code == "ADMISSION_ROLE_NOT_ALLOWED"
    assert change(caller, "suspend", WRONG_REASON).code == "CODE_UNKNOWN"
    unknown = caller.ministry("POST", f"{TOKENS}/{STRANGER}/suspend", {"reason": COMPROMISED})
    assert (unknown.status, unknown.code) == (404, "TOKEN_NOT_FOUND")
    assert caller.ministry("GET", f"{TOKENS}/{STRANGER}").code == "TOKEN_NOT_FOUND"
    assert pharmacy(caller).status == 200


def test_an_issued_token_opens_the_door(caller: TrustCaller, tmp_path: Path) -> None:
    issued = caller.ministry("POST", TOKENS, order(caller))
    assert (issued.status, issued.json["state"]) == (201, "active")
    shown = caller.ministry("GET", f"{TOKENS}/{issued.json['tokenId']}")
    assert shown.json == issued.json
    der = base64.b64decode(issued.json["certificate"])
    chain = tmp_path / "chain.pem"
    chain.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    presented = replace(caller.kit.identity("pharmacy-1.token"), chain_path=chain)
    draft = caller.draft("GET", CENTRES, **PHARMACIST)
    caller.seal(draft, caller.kit.identity("pharmacy-1.seal"))
    heard = caller.runner.run(
        caller._exchanged(caller.exchange.gateway_app, draft, f"/ditas{CENTRES}", presented)
    )
    assert heard.status == 200, heard


def test_a_repeated_order_is_one_token(caller: TrustCaller) -> None:
    body = order(caller)
    headers = {"idempotency-key": "one-order-of-a-token"}
    first = caller.ministry("POST", TOKENS, body, headers=headers)
    again = caller.ministry("POST", TOKENS, body, headers=headers)
    assert first.json == again.json


def test_no_token_without_its_conditions(caller: TrustCaller) -> None:
    world = caller.world
    software = {key: row.software_id for key, row in world.software.items()}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"centre": world.centre("imaging-2").siam_id}, "TOKEN_ISSUE_REFUSED"),
        ({"centre": STRANGER}, "TOKEN_ISSUE_REFUSED"),
        ({"software": software["sw-locked"]}, "TOKEN_ISSUE_REFUSED"),
        ({"software": software["sw-office"], "centre": world.centre("hospital-1").siam_id}, ""),
        ({"software": software["sw-pharmacy"], "centre": world.centre("office-1").siam_id},
         "TOKEN_ISSUE_REFUSED"),
        ({"software": STRANGER}, "SOFTWARE_UNKNOWN"),
        ({"certificateRequest": "AAAA"}, "CERTIFICATE_REQUEST_INVALID"),
        ({"certificateRequest": rsa_request()}, "CERTIFICATE_REQUEST_INVALID"),
    ]  # fmt: skip
    for changed, code in cases:
        heard = caller.ministry("POST", TOKENS, order(caller, **changed))
        assert (heard.code or "") == code, (changed, heard)


def _after_revocation(caller: TrustCaller) -> Any:
    pharmacy(caller)
    change(caller, "revoke")
    caller.later(minutes=61)
    return pharmacy(caller).code


def _reinstated(caller: TrustCaller) -> Any:
    change(caller, "revoke")
    return change(caller, "reinstate").status


def _suspended(caller: TrustCaller) -> Any:
    change(caller, "suspend")
    return pharmacy(caller).status


SEEN: dict[str, Any] = {
    "gateway.admission.skip_token": _suspended,
    "gateway.token.reinstate_revoked": _reinstated,
    "gateway.token.certificate_stays_good": _after_revocation,
    "gateway.token.issue_unconditionally": lambda c: (
        c.ministry("POST", TOKENS, order(c, centre=c.world.centre("imaging-2").siam_id)).status
    ),
    "gateway.token.reason_unchecked": lambda c: change(c, "suspend", WRONG_REASON).status,
}


@pytest.mark.parametrize("point", SEEN)
def test_each_fault_point_shows(state: Path, caller: TrustCaller, point: str) -> None:
    faulty = TrustCaller(state, point)
    try:
        assert SEEN[point](faulty) != SEEN[point](caller)
    finally:
        faulty.close()


def test_the_ministry_is_told_what_it_may_do(caller: TrustCaller) -> None:
    said = caller.ministry("GET", "/gateway/v1/admission").json
    assert said["roles"] == ["ministry"]
    assert {"issueToken", "revokeToken", "getOutbox"} <= set(said["operations"])
    assert "registerPrescription" not in said["operations"]
