"""Memory of used nonces: durable across restarts, at least ten minutes long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Column, Integer, MetaData, Table, Text, delete, insert
from sqlalchemy.exc import IntegrityError

from reference_impl.platform.clock import Clock
from reference_impl.platform.prepared import Prepared
from reference_impl.platform.problem import Refusal
from reference_impl.platform.storage import Store

MEMORY_SECONDS = int(timedelta(minutes=12).total_seconds())
_SWEEP_EVERY = 2000

METADATA = MetaData()
_NONCES = Table(
    "used_nonces",
    METADATA,
    Column("nonce", Text, primary_key=True),
    Column("forget_at", Integer, nullable=False, index=True),
)

_USE = Prepared(insert(_NONCES))


class Nonces:
    """Nonces of one service. The store may be the relaxed one: only a power cut forgets."""

    def __init__(self, store: Store, clock: Clock) -> None:
        store.create(METADATA)
        self._store = store
        self._clock = clock
        self._uses = 0

    def use(self, nonce: str) -> None:
        """Remember a nonce; raise Refusal SEAL_NONCE_REPLAYED when it was used before."""
        now = int(self._clock.now().timestamp())
        self._uses += 1
        try:
            if self._uses % _SWEEP_EVERY == 0:
                with self._store.transaction() as rows:
                    rows.execute(delete(_NONCES).where(_NONCES.c.forget_at < now))
            self._store.put(_USE, {"nonce": nonce, "forget_at": now + MEMORY_SECONDS})
        except IntegrityError as error:
            raise Refusal("SEAL_NONCE_REPLAYED", pointer="header:signature-input") from error
