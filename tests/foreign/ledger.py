"""What this server remembers, in SQLite: nonces, first answers, approvals, uses, counts."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.foreign.conditions import Json
from tests.foreign.published import Refused

LIFE = timedelta(hours=24)
USUAL_DAYS = 30
_TABLES = """
create table nonce (keyid text, nonce text, primary key (keyid, nonce));
create table answer (centre text, key text, digest text, status int, body text,
                     primary key (centre, key));
create table evaluation (id text primary key, asked text, noted text);
create table approval (id text primary key, evaluation text, item text, expires text);
create table used (approval text, document text, at text, entries int,
                   primary key (approval, document));
create table entry (document text, item text, person text, day text, centre text, kind text,
                    code text, mark text, coded text, days int, primary key (document, item));
create table said (month text, rule text, overridden int);
"""


class Ledger:
    """One writer at a time; a request is one transaction."""

    def __init__(self, place: Path) -> None:
        self._lock = threading.RLock()
        self._rows = sqlite3.connect(place, check_same_thread=False)
        self._rows.executescript(_TABLES)

    def remember_nonce(self, keyid: str, nonce: str) -> bool:
        """Say whether a nonce is new, and keep it."""
        with self._lock, self._rows:
            done = self._rows.execute("insert or ignore into nonce values (?, ?)", (keyid, nonce))
            return done.rowcount == 1

    def first(
        self, centre: str, key: str, digest: str, *, compare: bool = True
    ) -> tuple[int, Json] | None:
        """Return the first answer given under a key; raises Refused for another message."""
        query = "select digest, status, body from answer where centre = ? and key = ?"
        with self._lock:
            found = self._rows.execute(query, (centre, key)).fetchone()
        if found is None:
            return None
        if compare and found[0] != digest:
            raise Refused("IDEMPOTENCY_KEY_REUSED", ("header:idempotency-key", "used"))
        return int(found[1]), json.loads(found[2])

    def once(
        self, centre: str, key: str, digest: str, work: Callable[[], tuple[int, Json]],
        *, compare: bool = True,
    ) -> tuple[int, Json]:  # fmt: skip
        """Return the first answer given under a key, or do the work now."""
        with self._lock:
            first = self.first(centre, key, digest, compare=compare)
            if first is not None:
                return first
            with self._rows:
                status, body = work()
                row = (centre, key, digest, status, json.dumps(body))
                self._rows.execute("insert into answer values (?, ?, ?, ?, ?)", row)
            return status, body

    def keep(self, evaluation: str, asked: Json, noted: Json) -> None:
        row = (evaluation, json.dumps(asked), json.dumps(noted))
        self._rows.execute("insert into evaluation values (?, ?, ?)", row)

    def approve(self, evaluation: str, item: str | None) -> tuple[str, str]:
        """Issue an id for an item, or for the whole with None; return it with its end."""
        number = "".join(secrets.choice("0123456789") for _ in range(20))
        until = (datetime.now(UTC) + LIFE).replace(microsecond=0).isoformat()
        self._rows.execute(
            "insert into approval values (?, ?, ?, ?)", (number, evaluation, item, until)
        )
        return number, until

    def approved(self, number: str) -> tuple[str, str | None, str, Json, Json]:
        """Return evaluation, item, end, request and notes of an id; raises Refused."""
        query = (
            "select e.id, a.item, a.expires, e.asked, e.noted from approval a"
            " join evaluation e on e.id = a.evaluation where a.id = ?"
        )
        with self._lock:
            found = self._rows.execute(query, (number,)).fetchone()
        if found is None:
            raise Refused("TRACKING_ID_UNKNOWN", ("path:trackingId", "not issued here"))
        return found[0], found[1], found[2], json.loads(found[3]), json.loads(found[4])

    def use(self, number: str, document: str, day: date) -> dict[str, Json]:
        """Enter what an approval allowed into the counts, once for each document."""
        _, item, until, asked, noted = self.approved(number)
        query = "select at, entries from used where approval = ? and document = ?"
        found = self._rows.execute(query, (number, document)).fetchone()
        now = datetime.now(UTC).replace(microsecond=0)
        if found is None:
            if datetime.fromisoformat(until) < now:
                raise Refused("TRACKING_ID_EXPIRED", ("path:trackingId", "expired"))
            entries = sum(self._enter(row) for row in _entries(document, item, asked, noted, day))
            found = now.isoformat(), entries
            self._rows.execute("insert into used values (?, ?, ?, ?)", (number, document, *found))
        return {
            "trackingId": number,
            "documentId": document,
            "recordedAt": found[0],
            "entries": found[1],
        }

    def _enter(self, row: tuple[Json, ...]) -> int:
        places = ", ".join("?" * len(row))
        return self._rows.execute(f"insert or ignore into entry values ({places})", row).rowcount  # noqa: S608

    def remembered(self, asked: Json, day: date) -> tuple[list[dict[str, Json]], bool]:
        """Return counted entries of a person, and whether the same was prescribed today."""
        query = "select day, centre, kind, code, mark from entry where person = ?"
        with self._lock:
            rows = self._rows.execute(query, (person_of(asked),)).fetchall()
        history: list[dict[str, Json]] = []
        for at, centre, kind, code, _ in rows:
            ago = (day - date.fromisoformat(at)).days
            one = {"kind": kind, "sameCentre": centre == asked["centre"], "daysAgo": ago}
            history.append(one if code is None else {**one, "code": code})
        mark, now = mark_of(asked), day.isoformat()
        return history, any(at == now and same == mark for at, *_, same in rows)

    def still_taken(self, asked: Json, day: date) -> list[dict[str, Json]]:
        """Return given medicines whose days are not over, as `facts.active` wants them."""
        query = "select day, coded, days from entry where person = ? and coded is not null"
        with self._lock:
            rows = self._rows.execute(query, (person_of(asked),)).fetchall()
        return [
            {"code": json.loads(coded), "ended": False}
            for at, coded, days in rows
            if date.fromisoformat(at) + timedelta(days=days or USUAL_DAYS) > day
        ]

    def say(self, rows: Iterable[tuple[str, str, bool]]) -> None:
        self._rows.executemany("insert into said values (?, ?, ?)", list(rows))

    def audit(self, month: str) -> dict[str, tuple[int, int]]:
        query = "select rule, count(*), sum(overridden) from said where month = ? group by rule"
        with self._lock:
            return {row[0]: (row[1], row[2]) for row in self._rows.execute(query, (month,))}


def person_of(asked: Json) -> str:
    """Return a pseudonym; no identifier of a patient is stored."""
    text = json.dumps(asked["patient"], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(asked: Mapping[str, Json]) -> str:
    """Return what makes a prescription the same as another of the day."""
    codes = sorted((one["code"]["system"], one["code"]["code"]) for one in asked["items"])
    text = json.dumps([asked["prescriber"], codes], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(
    document: str, item: str | None, asked: Json, noted: Json, day: date
) -> list[tuple[Json, ...]]:
    """Return the rows a use makes. [ADR 0010]: prescribing counts itself and its visits, a service
    what was given."""
    fixed = (person_of(asked), day.isoformat(), asked["centre"])
    rows: list[tuple[Json, ...]] = []
    position = asked["position"]
    if position == "pre_prescription" and item is None:
        rows.append((document, "", *fixed, "prescription", None, mark_of(asked), None, None))
    for one in noted:
        if item not in {None, one["itemId"]}:
            continue
        if position == "pre_service" or (position == "pre_prescription" and one["kind"] == "visit"):
            coded = (
                json.dumps(one["coded"])
                if one["kind"] == "drug" and position == "pre_service"
                else None
            )
            rows.append(
                (
                    document,
                    one["itemId"],
                    *fixed,
                    one["kind"],
                    one["code"],
                    None,
                    coded,
                    one["days"],
                )
            )
    return rows
