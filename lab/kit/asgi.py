"""In-process transport: the product as an ASGI application in one background event loop.

`ixit.asgi = "module:factory?name=value"`; the query goes to the factory as keyword strings. The TLS
identity travels in `scope["extensions"]["tls"]`. No sockets, safe for parallel callers.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from lab.kit.transport import (
    DecodingProblem,
    IncomingResponse,
    Outcome,
    OutgoingRequest,
    decode_content,
)
from lab.model.errors import ProfileError
from lab.model.exchange import FailureKind, TransportFailure

_LIFESPAN_SECONDS = 30.0

Application = Callable[..., Awaitable[None]]


class _TooMuch(Exception):
    """The application sent more than the answer may have."""


class AsgiTransport:
    """Runs an application and its lifespan in a thread of its own."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="asgi", daemon=True)
        self._thread.start()
        try:
            self._application = self._run(_build(address), _LIFESPAN_SECONDS)
            self._lifespan = _Lifespan(self._application)
            self._run(self._lifespan.start(), _LIFESPAN_SECONDS)
        except BaseException:
            self._stop_loop()
            raise

    def send(self, request: OutgoingRequest) -> Outcome:
        """Call the application once."""
        started = time.monotonic()
        response: IncomingResponse | None = None
        failure: TransportFailure | None = None
        try:
            response = self._run(_call(self._application, request), request.deadline_seconds)
        except (FutureTimeout, TimeoutError):
            failure = TransportFailure(
                kind=FailureKind.TIMEOUT,
                detail=f"no complete answer within {request.deadline_seconds:.1f} s",
            )
        except _TooMuch:
            failure = TransportFailure(
                kind=FailureKind.TOO_LARGE,
                detail=f"the answer is larger than {request.max_response_bytes} bytes",
            )
        except DecodingProblem as problem:
            failure = problem.failure
        return Outcome(response, failure, (time.monotonic() - started) * 1000)

    def close(self) -> None:
        """End the lifespan and the thread."""
        try:
            self._run(self._lifespan.stop(), _LIFESPAN_SECONDS)
        finally:
            self._stop_loop()

    def _run(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except FutureTimeout:
            future.cancel()
            raise

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


async def _build(address: str) -> Application:
    name, _, query = address.partition("?")
    module_name, _, attribute = name.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ProfileError(
            f'[ixit] asgi "{address}" cannot be loaded: {error}',
            code="MFL-P022",
            fix='Write it as "package.module:factory?name=value".',
            sentence_fa="برنامهٔ درون‌فرایندی بار نمی‌شود.",
        ) from error
    made = factory(**dict(parse_qsl(query)))
    application: Application = await made if inspect.isawaitable(made) else made
    return application


class _Lifespan:
    """The lifespan protocol of one application; one without support is simply started."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._serve())
        await self._inbox.put({"type": "lifespan.startup"})
        answer = await self._outbox.get()
        if answer["type"] == "lifespan.startup.failed":
            raise ProfileError(
                f"the in-process application did not start: {answer.get('message', '')[:300]}",
                code="MFL-P023",
                sentence_fa="برنامهٔ درون‌فرایندی آغاز نشد.",
            )

    async def stop(self) -> None:
        if self._task is None or self._task.done():
            return
        await self._inbox.put({"type": "lifespan.shutdown"})
        await asyncio.wait({self._task}, timeout=_LIFESPAN_SECONDS)

    async def _serve(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._application(scope, self._inbox.get, self._outbox.put)
        except Exception:  # noqa: BLE001 - ASGI: an exception here means "no lifespan support"
            await self._outbox.put({"type": "lifespan.unsupported"})


async def _call(application: Application, request: OutgoingRequest) -> IncomingResponse:
    collector = _Collector(request)
    try:
        await application(_scope(request), collector.receive, collector.send)
    except _TooMuch:
        raise
    except Exception:  # noqa: BLE001 - a server turns a crash into 500 when nothing was sent yet
        if collector.status == 0:
            return IncomingResponse(500, (), b"", b"", 0)
    raw = bytes(collector.body)
    headers = tuple(collector.headers)
    encoding = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    content = decode_content(raw, encoding, request.max_response_bytes)
    return IncomingResponse(collector.status or 500, headers, raw, content, len(raw))


class _Collector:
    """Feeds the request body and gathers the answer of one call."""

    def __init__(self, request: OutgoingRequest) -> None:
        self._request = request
        self._given = False
        self._done = asyncio.Event()
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()

    async def receive(self) -> dict[str, Any]:
        if self._given:
            await self._done.wait()
            return {"type": "http.disconnect"}
        self._given = True
        return {"type": "http.request", "body": self._request.body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
                for name, value in message.get("headers", ())
            ]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if len(self.body) > self._request.max_response_bytes:
                raise _TooMuch
            if not message.get("more_body", False):
                self._done.set()


def _scope(request: OutgoingRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    identity = request.identity
    headers = [(b"host", parts.netloc.encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in request.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": unquote_to_bytes(parts.path).decode("utf-8", "replace"),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": (parts.hostname or "127.0.0.1", parts.port or 443),
        "state": {},
        "extensions": {
            "tls": {
                "client_cert_der": identity.leaf_der if identity else None,
                "client_chain_der": list(identity.chain_der) if identity else [],
            }
        },
    }
