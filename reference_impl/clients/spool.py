"""Store and forward: signed documents wait on disk while the gateway cannot be reached.

A document keeps its idempotency key, so that a message which did arrive before the line broke is
not done twice when it is sent again. A file appears complete or not at all; it leaves the spool
only after the exchange has answered. `kill -9` at any moment loses nothing and doubles nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reference_impl.clients.channel import Answer, Gateway, Refused, Unreachable

SERVER_FAULT = 500
"""From this status on the exchange has not decided: the document goes on waiting."""
WAITING, SENT, REFUSED = "waiting", "sent", "refused"


class SpoolDamaged(Exception):
    """A waiting file cannot be read; the text names it."""


@dataclass(frozen=True)
class Parcel:
    """One signed document on its way. `target` is path and query below `/ditas`."""

    method: str
    target: str
    document: str  # the JWS as sent
    key: str
    if_match: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What became of one parcel."""

    name: str
    answer: Answer | None
    refusal: Refused | None


class Spool:
    """Parcels in a folder, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in (WAITING, SENT, REFUSED):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def put(self, parcel: Parcel) -> str:
        """Keep a parcel, durably, and return its name."""
        taken = [int(p.stem.split("-")[0]) for p in self.folder.glob("*/*.json")]
        name = f"{max(taken, default=0) + 1:08d}-{secrets.token_hex(4)}"
        self._write(WAITING, name, asdict(parcel))
        return name

    def waiting(self) -> Iterator[tuple[str, Parcel]]:
        """Yield what has not been answered yet. Raises SpoolDamaged."""
        for path in sorted((self.folder / WAITING).glob("*.json")):
            try:
                yield path.stem, Parcel(**json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError) as error:
                raise SpoolDamaged(f"{path} is not a waiting document: {error}") from error

    def forward(self, gateway: Gateway) -> Iterator[Delivery]:
        """Send what waits, in order, and yield what became of each.

        A refused parcel is set aside with its reason. Raises Unreachable when the gateway is still
        away (what was not sent goes on waiting), SealNotTrusted, SpoolDamaged.
        """
        for name, parcel in self.waiting():
            try:
                answer = gateway.call(
                    parcel.method,
                    parcel.target,
                    document=parcel.document.encode("ascii"),
                    if_match=parcel.if_match,
                    key=parcel.key,
                )
            except Refused as refusal:
                if refusal.status >= SERVER_FAULT:
                    raise Unreachable(f"the exchange answers {refusal}") from refusal
                self._settle(REFUSED, name, {"code": refusal.code, **refusal.facts()})
                yield Delivery(name, None, refusal)
            else:
                self._settle(SENT, name, {"status": answer.status, "answer": answer.json})
                yield Delivery(name, answer, None)

    def _settle(self, where: str, name: str, outcome: dict[str, Any]) -> None:
        self._write(where, name, outcome)
        (self.folder / WAITING / f"{name}.json").unlink()

    def _write(self, where: str, name: str, content: dict[str, Any]) -> None:
        final = self.folder / where / f"{name}.json"
        partial = final.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(final)
        directory = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def deliver(
    gateway: Gateway,
    spool: Spool | None,
    *,
    method: str,
    target: str,
    document: bytes,
    if_match: str | None = None,
) -> Answer | str:
    """Send a signed document now, or keep it: return the answer, or the name it waits under.

    Without a spool, Unreachable goes on to the caller. Raises Refused, SealNotTrusted.
    """
    key = secrets.token_urlsafe(24)
    try:
        return gateway.call(method, target, document=document, if_match=if_match, key=key)
    except (Unreachable, Refused) as error:
        settled = isinstance(error, Refused) and error.status < SERVER_FAULT
        if settled or spool is None:
            raise
        return spool.put(Parcel(method, target, document.decode("ascii"), key, if_match))
