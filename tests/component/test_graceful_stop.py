"""Told to stop, a server answers what it is working on, and takes nothing new."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from reference_impl.topology.servers import Address, private_listener, run

PATIENCE = 60  # seconds; a bound against hanging, on a machine that may be busy
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Thinking:
    """An application that answers only when it is told to."""

    def __init__(self) -> None:
        self.entered, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, _scope: Any, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        self.entered.set()
        await self.released.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": body[::-1]})


async def _stopped_while_thinking() -> tuple[bytes, bool]:
    app, listener, stop = Thinking(), private_listener(), asyncio.Event()
    port = listener.getsockname()[1]
    serving = asyncio.create_task(run([Address(listener, app, None)], lambda: None, stop))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc")
    await app.entered.wait()
    stop.set()
    await _until_refused(port)
    over = serving.done()
    app.released.set()
    answer = await reader.read()
    writer.close()
    await serving
    return answer, over


async def _until_refused(port: int) -> None:
    """Return once nothing listens on the port any more."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.01)


def test_a_request_in_flight_gets_its_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    # How long it would wait is another matter; a busy machine must not end it early.
    monkeypatch.setattr("reference_impl.topology.servers.GRACE_SECONDS", PATIENCE)
    answer, over = asyncio.run(asyncio.wait_for(_stopped_while_thinking(), PATIENCE))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 ")
    assert body.endswith(b"cba\r\n0\r\n\r\n")
    assert not over, "the server was gone before it had answered"
