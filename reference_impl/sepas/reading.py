"""Reading: history, summary, one event, and for the person who read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from reference_impl.platform.persons import identity_state, person_key
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Work
from reference_impl.sepas import store
from reference_impl.sepas.access import Access, Basis, Claim
from reference_impl.sepas.desk import Desk
from reference_impl.sepas.documents import utc
from reference_impl.sepas.summary import Background, summary_of

PAGE = 200
SMALL_PAGE = 20
MAX_ACCESSES = 1000
PURPOSES = ("consent", "break_glass")


def operations(desk: Desk, access: Access) -> tuple[Operation, ...]:
    """Return the operations of reading; other services ask for the centre they act for."""
    side = Reading(desk, access)
    return (
        Operation("queryHistory", side.history, callers=EVERYONE, replayed=False),
        Operation("querySummary", side.summary, callers=EVERYONE, replayed=False),
        Operation("queryAccesses", side.accesses, callers=EVERYONE, replayed=False),
        Operation("getRecordEntry", side.entry, callers=EVERYONE),
    )


class Reading:
    """The side of the record that physicians and citizens look at."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self.desk = desk
        self.access = access
        self.background = Background(desk.config.world, desk.config.pack)

    async def history(self, call: Call) -> Work:
        """Tell the events of a person in order of time. [ERX-8-5-D]."""
        body: Mapping[str, Any] = call.body
        key = await self._asked(call)
        basis = await self._basis(call, key)
        start = int(body.get("after", "0"))
        found = self._events(await self._keys(call, key), basis, body.get("since"))
        if self.desk.config.faults.on("sepas.variant.history_newest_first"):
            found.reverse()
        size = SMALL_PAGE if self.desk.config.faults.on("sepas.variant.small_pages") else PAGE
        page = found[start : start + size]
        own = call.caller.service == "citizen"
        answer: dict[str, Any] = {"entries": [shown(row, whole=own) for row in page]}
        if start + size < len(found):
            answer["next"] = str(start + size)
        return self._logged(call, key, basis, answer, None)

    async def summary(self, call: Call) -> Work:
        """Tell what a treating physician needs first. [RM-CIT-SUMM]."""
        key = await self._asked(call)
        basis = await self._basis(call, key)
        if basis.kinds is not None:
            # A consent to some kinds of events is none to the whole.
            raise Refusal("CONSENT_MISSING")
        events = self._events(await self._keys(call, key), basis, None)
        keep = self.desk.config.faults.on("sepas.summary.cancelled_still_active")
        answer = summary_of(
            events, self.background.of(key), self.desk.today(), cancelled_counts=keep
        )
        if self.desk.config.faults.on("sepas.summary.allergies_missing"):
            answer["allergies"] = []
        return self._logged(call, key, basis, answer, None)

    async def entry(self, call: Call) -> Work:
        """Tell one event with its document or result."""
        record = call.path["recordId"]
        with self.desk.config.store.read() as rows:
            query = select(store.entries).where(store.entries.c.record_id == record)
            row = rows.execute(query).one_or_none()
        if row is None:
            raise Refusal("RECORD_NOT_FOUND", pointer="path:recordId")
        basis = await self._basis_of_entry(call, row)
        if basis.kinds is not None and row.kind not in basis.kinds:
            raise Refusal("CONSENT_MISSING")
        return self._logged(call, row.person_key, basis, shown(row, whole=True), record)

    async def accesses(self, call: Call) -> Work:
        """Tell who read the record of a person, newest last. [RM-EHR-ACC-CIT]."""
        key = await self._asked(call)
        basis = await self._basis(call, key)
        table = store.accesses
        query = select(table).where(table.c.person_key == key).order_by(table.c.id)
        if "since" in call.body:
            query = query.where(table.c.day >= call.body["since"])

        def commit(rows: Connection) -> Answer:
            listed = [_access(row) for row in rows.execute(query).all()[-MAX_ACCESSES:]]
            if self.desk.config.faults.on("sepas.access.emergencies_hidden"):
                listed = [one for one in listed if one["basis"] != "break_glass"]
            self.access.note(rows, call, key, basis.name)
            return Answer(200, {"accesses": listed})

        return commit

    async def _asked(self, call: Call) -> str:
        purpose = call.body.get("purpose")
        if purpose is not None and not self.desk.coding.reason(
            purpose, self.desk.today(), *PURPOSES
        ):
            raise Refusal("CODE_UNKNOWN", pointer="/purpose/code")
        await identity_state(call, call.body["person"])
        return str(self.desk.key_in_store(person_key(call.body["person"])))

    async def _basis(self, call: Call, key: str) -> Basis:
        body = call.body
        return await self.access.basis(
            call, Claim(body["person"], key, body.get("hid"), body.get("consentId"))
        )

    async def _basis_of_entry(self, call: Call, row: Any) -> Basis:
        if row.centre == call.caller.centre:
            return Basis("author")
        person = _person_of(row.person_key)
        claim = Claim(person, row.person_key, call.query.get("hid"), call.query.get("consentId"))
        return await self.access.basis(call, claim)

    async def _keys(self, call: Call, key: str) -> frozenset[str]:
        """Return all keys of a person: a link joins what was filed under former ids. [RUL-003]."""
        if self.desk.config.faults.on("sepas.history.links_ignored"):
            return frozenset({key})
        asked = {"person": dict(call.body["person"])}
        reply = await call.peer("identity").post("/links/query", asked)
        if reply.code == "IDENTITY_UNKNOWN":
            return frozenset({key})
        if reply.code is not None:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if person_key(reply.json["current"]) != person_key(asked["person"]):
            return frozenset({key})
        former = (self.desk.key_in_store(person_key(one)) for one in reply.json["former"])
        return frozenset({key, *map(str, former)})

    def _events(self, keys: frozenset[str], basis: Basis, since: str | None) -> list[Any]:
        table = store.entries
        query = (
            select(table)
            .where(table.c.person_key.in_(sorted(keys)), table.c.state != "replaced")
            .order_by(table.c.started_utc, table.c.record_id)
        )
        if since is not None:
            query = query.where(table.c.started_utc >= utc(f"{since}T00:00:00+03:30"))
        if self.desk.config.faults.on("sepas.history.closed_days_only"):
            today = utc(f"{self.desk.today()}T00:00:00+03:30")
            query = query.where(table.c.started_utc < today)
        if basis.kinds is not None:
            query = query.where(table.c.kind.in_(sorted(basis.kinds)))
        try:
            with self.desk.config.store.read() as rows:
                return list(rows.execute(query).all())
        except SQLAlchemyError as error:
            raise Refusal("RECORD_NODE_DOWN") from error

    def _logged(
        self, call: Call, key: str | None, basis: Basis, answer: Any, record: str | None
    ) -> Work:
        purpose = call.body.get("purpose") if isinstance(call.body, dict) else None

        def commit(rows: Connection) -> Answer:
            self.access.note(rows, call, key, basis.name, purpose=purpose, record=record)
            return Answer(200, answer)

        return commit


def shown(row: Any, *, whole: bool) -> dict[str, Any]:
    """Write an event as the wire has it; `whole` with the signed document or the result."""
    core: Mapping[str, Any] = row.core
    entry: dict[str, Any] = {
        "recordId": row.record_id,
        "kind": row.kind,
        "centre": row.centre,
        "startedAt": row.started_at,
        "endedAt": row.ended_at,
        "version": row.version,
        "state": row.state,
        **{name: core[name] for name in ("provider", "items", "diagnoses") if core.get(name)},
        **{name: core[name] for name in ("cost", "reason") if name in core},
    }
    if row.document_id is not None:
        entry["documentId"] = row.document_id
    if whole and row.document is not None:
        entry["document"] = row.document
    if whole and row.bundle is not None:
        entry["bundle"] = row.bundle
    return entry


def _access(row: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "at": row.at,
        "centre": row.centre,
        "user": row.user_id,
        "basis": row.basis,
        "operation": row.operation,
    }
    if row.purpose is not None:
        entry["purpose"] = row.purpose
    if row.record_id is not None:
        entry["recordId"] = row.record_id
    return entry


def _person_of(key: str | None) -> dict[str, Any] | None:
    """Return the identifier a key was made of, to ask others about the person."""
    if key is None:
        return None
    kind, value, *rest = key.split(":")
    person: dict[str, Any] = {"type": kind, "value": value}
    if rest:
        person |= {"birthOrder": int(rest[0]), "birthDate": rest[1]}
    return person
