"""Identity of documents: a repeated one changes nothing, another under its id is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from reference_impl.platform.documents import SignedDocument
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.purchaser import store
from reference_impl.purchaser.transaction import Transaction

_SEEN = Prepared(select(store.documents).where(store.documents.c.document_id == bindparam("one")))
_REMEMBER = Prepared(insert(store.documents))


@dataclass(frozen=True)
class Seen:
    """What a document that was received before had created or changed."""

    subject: str
    kind: str


def seen_before(within: Transaction, document: SignedDocument, centre: str) -> Seen | None:
    """Return what the document did when it came first, or None for a new one.

    Raises DOCUMENT_ID_CONFLICT when the id is known with another content, kind or centre.
    """
    row = within.rows.execute(_SEEN, {"one": document.document_id}).first()
    if row is None:
        return None
    same = row.payload_sha256 == _digest(document) and row.kind == document.type
    if same and row.centre == centre:
        if within.faults.on("purchaser.document.repeat_registers_again"):
            return None
        return Seen(row.subject, row.kind)
    if within.faults.on("purchaser.document.conflict_ignored"):
        return Seen(row.subject, row.kind) if row.kind == document.type else None
    raise Refusal("DOCUMENT_ID_CONFLICT", pointer="/documentId")


def remember(within: Transaction, document: SignedDocument, subject: str, centre: str) -> None:
    """Keep the identity of a document with what it created or changed."""
    if within.faults.on("purchaser.document.repeat_registers_again"):
        within.rows.execute(
            delete(store.documents).where(store.documents.c.document_id == document.document_id)
        )
    within.rows.execute(
        _REMEMBER,
        {
            "document_id": document.document_id,
            "payload_sha256": _digest(document),
            "kind": document.type,
            "subject": subject,
            "centre": centre,
        },
    )


def _digest(document: SignedDocument) -> str:
    return hashlib.sha256(document.payload_bytes).hexdigest()
