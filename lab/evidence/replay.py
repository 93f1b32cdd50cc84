"""What a replay needs beside a reader: a recorder that keeps nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from lab.model.errors import HarnessDefect
from lab.model.evidence import RecordKind
from lab.model.exchange import BodyRef, Exchange


class DiscardingRecorder:
    """Takes the judgements of a replay and forgets them: stored evidence is never added to."""

    def body(self, content: bytes) -> BodyRef:
        """Return the reference only."""
        return BodyRef(sha256=hashlib.sha256(content).hexdigest(), size=len(content))

    def record(
        self,
        kind: RecordKind,
        data: dict[str, Any],
        *,
        case_id: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """Forget it."""

    def exchange(self, exchange: Exchange) -> None:
        """Refuse: a replay sends nothing."""
        raise HarnessDefect(f"a replay tried to record exchange {exchange.id}")

    def next_exchange_id(self) -> str:
        """Refuse: a replay sends nothing."""
        raise HarnessDefect("a replay asked for a new exchange id")
