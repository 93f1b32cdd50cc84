"""Submission: keep what the gateway hands over, once; tell its status; remember what was refused.

A document is one event however often and under whatever correlation it arrives.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from reference_impl.platform.documents import ReadDocument, check_integrity, read
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.sepas import store
from reference_impl.sepas.desk import Desk, Refused, is_remembered, refusals_remembered, remember
from reference_impl.sepas.documents import Event, event_of, utc, without_versions

SERVICES = frozenset({"service"})
MAX_LISTED = 1000

# Made once: building and hashing a statement costs more than running it.
_TABLE = store.entries
_OF_IT = and_(_TABLE.c.prescription_id == bindparam("one"), _TABLE.c.kind == "prescription")
_ENTRY = Prepared(select(_TABLE).where(_TABLE.c.document_id == bindparam("one")))
_KEEP = Prepared(insert(_TABLE))
_SUBMIT = Prepared(insert(store.submissions))
_SUBMITTED = Prepared(
    select(store.submissions)
    .where(
        store.submissions.c.correlation == bindparam("one"),
        store.submissions.c.document_id == bindparam("document"),
    )
    .limit(1)
)
_SUBMITTED_AT_ALL = Prepared(
    select(store.submissions).where(store.submissions.c.correlation == bindparam("one")).limit(1)
)
_NEWER = Prepared(
    select(_TABLE.c.record_id).where(_OF_IT, _TABLE.c.version > bindparam("than")).limit(1)
)
_CANCEL = Prepared(
    update(_TABLE).where(_OF_IT, _TABLE.c.state == "current").values(state="cancelled")
)
_REPLACE = Prepared(
    update(_TABLE)
    .where(_OF_IT, _TABLE.c.state == "current", _TABLE.c.version < bindparam("than"))
    .values(state="replaced")
)


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of submission."""
    side = Submission(desk)
    return (
        Operation(
            "submitRecord", refusals_remembered(desk, side.submit, _centre), callers=SERVICES
        ),
        Operation("submitRecords", side.submit_together, callers=SERVICES),
        Operation("getRecordStatus", side.status),
        Operation("listRefusals", side.refusals, callers=SERVICES),
    )


class Submission:
    """The side of the record that the gateway talks to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def submit(self, call: Call) -> Work:
        """Take a document; the same one again changes nothing. [RM-P8-A]."""
        body: Mapping[str, Any] = call.body
        event = self._event(body)
        with self.desk.config.store.read() as rows:
            known = _entry(rows, event.document_id)
            self._check_conflict(rows, event, known, body["document"])

        def commit(rows: Connection) -> Answer:
            return Answer(202, self._take(rows, body, event, known))

        return commit

    async def submit_together(self, call: Call) -> Work:
        """Take documents in one transaction; a refused one does not stop the others. [RM-P8-A]."""
        read: list[tuple[Mapping[str, Any], Event | Refusal]] = []
        for body in call.body["submissions"]:
            try:
                read.append((body, self._event(body)))
            except Refusal as refusal:
                read.append((body, refusal))

        def commit(rows: Connection) -> Answer:
            taken = [self._outcome(rows, call, body, event) for body, event in read]
            return Answer(200, {"outcomes": taken})

        return commit

    def _outcome(
        self, rows: Connection, call: Call, body: Mapping[str, Any], event: Event | Refusal
    ) -> dict[str, str]:
        """Take one of several; everything is checked before its first row is written."""
        try:
            if isinstance(event, Refusal):
                raise event
            known = _entry(rows, event.document_id)
            self._check_conflict(rows, event, known, body["document"])
        except Refusal as refusal:
            if is_remembered(self.desk, refusal):
                where = Refused(
                    str(body["centre"]), refusal.code, call.operation_id, str(body["correlation"])
                )
                remember(self.desk, rows, where)
            return {"correlation": body["correlation"], "state": "REFUSED", "code": refusal.code}
        return self._take(rows, body, event, known)

    def _event(self, body: Mapping[str, Any]) -> Event:
        return event_of(body["documentType"], self._intact(body).payload)

    def _take(
        self, rows: Connection, body: Mapping[str, Any], event: Event, known: Any
    ) -> dict[str, str]:
        """Write a document and its submission, as far as they are new."""
        stored_at = self.desk.now()
        doubled = self.desk.config.faults.on("sepas.submit.repeat_stored_twice")
        skipped = (event.person or "").count(":") > 1 and self.desk.config.faults.on(
            "sepas.person.newborns_skipped"
        )
        if (known is None or doubled) and not skipped:
            self._store(rows, body, event, repeated=known is not None)
        earlier = _submission(rows, body["correlation"], event.document_id)
        if earlier is None:
            rows.execute(
                _SUBMIT,
                {
                    "correlation": body["correlation"],
                    "document_id": event.document_id,
                    "centre": body["centre"],
                    "service": body["service"],
                    "operation": body["operation"],
                    "received_at": body["receivedAt"],
                    "stored_at": stored_at,
                },
            )
        when = stored_at if earlier is None else earlier.stored_at
        told = event.document_id
        if self.desk.config.faults.on("sepas.submit.own_number_told"):
            told = str(uuid.uuid5(uuid.NAMESPACE_URL, told))
        return _stored(body["correlation"], told, when)

    async def status(self, call: Call) -> Answer:
        """Tell what became of a submission; unknown and somebody else's look alike."""
        correlation = call.path["correlation"]
        with self.desk.config.store.read() as rows:
            found = _submission(rows, correlation, None)
            refused = rows.execute(
                select(store.refusals.c.centre)
                .where(store.refusals.c.correlation == correlation)
                .limit(1)
            ).one_or_none()
        if found is not None and found.centre == call.caller.centre:
            return Answer(200, _stored(correlation, found.document_id, found.stored_at))
        if refused is not None and refused.centre == call.caller.centre:
            return Answer(200, {"correlation": correlation, "state": "REFUSED"})
        raise Refusal("NOT_FOUND")

    async def refusals(self, call: Call) -> Answer:
        """List what was refused, for the monitor, oldest first."""
        table = store.refusals
        query = select(table).order_by(table.c.at, table.c.refusal_id).limit(MAX_LISTED)
        if "centre" in call.query:
            query = query.where(table.c.centre == call.query["centre"])
        if "since" in call.query:
            query = query.where(table.c.day >= call.query["since"])
        with self.desk.config.store.read() as rows:
            listed = [
                {
                    "refusalId": row.refusal_id,
                    "at": row.at,
                    "code": row.code,
                    "operation": row.operation,
                    "centre": row.centre,
                    "correlation": row.correlation,
                }
                for row in rows.execute(query)
            ]
        return Answer(200, {"refusals": listed})

    def _intact(self, body: Mapping[str, Any]) -> ReadDocument:
        kind = str(body["documentType"]).removeprefix("erx.")
        raw = json.dumps(body["document"]).encode()
        document = read(raw, kind, self.desk.config.clock.now(), self.desk.off)
        if not self.desk.config.faults.on("sepas.submit.signature_unchecked"):
            check_integrity(document)
        return document

    def _check_conflict(
        self, rows: Connection, event: Event, known: Any, document: Mapping[str, str]
    ) -> None:
        if known is not None:
            if (known.document or {}).get("payload") != document["payload"]:
                raise Refusal("DOCUMENT_ID_CONFLICT", pointer="/document/payload")
            return
        if event.version == 1 or event.prescription_id is None:
            return
        table = store.entries
        same = select(table.c.record_id).where(
            table.c.prescription_id == event.prescription_id,
            table.c.kind == "prescription",
            table.c.version == event.version,
        )
        if rows.execute(same.limit(1)).first() is not None:
            raise Refusal("RECORD_VERSION_CONFLICT", pointer="/document/payload/amends/version")

    def _store(
        self, rows: Connection, body: Mapping[str, Any], event: Event, *, repeated: bool
    ) -> None:
        prescription = event.prescription_id or body.get("resourceId")
        person, state = event.person, "current"
        if prescription is not None:
            _link(rows, event, prescription)
            if event.kind == "cancellation":
                person = _owner(rows, prescription)
            if event.kind == "prescription" and _newer(rows, prescription, event.version):
                state = "replaced"
            self._supersede(rows, event, prescription)
        rows.execute(
            _KEEP,
            {
                "record_id": self.desk.config.ids.uuid(),
                "document_id": None if repeated else event.document_id,
                "person_key": self.desk.key_in_store(person),
                "centre": self._filed_under(body),
                "kind": event.kind,
                "started_at": event.started_at,
                "ended_at": event.ended_at,
                "started_utc": utc(event.started_at),
                "stored_at": self.desk.now(),
                "hid": event.hid,
                "prescription_id": prescription,
                "version": event.version,
                "state": state,
                "core": self._core(event),
                "document": dict(body["document"]),
            },
        )

    def _core(self, event: Event) -> dict[str, Any]:
        kept = dict(event.core)
        if self.desk.config.faults.on("sepas.submit.items_dropped"):
            del kept["items"]
        if "reason" in kept and self.desk.config.faults.on("sepas.submit.reason_generalised"):
            kept["reason"] = {**kept["reason"], "code": "OTHER", "display": "other"}
        if self.desk.config.faults.on("sepas.submit.code_versions_dropped"):
            kept = without_versions(kept)
        return kept

    def _filed_under(self, body: Mapping[str, Any]) -> str:
        """Return the centre an event belongs to: the one that sent it, whoever passed it on."""
        if self.desk.config.faults.on("sepas.submit.filed_under_service"):
            return str(uuid.uuid5(uuid.NAMESPACE_DNS, str(body["service"])))
        return str(body["centre"])

    def _supersede(self, rows: Connection, event: Event, prescription: str) -> None:
        """Let an amendment replace the versions before it, a cancellation end all."""
        if event.kind == "cancellation":
            rows.execute(_CANCEL, {"one": prescription})
        elif event.kind == "prescription" and not self.desk.config.faults.on(
            "sepas.history.amended_version_kept"
        ):
            rows.execute(_REPLACE, {"one": prescription, "than": event.version})


def _link(rows: Connection, event: Event, prescription: str) -> None:
    """Give the prescription its id where it came without one: the only one of this HID."""
    if event.hid is None or (event.kind, event.version) == ("prescription", 1):
        return
    table = store.entries
    nameless = and_(
        table.c.hid == event.hid,
        table.c.kind == "prescription",
        table.c.prescription_id.is_(None),
    )
    found = rows.execute(select(table.c.record_id).where(nameless)).all()
    if len(found) == 1:
        rows.execute(
            update(table)
            .where(table.c.record_id == found[0].record_id)
            .values(prescription_id=prescription)
        )


def _newer(rows: Connection, prescription: str, version: int) -> bool:
    return rows.execute(_NEWER, {"one": prescription, "than": version}).first() is not None


def _owner(rows: Connection, prescription: str) -> str | None:
    table = store.entries
    query = select(table.c.person_key).where(
        table.c.prescription_id == prescription, table.c.person_key.is_not(None)
    )
    found = rows.execute(query.limit(1)).first()
    return None if found is None else found.person_key


def _entry(rows: Connection, document_id: str) -> Any:
    return rows.execute(_ENTRY, {"one": document_id}).one_or_none()


def _submission(rows: Connection, correlation: str, document_id: str | None) -> Any:
    if document_id is None:
        return rows.execute(_SUBMITTED_AT_ALL, {"one": correlation}).one_or_none()
    question = {"one": correlation, "document": document_id}
    return rows.execute(_SUBMITTED, question).one_or_none()


def _stored(correlation: str, document_id: str, stored_at: str) -> dict[str, str]:
    return {
        "correlation": correlation,
        "state": "STORED",
        "storedAt": stored_at,
        "documentId": document_id,
    }


def _centre(call: Call) -> str:
    """Return the centre whose document it is; the caller is the gateway."""
    return str(call.body["centre"])
