"""Recorded requests as they can be made again: fresh seals, fresh ids, answers carried onwards.

A `Repetition` is data: the requests that led to one finding, in order. What the laboratory had made
up (`renew`) is made up anew, what came out of an earlier answer (`learn`) is taken from today's
answer, times move along with the clock, documents and seals are signed anew. What did not fit on
purpose (a changed body, a broken signature) does not fit again.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import Field

from lab.kit.documents import decode_base64url, encode_base64url
from lab.kit.reply import JsonProblem, parse_json
from lab.model.base import Frozen, Instant, JsonValue

SIGNED = "$signed"
OWN = "$own"  # stands for the certificate of whoever seals or signs
SEAL_HEADERS = frozenset({"signature", "signature-input"})
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MADE_UP = (
    UUID,
    re.compile(r"9910[0-9]{12}"),  # code of a pack, good for one use
    re.compile(r"990[78][0-9]{8}|AF99[0-9]{6}|88[0-9]{10}"),  # people and licences of one case
    re.compile(r"(?:[A-Za-z]{1,8}-|X)[0-9a-f]{8}[0-9a-f-]{3,28}"),  # PAY-, PS-, report- ...
)
"""Forms of identifiers the laboratory makes up for one case."""

_HEX = re.compile(r"[0-9a-f]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"(?<![\w.-])\d{4}-\d\d-\d\d(?![\w.-])")
_NEAR_TIMES, _NEAR_DAYS = timedelta(days=400), timedelta(days=60)  # further ones are constants


class SealAgain(Frozen):
    """How a request is sealed: by whom, when (seconds from now), over what, and whether it fits."""

    by: str
    covers: tuple[str, ...]
    created: int = 0
    nonce: str
    parameters: dict[str, str | int] = Field(default_factory=dict)  # where they differ on purpose
    sealed_as: dict[str, str] = Field(default_factory=dict)  # headers changed after sealing
    fits: bool = True


class Step(Frozen):
    """One request. `body` is text, base64 (`raw`) or JSON with signed documents open in it."""

    exchange: str
    say: str
    method: str
    url: str
    target: str
    identity: str  # TLS client identity of the kit, "none" for no certificate
    headers: tuple[tuple[str, str], ...]
    form: Literal["text", "raw", "json"] = "text"
    body: JsonValue = ""
    tail: str = ""  # white space after a JSON body
    digest: Literal["fits", "kept"] = "fits"
    seal: SealAgain | None = None
    learn: dict[str, str] = Field(default_factory=dict)  # place in the answer: recorded value
    together: bool = False  # at the same instant as the one before
    status: int = 0  # recorded; 0 for no answer
    after: float = 0.0  # seconds that the case let pass before it
    service: str = ""  # whose seal the answer has to carry
    told: dict[str, JsonValue] = Field(default_factory=dict)  # states told, where they matter


class Repetition(Frozen):
    """The requests behind one finding, and what was seen at their end."""

    kind: Literal["mafa-repetition-1"] = "mafa-repetition-1"
    case: str
    requirement: str
    title: str
    expected: str
    observed: str
    pointer: str
    judged: str  # exchange the finding is about
    seen: JsonValue = None
    was_there: bool = False  # whether `pointer` led to `seen`
    echoed: bool | None = None  # whether this text had been sent; None for what is no id
    credentials: str
    recorded_at: Instant
    clock_control: str = ""  # where product and exchange tell their time and let it be moved
    status_url: str = ""
    renew: tuple[str, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1)


class Names:
    """Recorded values and what stands for them today."""

    def __init__(self, renew: Iterable[str], recorded_at: datetime, now: datetime) -> None:
        self._today = {old: _renewed(old) for old in renew}
        self._recorded_at, self._now = recorded_at, now
        self._lock = threading.Lock()

    def learn(self, old: str, new: str) -> None:
        """Use `new` from now on where `old` was recorded."""
        with self._lock:
            self._today[old] = new

    def apply(self, text: str) -> str:
        """Return a text with today's values and times."""
        if self._today:
            longest = sorted(self._today, key=len, reverse=True)
            known = "|".join(re.escape(old) for old in longest)
            text = re.sub(
                rf"(?<![0-9A-Za-z])(?:{known})(?![0-9A-Za-z])",
                lambda found: self._today[found[0]],
                text,
            )
        return DAY.sub(self._day, TIME.sub(self._time, text))

    def _time(self, found: re.Match[str]) -> str:
        try:
            value = datetime.fromisoformat(found[0])
        except ValueError:
            return found[0]
        if found[0] in self._today.values() or abs(value - self._recorded_at) > _NEAR_TIMES:
            return found[0]
        moved = value + (self._now - self._recorded_at)
        text = moved.isoformat(timespec="milliseconds" if "." in found[0] else "seconds")
        return text.replace("+00:00", "Z") if found[0].endswith("Z") else text

    def _day(self, found: re.Match[str]) -> str:
        try:
            value = datetime.fromisoformat(found[0]).replace(tzinfo=UTC)
        except ValueError:
            return found[0]
        if found[0] in self._today.values() or abs(value - self._recorded_at) > _NEAR_DAYS:
            return found[0]
        return f"{value + (self._now.date() - self._recorded_at.date()):%Y-%m-%d}"


def _renewed(old: str) -> str:
    """Return another value of the same form."""
    if UUID.fullmatch(old):
        return str(uuid.uuid4())
    kept = 9 if MADE_UP[1].fullmatch(old) else 4
    if MADE_UP[1].fullmatch(old) or MADE_UP[2].fullmatch(old):
        return f"{old[:kept]}{secrets.randbelow(10 ** (len(old) - kept)):0{len(old) - kept}d}"
    if MADE_UP[3].fullmatch(old):
        start = 1 if old.startswith("X") else old.index("-") + 1
        return old[:start] + re.sub("[0-9a-f]", lambda _: secrets.token_hex(1)[0], old[start:])
    if _HEX.fullmatch(old):
        return secrets.token_hex(len(old))[: len(old)]
    return secrets.token_urlsafe(len(old))[: len(old)]


def compact(value: JsonValue) -> bytes:
    """Return a value as the laboratory writes JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def open_document(part: dict[str, JsonValue]) -> tuple[JsonValue, dict[str, JsonValue]] | None:
    """Return payload and header of a signed document, None when writing them gives other bytes."""
    try:
        payload, protected = (
            parse_json(decode_base64url(str(part[name]))) for name in ("payload", "protected")
        )
    except (JsonProblem, ValueError):
        return None
    same = isinstance(protected, dict) and all(
        encode_base64url(compact(value)) == part[name]
        for name, value in (("payload", payload), ("protected", protected))
    )
    return (payload, protected) if same else None
