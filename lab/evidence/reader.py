"""Reading stored evidence without touching it: from a campaign directory or from a bundle."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from lab.evidence.store import row_to_record, unpack_body
from lab.model.errors import EvidenceDamaged, UsageError
from lab.model.evidence import Record, RecordKind
from lab.model.exchange import BodyRef, Exchange
from lab.model.stored import EVIDENCE, exchange_of

DATABASE = "evidence.sqlite"
CAMPAIGN = "campaign.json"
RESULT = "result.json"
BUNDLE = "bundle.zip"
CERTIFICATE = "certificate.jws"
MAX_LINE = 64 * 1024 * 1024


class EvidenceReader(Protocol):
    """Records, bodies and documents of one campaign, read only."""

    where: str

    def records(self) -> Iterator[Record]:
        """All records in order."""
        ...

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of one body, checked against their hash."""
        ...

    def exchanges_of(self, case_id: str, attempt: int) -> tuple[Exchange, ...]:
        """Exchanges of one attempt in ordinal order."""
        ...

    def document(self, name: str) -> bytes | None:
        """Content of `campaign.json` or `result.json`, None when absent."""
        ...

    def close(self) -> None:
        """Give files back."""
        ...


class DirectoryReader:
    """Reads `evidence.sqlite` of a campaign directory; a finished one is never written to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.where = str(directory / DATABASE)
        path = directory / DATABASE
        if not path.exists():
            raise UsageError(
                f'"{directory}" holds no {DATABASE}',
                code="MFL-U010",
                where=str(directory),
                fix="Name the directory that was given to mafalab run --out, or its bundle.zip.",
            )
        # A finished store has no write-ahead log and is opened as immutable: not a byte changes.
        idle = not (directory / f"{DATABASE}-wal").exists()
        mode = "immutable=1" if idle else "mode=ro"
        self._db = sqlite3.connect(
            f"{path.resolve().as_uri()}?{mode}", uri=True, check_same_thread=False
        )
        self._lock = threading.Lock()  # replays of simultaneous calls read from several threads

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Raw rows of the record table in order."""
        yield from self._db.execute(
            "SELECT seq, kind, at, case_id, attempt, data, previous, hash FROM records ORDER BY seq"
        )

    def body_rows(self) -> Iterator[tuple[str, int, bytes]]:
        """Raw rows of the body table."""
        yield from self._db.execute("SELECT sha256, size, content FROM bodies ORDER BY sha256")

    def integrity_problem(self) -> str | None:
        """Return what SQLite itself finds wrong with the file, None when nothing."""
        (text,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        return None if text == "ok" else str(text)

    def records(self) -> Iterator[Record]:
        """All records in order."""
        for row in self.rows():
            yield _readable(row_to_record(row), self.where)

    def exchanges_of(self, case_id: str, attempt: int) -> tuple[Exchange, ...]:
        """Exchanges of one attempt in ordinal order."""
        with self._lock:
            rows = self._db.execute(
                "SELECT data FROM records WHERE kind = ? AND case_id = ? AND attempt = ?",
                (RecordKind.EXCHANGE.value, case_id, attempt),
            ).fetchall()
        found = [exchange_of(json.loads(row[0])) for row in rows]
        return tuple(sorted(found, key=lambda exchange: exchange.ordinal))

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of one body, checked against their hash."""
        with self._lock:
            row = self._db.execute(
                "SELECT size, content FROM bodies WHERE sha256 = ?", (ref.sha256,)
            ).fetchone()
        if row is None:
            raise EvidenceDamaged(f"body {ref.sha256} is missing", where=self.where)
        return unpack_body(ref.sha256, row[0], row[1], self.where)

    def document(self, name: str) -> bytes | None:
        """Content of a file of the directory, None when absent."""
        path = self.directory / name
        return path.read_bytes() if path.exists() else None

    def close(self) -> None:
        """Close the database."""
        self._db.close()


class BundleReader:
    """Reads `bundle.zip`; names and sizes are checked before anything is unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = str(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise EvidenceDamaged(
                f"the bundle cannot be opened: {error}", where=str(path)
            ) from error

    def names(self) -> tuple[zipfile.ZipInfo, ...]:
        """All entries in the order of the archive."""
        return tuple(self._zip.infolist())

    def entry(self, name: str) -> bytes:
        """Content of one entry; EvidenceDamaged when it is missing or does not check."""
        try:
            return self._zip.read(name)
        except KeyError:
            raise EvidenceDamaged(f"{name} is missing", where=self.where) from None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise EvidenceDamaged(f"{name}: {error}", where=self.where) from error

    def lines(self) -> Iterator[bytes]:
        """Lines of `records.jsonl`."""
        yield from self.entry("records.jsonl").splitlines()

    def records(self) -> Iterator[Record]:
        """All records in order."""
        for line in self.lines():
            yield _readable(Record.model_validate(json.loads(line)), self.where)

    def exchanges_of(self, case_id: str, attempt: int) -> tuple[Exchange, ...]:
        """Exchanges of one attempt in ordinal order."""
        found = [
            exchange_of(record.data)
            for record in self.records()
            if record.kind is RecordKind.EXCHANGE
            and record.case_id == case_id
            and record.attempt == attempt
        ]
        return tuple(sorted(found, key=lambda exchange: exchange.ordinal))

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of one body."""
        return self.entry(f"bodies/{ref.sha256}")

    def document(self, name: str) -> bytes | None:
        """Content of one document, None when absent."""
        return self.entry(name) if name in self._zip.namelist() else None

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()


def _readable(record: Record, where: str) -> Record:
    """Refuse evidence of a later release; its first record states it, bound by the chain."""
    if record.kind is RecordKind.CAMPAIGN_STARTED:
        stated = record.data.get("format", 1)
        EVIDENCE.refuse_newer(stated if isinstance(stated, int) else 1, where)
    return record


def open_evidence(path: Path) -> EvidenceReader:
    """Open a campaign directory or a bundle for reading."""
    if path.is_dir():
        return DirectoryReader(path)
    if path.is_file():
        return BundleReader(path)
    raise UsageError(
        f'"{path}" is neither a campaign directory nor a bundle.zip',
        code="MFL-U011",
        where=str(path),
        fix="Name the directory that was given to mafalab run --out, or its bundle.zip.",
    )
