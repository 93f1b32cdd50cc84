"""A certificate issued while the exchange runs, over HTTPS; openssl asks the HTTP responders."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.synthetic.world import world
from lab.cli.children import Exchange
from reference_impl.clients.channel import Gateway, Who
from reference_impl.clients.credentials import load_kit
from reference_impl.clients.points import Faults
from tests.component.test_pki_openssl import fetch, openssl
from tests.component.trusted import COMPROMISED, named, new_key, request_for


def signed_in(exchange: Exchange, centre: str = "office-1", person: str = "dr01") -> Gateway:
    kit = load_kit(exchange.credentials)
    token, seal = kit.identity(f"{centre}.token"), kit.identity(f"{centre}.seal")
    who = Who(token, seal, world().user_id(person, centre))
    return Gateway(exchange.gateway.rstrip("/"), kit, who, Faults())


def ocsp(exchange: Exchange, certificate: Path) -> str:
    kit = exchange.credentials
    issuer = kit / "intermediate.pem"
    done = openssl(
        "ocsp", "-issuer", issuer, "-cert", certificate, "-url", f"{exchange.status}/ocsp",
        "-CAfile", kit / "trust.pem", "-verify_other", issuer,
    )  # fmt: skip
    assert "Response verify OK" in done.stderr, done.stderr
    return done.stdout


def against_list(exchange: Exchange, certificate: Path) -> Any:
    kit, listed = exchange.credentials, certificate.with_suffix(".crl")
    listed.write_bytes(fetch(f"{exchange.status}/crl/intermediate.crl"))
    return openssl(
        "verify", "-crl_check", "-CRLfile", listed, "-CAfile", kit / "trust.pem",
        "-untrusted", kit / "intermediate.pem", certificate,
    )  # fmt: skip


def test_openssl_follows_a_certificate_from_issue_to_revocation(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    with closing(signed_in(reference_exchange)) as office:
        _follow(reference_exchange, office, tmp_path)


def _follow(reference_exchange: Exchange, office: Gateway, tmp_path: Path) -> None:
    seal = x509.load_pem_x509_certificate(
        (reference_exchange.credentials / "office-1.seal" / "cert.pem").read_bytes()
    )
    target = f"/pki/v1/certificates/{seal.serial_number:x}/renewal"
    body = {"certificateRequest": request_for(new_key())}
    der = base64.b64decode(office.call("POST", target, body=body).text("certificate"))
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    assert f"{leaf}: good" in ocsp(reference_exchange, leaf)
    good = against_list(reference_exchange, leaf)
    assert good.returncode == 0, good.stderr
    office.call("POST", "/pki/v1/revocations", body={**named(der), "reason": COMPROMISED})
    assert f"{leaf}: revoked" in ocsp(reference_exchange, leaf)
    assert "certificate revoked" in against_list(reference_exchange, leaf).stderr
