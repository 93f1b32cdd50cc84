"""The append-only evidence store of one campaign: SQLite, WAL, synchronous FULL, hash-chained.

One process writes, or one family of processes: a driver and the workers it forked. A record that
starts or ends something, and every exchange, is on the disk when `record` returns. Judgements
(expectations, findings, observations) reach the disk with the next such record of their process.
Records get their place in the chain when they are written, in one transaction that first reads the
head, so that writers never fork the chain. Bodies are stored under their SHA-256, compressed, in
the transaction of the first record that refers to them, so a killed process never leaves a body
without its record.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

from lab.evidence.chain import GENESIS, body_refs, canonical, link_text, record_content
from lab.model.errors import EnvironmentFault, EvidenceDamaged
from lab.model.evidence import Record, RecordKind
from lab.model.exchange import BodyRef, Exchange
from lab.model.stored import exchange_of

CLAIM_SECONDS = 10.0
TURN_SECONDS = 60.0  # how long one writer of a family waits for the others
GROUPED = frozenset({RecordKind.EXPECTATION, RecordKind.FINDING, RecordKind.OBSERVATION})
_MAX_GROUP = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS records (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, case_id TEXT, attempt INTEGER,
  data TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS bodies (
  sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_case ON records (case_id, attempt, kind);
CREATE TRIGGER IF NOT EXISTS records_keep BEFORE UPDATE ON records
  BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER IF NOT EXISTS records_stay BEFORE DELETE ON records
  BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER IF NOT EXISTS bodies_keep BEFORE UPDATE ON bodies
  BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER IF NOT EXISTS bodies_stay BEFORE DELETE ON bodies
  BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
INSERT OR IGNORE INTO meta (key, value) VALUES ('format', '1');
"""

_INSERT = (
    "INSERT INTO records (seq, kind, at, case_id, attempt, data, previous, hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class EvidenceStore:
    """Implements `lab.model.evidence.Recorder` and `ReplaySource` on one SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._guard = _claim(path)
        self._waiting: list[_Waiting] = []
        self._bodies: dict[str, bytes] = {}
        self._wanted: set[str] = set()
        self._step = 1
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            self._guard.close()
            raise EvidenceDamaged(
                f"evidence cannot be opened: {error}",
                where=str(path),
                fix="Run mafalab verify on the directory; restore it from a copy.",
            ) from error

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self.path, timeout=TURN_SECONDS, check_same_thread=False, isolation_level=None
        )
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.executescript(_SCHEMA)
            self._exchanges = _last_exchange(db)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    @property
    def head(self) -> str:
        """Hash of the last record."""
        return self._end()[1]

    @property
    def count(self) -> int:
        """Number of records."""
        return self._end()[0]

    def _end(self) -> tuple[int, str]:
        with self._lock:
            self._flush()
            return _end_of_chain(self._db)

    def suspend(self) -> None:
        """Write what waits and let go of the file, but keep the claim: forking comes next."""
        with self._lock:
            self._flush()
            self._db.close()

    def reopen(self, member: int = 0, members: int = 1) -> None:
        """Take the file up again after `suspend`, as one of several writers of a family.

        A member gives only numbers that leave `member` as the rest of a division by `members`. So
        no two give the same id, whatever the others have written before this one opened the file.
        """
        with self._lock:
            self._db = self._open()
            self._step = members
            self._exchanges -= (self._exchanges - member) % members

    def body(self, content: bytes) -> BodyRef:
        """Take bytes under their hash; stored with the first record that refers to them."""
        ref = BodyRef(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        with self._lock:
            self._bodies.setdefault(ref.sha256, content)
        return ref

    def record(
        self,
        kind: RecordKind,
        data: dict[str, Any],
        *,
        case_id: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """Append one record; durable on return unless its kind is grouped (see module text)."""
        stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        text = canonical(data)
        with self._lock:
            self._waiting.append(_Waiting(kind.value, stamp, case_id, attempt, text))
            self._wanted.update(ref.sha256 for ref in body_refs(data))
            if kind not in GROUPED or len(self._waiting) >= _MAX_GROUP:
                self._flush()

    def exchange(self, exchange: Exchange) -> None:
        """Append one exchange; durable on return."""
        self.record(
            RecordKind.EXCHANGE,
            exchange.model_dump(mode="json"),
            case_id=exchange.case_id,
            attempt=exchange.attempt,
        )

    def next_exchange_id(self) -> str:
        """Return the next free exchange id."""
        with self._lock:
            self._exchanges += self._step
            return f"EV-{self._exchanges:06d}"

    def records(self, *kinds: RecordKind) -> Iterator[Record]:
        """Yield stored records in order, all or those of some kinds."""
        wanted = {kind.value for kind in kinds}
        with self._lock:
            self._flush()
            rows = self._db.execute(
                "SELECT seq, kind, at, case_id, attempt, data, previous, hash FROM records "
                "ORDER BY seq"
            ).fetchall()
        for row in rows:
            if not wanted or row[1] in wanted:
                yield row_to_record(row)

    def exchanges_of(self, case_id: str, attempt: int) -> tuple[Exchange, ...]:
        """Exchanges of one attempt in ordinal order."""
        with self._lock:
            self._flush()
            rows = self._db.execute(
                "SELECT data FROM records WHERE kind = ? AND case_id = ? AND attempt = ?",
                (RecordKind.EXCHANGE.value, case_id, attempt),
            ).fetchall()
        found = [exchange_of(json.loads(row[0])) for row in rows]
        return tuple(sorted(found, key=lambda exchange: exchange.ordinal))

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of a stored body; EvidenceDamaged when they do not match their hash."""
        with self._lock:
            waiting = self._bodies.get(ref.sha256)
            if waiting is not None:
                return waiting
            row = self._db.execute(
                "SELECT size, content FROM bodies WHERE sha256 = ?", (ref.sha256,)
            ).fetchone()
        if row is None:
            raise EvidenceDamaged(f"body {ref.sha256} is missing", where=str(self.path))
        return unpack_body(ref.sha256, row[0], row[1], str(self.path))

    def close(self) -> None:
        """Write what waits, fold the write-ahead log into the file, and close."""
        with self._lock:
            self._flush()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()
            self._guard.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        new = [
            (sha, len(self._bodies[sha]), zlib.compress(self._bodies[sha], 6))
            for sha in sorted(self._wanted)
            if sha in self._bodies
        ]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO bodies (sha256, size, content) VALUES (?, ?, ?)", new
            )
            self._db.executemany(_INSERT, self._linked())
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise EnvironmentFault(
                f"evidence cannot be written: {error}",
                code="MFL-L007",
                where=str(self.path),
                fix="Free disk space and see that nothing else writes there, then resume.",
            ) from error
        self._waiting.clear()
        self._wanted.clear()
        for sha, _, _ in new:
            self._bodies.pop(sha, None)

    def _linked(self) -> Iterator[tuple[Any, ...]]:
        """Yield the waiting records as rows that continue the chain as it stands now."""
        seq, head = _end_of_chain(self._db)
        for row in self._waiting:
            seq, previous = seq + 1, head
            head = row.link(seq, previous)
            text = row.text.decode("utf-8", "surrogatepass")
            yield (seq, row.kind, row.at, row.case_id, row.attempt, text, previous, head)


@dataclass(frozen=True)
class _Waiting:
    """A record that has no place in the chain yet; `text` is its data in canonical form."""

    kind: str
    at: str
    case_id: str | None
    attempt: int | None
    text: bytes

    def link(self, seq: int, previous: str) -> str:
        """Return the hash it has at this place."""
        content = record_content(seq, self.kind, self.at, self.case_id, self.attempt, None)
        return link_text(previous, content, self.text)


def _end_of_chain(db: sqlite3.Connection) -> tuple[int, str]:
    row = db.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, GENESIS)


def _last_exchange(db: sqlite3.Connection) -> int:
    row = db.execute(
        "SELECT max(json_extract(data, '$.id')) FROM records WHERE kind = ?",
        (RecordKind.EXCHANGE.value,),
    ).fetchone()
    return int(row[0].removeprefix("EV-")) if row[0] else 0


def _claim(path: Path) -> IO[bytes]:
    """Make sure that nobody else writes; a killed writer gives its claim back at once."""
    guard = path.with_name(f"{path.name}.lock").open("ab")
    end = time.monotonic() + CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                guard.close()
                raise EnvironmentFault(
                    "another process is writing this evidence",
                    code="MFL-E012",
                    where=str(path),
                    fix="Wait for the other run, or stop it, then resume.",
                ) from None
            time.sleep(0.05)
        else:
            return guard


def row_to_record(row: tuple[Any, ...]) -> Record:
    """Make a record of a row of the table."""
    seq, kind, at, case_id, attempt, data, previous, digest = row
    return Record(
        seq=seq,
        kind=RecordKind(kind),
        at=at,
        case_id=case_id,
        attempt=attempt,
        data=json.loads(data),
        previous=previous,
        hash=digest,
    )


def unpack_body(sha256: str, size: int, packed: bytes, where: str) -> bytes:
    """Decompress a stored body within its declared size and check its hash."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, size + 1)
    except zlib.error as error:
        raise EvidenceDamaged(f"body {sha256} does not unpack: {error}", where=where) from error
    intact = unpacker.eof and not unpacker.unused_data and len(content) == size
    if not intact or hashlib.sha256(content).hexdigest() != sha256:
        raise EvidenceDamaged(f"body {sha256} was changed", where=where)
    return content
