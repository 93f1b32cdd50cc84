"""Mutual TLS between services that live in different processes: a small pool of HTTP/1.1 channels.

A request is never sent twice: its nonce is used up as soon as the peer has seen it.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping

import httptools

from reference_impl.platform.peers import MAX_RESPONSE, Headers, Response

DEADLINE_SECONDS = 20.0
IDLE_SECONDS = 10.0
"""Channels unused for longer are not used again; the servers keep theirs open for 30 seconds."""
_PIECE = 65536
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class Https:
    """Transport to services at known loopback ports, with one client certificate."""

    def __init__(self, ports: Mapping[str, int], context: ssl.SSLContext) -> None:
        self._ports = ports
        self._context = context
        self._idle: defaultdict[str, list[_Channel]] = defaultdict(list)

    async def send(
        self, service: str, method: str, target: str, headers: Headers, body: bytes
    ) -> Response:
        """Send and return the response; raises OSError when there is none in time."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                channel = await self._channel(service)
                try:
                    response = await channel.exchange(method, target, headers, body)
                except BaseException:
                    channel.close()
                    raise
        except (TimeoutError, asyncio.IncompleteReadError, httptools.HttpParserError) as error:
            raise ConnectionResetError(f"service {service} did not answer properly") from error
        if channel.reusable:
            self._idle[service].append(channel)
        else:
            channel.close()
        return response

    def close(self) -> None:
        """Close the channels that wait for their next request."""
        for channels in self._idle.values():
            for channel in channels:
                channel.close()
        self._idle.clear()

    async def _channel(self, service: str) -> _Channel:
        idle = self._idle[service]
        while idle:
            channel = idle.pop()
            if channel.is_fresh():
                return channel
            channel.close()
        port = self._ports.get(service)
        if port is None:
            raise ConnectionRefusedError(f"service {service} is not part of this exchange")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=self._context)
        return _Channel(reader, writer)


class _Channel:
    """One connection, one request at a time; collects what the parser reports."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._used_at = time.monotonic()
        self.reusable = False

    def is_fresh(self) -> bool:
        """Whether it was used just now and the peer has kept it open since."""
        recent = time.monotonic() - self._used_at < IDLE_SECONDS
        return recent and not self._reader.at_eof() and not self._writer.is_closing()

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        lines = [f"{method} {target} HTTP/1.1", "host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers if name not in _OURS]
        if body or method not in _WITHOUT_BODY:
            lines.append(f"content-length: {len(body)}")
        self._writer.write("\r\n".join((*lines, "", "")).encode("latin-1") + body)
        answer = _Answer(without_content=method == "HEAD")
        parser = httptools.HttpResponseParser(answer)
        while not answer.complete:
            piece = await self._reader.read(_PIECE)
            if not piece:
                raise ConnectionResetError("the service closed the channel")
            parser.feed_data(piece)
            if answer.size > MAX_RESPONSE:
                raise ConnectionResetError("the answer is too long")
        self._used_at = time.monotonic()
        self.reusable = parser.should_keep_alive() and not answer.without_content
        return Response(parser.get_status_code(), tuple(answer.headers), b"".join(answer.chunks))


_OURS = frozenset({"host", "content-length"})


class _Answer:
    """Receiver of the parser's events."""

    def __init__(self, *, without_content: bool = False) -> None:
        self.headers: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []
        self.size = 0
        self.complete = False
        self.without_content = without_content

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        # The parser cannot know that the announced length belongs to another method's answer.
        self.complete = self.without_content

    def on_body(self, body: bytes) -> None:
        self.size += len(body)
        self.chunks.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
