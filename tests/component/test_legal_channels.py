"""Legal channels are seen to differ, and the judging side takes them: chains, TLS 1.2."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from fixtures.synthetic import world
from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.kit.seal import SealVerifier
from lab.kit.transport import Outcome, OutgoingRequest
from reference_impl.faults.points import POINTS, FaultSet
from reference_impl.pki.authority import issue, new_key, renew_intermediate
from reference_impl.pki.kit import Authority, open_authority
from reference_impl.topology.roster import identities
from reference_impl.topology.tls import server_context

ANSWER = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"

CHANNELS = [
    ("", 2, "TLSv1.3"),
    ("variant.tls_chain_with_root", 3, "TLSv1.3"),
    ("variant.tls_chain_renewed", 3, "TLSv1.3"),
    ("variant.tls_1_2_only", 2, "TLSv1.2"),
]
"""Point, certificates shown, version of TLS spoken."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return open_authority(tmp_path_factory.mktemp("pki"), identities(world()), None)


@contextmanager
def serving(context: ssl.SSLContext, answers: int) -> Iterator[int]:
    """Answer some connections over TLS; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        for _ in range(answers):
            peer, _ = listener.accept()
            with context.wrap_socket(peer, server_side=True) as channel:
                channel.recv(65536)
                channel.sendall(ANSWER)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(10)


def looked_at(kit: CredentialKit, port: int) -> tuple[list[x509.Certificate], str | None]:
    """Return the chain a server shows, leaf first, and the version of TLS."""
    context = kit.tls_context(kit.identity("office-1.token"))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as channel,
    ):
        channel.sendall(b"GET / HTTP/1.1\r\n\r\n")
        shown = channel._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        version = channel.version()
        assert channel.recv(65536)
    return [x509.load_pem_x509_certificate(one.public_bytes().encode()) for one in shown], version


def asked(kit: CredentialKit, port: int) -> Outcome:
    transport = LiveTransport(kit)
    request = OutgoingRequest(
        method="GET",
        url=f"https://127.0.0.1:{port}/",
        target="/",
        headers=(),
        body=b"",
        identity=kit.identity("office-1.token"),
        deadline_seconds=10,
        max_response_bytes=1000,
        ordinal=0,
        step="s",
    )
    try:
        return transport.send(request)
    finally:
        transport.close()


@pytest.mark.parametrize(("point", "length", "version"), CHANNELS)
def test_a_legal_channel_is_another_one_and_is_taken(
    authority: Authority, point: str, length: int, version: str
) -> None:
    kit = CredentialKit.load(authority.credentials)
    faults = FaultSet(frozenset({point} if point else ()))
    with serving(server_context(authority, "services.tls", faults=faults), 2) as port:
        chain, spoken = looked_at(kit, port)
        outcome = asked(kit, port)
    assert (len(chain), spoken) == (length, version)
    for below, above in pairwise(chain):
        below.verify_directly_issued_by(above)
    assert outcome.response is not None, outcome.failure
    assert outcome.response.status == 204


def test_an_authority_with_a_new_key_is_longer_and_has_the_same_name(authority: Authority) -> None:
    kit = CredentialKit.load(authority.credentials)
    faults = FaultSet(frozenset({"variant.tls_chain_renewed"}))
    with serving(server_context(authority, "gateway.tls", faults=faults), 1) as port:
        (_, renewed, former), _ = looked_at(kit, port)
    assert renewed.subject == renewed.issuer == former.subject
    limits = former.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS)
    assert limits.value == x509.BasicConstraints(ca=True, path_length=0)


def test_a_seal_of_an_authority_with_a_new_key_leads_to_the_root(
    authority: Authority, tmp_path: Path
) -> None:
    """Both authorities have one name; the kit that knows both finds the one that signed."""
    now = datetime.now(UTC)
    renewed = renew_intermediate(authority.intermediate, now, authority.status_url)
    holder = next(one for one in identities(world()) if one.name == "siam.seal")
    seal = issue(renewed, holder, new_key().public_key(), now, authority.status_url)
    known = authority.intermediate.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "intermediate.pem").write_bytes(known)
    kit = CredentialKit(tmp_path, authority.credentials / "trust.pem", {})
    assert SealVerifier(kit)._chain_problem(seal, now) is not None

    more = known + renewed.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "intermediate.pem").write_bytes(more)
    kit = CredentialKit(tmp_path, authority.credentials / "trust.pem", {})
    assert SealVerifier(kit)._chain_problem(seal, now) is None


def test_no_channel_is_left_out() -> None:
    points = {name for name in POINTS if name.startswith("variant.tls_")}
    assert {point for point, _, _ in CHANNELS if point} == points
