"""The hash chain: canonical JSON, the hash of a record, and the bodies a record refers to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress

from pydantic import ValidationError

from lab.model.base import JsonValue
from lab.model.evidence import Record
from lab.model.exchange import BodyRef

GENESIS = "0" * 64
_LEAF = b"\x01"


def canonical(value: JsonValue) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def record_content(  # noqa: PLR0917 - the columns of a record, in their order
    seq: int, kind: str, at: str, case_id: str | None, attempt: int | None, data: JsonValue
) -> dict[str, JsonValue]:
    """Return what the hash of a record covers beside the previous hash."""
    return {
        "seq": seq,
        "kind": kind,
        "at": at,
        "case_id": case_id,
        "attempt": attempt,
        "data": data,
    }


def link(previous: str, content: dict[str, JsonValue]) -> str:
    """Return SHA-256(0x01 || previous || canonical content), lower-case hex."""
    return hashlib.sha256(_LEAF + bytes.fromhex(previous) + canonical(content)).hexdigest()


def link_text(previous: str, content: dict[str, JsonValue], data: bytes) -> str:
    """Return the same hash as `link` when the canonical text of `data` is known already.

    In canonical order `data` stands between `case_id` and `kind`; its own place is left empty.
    """
    before = {key: value for key, value in content.items() if key < "data"}
    after = {key: value for key, value in content.items() if key > "data"}
    parts = (canonical(before)[:-1], b',"data":', data, b",", canonical(after)[1:])
    return hashlib.sha256(_LEAF + bytes.fromhex(previous) + b"".join(parts)).hexdigest()


def record_row(record: Record) -> dict[str, JsonValue]:
    """Return a record as it stands in `records.jsonl`."""
    return record.model_dump(mode="json")


def body_refs(data: JsonValue) -> Iterator[BodyRef]:
    """Yield every body reference inside the data of a record; a damaged one is none."""
    if isinstance(data, dict):
        if data.keys() == {"sha256", "size"}:
            with suppress(ValidationError):
                yield BodyRef(sha256=data["sha256"], size=data["size"])
            return
        for value in data.values():
            yield from body_refs(value)
    elif isinstance(data, list):
        for value in data:
            yield from body_refs(value)
