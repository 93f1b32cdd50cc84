"""Doing recorded requests again by hand: fresh seals, fresh identifiers, answers carried onwards.

A `Repetition` is data: the requests that led to one finding, in order. What the laboratory had made
up (`renew`) is made up anew, what came out of an earlier answer (`learn`) is taken from today's
answer, times move along with the clock, documents and seals are signed anew. What did not fit on
purpose (a changed body, a broken signature) does not fit again.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from lab.kit.credentials import CredentialKit
from lab.kit.documents import decode_base64url, encode_base64url
from lab.kit.live import LiveTransport
from lab.kit.mutation import Draft
from lab.kit.reply import MISSING, JsonProblem, look_up, parse_json, shown
from lab.kit.seal import content_digest, sign_draft, sign_raw
from lab.kit.transport import Outcome, OutgoingRequest
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
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"(?<![\w.-])\d{4}-\d\d-\d\d(?![\w.-])")
_NEAR_TIMES, _NEAR_DAYS = timedelta(days=400), timedelta(days=60)  # further ones are constants
_WAIT, _MOST_BYTES = 20.0, 8 * 1024 * 1024


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
    credentials: str
    recorded_at: Instant
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
        return _DAY.sub(self._day, _TIME.sub(self._time, text))

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


@dataclass
class Performer:
    """Performs a repetition against the product that its addresses lead to."""

    plan: Repetition
    say: Callable[[str], None]
    kit: CredentialKit = field(init=False)
    names: Names = field(init=False)
    answers: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kit = CredentialKit.load(Path(self.plan.credentials))
        self.names = Names(self.plan.renew, self.plan.recorded_at, datetime.now(UTC))
        self._transport = LiveTransport(self.kit)

    def perform(self) -> bool:
        """Send everything in order; return whether the finding shows again."""
        try:
            for group in _groups(self.plan.steps):
                self._send(group)
        finally:
            self._transport.close()
        return self._judge()

    def _send(self, group: list[Step]) -> None:
        requests = [self._request(number, step) for number, step in enumerate(group)]
        if len(requests) == 1:
            outcomes = [self._transport.send(requests[0])]
        else:
            gate = threading.Barrier(len(requests))

            def at_once(request: OutgoingRequest) -> Outcome:
                gate.wait(10)
                return self._transport.send(request)

            with ThreadPoolExecutor(len(requests)) as pool:
                outcomes = list(pool.map(at_once, requests))
        for step, outcome in zip(group, outcomes, strict=True):
            self.answers[step.exchange] = outcome
            self._learn(step, outcome)
            self.say(
                f"{step.exchange} {'& ' if step.together else ''}{step.method} {step.target[:120]}"
                f" -> {_status(outcome)} (recorded {step.status or 'no answer'})  {step.say}"
                f"{_why(step, outcome)}"
            )

    def _request(self, ordinal: int, step: Step) -> OutgoingRequest:
        body = self._body(step)
        url, target = self.names.apply(step.url), self.names.apply(step.target)
        rows = [(name, self._header(name, value, body, step)) for name, value in step.headers]
        draft = Draft(step.method, url, target, rows, body)
        if step.seal is not None:
            self._seal(draft, step.seal)
        draft.set_header("content-length", str(len(body)))
        identity = None if step.identity == "none" else self.kit.identity(step.identity)
        return OutgoingRequest(
            draft.method, url, target, tuple(draft.headers), body, identity,
            _WAIT, _MOST_BYTES, ordinal, step.say,
        )  # fmt: skip

    def _header(self, name: str, value: str, body: bytes, step: Step) -> str:
        if name.lower() == "content-digest" and step.digest == "fits":
            return content_digest(body)
        if value == OWN and step.seal is not None:
            leaf = self.kit.identity(step.seal.by).leaf_der
            return f":{base64.b64encode(leaf).decode()}:"
        return value if name.lower() == "ditas-certificate" else self.names.apply(value)

    def _seal(self, draft: Draft, seal: SealAgain) -> None:
        sent = list(draft.headers)
        for name, value in seal.sealed_as.items():
            draft.set_header(name, self.names.apply(value))
        draft.seal_parameters.update(seal.parameters)
        present = {name.lower() for name, _ in draft.headers} | {"@method"}
        draft.seal_components_dropped |= present - set(seal.covers)
        created = int(time.time()) + seal.created
        sign_draft(
            draft, self.kit.identity(seal.by), created=created, nonce=self.names.apply(seal.nonce)
        )
        made = {name: draft.header(name) or "" for name in ("signature-input", "signature")}
        draft.headers[:] = sent
        for name, value in made.items():
            broken = name == "signature" and not seal.fits
            draft.set_header(name, f"seal=:{_flipped(value[6:-1])}:" if broken else value)

    def _body(self, step: Step) -> bytes:
        if step.form == "raw":
            return base64.b64decode(str(step.body))
        if step.form == "text":
            return self.names.apply(str(step.body)).encode("utf-8", "surrogatepass")
        return _compact(self._signed_anew(step.body)) + step.tail.encode()

    def _signed_anew(self, value: JsonValue) -> JsonValue:
        if isinstance(value, list):
            return [self._signed_anew(one) for one in value]
        if isinstance(value, str):
            return self.names.apply(value)
        if not isinstance(value, dict):
            return value
        if set(value) == {SIGNED}:
            return self._document(value[SIGNED])
        return {name: self._signed_anew(one) for name, one in value.items()}

    def _document(self, part: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Sign a document anew; `by` None keeps its recorded signature, which never fitted."""
        chain = part["protected"].get("x5c")
        header = {name: one for name, one in part["protected"].items() if name != "x5c"}
        header = self._signed_anew(header)
        if isinstance(header.get("iat"), int):
            header["iat"] = int(time.time()) + int(part["issued"])
        if chain == OWN:
            ders = self.kit.identity(part["by"]).chain_der
            header["x5c"] = [base64.b64encode(der).decode() for der in ders]
        elif chain is not None:
            header["x5c"] = chain
        ordered = {name: header[name] for name in part["protected"]}
        protected = encode_base64url(_compact(ordered))
        payload = encode_base64url(_compact(self._signed_anew(part["payload"])))
        signature = part["signature"]
        if part["by"] is not None:
            raw = sign_raw(self.kit.identity(part["by"]), f"{protected}.{payload}".encode())
            signature = encode_base64url(raw if part["fits"] else _bit_flipped(raw))
        return {"payload": payload, "protected": protected, "signature": signature}

    def _learn(self, step: Step, outcome: Outcome) -> None:
        for place, old in step.learn.items():
            new = _at(outcome, place)
            if isinstance(new, str) and new:
                self.names.learn(old, new)

    def _judge(self) -> bool:
        plan = self.plan
        step = next(one for one in plan.steps if one.exchange == plan.judged)
        outcome = self.answers[plan.judged]
        now = _at(outcome, plan.pointer)
        same_status = _status(outcome) == (step.status or "no answer")
        same = same_status
        if plan.pointer.startswith(("/", "header:")) and plan.pointer != "header:signature":
            gone = now is MISSING
            same &= gone != plan.was_there and (gone or self._alike(plan.seen, now))
        self.say(f"requirement {plan.requirement}: {plan.title}")
        self.say(f"expected    {plan.expected}")
        self.say(f"recorded    {plan.observed}")
        self.say(f"now         status {_status(outcome)}, {plan.pointer or 'answer'}: {shown(now)}")
        return same

    def _alike(self, then: JsonValue, now: JsonValue) -> bool:
        """Compare values; what is named anew in every run only has to have the same form."""
        if isinstance(then, str) and isinstance(now, str):
            return self.names.apply(then) == now or _form(then) == _form(now)
        if isinstance(then, dict) and isinstance(now, dict):
            return then.keys() == now.keys()
        if isinstance(then, list) and isinstance(now, list):
            return len(then) == len(now)
        return type(then) is type(now) and then == now


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Yield the steps one by one, simultaneous ones in one list."""
    group: list[Step] = []
    for step in steps:
        if group and not step.together:
            yield group
            group = []
        group.append(step)
    yield group


def _status(outcome: Outcome) -> int | str:
    return outcome.response.status if outcome.response else "no answer"


def _why(step: Step, outcome: Outcome) -> str:
    """Return the code of a refusal, or the failure, where it went otherwise than recorded."""
    if outcome.failure is not None:
        return f"  [{outcome.failure.kind.value}: {outcome.failure.detail}]"
    code = _at(outcome, "/code")
    return f"  [{code}]" if _status(outcome) != step.status and code is not MISSING else ""


def _at(outcome: Outcome, place: str) -> JsonValue:
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


def _form(text: str) -> str:
    return re.sub(r"[A-Za-z]", "a", re.sub(r"[0-9]", "9", text))


def _compact(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _bit_flipped(raw: bytes) -> bytes:
    middle = len(raw) // 2
    return raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]


def _flipped(encoded: str) -> str:
    return base64.b64encode(_bit_flipped(base64.b64decode(encoded))).decode()


def open_document(part: dict[str, JsonValue]) -> tuple[JsonValue, dict[str, JsonValue]] | None:
    """Return payload and header of a signed document, None when writing them gives other bytes."""
    try:
        payload, protected = (
            parse_json(decode_base64url(str(part[name]))) for name in ("payload", "protected")
        )
    except (JsonProblem, ValueError):
        return None
    same = isinstance(protected, dict) and all(
        encode_base64url(_compact(value)) == part[name]
        for name, value in (("payload", payload), ("protected", protected))
    )
    return (payload, protected) if same else None
