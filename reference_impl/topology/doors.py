"""Doors of the services, for tests of gateways: shut one, lose an answer, tell what has come in.

Only in exchanges started with `--peer-control`. A shut door is a service that cannot be reached, by
anybody: in process the call fails, on the network the connection ends without an answer. State and
arrivals lie in files where an exchange has several processes, so that all see the same.
(ADR 0018)
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import defaultdict, deque
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Protocol

from reference_impl.platform.kernel import Kernel, Receive, Scope
from reference_impl.platform.message import Disconnected, Incoming, from_scope
from reference_impl.platform.rendering import Rendered
from reference_impl.platform.sending import Send, send_rendered

MAX_ARRIVALS = 20_000
LONGEST_SECONDS = 600
LARGEST_LINE = 4000
"""Bytes; a line of that length is appended in one piece."""
Row = dict[str, str]


class Doors(Protocol):
    """What the doors of an exchange know; shared by all its services."""

    def shut(self, service: str, seconds: float) -> None:
        """Keep a service away for so long; 0 opens its door at once."""
        ...

    def lose(self, service: str, answers: int) -> None:
        """Lose the next answers of a service, after it has done its work."""
        ...

    def away(self) -> dict[str, int]:
        """Return who is away, and for how many seconds yet."""
        ...

    def is_shut(self, service: str) -> bool:
        """Say whether a service is away."""
        ...

    def loses(self, service: str) -> bool:
        """Say whether the answer at hand is lost, and count it."""
        ...

    def note(self, row: Row) -> None:
        """Remember a message that came in."""
        ...

    def of(self, correlation: str) -> list[Row]:
        """Return the messages of a correlation that came in, in their order."""
        ...


class OwnDoors:
    """Doors of an exchange in one process."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lost: defaultdict[str, int] = defaultdict(int)
        self._rows: deque[Row] = deque(maxlen=MAX_ARRIVALS)

    def shut(self, service: str, seconds: float) -> None:
        """Keep a service away for so long; 0 opens its door at once."""
        self._until[service] = time.monotonic() + seconds

    def lose(self, service: str, answers: int) -> None:
        """Lose the next answers of a service, after it has done its work."""
        self._lost[service] = answers

    def away(self) -> dict[str, int]:
        """Return who is away, and for how many seconds yet."""
        now = time.monotonic()
        return {one: int(end - now) + 1 for one, end in self._until.items() if end > now}

    def is_shut(self, service: str) -> bool:
        """Say whether a service is away."""
        return bool(self._until) and self._until.get(service, 0.0) > time.monotonic()

    def loses(self, service: str) -> bool:
        """Say whether the answer at hand is lost, and count it."""
        if not self._lost[service]:
            return False
        self._lost[service] -= 1
        return True

    def note(self, row: Row) -> None:
        """Remember a message that came in."""
        self._rows.append(row)

    def of(self, correlation: str) -> list[Row]:
        """Return the messages of a correlation that came in, in their order."""
        return [row for row in self._rows if row["correlation"] == correlation]


class SharedDoors:
    """Doors of an exchange in several processes: small files in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        for left in folder.iterdir():
            left.unlink()
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
        self._lines = os.open(folder / "arrivals", flags, 0o600)

    def shut(self, service: str, seconds: float) -> None:
        """Keep a service away for so long; 0 opens its door at once."""
        if seconds:
            (self._folder / f"{service}.away").write_text(str(time.time() + seconds), "ascii")
        else:
            (self._folder / f"{service}.away").unlink(missing_ok=True)

    def lose(self, service: str, answers: int) -> None:
        """Lose the next answers of a service, after it has done its work."""
        for number in range(answers):
            (self._folder / f"{service}.{number}.lost").touch()

    def away(self) -> dict[str, int]:
        """Return who is away, and for how many seconds yet."""
        names = [file.name.removesuffix(".away") for file in self._folder.glob("*.away")]
        left = {name: self._left(name) for name in names}
        return {name: int(seconds) + 1 for name, seconds in left.items() if seconds > 0}

    def is_shut(self, service: str) -> bool:
        """Say whether a service is away."""
        return self._left(service) > 0

    def loses(self, service: str) -> bool:
        """Say whether the answer at hand is lost, and count it."""
        for file in self._folder.glob(f"{service}.*.lost"):
            try:
                file.unlink()
            except FileNotFoundError:  # another process lost an answer with it
                continue
            return True
        return False

    def note(self, row: Row) -> None:
        """Remember a message that came in."""
        line = json.dumps(row).encode() + b"\n"
        if len(line) <= LARGEST_LINE:
            os.write(self._lines, line)

    def of(self, correlation: str) -> list[Row]:
        """Return the messages of a correlation that came in, in their order."""
        mark = correlation.encode()
        with (self._folder / "arrivals").open("rb") as lines:
            rows = [json.loads(line) for line in lines if mark in line]
        return [row for row in rows if row["correlation"] == correlation]

    def _left(self, service: str) -> float:
        try:
            text = (self._folder / f"{service}.away").read_text("ascii")
        except FileNotFoundError:
            return 0.0
        return float(text or 0) - time.time()


class Behind:
    """A service behind its door: an ASGI application, and a kernel for calls in process."""

    def __init__(self, kernel: Kernel, service: str, doors: Doors) -> None:
        self._kernel = kernel
        self._service = service
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, or end its connection."""
        if self._doors.is_shut(self._service):
            await _dropped(scope, receive)
            return
        content = hashlib.sha256()

        async def heard() -> MutableMapping[str, Any]:
            message = await receive()
            content.update(message.get("body", b""))
            return message

        incoming = from_scope(scope)
        try:
            rendered = await self._kernel.respond(incoming, heard)
        except Disconnected:
            return
        self._note(incoming, content.hexdigest())
        if self._doors.loses(self._service):
            await _dropped(scope, receive)
            return
        await send_rendered(rendered, send)

    async def hear(self, incoming: Incoming) -> Rendered:
        """Answer a request of the same process. Raises OSError at a shut door."""
        if self._doors.is_shut(self._service):
            raise ConnectionRefusedError(f"service {self._service} is away")
        rendered = await self._kernel.hear(incoming)
        self._note(incoming, hashlib.sha256(incoming.body).hexdigest())
        if self._doors.loses(self._service):
            raise ConnectionResetError(f"service {self._service} lost its answer")
        return rendered

    def __getattr__(self, name: str) -> Any:
        """Show the kernel, for whoever looks at a service of this process."""
        return getattr(self._kernel, name)

    def _note(self, incoming: Incoming, digest: str) -> None:
        headers = incoming.headers
        self._doors.note(
            {
                "correlation": headers.get("ditas-correlation", ""),
                "service": self._service,
                "method": incoming.method,
                "target": incoming.target,
                "digest": digest,
                "key": headers.get("idempotency-key", ""),
                "signature": headers.get("signature", ""),
            }
        )


async def _dropped(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer, as a service does that has gone."""
    abort = scope.get("extensions", {}).get("abort")
    if abort is None:
        raise ConnectionResetError("the service is away")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
