"""From evidence to what can be done again by hand: the requests that led to a finding.

Everything a case sent before the finding is taken along, of generated inputs only the example that
was refuted. Values are told apart by where they came from: out of an earlier answer, out of the
synthetic world, or made up by the laboratory; only the last kind is made up anew.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property

from fixtures.synthetic import world
from lab.campaign.recorded_seals import content_of, seal_of
from lab.evidence.reader import EvidenceReader
from lab.kit.comparing import words_of
from lab.kit.credentials import CredentialKit
from lab.kit.repetition import MADE_UP, OWN, SEAL_HEADERS, UUID, Repetition, SealAgain, Step
from lab.kit.reply import MISSING, JsonProblem, look_up, parse_json
from lab.kit.seal import content_digest, parse_signature_input
from lab.model import stored
from lab.model.base import JsonValue
from lab.model.campaign import Campaign, CaseResult
from lab.model.evidence import RecordKind
from lab.model.exchange import Direction, Exchange
from lab.model.finding import Finding

MAX_STEPS = 120
_LEAST = 5  # characters of a value that can be told apart from others
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


class NotByHand(Exception):
    """The finding cannot be repeated by requests alone; the text says why."""


@dataclass(frozen=True)
class Recorded:
    """The exchanges of one case, with their bodies, in the order in which they were made."""

    exchanges: tuple[Exchange, ...]
    bodies: Mapping[str, bytes]
    before: tuple[int, ...]  # of every finding: how many exchanges were recorded before it

    def request(self, exchange: Exchange) -> bytes:
        """Body of a request."""
        return self.bodies[exchange.request.body.sha256]

    def response(self, exchange: Exchange) -> bytes:
        """Body of an answer, empty when there was none."""
        return self.bodies[exchange.response.body.sha256] if exchange.response else b""


def recorded(reader: EvidenceReader, row: CaseResult) -> Recorded:
    """Read what the last attempt at a case sent and received."""
    found: list[Exchange] = []
    before = []
    for record in reader.records():
        if record.case_id != row.case.id or record.attempt != row.attempts:
            continue
        if record.kind is RecordKind.EXCHANGE:
            found.append(stored.exchange_of(record.data))
        elif record.kind is RecordKind.FINDING:
            before.append(len(found))
    refs = {one.request.body.sha256: one.request.body for one in found}
    refs.update(
        {one.response.body.sha256: one.response.body for one in found if one.response is not None}
    )
    bodies = {digest: reader.read_body(ref) for digest, ref in refs.items()}
    return Recorded(tuple(found), bodies, tuple(before))


def repetition(
    campaign: Campaign, row: CaseResult, number: int, seen: Recorded, kit: CredentialKit
) -> Repetition:
    """Return how finding `number` (from 0) of a case is seen again; NotByHand when it cannot be."""
    finding = row.findings[number]
    _refuse_what_needs_the_case(campaign, row)
    exchanges = _chosen(finding, number, seen)
    judged = next((one for one in exchanges if one.id == finding.exchange_id), exchanges[-1])
    sources = _Sources(exchanges, seen)
    pointed = _pointed(judged, finding.pointer, seen)
    return Repetition(
        case=row.case.id,
        requirement=finding.requirement_id,
        title=finding.title,
        expected=finding.expected,
        observed=finding.observed,
        pointer=finding.pointer,
        judged=judged.id,
        seen=None if pointed is MISSING else pointed,
        was_there=pointed is not MISSING,
        credentials=campaign.profile.ixit.credentials,
        recorded_at=_product_time(exchanges[0]),
        clock_control=campaign.profile.ixit.clock_control or "",
        status_url=campaign.profile.ixit.status_url or "",
        renew=tuple(sources.renewed()),
        echoed=_echoed(pointed, judged, seen),
        steps=tuple(_steps(exchanges, sources, kit, with_states=finding.pointer == "status")),
    )


def _refuse_what_needs_the_case(campaign: Campaign, row: CaseResult) -> None:
    if campaign.profile.ixit.asgi is not None:
        raise NotByHand("the product ran inside the laboratory and has no address")
    if row.case.moves_clock and campaign.profile.ixit.clock_control is None:
        raise NotByHand("the case lets time pass, and the product's clock cannot be moved")
    if row.case.scenario is not None:
        raise NotByHand("your program acted here and was watched; let it act again")


def _chosen(finding: Finding, number: int, seen: Recorded) -> list[Exchange]:
    """Return the exchanges that led to a finding, in the order of their ordinals."""
    until = seen.before[number] if number < len(seen.before) else len(seen.exchanges)
    about = next((one for one in seen.exchanges if one.id == finding.exchange_id), None)
    example = about.example if about else 0
    chosen = [one for one in seen.exchanges[:until] if one.example in {0, example}]
    if about is not None and example:
        chosen = [one for one in chosen if one.ordinal <= about.ordinal]
    if not chosen or any(one.direction is Direction.OBSERVED for one in chosen):
        raise NotByHand("the finding is about no request of the laboratory")
    if len(chosen) > MAX_STEPS:
        raise NotByHand(f"{len(chosen)} requests led to it, too many to be followed by hand")
    return sorted(chosen, key=lambda one: one.ordinal)


def _pointed(exchange: Exchange, pointer: str, seen: Recorded) -> JsonValue:
    """Return what a finding points at in the recorded answer, MISSING for nothing."""
    if exchange.response is None:
        return MISSING
    if pointer.startswith("header:"):
        name = pointer.removeprefix("header:").lower()
        return next(
            (one.value for one in exchange.response.headers if one.name.lower() == name), MISSING
        )
    if not pointer.startswith("/"):
        return MISSING
    try:
        return look_up(parse_json(seen.response(exchange)), pointer)
    except JsonProblem:
        return MISSING


class _Sources:
    """Where the values of the requests came from."""

    def __init__(self, exchanges: Iterable[Exchange], seen: Recorded) -> None:
        self.exchanges = list(exchanges)
        self.seen = seen
        self._sent = [_words(one, seen.request(one)) for one in self.exchanges]

    @cached_property
    def learned(self) -> list[dict[str, str]]:
        """Of every exchange: places of its answer whose values later requests use."""
        told: set[str] = set()
        found: list[dict[str, str]] = []
        for place, exchange in enumerate(self.exchanges):
            told |= self._sent[place]
            later: set[str] = set().union(*self._sent[place + 1 :])
            row = {
                where: value
                for where, value in _values(exchange, self.seen.response(exchange))
                if value in later and value not in told and not _is_constant(value)
            }
            told |= set(row.values())
            found.append(row)
        return found

    def renewed(self) -> list[str]:
        """Return what the laboratory made up: identifiers, keys, nonces, codes of packs."""
        learned = {value for row in self.learned for value in row.values()}
        made: dict[str, None] = {}
        for exchange, words in zip(self.exchanges, self._sent, strict=True):
            for form in MADE_UP:
                made.update(dict.fromkeys(sorted(word for word in words if form.fullmatch(word))))
            for header in exchange.request.headers:
                name = header.name.lower()
                if name == "idempotency-key" and _KEY.fullmatch(header.value):
                    made[header.value] = None
                if name == "signature-input":
                    for member in parse_signature_input(header.value):
                        nonce = member.parameters.get("nonce")
                        if isinstance(nonce, str) and _KEY.fullmatch(nonce):
                            made[nonce] = None
        return [value for value in made if value not in learned and not _is_constant(value)]


def _words(exchange: Exchange, body: bytes) -> set[str]:
    """Return everything in a request that could be a value."""
    texts = [exchange.request.url, *(one.value for one in exchange.request.headers
             if one.name.lower() not in {"ditas-certificate", *SEAL_HEADERS})]  # fmt: skip
    texts.extend(_texts(content_of(body.rstrip(b" "))))
    words = set(texts)
    for text in texts:
        words.update(_TOKEN.findall(text))
        words.update(UUID.findall(text))
    return words


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "x5c":
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _values(exchange: Exchange, body: bytes) -> Iterator[tuple[str, str]]:
    """Yield place and value of every text in an answer that can be told apart."""
    if exchange.response is None:
        return
    for header in exchange.response.headers:
        if header.name.lower() == "etag" and len(header.value) >= _LEAST:
            yield f"header:{header.name.lower()}", header.value
    try:
        document = parse_json(body)
    except JsonProblem:
        return
    yield from _leaves(document, "")


def _leaves(value: JsonValue, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if len(value) >= _LEAST:
            yield pointer, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{pointer}/{place}")


@cache
def _constants() -> str:
    known = world()
    users = " ".join(known.user_id(user.person, user.centre) for user in known.users)
    return f"{known!r} {users}"


def _is_constant(value: str) -> bool:
    return value in _constants()


def _steps(
    exchanges: list[Exchange], sources: _Sources, kit: CredentialKit, *, with_states: bool
) -> Iterator[Step]:
    """Yield the requests with their seals and documents taken apart.

    A finding about a status alone depends on the states that were told on the way to it.
    """
    previous: Exchange | None = None
    for exchange, learned in zip(exchanges, sources.learned, strict=True):
        request = exchange.request
        body = sources.seen.request(exchange)
        headers = [(one.name, one.value) for one in request.headers]
        form, content = _form_of(body, exchange, kit)
        stated = {name.lower(): value for name, value in headers}.get("content-digest")
        seal = seal_of(exchange, exchanges, kit)
        yield Step(
            exchange=exchange.id,
            say=exchange.step,
            method=request.method,
            url=request.url,
            target=request.target,
            identity=exchange.identity,
            headers=tuple(_open_headers(headers, seal, kit)),
            form=form,
            body=content,
            tail=body[len(body.rstrip(b" ")) :].decode() if form == "json" else "",
            digest="fits" if stated == content_digest(body) else "kept",
            seal=seal,
            learn=learned,
            together=_together(previous, exchange),
            status=exchange.response.status if exchange.response else 0,
            after=_passed(previous, exchange),
            service=exchange.service,
            told=words_of(sources.seen.response(exchange)) if with_states else {},
        )
        previous = exchange


def _open_headers(
    headers: list[tuple[str, str]], seal: SealAgain | None, kit: CredentialKit
) -> Iterator[tuple[str, str]]:
    """Yield the headers but those of the seal; the certificate of the sealer by its name only."""
    own = f":{base64.b64encode(kit.identity(seal.by).leaf_der).decode()}:" if seal else None
    for name, value in headers:
        if name.lower() not in SEAL_HEADERS:
            yield name, OWN if value == own else value


def _form_of(body: bytes, exchange: Exchange, kit: CredentialKit) -> tuple[str, JsonValue]:
    content = content_of(body.rstrip(b" "), kit, exchange)
    if content is not None and not isinstance(content, str):
        return "json", content
    try:
        return "text", body.decode("utf-8")
    except UnicodeDecodeError:
        return "raw", base64.b64encode(body).decode()


def _echoed(value: JsonValue, exchange: Exchange, seen: Recorded) -> bool | None:
    """Return whether an id that was answered had been sent; None for other values."""
    if not isinstance(value, str) or not UUID.fullmatch(value):
        return None
    headers = [one.value for one in exchange.request.headers]
    body = seen.request(exchange).decode(errors="replace")
    return value in "\n".join((exchange.request.target, *headers, body))


def _product_time(exchange: Exchange) -> datetime:
    """Return when a request was made by the clock of the product."""
    return exchange.started_at + timedelta(seconds=exchange.clock_ahead_seconds)


def _passed(previous: Exchange | None, exchange: Exchange) -> float:
    """Return how many seconds the case let pass between two requests."""
    before = exchange if previous is None else previous
    return max(0.0, exchange.clock_ahead_seconds - before.clock_ahead_seconds)


def _together(previous: Exchange | None, exchange: Exchange) -> bool:
    """Whether two requests were made at the same instant: one began before the other had ended."""
    if previous is None or previous.step != exchange.step:
        return False
    ended = previous.started_at + timedelta(milliseconds=previous.elapsed_ms)
    begun = exchange.started_at + timedelta(milliseconds=exchange.elapsed_ms)
    return exchange.started_at < ended and previous.started_at < begun
