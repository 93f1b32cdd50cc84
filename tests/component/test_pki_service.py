"""The certification authority over the exchange: validate, revoke, stamp, issue, renew."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from reference_impl.pki.revocation import OcspResponder, crl
from tests.component.trusted import (
    CENTRES,
    COMPROMISED,
    PHARMACIST,
    WRONG_REASON,
    TrustCaller,
    named,
    new_key,
    request_for,
    rsa_request,
    spoiled,
)
from tests.unit.reference_platform.sealed_caller import Heard

REVOCATIONS, VALIDATION = "/pki/v1/revocations", "/pki/v1/validation"
STAMPS, CERTIFICATES = "/pki/v1/timestamps", "/pki/v1/certificates"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


def revoke(caller: TrustCaller, name: str, **options: Any) -> Heard:
    reason = options.pop("reason", COMPROMISED)
    return caller.ask("POST", REVOCATIONS, {**caller.named(name), "reason": reason}, **options)


def validate(caller: TrustCaller, name: str, **more: Any) -> Heard:
    der = caller.kit.identity(name).leaf_der
    body = {"certificate": base64.b64encode(der).decode(), **more}
    return caller.ask("POST", VALIDATION, body)


@pytest.mark.parametrize(
    ("name", "state_said"),
    [
        ("dr01", "good"),
        ("dr04", "revoked"),
        ("dr01-expired", "expired"),
        ("dr01-foreign", "untrusted"),
        ("office-1.seal-revoked", "revoked"),
    ],
)
def test_validation_tells_the_state(caller: TrustCaller, name: str, state_said: str) -> None:
    heard = validate(caller, name)
    assert (heard.status, heard.json["state"]) == (200, state_said)
    assert ("revokedAt" in heard.json) == (state_said == "revoked")


def test_validation_answers_for_a_time(caller: TrustCaller) -> None:
    before = validate(caller, "dr01", at="2020-01-01T00:00:00+03:30")
    while_valid = validate(caller, "dr01-expired", at=_weeks_ago(caller, 4))
    assert before.json["state"] == "not_yet_valid"
    assert while_valid.json["state"] == "good"
    assert before.json["certificateClass"] == "professional"


def _weeks_ago(caller: TrustCaller, weeks: int) -> str:
    caller.later(weeks=-weeks)
    text = str(caller.clock.now().isoformat(timespec="seconds"))
    caller.later(weeks=weeks)
    return text


def test_what_is_no_certificate_is_refused(caller: TrustCaller) -> None:
    heard = caller.ask("POST", VALIDATION, {"certificate": "AAAA"})
    assert (heard.status, heard.code) == (422, "CERTIFICATE_REQUEST_INVALID")


def test_a_holder_revokes_and_the_gateway_refuses_within_the_hour(caller: TrustCaller) -> None:
    assert caller.ask("GET", CENTRES, **PHARMACIST).status == 200
    heard = revoke(caller, "pharmacy-1.seal", **PHARMACIST)
    assert (heard.status, heard.json["state"]) == (201, "revoked")
    cached = caller.ask("GET", CENTRES, **PHARMACIST)
    caller.later(minutes=61)
    gateway = caller.ask("GET", CENTRES, **PHARMACIST)
    service = caller.call("GET", CENTRES, **PHARMACIST)
    assert cached.status == 200, "a good answer holds for an hour (RUL-008)"
    assert {gateway.code, service.code} == {"SEAL_CERTIFICATE_REVOKED"}
    assert validate(caller, "pharmacy-1.seal").json["state"] == "revoked"


def test_a_revoked_token_opens_no_channel(caller: TrustCaller) -> None:
    revoke(caller, "pharmacy-1.token", **PHARMACIST)
    caller.later(minutes=61)
    heard = caller.ask("GET", CENTRES, **PHARMACIST)
    assert (heard.status, heard.code) == (401, "TRANSPORT_CLIENT_CERTIFICATE_REFUSED")


def test_revoking_again_keeps_the_first_time(caller: TrustCaller) -> None:
    first = revoke(caller, "pharmacy-2.token", centre="pharmacy-1", person="ph01")
    assert (first.status, first.code) == (403, "REVOCATION_NOT_ALLOWED")
    once = caller.ministry(
        "POST", REVOCATIONS, {**caller.named("pharmacy-2.token"), "reason": COMPROMISED}
    )
    caller.later(minutes=1)
    again = caller.ministry(
        "POST", REVOCATIONS, {**caller.named("pharmacy-2.token"), "reason": COMPROMISED}
    )
    assert (once.status, again.status) == (201, 201)
    assert once.json["revokedAt"] == again.json["revokedAt"]


def test_a_professional_revokes_the_own_certificate_only(caller: TrustCaller) -> None:
    assert revoke(caller, "dr02").code == "REVOCATION_NOT_ALLOWED"
    assert revoke(caller, "dr01").status == 201


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"serial": "0123456789abcdef"}, 404, "CERTIFICATE_UNKNOWN"),
        ({"issuer": "CN=Another"}, 404, "CERTIFICATE_UNKNOWN"),
        ({"reason": WRONG_REASON}, 422, "CODE_UNKNOWN"),
        ({"serial": "XYZ"}, 422, "SCHEMA_VIOLATION"),
    ],
)
def test_revocation_refuses(
    caller: TrustCaller, change: dict[str, Any], status: int, code: str
) -> None:
    body = {**caller.named("office-1.seal"), "reason": COMPROMISED, **change}
    heard = caller.ask("POST", REVOCATIONS, body)
    assert (heard.status, heard.code) == (status, code)
    assert validate(caller, "office-1.seal").json["state"] == "good", "a refusal leaves no trace"


def test_ocsp_and_crl_tell_of_the_revocation(caller: TrustCaller) -> None:
    revoke(caller, "office-1.seal")
    serial = int(caller.named("office-1.seal")["serial"], 16)
    listed = crl(caller.exchange.authority, "intermediate", ledger=caller.exchange.ledger)
    assert listed is not None
    entries: Any = x509.load_der_x509_crl(listed)
    found = entries.get_revoked_certificate_by_serial_number(serial)
    assert found is not None
    reason = found.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    caller.later(minutes=61)
    assert caller.ask("GET", CENTRES).code == "SEAL_CERTIFICATE_REVOKED"


def test_without_the_responder_a_good_answer_holds_for_an_hour(caller: TrustCaller) -> None:
    assert caller.ask("GET", CENTRES).status == 200

    async def unreachable(_request: bytes) -> bytes:
        raise ConnectionRefusedError

    caller.exchange._status._ask = unreachable
    caller.later(minutes=55)
    # The gateway asked the registry an hour ago; its own answers are kept for a minute.
    assert caller.call("GET", CENTRES).status == 200
    caller.later(minutes=6)
    heard = caller.call("GET", CENTRES)
    assert (heard.status, heard.code) == (503, "DEPENDENCY_UNAVAILABLE")


def test_a_digest_is_stamped_and_openssl_agrees(caller: TrustCaller, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"prescription")
    digest = base64.b64encode(hashlib.sha256(b"prescription").digest()).decode()
    heard = caller.ask("POST", STAMPS, {"algorithm": "SHA-256", "digest": digest})
    assert heard.status == 201, heard
    (tmp_path / "token").write_bytes(base64.b64decode(heard.json["token"]))
    trust = caller.exchange.authority.credentials / "trust.pem"
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-token_in"]
    done = subprocess.run(
        [*command, "-CAfile", str(trust)], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=20,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("algorithm", "size"), [("sha1", 20), ("md5", 16), ("sha256", 20), ("sha512", 64)]
)
def test_other_digests_are_refused(caller: TrustCaller, algorithm: str, size: int) -> None:
    body = {"algorithm": algorithm, "digest": base64.b64encode(bytes(size)).decode()}
    heard = caller.ask("POST", STAMPS, body)
    assert (heard.status, heard.code) == (422, "TIMESTAMP_DIGEST_REFUSED")


def renew(caller: TrustCaller, name: str, request: str | None = None, **who: Any) -> Heard:
    serial = caller.named(name)["serial"]
    body = {"certificateRequest": request or request_for(new_key())}
    return caller.ask("POST", f"{CERTIFICATES}/{serial}/renewal", body, **who)


def test_a_holder_renews_and_the_new_certificate_is_good(caller: TrustCaller) -> None:
    heard = renew(caller, "office-1.seal")
    assert heard.status == 201, heard
    old = x509.load_der_x509_certificate(caller.kit.identity("office-1.seal").leaf_der)
    new = x509.load_der_x509_certificate(base64.b64decode(heard.json["certificate"]))
    assert new.subject == old.subject
    assert new.serial_number != old.serial_number
    said = caller.ask("POST", VALIDATION, {"certificate": heard.json["certificate"]}).json
    assert (said["state"], said["certificateClass"]) == ("good", "centre_seal")


def test_openssl_checks_a_certificate_of_run_time(caller: TrustCaller, tmp_path: Path) -> None:
    authority, ledger = caller.exchange.authority, caller.exchange.ledger
    der = base64.b64decode(renew(caller, "office-1.seal").json["certificate"])
    leaf = x509.load_der_x509_certificate(der)
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        leaf, authority.intermediate.certificate, hashes.SHA256()
    )
    asked = builder.build().public_bytes(Encoding.DER)
    responder = OcspResponder(authority, caller.clock, ledger)
    intermediate = str(authority.credentials / "intermediate.pem")
    trust = ("-CAfile", str(authority.credentials / "trust.pem"))
    question = [
        "openssl",
        "ocsp",
        "-sha256",
        "-issuer",
        intermediate,
        "-cert",
        str(tmp_path / "leaf.pem"),
    ]
    question += [*trust, "-verify_other", intermediate, "-respin", str(tmp_path / "answer")]
    for expected in ("good", "revoked"):
        (tmp_path / "answer").write_bytes(responder.respond(asked))
        said = _run(question)
        assert f"leaf.pem: {expected}" in said.stdout, said
        assert "Response verify OK" in said.stderr
        body = {**named(der), "reason": COMPROMISED}
        assert caller.ask("POST", REVOCATIONS, body).status == 201
    listed = crl(authority, "intermediate", ledger=ledger)
    assert listed is not None
    (tmp_path / "crl.pem").write_bytes(x509.load_der_x509_crl(listed).public_bytes(Encoding.PEM))
    verify = ["openssl", "verify", *trust, "-untrusted", intermediate]
    listing = ("-crl_check", "-CRLfile", str(tmp_path / "crl.pem"))
    plain = _run([*verify, str(tmp_path / "leaf.pem")])
    assert plain.returncode == 0, plain.stderr
    assert "certificate revoked" in _run([*verify, *listing, str(tmp_path / "leaf.pem")]).stderr


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


def test_renewal_refuses(caller: TrustCaller) -> None:
    assert renew(caller, "office-1.seal", centre="office-2", person="dr02").code == (
        "RENEWAL_REFUSED"
    )
    assert renew(caller, "office-1.seal-revoked").code == "RENEWAL_REFUSED"
    assert renew(caller, "office-1.seal-expired").code == "RENEWAL_REFUSED"
    assert renew(caller, "office-1.seal-foreign").code == "CERTIFICATE_UNKNOWN"
    for request in ("AAAA", rsa_request(), spoiled(request_for(new_key()))):
        heard = renew(caller, "office-1.seal", request)
        assert (heard.status, heard.code) == (422, "CERTIFICATE_REQUEST_INVALID")


def test_only_services_have_certificates_issued(caller: TrustCaller) -> None:
    order = {
        "class": "centre_seal",
        "certificateRequest": request_for(new_key()),
        "commonName": "x",
        "serialNumber": "y",
    }
    heard = caller.ask("POST", CERTIFICATES, order)
    assert (heard.status, heard.code) == (403, "ADMISSION_ROLE_NOT_ALLOWED")


def _stamped_digest(caller: TrustCaller) -> Any:
    digest = base64.b64encode(b"\x07" * 32).decode()
    token = caller.ask("POST", STAMPS, {"algorithm": "sha256", "digest": digest}).json["token"]
    return b"\x07" * 32 in base64.b64decode(token)


def _weak(caller: TrustCaller) -> Any:
    body = {"algorithm": "sha1", "digest": base64.b64encode(bytes(20)).decode()}
    return caller.ask("POST", STAMPS, body).status


def _published(caller: TrustCaller) -> Any:
    revoke(caller, "office-1.seal")
    caller.later(minutes=61)
    return caller.ask("GET", CENTRES).status


def _time_of_second(caller: TrustCaller) -> Any:
    first = revoke(caller, "office-1.seal").json["revokedAt"]
    caller.later(seconds=90)
    return revoke(caller, "office-1.seal").json["revokedAt"] == first


def _moment_of_second(caller: TrustCaller) -> Any:
    first = revoke(caller, "office-1.seal").json["revokedAt"]
    caller.later(seconds=90)
    second = revoke(caller, "office-2.seal", centre="office-2", person="dr02")
    return second.json["revokedAt"] == first


def _life(caller: TrustCaller) -> Any:
    text = renew(caller, "office-1.seal").json["certificate"]
    made = x509.load_der_x509_certificate(base64.b64decode(text))
    return (made.not_valid_after_utc - made.not_valid_before_utc).days


# point -> what is asked
SEEN: dict[str, Any] = {
    "pki.validation.skip_revocation": lambda c: validate(c, "dr04").json["state"],
    "pki.validation.ignore_moment": lambda c: validate(
        c, "dr01", at="2020-01-01T00:00:00+03:30"
    ).json["state"],
    "pki.validation.any_issuer": lambda c: validate(c, "dr01-foreign").json["state"],
    "pki.revocation.anybody": lambda c: revoke(c, "dr02").status,
    "pki.revocation.not_published": _published,
    "pki.revocation.reason_unchecked": lambda c: (
        revoke(c, "office-1.seal", reason=WRONG_REASON).status
    ),
    "pki.revocation.time_moves": _time_of_second,
    "pki.revocation.first_moment": _moment_of_second,
    "pki.timestamp.digest_hashed_again": _stamped_digest,
    "pki.timestamp.weak_digest": _weak,
    "pki.issue.possession_unchecked": lambda c: (
        renew(c, "office-1.seal", spoiled(request_for(new_key()))).status
    ),
    "pki.renewal.anybody": lambda c: (
        renew(c, "office-1.seal", centre="office-2", person="dr02").status
    ),
    "pki.renewal.revoked": lambda c: renew(c, "office-1.seal-revoked").status,
    "pki.variant.shorter_life": _life,
}


@pytest.mark.parametrize("point", SEEN)
def test_each_fault_point_shows(state: Path, caller: TrustCaller, point: str) -> None:
    faulty = TrustCaller(state, point)
    try:
        assert SEEN[point](faulty) != SEEN[point](caller)
    finally:
        faulty.close()
