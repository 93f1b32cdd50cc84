"""The durable log of a witness: one Exchange per line, bodies content-addressed beside it.

Layout of the directory: `exchanges.ndjson` (each line a `lab.model.exchange.Exchange`),
`bodies/<sha256>`. A line is written after its bodies and both are flushed to disk before the
answer is handed to the client, so whatever the client did next, its cause is already evidence.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.model.errors import EnvironmentFault, EvidenceDamaged
from lab.model.exchange import BodyRef, Exchange

EXCHANGES = "exchanges.ndjson"
BODIES = "bodies"


class CapturedLog:
    """Append-only writer; use as a context manager. One writer per directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._bodies = directory / BODIES
        self._bodies.mkdir(parents=True, exist_ok=True)
        self._count = sum(1 for _ in _lines(directory / EXCHANGES))
        self._file = (directory / EXCHANGES).open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the log; what was appended stays."""
        self._file.close()

    @property
    def count(self) -> int:
        """Number of exchanges in the log."""
        return self._count

    def body(self, content: bytes) -> BodyRef:
        """Store bytes under their hash (once) and return the reference."""
        name = hashlib.sha256(content).hexdigest()
        path = self._bodies / name
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("wb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
            part.rename(path)
        return BodyRef(sha256=name, size=len(content))

    def append(self, exchange: Exchange) -> None:
        """Append one exchange; returns when the line is on the disk.

        Raises EnvironmentFault when the disk refuses: an unrecorded exchange must not go on.
        """
        try:
            self._file.write(exchange.model_dump_json().encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise EnvironmentFault(
                f"the witness could not write {exchange.id}: {error.strerror}",
                code="MFL-E021",
                where=str(self.directory / EXCHANGES),
                fix="free space on that disk and run the scenario again",
            ) from error
        self._count += 1


def read_exchanges(directory: Path) -> tuple[Exchange, ...]:
    """Return every complete line of a log in the order it was captured.

    A last line without its end (the witness was killed while writing) is dropped: the answer of
    that exchange never left the witness. Any other unreadable line raises EvidenceDamaged.
    """
    found: list[Exchange] = []
    for number, line in enumerate(_lines(directory / EXCHANGES), start=1):
        try:
            found.append(Exchange.model_validate_json(line))
        except ValueError as error:
            raise EvidenceDamaged(
                f"line {number} of the captured log is not an exchange",
                code="MFL-V021",
                where=str(directory / EXCHANGES),
                fix="capture the scenario again; do not edit the log",
            ) from error
    return tuple(found)


def read_body(directory: Path, ref: BodyRef) -> bytes:
    """Return the bytes of a captured body; raises EvidenceDamaged when they do not match."""
    path = directory / BODIES / ref.sha256
    content = path.read_bytes() if path.is_file() else b""
    if len(content) != ref.size or hashlib.sha256(content).hexdigest() != ref.sha256:
        raise EvidenceDamaged(
            f"captured body {ref.sha256[:12]} does not match its hash",
            code="MFL-V022",
            where=str(path),
            fix="capture the scenario again; do not edit the bodies",
        )
    return content


def _lines(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        return
    with path.open("rb") as source:
        for line in source:
            if line.endswith(b"\n"):
                yield line
