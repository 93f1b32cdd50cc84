"""The control of a product's clock: what it must answer, and who is blamed when it does not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

import pytest

from lab.kit.clock import ProductClock
from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.kit.signals import Inconclusive
from lab.kit.transport import IncomingResponse, Outcome, OutgoingRequest
from lab.model.sut import Ixit
from lab.model.verdict import Blame

HOUR = timedelta(hours=1)


class _Control(BaseHTTPRequestHandler):
    """A clock control at /own; nothing anywhere else."""

    ahead = timedelta()

    def _told(self) -> None:
        known = self.path == "/own"
        body = json.dumps({"now": (datetime.now(UTC) + type(self).ahead).isoformat()}).encode()
        self.send_response(200 if known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._told()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).ahead += timedelta(seconds=asked["advance"])
        self._told()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 - the base
        return


@pytest.fixture
def address() -> Iterator[str]:
    _Control.ahead = timedelta()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Control) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def over_http(control: str, status: str | None) -> ProductClock:
    where = Ixit(
        base_url="https://p/x", credentials="kit", clock_control=control, status_url=status
    )
    transport = LiveTransport(cast("CredentialKit", None))  # plain HTTP asks for no certificate
    return ProductClock(where, lambda: transport)


def test_over_http_it_moves_on(address: str) -> None:
    moved = over_http(f"{address}/own", None)
    moved.advance(HOUR)
    assert abs(moved.ahead() - HOUR) < timedelta(seconds=30)


def test_an_exchange_that_stays_behind_is_not_the_products_fault(address: str) -> None:
    moved = over_http(f"{address}/own", f"{address}/exchange")
    with pytest.raises(Inconclusive, match="/exchange/clock does not answer") as told:
        moved.advance(HOUR)
    assert told.value.blame is Blame.ENVIRONMENT


@pytest.mark.parametrize(
    "answer", [b"", b"no HTTP at all\r\n\r\n", b"HTTP/1.1 302 Found\r\nlocation: /own\r\n\r\n"]
)
def test_what_is_no_answer_is_the_products_fault(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = Thread(target=once, daemon=True)
        thread.start()
        control = f"http://127.0.0.1:{listener.getsockname()[1]}/own"
        with pytest.raises(Inconclusive, match="does not answer as it should") as told:
            over_http(control, None).ahead()
        thread.join()
    assert told.value.blame is Blame.SUT


class Product:
    """A product in process whose clock does what `follows` says."""

    def __init__(self, follows: Callable[[timedelta], timedelta]) -> None:
        self.follows = follows
        self.offset = timedelta()
        self.answer: bytes | None = None

    def send(self, request: OutgoingRequest) -> Outcome:
        assert request.target == "/clock"
        assert request.identity is None
        if request.method == "POST":
            self.offset += self.follows(timedelta(seconds=json.loads(request.body)["advance"]))
        now = (datetime.now(UTC) + self.offset).isoformat()
        body = json.dumps({"now": now}).encode() if self.answer is None else self.answer
        return Outcome(IncomingResponse(200, (), body, body, len(body)), None, 1.0)

    def close(self) -> None:
        return


def clock(product: Product, control: str | None = "/clock") -> ProductClock:
    return ProductClock(
        Ixit(asgi="module:app", credentials="kit", clock_control=control), lambda: product
    )


def test_it_moves_on_and_is_told() -> None:
    moved = clock(Product(lambda by: by))
    assert moved.offered
    assert moved.ahead() == timedelta()  # a minute of difference is not a moved clock
    moved.advance(HOUR)
    assert abs(moved.ahead() - HOUR) < timedelta(seconds=30)


@pytest.mark.parametrize("follows", [lambda _: timedelta(), lambda by: by / 2, lambda by: -by])
def test_a_clock_that_does_not_follow_is_inconclusive(
    follows: Callable[[timedelta], timedelta],
) -> None:
    with pytest.raises(Inconclusive, match="does not answer as it should") as told:
        clock(Product(follows)).advance(HOUR)
    assert told.value.blame is Blame.SUT
    assert told.value.pointer == "clock_control"


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"now": 5}', b'{"now": "soon"}', b'{"now": "2026-01-01T00:00"}']
)
def test_garbage_is_never_a_time(answer: bytes) -> None:
    product = Product(lambda by: by)
    product.answer = answer
    with pytest.raises(Inconclusive):
        clock(product).ahead()


def test_without_a_control_nothing_moves() -> None:
    silent = clock(Product(lambda by: by), control=None)
    assert not silent.offered
    assert silent.ahead() == timedelta()
    with pytest.raises(Inconclusive, match="cannot be moved") as told:
        silent.advance(HOUR)
    assert told.value.blame is Blame.CONFIG
