"""Offline verification: any changed, missing, reordered or added record, body or file, and where.

Order: hygiene of the container, every record against the chain, every body against its hash, the
result against the record that sealed it, last the bytes of the container as a whole. The last step
finds what no record covers (free space of a database page, a date in an archive header).

After its end a campaign grows only by attestations of inspections, each group closed by a record
that seals the amended result. A group that is not closed makes the campaign unfinished again.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from lab.evidence.chain import GENESIS, body_refs, canonical, link, record_content, record_row
from lab.evidence.export import MANIFEST, RECORDS, manifest_of, pack
from lab.evidence.reader import (
    CAMPAIGN,
    DATABASE,
    RESULT,
    BundleReader,
    DirectoryReader,
    open_evidence,
)
from lab.evidence.store import unpack_body
from lab.model.base import Frozen, JsonValue
from lab.model.errors import EvidenceDamaged
from lab.model.evidence import Record, RecordKind

SEALED = "evidence.sha256"
MAX_ENTRIES = 2_000_000
MAX_ENTRY_BYTES = 1024 * 1024 * 1024
MAX_PROBLEMS = 50
_SEALS = {RecordKind.CAMPAIGN_FINISHED.value, RecordKind.RESULT_AMENDED.value}
_HASH = re.compile(r"[0-9a-f]{64}")


class Problem(Frozen):
    """One thing that is not as it was written, and where."""

    where: str
    what: str


class VerificationReport(Frozen):
    """Outcome of a verification.

    `finished` is False while a campaign still grows: no end, or attestations not sealed yet.
    """

    path: str
    problems: tuple[Problem, ...]
    records: int
    exchanges: int
    bodies: int
    head: str
    finished: bool

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


class _Walk:
    """State of one walk along the chain."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.head = GENESIS
        self.seq = 0
        self.exchanges = 0
        self.referenced: set[str] = set()
        self.finishing: dict[str, JsonValue] | None = None
        self.sealing: dict[str, JsonValue] | None = None  # last record that states a result
        self.sealed_at = (GENESIS, 0, 0)  # head, records, exchanges at that record
        self.unsealed = 0
        self.started: dict[str, JsonValue] | None = None

    def problem(self, where: str, what: str) -> None:
        """Note a problem, at most MAX_PROBLEMS of them."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(where=where, what=what))

    def step(self, content: dict[str, JsonValue], previous: object, digest: object) -> None:
        """Take one record; complain when it does not continue the chain."""
        where = f"record {content['seq']}"
        if content["kind"] == RecordKind.EXCHANGE.value:
            self.exchanges += 1
            data = content["data"]
            where = f"{where} (exchange {data.get('id') if isinstance(data, dict) else '?'})"
        elif content["case_id"]:
            where = f"{where} ({content['kind']} of {content['case_id']})"
        if content["seq"] != self.seq + 1:
            self.problem(where, f"record {self.seq + 1} should stand here: missing or reordered")
        if previous != self.head:
            self.problem(where, "does not continue the record before it")
        computed = link(self.head, content)
        if computed != digest:
            self.problem(where, "its content does not fit its hash: changed")
        if self.finishing is not None:
            self._after_the_end(where, content)
        self.seq = content["seq"] if isinstance(content["seq"], int) else self.seq + 1
        # One damaged hash must not blind the rest of the walk.
        self.head = str(digest) if _HASH.fullmatch(str(digest)) else computed
        self.referenced.update(ref.sha256 for ref in body_refs(content["data"]))
        if content["kind"] in _SEALS:
            self._sealed(where, content)
        elif content["kind"] == RecordKind.CAMPAIGN_STARTED.value:
            self.started = content["data"]

    def _after_the_end(self, where: str, content: dict[str, JsonValue]) -> None:
        if content["kind"] == RecordKind.INSPECTION.value:
            self.unsealed += 1
        elif content["kind"] != RecordKind.RESULT_AMENDED.value or not self.unsealed:
            self.problem(where, "stands after the end of the campaign: added")

    def _sealed(self, where: str, content: dict[str, JsonValue]) -> None:
        data = content["data"] if isinstance(content["data"], dict) else {}
        if content["kind"] == RecordKind.CAMPAIGN_FINISHED.value:
            self.finishing = data
        elif self.sealing is None:
            self.problem(where, "amends a result before there is one")
        elif data.get("replaces") != self.sealing.get("result_sha256"):
            self.problem(where, "amends another result than the one before it")
        self.sealing = data
        self.unsealed = 0
        self.sealed_at = (self.head, self.seq, self.exchanges)


def verify(path: Path) -> VerificationReport:
    """Verify a campaign directory or a bundle; UsageError when it is neither."""
    walk = _Walk()
    bodies = 0
    try:
        reader = open_evidence(path)
    except EvidenceDamaged as error:
        walk.problem(path.name, error.sentence)
        return _report(path, walk, 0)
    try:
        if isinstance(reader, DirectoryReader):
            bodies = _verify_directory(reader, walk)
        elif isinstance(reader, BundleReader):
            bodies = _verify_bundle(reader, walk)
    finally:
        reader.close()
    return _report(path, walk, bodies)


def _report(path: Path, walk: _Walk, bodies: int) -> VerificationReport:
    return VerificationReport(
        path=str(path),
        problems=tuple(walk.problems),
        records=walk.seq,
        exchanges=walk.exchanges,
        bodies=bodies,
        head=walk.head,
        finished=walk.finishing is not None and not walk.unsealed,
    )


def _verify_directory(reader: DirectoryReader, walk: _Walk) -> int:
    bodies = 0
    try:
        damage = reader.integrity_problem()
        if damage is not None:
            walk.problem(DATABASE, f"SQLite: {damage}")
        for row in reader.rows():
            _step_row(row, walk)
        bodies = _body_rows(reader, walk)
    except (sqlite3.Error, UnicodeError) as error:
        walk.problem(f"{DATABASE}, after record {walk.seq}", f"unreadable: {error}")
    _documents(reader.document(CAMPAIGN), reader.document(RESULT), walk)
    _sealed_files(reader.directory, walk)
    return bodies


def _step_row(row: tuple[object, ...], walk: _Walk) -> None:
    seq, kind, at, case_id, attempt, text, previous, digest = row
    try:
        data = json.loads(str(text))
    except ValueError as error:
        walk.problem(f"record {seq}", f"its data is not JSON: {error}")
        data = {}
    if canonical(data) != str(text).encode("utf-8", "surrogatepass"):
        walk.problem(f"record {seq}", "its data is not in canonical form: changed")
    content = record_content(
        seq if isinstance(seq, int) else -1,
        str(kind),
        str(at),
        None if case_id is None else str(case_id),
        attempt if isinstance(attempt, int) else None,
        data,
    )
    walk.step(content, previous, digest)


def _body_rows(reader: DirectoryReader, walk: _Walk) -> int:
    seen: set[str] = set()
    for sha256, size, packed in reader.body_rows():
        seen.add(sha256)
        if sha256 not in walk.referenced:
            walk.problem(f"body {sha256}", "no record refers to it: added or renamed")
        try:
            unpack_body(sha256, size, packed, DATABASE)
        except EvidenceDamaged as error:
            walk.problem(f"body {sha256}", error.sentence)
    for sha256 in sorted(walk.referenced - seen):
        walk.problem(f"body {sha256}", "a record refers to it, but it is missing")
    return len(seen)


def _documents(campaign: bytes | None, result: bytes | None, walk: _Walk) -> None:
    """Compare the two documents with what the chain says about them."""
    expected = (walk.started or {}).get("campaign_sha256")
    if campaign is None:
        walk.problem(CAMPAIGN, "is missing")
    elif expected != hashlib.sha256(campaign).hexdigest():
        walk.problem(CAMPAIGN, "differs from what the first record says: changed")
    if walk.finishing is None:
        if result is not None:
            walk.problem(
                RESULT, "stands beside a chain without its end: the last record is missing"
            )
        return
    if result is None:
        walk.problem(RESULT, "is missing although the campaign is finished")
        return
    try:
        document = json.loads(result)
        evidence = document.pop("evidence")
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        walk.problem(RESULT, f"is not a result document: {type(error).__name__}")
        return
    head, records, exchanges = walk.sealed_at
    if (walk.sealing or {}).get("result_sha256") != result_digest(document):
        walk.problem(RESULT, "differs from what the finishing record says: changed")
    if not isinstance(evidence, dict) or evidence.get("head") != head:
        walk.problem(RESULT, f"names another head than {head[:12]}...: records are missing")
    elif (evidence.get("records"), evidence.get("exchanges")) != (records, exchanges):
        walk.problem(RESULT, "counts other records than there are")


def result_digest(document_without_evidence: JsonValue) -> str:
    """Return what the sealing record says about the result: its hash without `evidence`."""
    return hashlib.sha256(canonical(document_without_evidence)).hexdigest()


def _sealed_files(directory: Path, walk: _Walk) -> None:
    path = directory / SEALED
    if not path.exists():
        if walk.finishing is not None:
            walk.problem(SEALED, "is missing although the campaign is finished")
        return
    listed = sealed_lines(directory, (DATABASE, CAMPAIGN, RESULT))
    sealed = path.read_bytes()
    if walk.unsealed:
        # The evidence has grown by attestations; the chain itself speaks for it until it is sealed.
        listed, sealed = listed[1:], sealed.partition(b"\n")[2]
    for line, expected in zip(
        listed, sealed.decode("utf-8", "replace").splitlines() + [""] * 3, strict=False
    ):
        if line != expected:
            name = line.partition("  ")[2]
            walk.problem(name, f"the bytes of the file differ from {SEALED}")
    if sealed != "".join(f"{line}\n" for line in listed).encode():
        walk.problem(SEALED, "does not fit the files beside it")


def sealed_lines(directory: Path, names: Iterable[str]) -> list[str]:
    """Return `sha256  name` lines of files; a missing one has a hash of dashes."""
    lines = []
    for name in names:
        path = directory / name
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "-" * 64
        lines.append(f"{digest}  {name}")
    return lines


def _verify_bundle(reader: BundleReader, walk: _Walk) -> int:
    if not _hygiene(reader, walk):
        return 0
    entries: dict[str, bytes] = {}
    for info in reader.names():
        try:
            entries[info.filename] = reader.entry(info.filename)
        except EvidenceDamaged as error:
            walk.problem(info.filename, error.sentence)
    manifest = entries.pop(MANIFEST, b"")
    for line in entries.get(RECORDS, b"").splitlines():
        _step_line(line, walk)
    bodies = _entries_of_bodies(entries, walk)
    _documents(entries.get(CAMPAIGN), entries.get(RESULT), walk)
    _manifest(manifest, entries, walk)
    if not walk.problems:
        _bytes_of_archive(reader.path, entries, walk)
    return bodies


def _entries_of_bodies(entries: dict[str, bytes], walk: _Walk) -> int:
    stored = {name for name in entries if name.startswith("bodies/")}
    needed = {f"bodies/{sha256}" for sha256 in walk.referenced}
    for name in sorted(needed - stored):
        walk.problem(name, "a record refers to it, but it is missing")
    for name in sorted(stored - needed):
        walk.problem(name, "no record refers to it: added")
    for name in sorted(stored):
        if hashlib.sha256(entries[name]).hexdigest() != name.removeprefix("bodies/"):
            walk.problem(name, "does not fit its hash: changed")
    for name in sorted(set(entries) - stored - {CAMPAIGN, RESULT, RECORDS}):
        walk.problem(name, "does not belong into a bundle: added")
    return len(stored)


def _hygiene(reader: BundleReader, walk: _Walk) -> bool:
    infos = reader.names()
    if len(infos) > MAX_ENTRIES:
        walk.problem(reader.path.name, f"{len(infos)} entries are more than a bundle has")
        return False
    twice = [name for name, count in Counter(info.filename for info in infos).items() if count > 1]
    for name in twice:
        walk.problem(name, "stands twice in the archive")
    for info in infos:
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename:
            walk.problem(repr(info.filename)[:120], "is not a name a bundle may hold")
        if info.compress_type != 0 or info.file_size != info.compress_size:
            walk.problem(info.filename[:120], "is not stored plainly")
        if info.file_size > MAX_ENTRY_BYTES:
            walk.problem(info.filename[:120], f"declares {info.file_size} bytes")
    return not walk.problems


def _step_line(line: bytes, walk: _Walk) -> None:
    try:
        row = json.loads(line)
        record = Record.model_validate(row)
    except (ValueError, ValidationError) as error:
        walk.problem(f"{RECORDS}, after record {walk.seq}", f"unreadable: {str(error)[:120]}")
        return
    if canonical(record_row(record)) != line:
        walk.problem(f"record {record.seq}", "is not in canonical form: changed")
    content = {key: value for key, value in row.items() if key not in {"previous", "hash"}}
    walk.step(content, record.previous, record.hash)


def _manifest(manifest: bytes, entries: dict[str, bytes], walk: _Walk) -> None:
    expected = manifest_of(entries)
    if manifest == expected:
        return
    try:
        listed = json.loads(manifest)["sha256"]
        actual = json.loads(expected)["sha256"]
        for name in sorted({*listed, *actual}):
            if listed.get(name) != actual.get(name):
                walk.problem(name, f"differs from {MANIFEST}")
    except (ValueError, KeyError, TypeError, AttributeError):
        walk.problem(MANIFEST, "is unreadable")
    walk.problem(MANIFEST, "does not fit the entries")


def _bytes_of_archive(path: Path, entries: dict[str, bytes], walk: _Walk) -> None:
    written, expected = path.read_bytes(), pack(entries)
    if written == expected:
        return
    pairs = zip(written, expected, strict=False)
    offset = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(written), len(expected)))
    walk.problem(f"{path.name}, byte {offset}", "the archive itself was changed")
