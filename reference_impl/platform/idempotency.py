"""Idempotency: a repeated key gets the first answer, a reused key another body's refusal.

The record is written in the transaction of the business change, so that neither exists without the
other. Keys are private to the caller and never expire here (the profile asks for 24 h).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    select,
)

from reference_impl.faults.meeting import Meeting
from reference_impl.faults.points import NO_FAULTS
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.message import Incoming
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Caller
from reference_impl.platform.storage import Store

METADATA = MetaData()
_ANSWERS = Table(
    "idempotent_answers",
    METADATA,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", Text, nullable=False),
)
# Made once: building and hashing a statement costs more than running it.
_FIND = Prepared(
    select(_ANSWERS).where(
        _ANSWERS.c.caller == bindparam("caller_"), _ANSWERS.c.key == bindparam("key_")
    )
)
_KEEP = Prepared(insert(_ANSWERS))
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def fingerprint(incoming: Incoming) -> bytes:
    """Hash what must be equal for two requests to be the same one."""
    parts = (
        incoming.method,
        incoming.headers.get("ditas-target", incoming.target),
        incoming.headers.get("if-match", ""),
    )
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogateescape"))
    digest.update(b"\x00" + incoming.body)
    return digest.digest()


def _owner(caller: Caller, *, shared: bool = False) -> str:
    """Name whose keys these are; a service's keys are not those of the centre it acts for."""
    if shared:
        return "everybody"  # seeded fault: one memory for all centres
    return caller.centre if caller.kind == "centre" else f"service:{caller.service}"


class Idempotency:
    """First answers of one service.

    Under seeded faults one memory is shared by all centres, or requests with one key do not wait
    for each other and each has its effect (`apart`).
    """

    def __init__(self, faults: FaultSwitch = NO_FAULTS) -> None:
        self._shared = faults.on("platform.idempotency.shared_between_centres")
        self._apart = faults.on("platform.idempotency.looked_up_before")
        self._meeting = Meeting()
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def alone(self, caller: Caller, key: str) -> AsyncIterator[None]:
        """Let requests with the same key pass one after the other."""
        if self._apart:
            yield
            return
        name = (_owner(caller, shared=self._shared), key)
        lock, waiting = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[name]
            if waiting == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, waiting - 1)

    async def looked(self, key: str) -> None:
        """Wait, as a seeded fault, for another request that found no answer under the key."""
        if self._apart:
            await self._meeting.meet(key)

    def find(
        self, store: Store, caller: Caller, key: str, of: bytes, *, accept_other: bool
    ) -> Answer | None:
        """Return the first answer; raise Refusal IDEMPOTENCY_KEY_REUSED for another request."""
        row = store.look(
            _FIND, {"caller_": _owner(caller, shared=self._shared), "key_": key}
        ).one_or_none()
        if row is None:
            return None
        if row.fingerprint != of and not accept_other:
            raise Refusal("IDEMPOTENCY_KEY_REUSED", pointer="header:idempotency-key")
        return Answer(row.status, json.loads(row.body), json.loads(row.headers))

    def told(self, rows: Connection, centre: str, key: str) -> Answer | None:
        """Return the first answer to a centre under a key, for who forwarded the request."""
        row = rows.execute(_FIND, {"caller_": centre, "key_": key}).one_or_none()
        return None if row is None else Answer(row.status, json.loads(row.body))

    def keep(self, rows: Connection, caller: Caller, key: str, of: bytes, answer: Answer) -> None:
        """Store the first answer."""
        if self._apart and self.told(rows, _owner(caller, shared=self._shared), key) is not None:
            return
        rows.execute(
            _KEEP,
            {
                "caller": _owner(caller, shared=self._shared),
                "key": key,
                "fingerprint": of,
                "status": answer.status,
                "headers": json.dumps(dict(answer.headers)),
                "body": json.dumps(answer.body, ensure_ascii=False),
            },
        )

    def keep_first(
        self, rows: Connection, caller: Caller, key: str, of: bytes, answer: Answer
    ) -> None:
        """Store an answer unless another process has stored one meanwhile."""
        name = {"caller_": _owner(caller, shared=self._shared), "key_": key}
        if rows.execute(_FIND, name).first() is None:
            self.keep(rows, caller, key, of, answer)
