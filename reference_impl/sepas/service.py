"""The health record (SEPAS), submission side: keep what the gateway hands over, tell its status."""

from __future__ import annotations

import base64
import json
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert, select

from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service, Work

METADATA = MetaData()
_RECORDS = Table(
    "records",
    METADATA,
    Column("correlation", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("centre", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("stored_at", Text, nullable=False),
    Column("document", Text, nullable=False),
)


def create(config: Configuration) -> Service:
    """Return the service; only services of the exchange may submit, centres may ask."""
    config.store.create(METADATA)

    async def submit(call: Call) -> Work:
        submission: dict[str, Any] = call.body
        document_id = _document_id(submission["document"]["payload"])
        stored_at = written(config.clock.now())

        def commit(rows: Connection) -> Answer:
            known = _find(rows, submission["correlation"], document_id)
            if known is None:
                rows.execute(
                    insert(_RECORDS).values(
                        correlation=submission["correlation"],
                        document_id=document_id,
                        centre=submission["centre"],
                        service=submission["service"],
                        operation=submission["operation"],
                        document_type=submission["documentType"],
                        received_at=submission["receivedAt"],
                        stored_at=stored_at,
                        document=json.dumps(submission["document"]),
                    )
                )
            when = stored_at if known is None else known.stored_at
            return Answer(202, _status(submission["correlation"], document_id, when))

        return commit

    async def status(call: Call) -> Answer:
        correlation = call.path["correlation"]
        with config.store.read() as rows:
            found = _find(rows, correlation, None)
        if found is None or found.centre != call.caller.centre:
            # Unknown and somebody else's look alike.
            raise Refusal("NOT_FOUND")
        return Answer(200, _status(correlation, found.document_id, found.stored_at))

    return Service(
        "sepas",
        (
            Operation("submitRecord", submit, callers=frozenset({"service"})),
            Operation("getRecordStatus", status),
        ),
    )


def _find(rows: Connection, correlation: str, document_id: str | None) -> Any:
    query = select(_RECORDS).where(_RECORDS.c.correlation == correlation)
    if document_id is not None:
        query = query.where(_RECORDS.c.document_id == document_id)
    return rows.execute(query.limit(1)).one_or_none()


def _status(correlation: str, document_id: str, stored_at: str) -> dict[str, str]:
    return {
        "correlation": correlation,
        "state": "STORED",
        "storedAt": stored_at,
        "documentId": document_id,
    }


def _document_id(payload: str) -> str:
    """Read the document id out of the signed payload."""
    try:
        content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(content["documentId"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(
            "SCHEMA_VIOLATION", pointer="/document/payload", detail="holds no documentId"
        ) from error
