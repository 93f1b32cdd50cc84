"""The witness as a process: who gets through, what is recorded, what is disturbed."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fixtures.synthetic import world
from lab.capture.captured import read_body, read_exchanges
from lab.drivers.scenario_model import Scenario
from lab.drivers.witnessed import Witness
from lab.model.errors import EnvironmentFault
from lab.model.exchange import Direction, Exchange, FailureKind
from reference_impl.pki.kit import open_authority
from reference_impl.topology.roster import identities

ANSWER = json.dumps({"state": "CONFIRMED", "total": 1200}).encode()


class Upstream(BaseHTTPRequestHandler):
    """Answers everything and remembers the headers it saw."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []  # noqa: RUF012 - reset per server by the fixture

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", "0"))
        self.rfile.read(size)
        self.seen.append({k.lower(): v for k, v in self.headers.items()})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("signature", "seal=:QUJD:")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited name
        """Stay quiet."""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    return open_authority(state, identities(world()), "http://127.0.0.1:9").credentials


@pytest.fixture
def upstream(kit: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kit / "gateway.tls/chain.pem", kit / "gateway.tls/key.pem")
    context.load_verify_locations(kit / "trust.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    Upstream.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def scenario(tmp_path: Path, wire: str = "") -> Scenario:
    path = tmp_path / "probe.toml"
    path.write_text(wire)
    return Scenario(
        id="probe", title_en="-", title_fa="-", do_en=("-",), do_fa=("-",), deadline_seconds=5,
        prescription={}, order={}, source=str(path), wire=({"fault": "x"},) if wire else (),
    )  # fmt: skip


def post(
    url: str, kit: Path, identity: str | None, body: bytes = b"{}", path: str = "/ditas/a/v1/b"
) -> tuple[int, bytes, dict[str, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(kit / "trust.pem")
    if identity:
        context.load_cert_chain(kit / identity / "chain.pem", kit / identity / "key.pem")
    host, _, port = url.removeprefix("https://").partition(":")
    line = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
    try:
        line.request("POST", path, body=body, headers={"Client-Cert": ":Zm9yZ2Vk:"})
        answer = line.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        line.close()


def test_only_certificates_of_the_health_root_get_through(
    kit: Path, upstream: str, tmp_path: Path
) -> None:
    with Witness(upstream, kit, tmp_path / "log", scenario(tmp_path)) as witness:
        for stranger in (None, "pharmacy-1.token-foreign", "pharmacy-1.token-expired"):
            with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
                post(witness.url, kit, stranger)
        status, body, _ = post(witness.url, kit, "pharmacy-1.token")
    assert (status, body) == (200, ANSWER)
    assert len(Upstream.seen) == 1, "a stranger reached the gateway"
    leaf = ssl.PEM_cert_to_DER_cert((kit / "pharmacy-1.token/cert.pem").read_text())
    forwarded = Upstream.seen[0]["client-cert"]
    assert forwarded.strip(":") != "Zm9yZ2Vk", "a forged Client-Cert went through"
    assert forwarded == f":{base64.b64encode(leaf).decode()}:"
    (exchange,) = read_exchanges(tmp_path / "log")
    assert exchange.client_certificate == hashlib.sha256(leaf).hexdigest()
    assert exchange.direction is Direction.OBSERVED
    assert exchange.request.target == "/a/v1/b"
    assert exchange.case_id == "SCN-PROBE"


def test_the_log_holds_the_bytes_before_the_client_has_the_answer(
    kit: Path, upstream: str, tmp_path: Path
) -> None:
    out = tmp_path / "log"
    with Witness(upstream, kit, out, scenario(tmp_path)) as witness:
        post(witness.url, kit, "pharmacy-1.token", b'{"n":1}')
        (exchange,) = read_exchanges(out)  # the witness still runs: nothing is buffered
        assert exchange.response is not None
        assert read_body(out, exchange.request.body) == b'{"n":1}'
        assert read_body(out, exchange.response.body) == ANSWER


def test_a_lost_answer_was_delivered_and_is_recorded_as_lost(
    kit: Path, upstream: str, tmp_path: Path
) -> None:
    wire = '[[wire]]\nfault = "drop_answer"\ntarget = "/b$"\noccurrence = 1\n'
    with Witness(upstream, kit, tmp_path / "log", scenario(tmp_path, wire)) as witness:
        with pytest.raises((OSError, http.client.HTTPException)):
            post(witness.url, kit, "pharmacy-1.token")
        assert post(witness.url, kit, "pharmacy-1.token")[0] == 200
    lost, repeated = read_exchanges(tmp_path / "log")
    assert len(Upstream.seen) == 2
    assert lost.wire_fault == "drop_answer"
    assert lost.response is None
    assert lost.failure is not None
    assert lost.failure.kind is FailureKind.RESET
    assert repeated.wire_fault is None


@pytest.mark.parametrize("kind", ["tamper_body", "tamper_seal"])
def test_a_tampered_answer_differs_in_one_place(
    kit: Path, upstream: str, tmp_path: Path, kind: str
) -> None:
    wire = f'[[wire]]\nfault = "{kind}"\ntarget = "/b$"\n'
    with Witness(upstream, kit, tmp_path / "log", scenario(tmp_path, wire)) as witness:
        _, body, headers = post(witness.url, kit, "pharmacy-1.token")
    (exchange,) = read_exchanges(tmp_path / "log")
    assert exchange.wire_fault == kind
    assert recorded_body(tmp_path / "log", exchange) == body, "recorded is what the client got"
    changed = sum(a != b for a, b in zip(body, ANSWER, strict=True))
    assert changed == (1 if kind == "tamper_body" else 0)
    assert (headers["signature"] == "seal=:QUJD:") is (kind == "tamper_body")


def test_the_port_is_named_when_it_is_taken(kit: Path, upstream: str, tmp_path: Path) -> None:
    with Witness(upstream, kit, tmp_path / "a", scenario(tmp_path)) as first:
        port = int(first.url.rpartition(":")[2])
        second = Witness(upstream, kit, tmp_path / "b", scenario(tmp_path), port)
        with second, pytest.raises(EnvironmentFault, match=str(port)):
            _ = second.url


def recorded_body(log: Path, exchange: Exchange) -> bytes:
    assert exchange.response is not None
    return read_body(log, exchange.response.body)
