"""The signed, append-only list of what happened to certificates after they were issued.

One line per event: a compact JWS whose payload carries the SHA-256 of the line before it.
A changed, missing or reordered line breaks the chain. Cutting off the end cannot be seen here;
`fresh_until` bounds how long an old copy can be passed off as current.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from cryptography import x509
from pydantic import Field

from lab.certification.jose import Forged, Signer, open_token, sign
from lab.model.base import Frozen, Instant
from lab.model.certificate import CertificateState
from lab.model.errors import EnvironmentFault, EvidenceDamaged, UsageError
from lab.model.stored import NEWER, Document, Stored

TYPE = "mafa-certificate-status+jwt"
FRESH = timedelta(days=7)
FIRST = "0" * 64
MAX_LIST = 64 * 1024 * 1024


class Event(StrEnum):
    """What can happen. `refresh` says only that nothing else has happened."""

    ISSUED = "issued"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    REFRESH = "refresh"


class StatusEntry(Frozen):
    """One event of the list."""

    format: Literal[2] = 2
    seq: int = Field(ge=1)
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")
    certificate_id: str
    event: Event
    reason: str = Field(max_length=500)
    person: str = Field(min_length=1, max_length=200)
    at: Instant
    fresh_until: Instant


def _entry_1_to_2(document: Document) -> Document:
    """Format 2 states itself."""
    return {**document, "format": 2}


STATUS_ENTRY = Stored("status entry", StatusEntry, (_entry_1_to_2,))

_AFTER: dict[tuple[CertificateState | None, Event], CertificateState] = {
    (None, Event.ISSUED): CertificateState.VALID,
    (CertificateState.VALID, Event.SUSPEND): CertificateState.SUSPENDED,
    (CertificateState.SUSPENDED, Event.REINSTATE): CertificateState.VALID,
    (CertificateState.VALID, Event.WITHDRAW): CertificateState.WITHDRAWN,
    (CertificateState.SUSPENDED, Event.WITHDRAW): CertificateState.WITHDRAWN,
}


class StatusList:
    """A checked list in memory."""

    def __init__(self, entries: Sequence[StatusEntry], head: str) -> None:
        self.entries = tuple(entries)
        self.head = head

    def history(self, certificate_id: str) -> tuple[StatusEntry, ...]:
        """Events of one certificate, oldest first."""
        return tuple(
            e
            for e in self.entries
            if e.certificate_id == certificate_id and e.event is not Event.REFRESH
        )

    def state(self, certificate_id: str, at: datetime) -> CertificateState | None:
        """State at a time; None when the certificate is not listed by then."""
        state: CertificateState | None = None
        for entry in self.history(certificate_id):
            if entry.at <= at:
                state = _AFTER[(state, entry.event)]
        return state

    def covers(self, at: datetime) -> bool:
        """Whether the list can answer for `at`: a later entry exists, or the last is fresh."""
        if not self.entries:
            return False
        last = self.entries[-1]
        return last.at >= at or last.fresh_until >= at


def load_status(path: Path, anchors: Sequence[x509.Certificate]) -> StatusList:
    """Read and check the whole list. Raises EvidenceDamaged with the line that does not hold."""
    try:
        size = path.stat().st_size
        if size > MAX_LIST:
            raise UsageError(f"The status list has {size} bytes.", where=str(path))
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The status list cannot be read: {error}.",
            sentence_fa="فهرست وضعیت گواهی‌ها خوانا نیست.",
            code="MFL-C030",
            where=str(path),
            fix="Give the status list that the laboratory publishes, with --status FILE.",
        ) from error
    if text and not text.endswith("\n"):
        raise _damaged(path, text.count("\n") + 1, "the last line is incomplete")
    reading = _Reading(path)
    for line in text.splitlines():
        reading.take(line, anchors)
    return StatusList(reading.entries, reading.head)


class _Reading:
    """State while the lines are checked one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[StatusEntry] = []
        self.states: dict[str, CertificateState] = {}
        self.head = FIRST

    def take(self, line: str, anchors: Sequence[x509.Certificate]) -> None:
        """Check one line: signature, chain, order of time, possible event."""
        number = len(self.entries) + 1
        try:
            opened = open_token(line, TYPE, anchors)
            entry = STATUS_ENTRY.of(opened.payload, f"{self.path}:{number}")
        except Forged as error:
            raise _damaged(self.path, number, str(error)) from error
        except UsageError as error:
            if error.code == NEWER:
                raise
            raise _damaged(self.path, number, error.sentence) from error
        if entry.seq != number or entry.previous != self.head:
            raise _damaged(self.path, number, "it does not follow the line before it")
        if self.entries and entry.at < self.entries[-1].at:
            raise _damaged(self.path, number, "it is older than the line before it")
        if int(entry.at.timestamp()) != int(opened.signed_at.timestamp()):
            raise _damaged(self.path, number, "the time of signing is not that of the event")
        if entry.event is not Event.REFRESH:
            after = _AFTER.get((self.states.get(entry.certificate_id), entry.event))
            if after is None:
                raise _damaged(
                    self.path, number, f'"{entry.event.value}" is impossible in that state'
                )
            self.states[entry.certificate_id] = after
        self.entries.append(entry)
        self.head = hashlib.sha256(line.encode("ascii")).hexdigest()


def _damaged(path: Path, line: int, why: str) -> EvidenceDamaged:
    return EvidenceDamaged(
        f"The status list does not hold at line {line}: {why}.",
        sentence_fa=f"فهرست وضعیت گواهی‌ها در سطر {line} دست خورده یا ناقص است.",
        code="MFL-C031",
        where=f"{path}:{line}",
        fix="Fetch the list from the laboratory again.",
    )


def append(
    path: Path,
    anchors: Sequence[x509.Certificate],
    signer: Signer,
    *,
    certificate_id: str,
    event: Event,
    reason: str,
    person: str,
    at: datetime,
) -> StatusEntry:
    """Sign one event and add it to the list, durable when this returns.

    Raises UsageError when the event is impossible in the present state of the certificate.
    """
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            present = load_status(path, anchors)
            at = max(at, present.entries[-1].at) if present.entries else at
            _refuse_impossible(present, certificate_id, event, at)
            entry = StatusEntry(
                seq=len(present.entries) + 1,
                previous=present.head,
                certificate_id=certificate_id,
                event=event,
                reason=reason,
                person=person,
                at=at,
                fresh_until=at + FRESH,
            )
            line = sign(entry.model_dump(mode="json"), TYPE, signer, at) + "\n"
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EnvironmentFault(
            f"The status list cannot be written: {error}.", code="MFL-C032", where=str(path)
        ) from error
    load_status(path, anchors)
    return entry


def _refuse_impossible(
    present: StatusList, certificate_id: str, event: Event, at: datetime
) -> None:
    if event is Event.REFRESH:
        return
    state = present.state(certificate_id, at)
    if (state, event) not in _AFTER:
        now = "not listed" if state is None else state.value
        raise UsageError(
            f'Certificate {certificate_id} is {now}; "{event.value}" is not possible.',
            sentence_fa="این کار در وضعیت کنونی گواهی ممکن نیست.",
            code="MFL-C033",
            fix="mafalab certificate show prints the history of the certificate.",
        )
