"""The line to the gateway when the other side breaks off or is away for a while."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reference_impl.clients import channel
from reference_impl.clients.channel import Gateway, Refused, Unreachable


class Line(http.client.HTTPSConnection):
    """A connection that answers from a list of (status, promised length, body)."""

    def __init__(
        self, answers: Iterator[tuple[int, int, bytes]], asked: list[dict[str, str]]
    ) -> None:
        super().__init__("127.0.0.1", 1)
        self._answers, self._asked = answers, asked

    def request(self, *_: Any, headers: Any = None, **__: Any) -> None:
        self._asked.append(dict(headers))

    def getresponse(self) -> Any:
        status, promised, body = next(self._answers)

        class Response:
            def __init__(self) -> None:
                self.status = status

            def read(self, _amount: int) -> bytes:
                return body

            def getheader(self, _name: str) -> str:
                return str(promised)

            def getheaders(self) -> list[tuple[str, str]]:
                return [("content-length", str(promised))]

        return Response()


Open = Callable[..., tuple[Gateway, list[dict[str, str]]]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.setattr(channel, "verify_answer", lambda *_: None)
    monkeypatch.setattr(channel, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(Gateway, "_headers", lambda *_: {})
    monkeypatch.setattr(Gateway, "_sealing", lambda _self: None)
    monkeypatch.setattr(channel, "seal_request", lambda *_: None)

    def make(*answers: tuple[int, int, bytes], **more: Any) -> Any:
        asked: list[dict[str, str]] = []
        script = iter(answers)
        made = Gateway("https://127.0.0.1:1", None, None, _NoFaults(), **more)  # type: ignore[arg-type]  # never reached
        monkeypatch.setattr(made, "_connect", lambda: Line(script, asked))
        return made, asked

    return make


class _NoFaults:
    def on(self, _name: str) -> bool:
        return False


def answer(status: int, content: Any, cut: int = 0) -> tuple[int, int, bytes]:
    body = json.dumps(content).encode()
    return status, len(body), body[: len(body) - cut]


def test_half_an_answer_is_a_lost_answer_and_asked_for_with_the_same_key(opened: Open) -> None:
    gateway, asked = opened(answer(201, {"id": "1"}, cut=5), answer(201, {"id": "1"}))
    assert gateway.call("POST", "/purchaser/v1/x", body={}).json == {"id": "1"}
    keys = [one["idempotency-key"] for one in asked]
    assert (len(keys), len(set(keys))) == (2, 1)


def test_only_halves_are_no_answer(opened: Open) -> None:
    half = answer(200, {"id": "1"}, cut=1)
    gateway, _ = opened(half, half, half)
    with pytest.raises(Unreachable, match="IncompleteRead"):
        gateway.call("GET", "/purchaser/v1/x")


def test_a_service_that_is_away_is_waited_for_with_patience(opened: Open) -> None:
    away = answer(503, {"code": "DEPENDENCY_UNAVAILABLE"})
    gateway, asked = opened(away, away, answer(200, {}), patience=5.0)
    assert gateway.call("POST", "/purchaser/v1/x", body={}).status == 200
    assert len({one["idempotency-key"] for one in asked}) == 1


def test_without_patience_the_refusal_is_told(opened: Open) -> None:
    gateway, asked = opened(answer(503, {"code": "DEPENDENCY_UNAVAILABLE"}))
    with pytest.raises(Refused, match="503 DEPENDENCY_UNAVAILABLE"):
        gateway.call("GET", "/purchaser/v1/x")
    assert len(asked) == 1


def test_patience_ends_with_the_last_refusal(opened: Open) -> None:
    away = answer(503, {"code": "DEPENDENCY_UNAVAILABLE"})
    gateway, _ = opened(*[away] * 5000, patience=0.02)
    with pytest.raises(Refused, match="503"):
        gateway.call("GET", "/purchaser/v1/x")
