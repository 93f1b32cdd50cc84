"""Sending recorded requests again, and saying whether their finding shows again.

The clock of a product may be ahead, moved on by an earlier campaign; where its vendor offers a
control, it is asked, and moved where the case had moved it. An answer that never came, or another
one than recorded on the way to the finding, decides nothing: that is said instead.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from lab.kit.clock import ProductClock
from lab.kit.comparing import alike, at, seal_problem, tells
from lab.kit.credentials import CredentialKit
from lab.kit.documents import encode_base64url
from lab.kit.live import LiveTransport
from lab.kit.mutation import Draft
from lab.kit.repetition import OWN, SIGNED, Names, Repetition, SealAgain, Step, compact
from lab.kit.reply import MISSING, shown
from lab.kit.seal import content_digest, sign_draft, sign_raw
from lab.kit.transport import Outcome, OutgoingRequest
from lab.model.base import JsonValue
from lab.model.sut import Ixit

_WAIT, _MOST_BYTES = 20.0, 8 * 1024 * 1024


class Shown(StrEnum):
    """What a repetition has come to."""

    AGAIN = "SHOWN AGAIN"
    NOT = "NOT SHOWN"
    UNDECIDED = "UNDECIDED"


@dataclass
class Performer:
    """Performs a repetition against the product that its addresses lead to."""

    plan: Repetition
    say: Callable[[str], None]
    kit: CredentialKit = field(init=False)
    names: Names = field(init=False)
    answers: dict[str, Outcome] = field(default_factory=dict)
    sent: dict[str, OutgoingRequest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kit = CredentialKit.load(Path(self.plan.credentials))
        self._transport = LiveTransport(self.kit)
        ixit = Ixit(
            credentials=self.plan.credentials,
            clock_control=self.plan.clock_control or None,
            status_url=self.plan.status_url or None,
        )
        self._clock = ProductClock(ixit, lambda: self._transport)
        self._ahead = self._clock.ahead()
        now = datetime.now(UTC) + self._ahead
        self.names = Names(self.plan.renew, self.plan.recorded_at, now)

    def perform(self) -> Shown:
        """Send everything in order; return whether the finding shows again.

        Inconclusive when the clock of the product does not do what its control says.
        """
        try:
            for group in _groups(self.plan.steps):
                self._send(group)
        finally:
            self._transport.close()
        return self._judge()

    def _send(self, group: list[Step]) -> None:
        if group[0].after:
            passed = timedelta(seconds=group[0].after)
            self._clock.advance(passed)
            self._ahead += passed
            self.say(f"the clock is moved on by {passed}")
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
        for step, request, outcome in zip(group, requests, outcomes, strict=True):
            self.answers[step.exchange], self.sent[step.exchange] = outcome, request
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
        created = self._unix() + seal.created
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
        return compact(self._signed_anew(step.body)) + step.tail.encode()

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
            header["iat"] = self._unix() + int(part["issued"])
        if chain == OWN:
            ders = self.kit.identity(part["by"]).chain_der
            header["x5c"] = [base64.b64encode(der).decode() for der in ders]
        elif chain is not None:
            header["x5c"] = chain
        ordered = {name: header[name] for name in part["protected"]}
        protected = encode_base64url(compact(ordered))
        payload = encode_base64url(compact(self._signed_anew(part["payload"])))
        signature = part["signature"]
        if part["by"] is not None:
            raw = sign_raw(self.kit.identity(part["by"]), f"{protected}.{payload}".encode())
            signature = encode_base64url(raw if part["fits"] else _bit_flipped(raw))
        return {"payload": payload, "protected": protected, "signature": signature}

    def _learn(self, step: Step, outcome: Outcome) -> None:
        for place, old in step.learn.items():
            new = at(outcome, place)
            if isinstance(new, str) and new:
                self.names.learn(old, new)

    def _unix(self) -> int:
        """Seconds of the product's clock."""
        return int(time.time() + self._ahead.total_seconds())

    def _judge(self) -> Shown:
        plan = self.plan
        step = next(one for one in plan.steps if one.exchange == plan.judged)
        outcome = self.answers[plan.judged]
        self.say(f"requirement {plan.requirement}: {plan.title}")
        self.say(f"expected    {plan.expected}")
        self.say(f"recorded    {plan.observed}")
        now = at(outcome, plan.pointer)
        self.say(f"now         status {_status(outcome)}, {plan.pointer or 'answer'}: {shown(now)}")
        same = _status(outcome) == (step.status or "no answer") and self._is_alike(step, now)
        for one in plan.steps:
            answer = self.answers[one.exchange]
            if not same and _is_off(one, answer, judged=one.exchange == plan.judged):
                self.say(f"undecided: {one.exchange} was not answered as recorded")
                return Shown.UNDECIDED
            if same and not tells(answer, one.told):
                self.say(f"undecided: {one.exchange} tells another state than recorded")
                return Shown.UNDECIDED
        return Shown.AGAIN if same else Shown.NOT

    def _is_alike(self, step: Step, now: JsonValue) -> bool:
        """Whether what the finding points at is today as it was."""
        plan = self.plan
        if plan.pointer == "header:signature":
            outcome, request = self.answers[step.exchange], self.sent[step.exchange]
            problem = seal_problem(
                self.kit, request, outcome, service=step.service, ahead=self._ahead
            )
            self.say(f"seal        {problem or 'holds'}")
            return problem is not None
        if not plan.pointer.startswith(("/", "header:")):
            return True  # the finding is about the status
        if now is MISSING or not plan.was_there:
            return now is MISSING and not plan.was_there
        if plan.echoed is not None and plan.echoed != _is_in(self.sent[step.exchange], now):
            return False
        return alike(plan.seen, now, self.names)


def _is_in(request: OutgoingRequest, value: JsonValue) -> bool:
    """Whether a text was sent with the request it answers."""
    headers = "\n".join(text for _, text in request.headers)
    return str(value) in f"{request.target}\n{headers}\n{request.body.decode(errors='replace')}"


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Yield the steps one by one, simultaneous ones in one list."""
    group: list[Step] = []
    for step in steps:
        if group and not step.together:
            yield group
            group = []
        group.append(step)
    yield group


def _is_off(step: Step, outcome: Outcome, *, judged: bool) -> bool:
    """Whether a repetition went another way before what it is about, or was not answered there."""
    if judged:
        return outcome.response is None and step.status != 0
    return _status(outcome) != (step.status or "no answer")


def _status(outcome: Outcome) -> int | str:
    return outcome.response.status if outcome.response else "no answer"


def _why(step: Step, outcome: Outcome) -> str:
    """Return the code of a refusal, or the failure, where it went otherwise than recorded."""
    if outcome.failure is not None:
        return f"  [{outcome.failure.kind.value}: {outcome.failure.detail}]"
    code = at(outcome, "/code")
    return f"  [{code}]" if _status(outcome) != step.status and code is not MISSING else ""


def _bit_flipped(raw: bytes) -> bytes:
    middle = len(raw) // 2
    return raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]


def _flipped(encoded: str) -> str:
    return base64.b64encode(_bit_flipped(base64.b64decode(encoded))).decode()
