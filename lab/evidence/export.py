"""The portable evidence: `bundle.zip`, byte for byte the same for the same evidence.

Entries are stored uncompressed in a fixed order with fixed dates: MANIFEST.json (SHA-256 of every
other entry), campaign.json, result.json, records.jsonl, bodies/<sha256>.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

from lab.evidence.chain import body_refs, canonical, record_row
from lab.evidence.reader import BUNDLE, CAMPAIGN, RESULT, DirectoryReader
from lab.model.exchange import BodyRef

MANIFEST = "MANIFEST.json"
RECORDS = "records.jsonl"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_bundle(directory: Path) -> Path:
    """Write `bundle.zip` of a finished campaign beside it, atomically; returns its path."""
    target = directory / BUNDLE
    partial = target.with_suffix(".partial")
    reader = DirectoryReader(directory)
    try:
        entries = dict(bundle_entries(reader))
    finally:
        reader.close()
    with partial.open("wb") as file:
        file.write(pack(entries))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    return target


def bundle_entries(reader: DirectoryReader) -> Iterable[tuple[str, bytes]]:
    """Yield every entry beside the manifest, in the fixed order."""
    for name in (CAMPAIGN, RESULT):
        content = reader.document(name)
        if content is not None:
            yield name, content
    refs: dict[str, BodyRef] = {}
    lines = []
    for record in reader.records():
        lines.append(canonical(record_row(record)))
        refs.update((ref.sha256, ref) for ref in body_refs(record.data))
    yield RECORDS, b"".join(line + b"\n" for line in lines)
    for sha256 in sorted(refs):
        yield f"bodies/{sha256}", reader.read_body(refs[sha256])


def manifest_of(entries: dict[str, bytes]) -> bytes:
    """Return the manifest of all other entries."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in entries.items()}
    return canonical({"version": 1, "sha256": hashes})


def pack(entries: dict[str, bytes]) -> bytes:
    """Return the archive of these entries; the same entries give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((MANIFEST, manifest_of(entries)), *entries.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
