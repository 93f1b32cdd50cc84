"""What every operation owes its contract, over generated good and bad messages.

Good messages carry generated values wherever the contract leaves them free and the identities of an
honest message elsewhere, so that they are also good business. Bad ones are re-checked with a second
validator before they are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from lab.kit import Caller, Expect, Generated, Reply, Sut, SyntheticData, shown
from lab.kit import messages as shared
from lab.model.base import JsonValue
from suites import journeys
from suites.contract.spoiling import edited_messages, spoiled_values
from suites.contract.unfolding import (
    allows_text,
    bad_bodies,
    bad_values,
    content_schema,
    good_bodies,
    good_boundaries,
    is_valid,
    mix,
    parameters,
    required_headers,
    spoiled_bodies,
)

BOUNDARIES = 12
"""Messages at the bounds of the free members, per operation."""
LISTED = 3.0
LISTED_VALUES = 1.0
DRAWN = 0.5
"""Bad bodies and bad address values per example of the plan: listed ones, then drawn ones."""
UNREADABLE = frozenset({"SCHEMA_VIOLATION", "BODY_NOT_JSON", "PARAMETER_INVALID"})


@dataclass(frozen=True)
class Message:
    """An honest message of one operation, ready to be sent or to be spoiled."""

    path: dict[str, str] | None = None
    body: JsonValue = None
    query: dict[str, str] | None = None
    lease: str | None = None
    if_match: str | None = None
    caller: Caller | None = None  # instead of the recipe's


@dataclass(frozen=True)
class Recipe:
    """How one operation is exercised. `free` names members whose values may be generated."""

    operation: str
    honest: Callable[[Sut, SyntheticData, str], Message]  # the label tells messages apart
    success: int
    caller: Caller = journeys.OFFICE
    document: str | None = None
    signer: str = "dr01"
    free: tuple[str, ...] = ()
    service: str | None = None

    @property
    def name(self) -> str:
        """Its name in the contracts of the pack."""
        return f"{self.service}.{self.operation}" if self.service else self.operation

    def send(self, sut: Sut, message: Message, step: str) -> Reply:
        """Send a message of this operation, signed when the contract wants a document."""
        signed = self.document is not None
        return sut.call(
            self.operation,
            service=self.service,
            path=message.path,
            query=message.query,
            body=None if signed else message.body,
            document=(self.document or "", message.body, self.signer) if signed else None,
            caller=message.caller or self.caller,
            lease=message.lease,
            if_match=message.if_match,
            step=step,
        )


def exercised(operation: shared.Recipe) -> Recipe:
    """Return the recipe of an operation whose honest message is data."""

    def made(sut: Sut, data: SyntheticData, label: str) -> Message:
        one = operation.make(sut, data, label)
        return Message(one.path, one.body, one.query, one.lease, one.if_match, one.caller)

    return Recipe(
        operation=operation.operation.id,
        honest=made,
        success=operation.success,
        document=operation.operation.document,
        signer=str(operation.table.get("signer", "dr01")),
        free=operation.free,
        service=operation.operation.service,
    )


@dataclass
class Exercise:
    """One recipe in one case."""

    recipe: Recipe
    sut: Sut
    data: SyntheticData
    expect: Expect
    generated: Generated
    messages: int = 0

    def _honest(self) -> Message:
        self.messages += 1
        return self.recipe.honest(self.sut, self.data, f"message {self.messages}")

    def run(self) -> None:
        """Send the honest message, then generated good ones, then generated bad ones."""
        reply = self._send(self._honest(), "honest message")
        self.expect.status(
            reply,
            self.recipe.success,
            fix="Answer an honest message as the contract says.",
            fix_fa="به پیام درست طبق قرارداد پاسخ دهید.",
        )
        self.expect.schema(reply)
        name = self.recipe.name
        missing = [h for h in required_headers(name, reply.status) if reply.header(h) is None]
        self.expect.that(
            not missing,
            title=f"{self.recipe.operation} leaves out headers of its contract",
            expected=f"headers {', '.join(required_headers(name, reply.status)) or 'none'}",
            observed=f"without {', '.join(missing) or 'none'}",
            pointer=f"header:{missing[0]}" if missing else "header",
            reply=reply,
            fix="Send every header the contract requires of this answer.",
            fix_fa="همهٔ سرآیندهای الزامی قرارداد را بفرستید.",
        )
        if self.recipe.free:
            for body in good_boundaries(name, self.recipe.free, BOUNDARIES):
                self._allowed(body, "good, at a bound")
            self.generated.check(self._good, body=good_bodies(name, self.recipe.free))
            self.generated.require_inputs()
        if content_schema(name) is not None:
            spoiled = self._honest()
            self._stranger(spoiled)
            self._bad_bodies(spoiled)
        for where in ("path", "query"):
            for parameter, schema in parameters(name, where).items():
                self._bad_parameter(where, parameter, schema)

    def _bad_parameter(self, where: str, parameter: str, schema: JsonValue) -> None:
        """Send bad values listed around the honest one; when all are refused, drawn ones too."""
        name, honest = self.recipe.name, self._honest()
        law = self._parameter_law(honest, where, parameter, schema)
        values = (honest.path if where == "path" else honest.query) or {}
        listed = spoiled_values(name, where, parameter, values.get(parameter))
        if self.generated.each(law, most=LISTED_VALUES, value=listed):
            drawn = bad_values(name, where, parameter)
            self.generated.check(law, share=DRAWN, value=drawn)

    def _bad_bodies(self, honest: Message) -> None:
        """Send bad bodies listed from the schema; when all are refused, drawn ones too."""
        name = self.recipe.name
        refuses = partial(self._refuses, honest, "bad body, listed")
        listed = (*edited_messages(name, honest.body), *spoiled_bodies(name))
        if self.generated.each(refuses, most=LISTED, usable=self._is_bad, body=listed):
            drawn = bad_bodies(name, self.recipe.free, honest.body)
            self.generated.check(partial(self._bad_body, honest), share=DRAWN, body=drawn)

    def _good(self, body: JsonValue) -> None:
        reply = self._allowed(body, "good")
        if reply is not None:
            self.generated.count(accepted=reply.status == self.recipe.success)

    def _allowed(self, body: JsonValue, step: str) -> Reply | None:
        """Send an honest message with these values; None when two validators do not agree."""
        message = self._honest()
        mixed = mix(message.body, body, self.recipe.free)
        if not is_valid(self.recipe.name, content_schema(self.recipe.name), mixed):
            return None  # the mixture broke a rule that spans members; nothing is owed for it
        reply = self._send(replace(message, body=mixed), step)
        self._answers_well(reply, mixed)
        self.expect.that(
            reply.problem_code not in UNREADABLE,
            title=f"{self.recipe.operation} refuses what its contract allows",
            expected="no refusal by schema: two validators find the message valid",
            observed=f"{reply.summary()} for {shown(mixed, 300)}",
            pointer="/code",
            reply=reply,
            fix="Validate against the published schema, not against a narrower one.",
            fix_fa="با شِمای منتشرشده بسنجید، نه سخت‌گیرانه‌تر از آن.",
        )
        return reply

    def _stranger(self, honest: Message) -> None:
        """Send an honest message with one member the contract does not know."""
        if isinstance(honest.body, dict):
            self._bad_body(honest, {**honest.body, "unknownMember": 1})

    def _bad_body(self, honest: Message, body: JsonValue) -> None:
        if self._is_bad(body):
            self._refuses(honest, "bad body", body)

    def _is_bad(self, body: JsonValue) -> bool:
        """Say whether the second validator forbids it too; else it is no bad message after all."""
        return not is_valid(self.recipe.name, content_schema(self.recipe.name), body)

    def _refuses(self, honest: Message, step: str, body: JsonValue) -> None:
        """Send a body that the second validator does not allow."""
        self._is_refused(self._send(replace(honest, body=body), step), body)

    def _parameter_law(
        self, honest: Message, where: str, name: str, schema: JsonValue
    ) -> Callable[[str], None]:
        def law(value: str) -> None:
            if allows_text(self.recipe.name, schema, value):
                return
            before = honest.path if where == "path" else honest.query
            changed = {**(before or {}), name: value}
            if where == "path":
                message = replace(honest, path=changed)
            else:
                message = replace(honest, query=changed)
            self._is_refused(self._send(message, f"bad {where}"), value)

        return law

    def _is_refused(self, reply: Reply, sent: JsonValue) -> None:
        self._answers_well(reply, sent)
        self.expect.that(
            HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and reply.problem_code is not None,
            title=f"{self.recipe.operation} does not refuse what its contract forbids",
            expected="problem details with a status of 4xx",
            observed=f"{reply.summary()} for {shown(sent, 300)}",
            pointer="status",
            reply=reply,
            fix="Validate every message against the published schema before anything else.",
            fix_fa="هر پیام را پیش از هر کار با شِمای منتشرشده بسنجید.",
        )

    def _answers_well(self, reply: Reply, sent: JsonValue) -> None:
        self.expect.that(
            0 < reply.status < HTTPStatus.INTERNAL_SERVER_ERROR,
            title=f"{self.recipe.operation} breaks on a generated message",
            expected="an answer below 500",
            observed=f"{reply.summary()} for {shown(sent, 300)}",
            pointer="status",
            reply=reply,
            fix="Handle this message; a fault of the service is never an answer to input.",
            fix_fa="ورودی هرگز نباید خطای سرور بسازد.",
        )
        self.expect.schema(reply)

    def _send(self, message: Message, step: str) -> Reply:
        return self.recipe.send(self.sut, message, step)
