"""The live transport against a server that misbehaves: a failure with its kind, in bounded time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.kit.transport import Outcome, OutgoingRequest
from lab.model.exchange import FailureKind

LIMIT = 1024 * 1024
Script = Callable[[socket.socket], None]


@contextmanager
def server(script: Script, connections: int = 1) -> Iterator[int]:
    """Run a script for each of some connections; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        for _ in range(connections):
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                try:
                    script(peer)
                except OSError:
                    continue  # the client has hung up, as it should

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(10)


def ask(port: int, *, deadline: float = 2.0, scheme: str = "http", body: bytes = b"") -> Outcome:
    """Send one request with a transport of its own."""
    transport = LiveTransport(CredentialKit(Path(), Path(), {}))
    try:
        return transport.send(a_request(port, deadline=deadline, scheme=scheme, body=body))
    finally:
        transport.close()


def a_request(
    port: int, *, deadline: float = 2.0, scheme: str = "http", body: bytes = b""
) -> OutgoingRequest:
    return OutgoingRequest(
        method="POST",
        url=f"{scheme}://127.0.0.1:{port}/a",
        target="/a",
        headers=(("content-length", str(len(body))),),
        body=body,
        identity=None,
        deadline_seconds=deadline,
        max_response_bytes=LIMIT,
        ordinal=0,
        step="s",
    )


def head(peer: socket.socket, text: str) -> None:
    peer.recv(65536)
    peer.sendall(text.encode().replace(b"\n", b"\r\n"))


def silence(peer: socket.socket) -> None:
    peer.recv(65536)
    time.sleep(3)


def drip_headers(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\n")
    for _ in range(40):
        peer.sendall(b"x-a: b\r\n")
        time.sleep(0.1)


def drip_body(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\ncontent-length: 1000\n\n")
    for _ in range(40):
        peer.sendall(b"x")
        time.sleep(0.1)


def hundred_megabytes(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\ncontent-length: 100000000\n\n")
    for _ in range(100):
        peer.sendall(b"0" * 1_000_000)


def endless_chunks(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n")
    for _ in range(2000):
        peer.sendall(b"1000\r\n" + b"0" * 0x1000 + b"\r\n")


def endless_headers(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\n")
    for number in range(100_000):
        peer.sendall(f"x-{number}: {'y' * 1000}\r\n".encode())


def long_header(peer: socket.socket) -> None:
    head(peer, f"HTTP/1.1 200 OK\nx-long: {'y' * 100_000}\n\n")


def endless_continues(peer: socket.socket) -> None:
    peer.recv(65536)
    for _ in range(200_000):
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def gzip_bomb(peer: socket.socket) -> None:
    content = gzip.compress(b"0" * 50_000_000)
    head(peer, f"HTTP/1.1 200 OK\ncontent-encoding: gzip\ncontent-length: {len(content)}\n\n")
    peer.sendall(content)


def hang_up(peer: socket.socket) -> None:
    peer.recv(65536)


def hang_up_in_the_body(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\ncontent-length: 1000\n\nabc")


def no_http(peer: socket.socket) -> None:
    head(peer, "SSH-2.0-OpenSSH_9.2\n\n")


def bad_length(peer: socket.socket) -> None:
    head(peer, "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\nzzz\n")


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        (silence, {FailureKind.TIMEOUT}),
        (drip_headers, {FailureKind.TIMEOUT}),
        (drip_body, {FailureKind.TIMEOUT}),
        (hundred_megabytes, {FailureKind.TOO_LARGE}),
        (endless_chunks, {FailureKind.TOO_LARGE}),
        (endless_headers, {FailureKind.TOO_LARGE, FailureKind.PROTOCOL}),
        (long_header, {FailureKind.TOO_LARGE}),
        (endless_continues, {FailureKind.TOO_LARGE}),
        (gzip_bomb, {FailureKind.TOO_LARGE}),
        (hang_up, {FailureKind.RESET}),
        (hang_up_in_the_body, {FailureKind.RESET}),
        (no_http, {FailureKind.PROTOCOL}),
        (bad_length, {FailureKind.PROTOCOL, FailureKind.RESET}),
    ],
)
def test_misbehaviour_is_a_failure_with_its_kind(script: Script, kinds: set[FailureKind]) -> None:
    with server(script) as port:
        started = time.monotonic()
        outcome = ask(port, deadline=1.5)
        seconds = time.monotonic() - started
    assert outcome.response is None
    assert outcome.failure is not None
    assert outcome.failure.kind in kinds, outcome.failure
    assert outcome.failure.detail
    assert seconds < 10  # without the deadline the slowest of these would never end


LEGAL = {
    "continue": "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
    "hints": "HTTP/1.1 103 Early Hints\nlink: </a>\n\nHTTP/1.1 102 Processing\n\n"
    "HTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
    "old": "HTTP/1.0 200 OK\ncontent-type: application/json\n\n{}",
    "old, with a length": "HTTP/1.0 200 OK\ncontent-length: 2\nconnection: keep-alive\n\n{}",
    "trailers": "HTTP/1.1 200 OK\ntransfer-encoding: chunked\ntrailer: x-sum\n\n"
    "1;node=2\n{\n1\n}\n0\nx-sum: 7\n\n",
    "no reason": "HTTP/1.1 200 \ncontent-length: 2\n\n{}",
    "blanks": "HTTP/1.1 200 All is well\nContent-Length:\t 2 \t\nX-Empty:\n\n{}",
}


@pytest.mark.parametrize("text", LEGAL.values(), ids=list(LEGAL))
def test_what_http_allows_is_an_answer(text: str) -> None:
    with server(lambda peer: head(peer, text)) as port:
        outcome = ask(port)
    assert outcome.response is not None, outcome.failure
    assert (outcome.response.status, outcome.response.content) == (200, b"{}")


def test_nobody_asked_for_another_protocol() -> None:
    switching = "HTTP/1.1 101 Switching Protocols\nupgrade: h2c\n\n"
    with server(lambda peer: head(peer, switching)) as port:
        outcome = ask(port)
    assert outcome.response is not None
    assert outcome.response.status == 101


def test_nobody_listening_is_a_connect_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = ask(port)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.CONNECT
    assert str(port) in outcome.failure.detail


def test_html_is_an_answer_like_any_other() -> None:
    def html(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 502 Bad Gateway\ncontent-type: text/html\ncontent-length: 6\n\n<html>")

    with server(html) as port:
        outcome = ask(port)
    assert outcome.response is not None
    assert (outcome.response.status, outcome.response.content) == (502, b"<html>")


def test_the_body_of_a_closing_server_is_read_to_its_end() -> None:
    def close_after(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 200 OK\nconnection: close\ncontent-length: 300000\n\n")
        for _ in range(30):
            peer.sendall(b"x" * 10_000)
            time.sleep(0.005)

    def until_closed(peer: socket.socket) -> None:
        head(peer, "HTTP/1.0 200 OK\n\nall of it")

    with server(close_after) as port:
        outcome = ask(port)
    assert outcome.response is not None, outcome.failure
    assert len(outcome.response.content) == 300_000
    with server(until_closed) as port:
        outcome = ask(port)
    assert outcome.response is not None, outcome.failure
    assert outcome.response.content == b"all of it"


def test_an_early_refusal_of_a_large_body_is_read() -> None:
    def refuse(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 413 Too Large\ncontent-length: 0\nconnection: close\n\n")
        time.sleep(0.2)

    with server(refuse) as port:
        outcome = ask(port, body=b"0" * 2_000_000)
    assert outcome.response is None or outcome.response.status == 413
    assert outcome.failure is None or outcome.failure.kind is FailureKind.RESET


def test_redirects_are_not_followed() -> None:
    def redirect(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 302 Found\nlocation: http://127.0.0.1:1/\ncontent-length: 0\n\n")

    with server(redirect) as port:
        outcome = ask(port)
    assert outcome.response is not None
    assert outcome.response.status == 302


def test_connections_are_kept_while_the_server_keeps_them() -> None:
    accepted = []

    def twice(peer: socket.socket) -> None:
        accepted.append(1)
        for _ in range(2):
            head(peer, "HTTP/1.1 200 OK\ncontent-length: 2\n\n{}")

    transport = LiveTransport(CredentialKit(Path(), Path(), {}))
    with server(twice) as port:
        outcomes = [transport.send(a_request(port)) for _ in range(2)]
        transport.close()
    assert [outcome.response.status for outcome in outcomes if outcome.response] == [200, 200]
    assert len(accepted) == 1


def test_a_connection_the_server_closed_is_not_used_again() -> None:
    def once(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 200 OK\ncontent-length: 2\n\n{}")

    transport = LiveTransport(CredentialKit(Path(), Path(), {}))
    with server(once, connections=2) as port:
        first = transport.send(a_request(port))
        time.sleep(0.2)
        second = transport.send(a_request(port))
        transport.close()
    assert first.failure is None
    assert second.failure is None


def test_headers_keep_order_and_repetition() -> None:
    def repeated(peer: socket.socket) -> None:
        head(peer, "HTTP/1.1 200 OK\nb: 1\na: 2\nb: 3\ncontent-length: 0\n\n")

    with server(repeated) as port:
        outcome = ask(port)
    assert outcome.response is not None
    assert outcome.response.headers[:3] == (("b", "1"), ("a", "2"), ("b", "3"))


def test_tls_against_a_server_without_tls_is_a_tls_failure(
    reference_exchange: object, tmp_path: Path
) -> None:
    credentials = Path(str(reference_exchange.credentials))  # type: ignore[attr-defined]
    kit = CredentialKit.load(credentials)
    with server(no_http) as port:
        transport = LiveTransport(kit)
        outcome = transport.send(a_request(port, scheme="https"))
        transport.close()
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.TLS
