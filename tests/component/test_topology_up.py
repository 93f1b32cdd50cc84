"""The exchange as a process: readiness, addresses, mutual TLS, stop, restart, clear refusals."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from lab.cli.children import Exchange, free_ports, stop

PATIENCE = 60  # seconds; a bound against hanging, on a machine that may be busy
UP = [sys.executable, "-m", "reference_impl.topology", "up"]


@contextmanager
def running(state: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    command = [*UP, "--state", str(state), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            assert child.stdout is not None
            yield child, json.loads(child.stdout.readline())
        finally:
            stop(child)


def refused(state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*UP, "--state", str(state), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def context(credentials: Path, identity: str | None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=credentials / "trust.pem")
    if identity is not None:
        folder = credentials / identity
        made.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return made


def ask(url: str, credentials: Path, identity: str | None) -> int:
    """Return the status of an unsealed GET; raises where the handshake fails."""
    host, port = url.removeprefix("https://").split(":")
    connection = HTTPSConnection(
        host, int(port), context=context(credentials, identity), timeout=PATIENCE
    )
    try:
        connection.request("GET", "/ditas/gateway/v1/catalogue")
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_tells_when_it_is_ready_and_stops_when_told(tmp_path: Path) -> None:
    """Being ready in 3 s is a promise about an idle machine; `make bench` shows the time."""
    with running(tmp_path / "state", "--port", "0") as (child, said):
        port = int(said["gateway"].rsplit(":", 1)[1])
        assert said == {
            "ready": True,
            "gateway": f"https://127.0.0.1:{port}",
            "services": f"https://127.0.0.1:{port + 1}",
            "status": f"http://127.0.0.1:{port + 2}",
            "credentials": str(tmp_path / "state/credentials"),
        }
        with urllib.request.urlopen(f"{said['status']}/ready", timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            told = json.load(answer)
        assert told["ready"] is True
        assert told["services"]["purchaser"] == {"storage": "ok", "keys": "ok", "clock": "ok"}
        assert {"gateway", "purchaser", "sepas", "siam"} <= told["services"].keys()
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_it_stops_while_a_client_holds_a_connection(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--port", "0") as (child, said):
        port = int(said["gateway"].rsplit(":", 1)[1])
        credentials = Path(said["credentials"])
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        held = context(credentials, "office-1.token").wrap_socket(
            plain, server_hostname="localhost"
        )
        held.sendall(
            b"POST /ditas/purchaser/v1/price HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n"
        )
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE) == 0  # while the connection is still open
        held.close()


@pytest.mark.parametrize("identity", ["office-1.token", "pharmacy-2.token", "witness.proxy"])
def test_a_good_certificate_reaches_gateway_and_services(
    reference_exchange: Exchange, identity: str
) -> None:
    for url in (reference_exchange.gateway, reference_exchange.services):
        assert ask(url, reference_exchange.credentials, identity) in {401, 404}


@pytest.mark.parametrize(
    "identity", [None, "office-1.token-expired", "office-1.token-foreign", "gateway.tls"]
)
def test_other_certificates_do_not(reference_exchange: Exchange, identity: str | None) -> None:
    for url in (reference_exchange.gateway, reference_exchange.services):
        with pytest.raises((ssl.SSLError, RemoteDisconnected, ConnectionError)):
            ask(url, reference_exchange.credentials, identity)


def test_a_revoked_token_is_refused_by_name(reference_exchange: Exchange) -> None:
    assert (
        ask(reference_exchange.services, reference_exchange.credentials, "office-1.token-revoked")
        == 401
    )


def test_old_tls_is_refused(reference_exchange: Exchange) -> None:
    old = context(reference_exchange.credentials, "office-1.token")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA:@SECLEVEL=0")
    host, port = reference_exchange.gateway.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=PATIENCE) as plain,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(plain, server_hostname="localhost")


def curl(exchange: Exchange, *more: str) -> subprocess.CompletedProcess[str]:
    url = f"{exchange.gateway}/ditas/gateway/v1/catalogue"
    command = [
        "curl",
        "-sS",
        "--max-time",
        "5",
        "--cacert",
        str(exchange.credentials / "trust.pem"),
    ]
    command += [*more, "-w", "\n%{http_code}", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_curl_reaches_the_gateway_with_the_kit_and_not_without(
    reference_exchange: Exchange,
) -> None:
    folder = reference_exchange.credentials / "office-1.token"
    known = curl(
        reference_exchange, "--cert", str(folder / "chain.pem"), "--key", str(folder / "key.pem")
    )
    body, status = known.stdout.rsplit("\n", 1)
    assert (known.returncode, status) == (0, "401")
    assert json.loads(body)["code"] == "SEAL_MISSING"
    nobody = curl(reference_exchange)
    assert nobody.returncode != 0
    assert nobody.stdout.strip() in {"", "000"}


def test_state_survives_kill_and_restart(tmp_path: Path) -> None:
    state, port = tmp_path / "state", str(free_ports())
    with running(state, "--port", port) as (child, said):
        before = (Path(said["credentials"]) / "dr01/cert.pem").read_bytes()
        os.kill(child.pid, signal.SIGKILL)
        child.wait(PATIENCE)
    with running(state, "--port", port) as (_child, said):
        assert (Path(said["credentials"]) / "dr01/cert.pem").read_bytes() == before
        assert ask(said["gateway"], Path(said["credentials"]), "office-1.token") == 401


def test_two_exchanges_do_not_share_a_state(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0"):
        second = refused(tmp_path, "--port", "0")
    assert second.returncode == 2
    assert "is in use by another running exchange" in second.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = refused(tmp_path, "--port", str(port - 2 if port > 2 else port))
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fault", "FLT-NOBODY-1"), "neither a catalogue id nor a fault point"),
        (("--trusted-proxy", "nobody"), "nobody"),
        (("--port", "70000"), "is not between"),
        (("--seed", "seven"), "seven"),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = refused(tmp_path, "--port", "0", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_state_is_explained(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki/register.json").write_text("{}")
    done = refused(tmp_path, "--port", "0")
    assert done.returncode == 2
    assert "register.json" in done.stderr
    assert "Choose another --state directory" in done.stderr
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "cannot be used" in refused(blocked, "--port", "0").stderr


def test_another_seed_on_old_data_is_explained(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0", "--seed", "7"):
        pass
    done = refused(tmp_path, "--port", "0", "--seed", "8")
    assert done.returncode == 2
    assert "holds data of seed 7, not 8" in done.stderr


def test_mafalab_exchange_up_and_status(tmp_path: Path) -> None:
    mafalab = [sys.executable, "-m", "lab.cli.main", "exchange"]
    state = ["--state", str(tmp_path)]
    with subprocess.Popen(
        [*mafalab, "up", *state, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert "ready" in child.stdout.readline()
            up = subprocess.run(
                [*mafalab, "status", *state], capture_output=True, text=True, check=False
            )
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0
        finally:
            if child.poll() is None:
                child.kill()
    down = subprocess.run([*mafalab, "status", *state], capture_output=True, text=True, check=False)
    assert (up.returncode, down.returncode) == (0, 1)
    assert "https://127.0.0.1:" in up.stdout
    assert "mafalab exchange up" in down.stderr
