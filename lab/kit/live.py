"""Live HTTPS with one absolute deadline and hard limits; trusts nothing the other side sends.

A connection is kept for the same identity and thread of calls, but only for a short time and only
while nothing unasked has arrived on it: a resend would repeat a nonce, so there is no retry.
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.kit.credentials import CredentialKit
from lab.kit.transport import (
    DecodingProblem,
    IncomingResponse,
    Outcome,
    OutgoingRequest,
    decode_content,
)
from lab.model.exchange import FailureKind, TransportFailure

if TYPE_CHECKING:
    from typing_extensions import Buffer

_IDLE_SECONDS = 2.0
_HEADER_ALLOWANCE = 256 * 1024
_CHUNK = 65536
_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_INTERIM = 100
"""How many interim answers may come before the final one."""


class _Deadline(TimeoutError):
    """The absolute deadline of the call has passed."""


class _TooMuch(OSError):
    """More bytes arrived than the answer may have."""


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until a deadline and a byte budget; counts what came in."""

    def __init__(self, owner: _BoundedSocket) -> None:
        super().__init__()
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        return self._owner.receive_into(buffer)


class _BoundedSocket:
    """What http.client needs of a socket, with every wait bounded by one deadline."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.deadline = 0.0
        self.budget = 0
        self.received = 0

    def arm(self, deadline: float, budget: int) -> None:
        """Set the limits of the next call."""
        self.deadline, self.budget, self.received = deadline, budget, 0

    def _wait(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise _Deadline
        self.raw.settimeout(left)

    def receive_into(self, buffer: Buffer) -> int:
        """Receive at most one piece; raises at the deadline or over the budget."""
        self._wait()
        count = self.raw.recv_into(buffer)
        self.received += count
        if self.received > self.budget:
            raise _TooMuch
        return count

    def sendall(self, data: bytes) -> None:
        """Send everything or raise at the deadline."""
        view = memoryview(data)
        while view:
            self._wait()
            view = view[self.raw.send(view) :]

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """Return the read side, as http.client asks for it."""
        return io.BufferedReader(_BoundedReader(self), _CHUNK)

    def close(self) -> None:
        """Do nothing: http.client closes before the body when the server says it will close."""

    def really_close(self) -> None:
        """Close the socket."""
        self.raw.close()


class _Response(http.client.HTTPResponse):
    """An answer that may have interim ones before it (RFC 9110, 15.2), a hundred at most."""

    interim = 0

    def _read_status(self) -> tuple[str, int, str]:
        """Read a status line; http.client skips 100 alone, so other interim ones look like it."""
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
        if _CONTINUE <= status < _FINAL and status != _SWITCHING:
            self.interim += 1
            if self.interim > _INTERIM:
                raise _TooMuch
            status = _CONTINUE
        return version, status, reason


class _Connection(http.client.HTTPConnection):
    """An HTTP/1.1 connection over a bounded socket made by us."""

    response_class = _Response

    def __init__(self, host: str, port: int, bounded: _BoundedSocket) -> None:
        super().__init__(host, port)
        self.auto_open = 0
        self.bounded = bounded
        self.sock = bounded
        self.idle_since = 0.0

    def end(self) -> None:
        """Close connection and socket."""
        self.close()
        self.bounded.really_close()

    def is_fresh(self) -> bool:
        """Whether it may carry another request: recently used and silent since."""
        if time.monotonic() - self.idle_since > _IDLE_SECONDS:
            return False
        readable, _, _ = select.select([self.bounded.raw], [], [], 0)
        return not readable


class LiveTransport:
    """Sends over TLS with the client certificate of the request's identity."""

    def __init__(self, kit: CredentialKit) -> None:
        self._kit = kit
        self._idle: dict[tuple[str, int, str | None], list[_Connection]] = {}
        self._lock = threading.Lock()

    def send(self, request: OutgoingRequest) -> Outcome:
        """Send one request; every misbehaviour comes back as a failure with its kind."""
        started = time.monotonic()
        deadline = started + request.deadline_seconds
        response: IncomingResponse | None = None
        failure: TransportFailure | None = None
        try:
            response = self._exchange(request, deadline)
        except DecodingProblem as problem:
            failure = problem.failure
        except (OSError, http.client.HTTPException, ValueError) as error:
            failure = _failure_of(error, request)
        return Outcome(response, failure, (time.monotonic() - started) * 1000)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.end()
            self._idle.clear()

    def _exchange(self, request: OutgoingRequest, deadline: float) -> IncomingResponse:
        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        key = (host, port, request.identity.name if request.identity else None)
        connection = self._take(key) or self._open(request, host, port, deadline, secure=secure)
        try:
            # Twice the body limit: chunk framing and small chunks cost wire bytes too.
            connection.bounded.arm(deadline, 2 * request.max_response_bytes + _HEADER_ALLOWANCE)
            answer = self._ask(connection, request)
            raw = _read_body(answer, request.max_response_bytes)
            headers = tuple((name, value) for name, value in answer.getheaders())
            wire_size = connection.bounded.received
            reusable = not answer.will_close and answer.isclosed()
        except BaseException:
            connection.end()
            raise
        if reusable:
            self._give_back(key, connection)
        else:
            connection.end()
        encoding = ", ".join(v for n, v in headers if n.lower() == "content-encoding")
        content = decode_content(raw, encoding, request.max_response_bytes)
        return IncomingResponse(answer.status, headers, raw, content, wire_size)

    def _ask(self, connection: _Connection, request: OutgoingRequest) -> http.client.HTTPResponse:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", parts.netloc)
        for name, value in request.headers:
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders()
        try:
            if request.body:
                connection.send(request.body)
        except (BrokenPipeError, ConnectionResetError):
            # A server may refuse a large body before reading all of it; its answer then waits.
            pass
        return connection.getresponse()

    def _open(
        self, request: OutgoingRequest, host: str, port: int, deadline: float, *, secure: bool
    ) -> _Connection:
        left = max(0.001, deadline - time.monotonic())
        try:
            raw = socket.create_connection((host, port), timeout=left)
        except OSError as error:
            raise _ConnectProblem(f"{host}:{port}: {error.strerror or error}") from error
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            context = self._kit.tls_context(request.identity)
            try:
                raw.settimeout(max(0.001, deadline - time.monotonic()))
                raw = context.wrap_socket(raw, server_hostname=host)
            except TimeoutError as error:
                raw.close()
                raise _Deadline from error
            except OSError as error:
                raw.close()
                raise _HandshakeProblem(_tls_text(error)) from error
        return _Connection(host, port, _BoundedSocket(raw))

    def _take(self, key: tuple[str, int, str | None]) -> _Connection | None:
        with self._lock:
            waiting = self._idle.get(key, [])
            while waiting:
                connection = waiting.pop()
                if connection.is_fresh():
                    return connection
                connection.end()
        return None

    def _give_back(self, key: tuple[str, int, str | None], connection: _Connection) -> None:
        connection.idle_since = time.monotonic()
        with self._lock:
            self._idle.setdefault(key, []).append(connection)


class _ConnectProblem(OSError):
    """No TCP connection came about."""


class _HandshakeProblem(OSError):
    """No TLS session came about."""


def _read_body(answer: http.client.HTTPResponse, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read(_CHUNK):
        size += len(piece)
        if size > limit:
            raise _TooMuch
        pieces.append(piece)
    if answer.length:  # http.client gives short bodies of read(n) back without complaint
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)


def _tls_text(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server certificate was refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    return f"TLS handshake: {error.strerror or type(error).__name__}"


def _failure_of(error: Exception, request: OutgoingRequest) -> TransportFailure:
    kind, detail = FailureKind.PROTOCOL, f"{type(error).__name__}: {error}"
    if isinstance(error, _ConnectProblem):
        kind, detail = FailureKind.CONNECT, str(error)
    elif isinstance(error, _HandshakeProblem | ssl.SSLError):
        kind, detail = FailureKind.TLS, _tls_text(error) if error.args[1:] else str(error)
    elif isinstance(error, TimeoutError):
        kind = FailureKind.TIMEOUT
        detail = f"no complete answer within {request.deadline_seconds:.1f} s"
    elif isinstance(error, _TooMuch):
        kind = FailureKind.TOO_LARGE
        detail = f"the answer is larger than {request.max_response_bytes} bytes"
    elif isinstance(error, http.client.LineTooLong):
        kind = FailureKind.TOO_LARGE
    elif isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        kind, detail = FailureKind.RESET, "the connection was closed before an answer"
    elif isinstance(error, http.client.IncompleteRead):
        kind, detail = FailureKind.RESET, "the connection was closed in the middle of the body"
    return TransportFailure(kind=kind, detail=detail[:300])
