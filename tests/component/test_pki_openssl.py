"""The health PKI as seen by openssl, over the plain status address of a running exchange."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fixtures.synthetic.world import world
from lab.cli.children import Exchange
from reference_impl.pki.kit import open_authority
from reference_impl.topology.roster import identities

GOOD = (
    "office-1.token",
    "office-1.seal",
    "dr01",
    "purchaser.seal",
    "gateway.tls",
    "laboratory",
    "tsa",
)


def openssl(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = ["openssl", *(str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=20, check=False)


def fetch(url: str, body: bytes | None = None, kind: str = "") -> bytes:
    headers = {"content-type": kind} if kind else {}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
        return bytes(answer.read())


def verify(exchange: Exchange, name: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    kit = exchange.credentials
    return openssl(
        "verify",
        *more,
        "-CAfile",
        kit / "trust.pem",
        "-untrusted",
        kit / "intermediate.pem",
        kit / name / "cert.pem",
    )


@pytest.mark.parametrize("name", GOOD)
def test_openssl_accepts_the_chain(reference_exchange: Exchange, name: str) -> None:
    done = verify(reference_exchange, name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "purpose",
    [
        ("sslclient", "office-1.token"),
        ("sslserver", "gateway.tls"),
        ("timestampsign", "tsa"),
        ("sslclient", "witness.proxy"),
    ],
)
def test_openssl_accepts_the_purpose(
    reference_exchange: Exchange, purpose: tuple[str, str]
) -> None:
    done = verify(reference_exchange, purpose[1], "-purpose", purpose[0])
    assert done.returncode == 0, done.stderr


def test_a_token_is_no_server(reference_exchange: Exchange) -> None:
    assert verify(reference_exchange, "office-1.token", "-purpose", "sslserver").returncode != 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("office-1.seal-expired", "expired"),
        ("office-1.seal-foreign", "unable to get local issuer|signature failure"),
        ("dr01-expired", "expired"),
    ],
)
def test_openssl_refuses_the_variants(reference_exchange: Exchange, name: str, reason: str) -> None:
    done = verify(reference_exchange, name)
    assert done.returncode != 0
    assert any(part in done.stderr for part in reason.split("|")), done.stderr


@pytest.mark.parametrize(
    ("name", "status"),
    [("dr01", "good"), ("dr04", "revoked"), ("office-1.seal-revoked", "revoked")],
)
def test_openssl_ocsp(reference_exchange: Exchange, name: str, status: str) -> None:
    kit = reference_exchange.credentials
    done = openssl(
        "ocsp",
        "-issuer",
        kit / "intermediate.pem",
        "-cert",
        kit / name / "cert.pem",
        "-url",
        f"{reference_exchange.status}/ocsp",
        "-CAfile",
        kit / "trust.pem",
        "-verify_other",
        kit / "intermediate.pem",
    )
    assert done.returncode == 0, done.stderr
    assert f"cert.pem: {status}" in done.stdout
    assert "Response verify OK" in done.stderr


def test_ocsp_knows_nothing_of_foreign_certificates(reference_exchange: Exchange) -> None:
    kit = reference_exchange.credentials
    done = openssl(
        "ocsp",
        "-issuer",
        kit / "intermediate.pem",
        "-cert",
        kit / "office-1.seal-foreign/cert.pem",
        "-url",
        f"{reference_exchange.status}/ocsp",
        "-CAfile",
        kit / "trust.pem",
    )
    assert "unauthorized" in (done.stdout + done.stderr)


@pytest.mark.parametrize("body", [b"", b"\x30", b"\x00" * 5000, b"GET / HTTP/1.1"])
def test_ocsp_answers_nonsense_as_malformed(reference_exchange: Exchange, body: bytes) -> None:
    answer = fetch(f"{reference_exchange.status}/ocsp", body, "application/ocsp-request")
    assert answer == bytes.fromhex("30030a0101")


def test_openssl_crl(reference_exchange: Exchange, tmp_path: Path) -> None:
    kit = reference_exchange.credentials
    chains = {"root": "trust.pem", "intermediate": "intermediate.pem"}
    for issuer, authority in chains.items():
        crl = tmp_path / f"{issuer}.crl"
        crl.write_bytes(fetch(f"{reference_exchange.status}/crl/{issuer}.crl"))
        done = openssl("crl", "-inform", "DER", "-in", crl, "-noout", "-CAfile", kit / authority)
        assert "verify OK" in done.stderr
    crl = tmp_path / "intermediate.crl"
    options = ("-crl_check", "-CRLfile", crl)
    assert verify(reference_exchange, "dr01", *options).returncode == 0
    assert "certificate revoked" in verify(reference_exchange, "dr04", *options).stderr


def test_the_certificate_leads_to_its_issuer(reference_exchange: Exchange, tmp_path: Path) -> None:
    cert = reference_exchange.credentials / "dr01/cert.pem"
    shown = openssl("x509", "-in", cert, "-noout", "-text").stdout
    for path in ("/ocsp", "/ca/intermediate.cer", "/crl/intermediate.crl"):
        assert f"{reference_exchange.status}{path}" in shown
    issuer = tmp_path / "issuer.cer"
    issuer.write_bytes(fetch(f"{reference_exchange.status}/ca/intermediate.cer"))
    done = openssl("x509", "-inform", "DER", "-in", issuer, "-noout", "-subject")
    assert "Synthetic Health Issuing CA" in done.stdout
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(f"{reference_exchange.status}/ca/foreign-root.cer")


def test_openssl_time_stamp(reference_exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"prescription")
    for command in (("-sha256", "-cert"), ("-sha512", "-cert", "-no_nonce")):
        asked = openssl("ts", "-query", "-data", "data", *command, "-out", "q.tsq", cwd=tmp_path)
        assert asked.returncode == 0, asked.stderr
        query = (tmp_path / "q.tsq").read_bytes()
        url = f"{reference_exchange.status}/tsa"
        (tmp_path / "r.tsr").write_bytes(fetch(url, query, "application/timestamp-query"))
        trust = reference_exchange.credentials / "trust.pem"
        verified = ("ts", "-verify", "-in", "r.tsr", "-CAfile", trust)
        good = openssl(*verified, "-queryfile", "q.tsq", cwd=tmp_path)
        assert good.returncode == 0, good.stderr
    (tmp_path / "data").write_bytes(b"prescription altered")
    bad = openssl(*verified, "-data", "data", cwd=tmp_path)
    assert bad.returncode != 0


def test_the_time_stamp_authority_rejects_nonsense(reference_exchange: Exchange) -> None:
    answer = fetch(f"{reference_exchange.status}/tsa", b"zz", "application/timestamp-query")
    assert answer == bytes.fromhex("3009300702010203020204")


def test_the_authority_is_reused_and_renewed_only_for_another_address(tmp_path: Path) -> None:

    wanted = identities(world())
    first = open_authority(tmp_path, wanted, "http://127.0.0.1:1")
    again = open_authority(tmp_path, wanted, "http://127.0.0.1:1")
    in_process = open_authority(tmp_path, wanted, None)
    moved = open_authority(tmp_path, wanted, "http://127.0.0.1:2")
    assert dict(first.register) == dict(again.register) == dict(in_process.register)
    assert set(first.register).isdisjoint(moved.register)
    assert first.root.certificate == moved.root.certificate
    assert {e.state for e in moved.register.values()} == {"good", "expired", "revoked", "foreign"}


def test_keys_are_for_the_owner_only(reference_exchange: Exchange) -> None:
    keys = list(reference_exchange.credentials.glob("*/key.pem"))
    keys += (reference_exchange.credentials.parent / "pki").glob("*.key.pem")
    assert len(keys) > 70
    assert {oct(key.stat().st_mode & 0o777) for key in keys} == {"0o600"}
