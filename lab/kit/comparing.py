"""Whether an answer of today is like the one a finding was about, though ids and times differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from lab.kit.credentials import CredentialKit
from lab.kit.repetition import DAY, TIME, UUID, Names
from lab.kit.reply import MISSING, JsonProblem, Reply, look_up, parse_json
from lab.kit.seal import SealVerifier
from lab.kit.transport import Outcome, OutgoingRequest
from lab.model.base import JsonValue
from lab.model.exchange import (
    BodyRef,
    Direction,
    Exchange,
    Header,
    ReceivedResponse,
    SentRequest,
)

_MADE = re.compile(r"(?=.*[0-9])[0-9A-Za-z+/=_.:-]{6,}")
"""What a product makes up: ids and codes; words and amounts are none of these."""
_WORD = re.compile(r"[A-Z][A-Z_]{2,40}")
_MOST_WORDS = 60
_SLACK = timedelta(seconds=120)  # between what was moved with the clock and what is told


def alike(then: JsonValue, now: JsonValue, names: Names) -> bool:
    """Compare values; what is made anew in every run only has to have the same form."""
    if isinstance(then, str) and isinstance(now, str):
        return _same_text(then, now, names)
    if isinstance(then, dict) and isinstance(now, dict):
        return then.keys() == now.keys() and all(alike(then[k], now[k], names) for k in then)
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(
            alike(*pair, names) for pair in zip(then, now, strict=True)
        )
    return type(then) is type(now) and then == now


def _same_text(then: str, now: str, names: Names) -> bool:
    if now in {then, names.apply(then)}:
        return True
    moments = [_instant(text) for text in (names.apply(then), now)]
    if None not in moments:
        wanted, found = (one for one in moments if one is not None)
        return abs(wanted - found) <= _SLACK
    return _is_made(then) and not DAY.fullmatch(then) and _form(then) == _form(now)


def _instant(text: str) -> datetime | None:
    """Return a moment with its zone, None for anything else."""
    if not TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_made(text: str) -> bool:
    return _MADE.fullmatch(text) is not None


def _form(text: str) -> str:
    if UUID.fullmatch(text):
        return "uuid"
    return re.sub(r"[A-Za-z]", "a", re.sub(r"[0-9]", "9", text))


def words_of(content: bytes) -> dict[str, JsonValue]:
    """Return the states and kinds an answer tells: its words in capitals and truths, by pointer."""
    try:
        document = parse_json(content)
    except JsonProblem:
        return {}
    found = (row for row in _leaves(document, "") if isinstance(row[1], bool) or _is_word(row[1]))
    return dict(row for row, _ in zip(found, range(_MOST_WORDS), strict=False))


def _is_word(value: JsonValue) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _leaves(value: JsonValue, pointer: str) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{pointer}/{place}")
    else:
        yield pointer, value


def tells(outcome: Outcome, words: Mapping[str, JsonValue]) -> bool:
    """Whether an answer tells these words at their places."""
    return all(at(outcome, place) == value for place, value in words.items())


def at(outcome: Outcome, place: str) -> JsonValue:
    """Return what stands at a JSON pointer or `header:NAME` of an answer, MISSING for nothing."""
    response = outcome.response
    if response is None:
        return MISSING
    if place.startswith("header:"):
        name = place.removeprefix("header:").lower()
        return next((value for key, value in response.headers if key.lower() == name), MISSING)
    if not place.startswith("/"):
        return MISSING
    try:
        return look_up(parse_json(response.content), place)
    except JsonProblem:
        return MISSING


def seal_problem(
    kit: CredentialKit,
    request: OutgoingRequest,
    outcome: Outcome,
    *,
    service: str,
    ahead: timedelta,
) -> str | None:
    """Return what is wrong with the seal of an answer, None when it holds."""
    got = outcome.response
    if got is None:
        return "no answer"
    none = BodyRef(sha256="0" * 64, size=0)
    exchange = Exchange(
        id="EV-000000", case_id="", attempt=1, ordinal=request.ordinal,
        direction=Direction.STIMULUS, step=request.step, service=service, identity="none",
        started_at=datetime.now(UTC), clock_ahead_seconds=ahead.total_seconds(), elapsed_ms=0.0,
        request=SentRequest(
            method=request.method, url=request.url, target=request.target,
            headers=_headers(request.headers), body=none,
        ),
        response=ReceivedResponse(
            status=got.status, headers=_headers(got.headers), body=none, wire_size=got.wire_size
        ),
    )  # fmt: skip
    reply = Reply(
        exchange=exchange, content=got.content, encoded=got.raw, service=service, operation=""
    )
    return SealVerifier(kit).response_problem(reply)


def _headers(rows: tuple[tuple[str, str], ...]) -> tuple[Header, ...]:
    return tuple(Header(name=name, value=value) for name, value in rows)
