"""Honest messages as data: `suites/messages/SERVICE.toml`, one table per operation.

A table says who calls, what stands in path, query and body, and which operations come `first`. Text
beginning with `$` is filled in when the message is made: `$person P01`, `$uuid visit`, `$from hid
/hid`; docs/add-a-case.md lists all words. What data cannot say is a Python builder, named by
`build`. The shared cases of all server roles live on these messages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from lab.kit.calling import AUTO, Auto, Call, Caller
from lab.kit.contract import Contracts, Operation, load_contracts
from lab.kit.data import SyntheticData
from lab.kit.filling import First, fill
from lab.kit.links import Link, reading_links
from lab.kit.mutation import Mutation
from lab.kit.reply import Reply
from lab.kit.signals import Inconclusive
from lab.kit.sut import Sut
from lab.model.base import JsonValue
from lab.model.errors import HarnessDefect
from lab.model.roles import SUITES, Role
from lab.model.verdict import Blame

_KEYS = frozenset(
    {
        "build", "caller", "path", "query", "body", "signer", "first", "lease", "if_match",
        "success", "free", "headers",
    }
)  # fmt: skip
_REMEMBERED = 201


@dataclass(frozen=True)
class Message:
    """An honest message, ready to be sent or to be spoiled."""

    operation: str
    service: str
    caller: Caller
    success: int
    path: dict[str, str] | None = None
    query: dict[str, str] | None = None
    body: JsonValue = None
    signer: str | None = None  # signs the body as a document of the kind the contract names
    document: str | None = None
    lease: str | None = None
    if_match: str | None = None
    headers: dict[str, str] | None = None
    known: JsonValue = None  # what its builder did before and an example of the answer may name

    def changed(self, **changes: JsonValue) -> Message:
        """Return it with other parts."""
        return replace(self, **changes)

    def send(
        self,
        sut: Sut,
        step: str,
        *,
        mutate: Mutation | tuple[Mutation, ...] | None = None,
        caller: Caller | None = None,
        key: str | Auto | None = AUTO,
    ) -> Reply:
        """Send it to the product."""
        return sut.perform(self.as_call(mutate=mutate, caller=caller, key=key), step=step)

    def as_call(
        self,
        *,
        mutate: Mutation | tuple[Mutation, ...] | None = None,
        caller: Caller | None = None,
        key: str | Auto | None = AUTO,
    ) -> Call:
        """Return it as data, for `Sut.parallel`."""
        signed = self.document is not None
        return Call(
            self.operation,
            service=self.service,
            path=self.path,
            query=self.query,
            body=None if signed else self.body,
            document=(self.document or "", self.body, self.signer or "dr01") if signed else None,
            caller=caller or self.caller,
            headers=self.headers,
            lease=self.lease,
            if_match=self.if_match,
            key=key,
            mutate=mutate,
        )


Builder = Callable[[Sut, SyntheticData, str], Message]
_builders: dict[str, Builder] = {}


def message_builder(name: str) -> Callable[[Builder], Builder]:
    """Register a function that makes a message data cannot describe: `build = "name"`."""

    def register(function: Builder) -> Builder:
        _builders[name] = function
        return function

    return register


@dataclass(frozen=True)
class Recipe:
    """How the honest message of one operation is made; `free` members may be generated."""

    operation: Operation
    table: Mapping[str, JsonValue]
    free: tuple[str, ...] = ()

    @property
    def success(self) -> int:
        """Status that answers it."""
        stated = self.table.get("success")
        codes = self.operation.definition.get("responses", {})
        return int(stated or min(code for code in codes if code.startswith("2")))

    @property
    def has_body(self) -> bool:
        """Whether a body goes with it."""
        return "requestBody" in self.operation.definition

    @property
    def has_parameters(self) -> bool:
        """Whether its address has parameters."""
        rows = self.operation.definition.get("parameters", [])
        return any(row.get("in") in {"path", "query"} for row in rows)

    @property
    def is_plain(self) -> bool:
        """Whether it needs no other call and no builder."""
        return not self.table.get("first") and "build" not in self.table

    def make(self, sut: Sut, data: SyntheticData, label: str) -> Message:
        """Make the message; the label tells messages of one case apart."""
        return self.prepare(sut, data, label)[0]

    def prepare(self, sut: Sut, data: SyntheticData, label: str) -> tuple[Message, First]:
        """Make the message; return it with what was done before, by the names of `first`."""
        first = {
            name: _done(sut, data, what, f"{label}, first{again}")
            for name, what, again in self._first()
        }
        builder = self.table.get("build")
        if builder is not None:
            return _built(str(builder), sut, data, label), first

        def filled(key: str) -> JsonValue:
            return fill(self.table.get(key), data, label, first)

        message = Message(
            operation=self.operation.id,
            service=self.operation.service,
            caller=caller_of(self.table.get("caller", "office-1")),
            success=self.success,
            path=_texts(filled("path")),
            query=_texts(filled("query")),
            body=filled("body"),
            signer=self.table.get("signer"),
            document=self.operation.document,
            lease=filled("lease"),
            if_match=filled("if_match"),
            headers=filled("headers"),
        )
        return message, first

    def _first(self) -> list[tuple[str, str, str]]:
        """Return name, operation, and what tells the same operation apart when done again."""
        rows = list(dict(self.table.get("first", {})).items())
        done = [str(what) for _, what in rows]
        return [
            (name, str(what), f" {name}" if str(what) in done[:place] else "")
            for place, (name, what) in enumerate(rows)
        ]


def _texts(values: JsonValue) -> dict[str, str] | None:
    """Return parameters as texts, whatever an answer gave for them."""
    return None if values is None else {name: str(one) for name, one in values.items()}


def caller_of(text: JsonValue) -> Caller:
    """Read `office-1`, `office-1:dr02`, or a table with the parts of a caller."""
    if isinstance(text, Mapping):
        return Caller(**text)
    centre, _, person = str(text).partition(":")
    return Caller(centre, person=person or None)


def _built(name: str, sut: Sut, data: SyntheticData, label: str) -> Message:
    if name not in _builders:
        raise HarnessDefect(
            f'no message builder is called "{name}"', fix="Register it with message_builder()."
        )
    return _builders[name](sut, data, label)


def _done(sut: Sut, data: SyntheticData, what: str, label: str) -> tuple[Message, Reply]:
    """Perform an operation that comes first, at the product or around it.

    `what` is `service.operation`, or `service.operation builder` for another message of it.
    """
    what, _, builder = what.partition(" ")
    service, _, operation = what.rpartition(".")
    made = recipe(sut.profile.pack, service, operation)
    message = _built(builder, sut, data, label) if builder else made.make(sut, data, label)
    step = f"preamble: {operation}"
    if service in sut.role.services:
        reply = message.send(sut, step)
    else:
        reply = sut.environment(
            service,
            operation,
            step=step,
            path=message.path,
            query=message.query,
            body=message.body if message.document is None else None,
            document=(message.document, message.body, message.signer or "dr01")
            if message.document
            else None,
            caller=message.caller,
        )
    if reply.status != message.success:
        raise Inconclusive(
            f"{what}, which comes first, was not answered with {message.success}",
            blame=Blame.ENVIRONMENT if reply.environment else Blame.SUT,
            exchange_id=reply.exchange_id,
            expected=f"status {message.success}",
            observed=reply.summary(),
            pointer="preamble",
            fix="Answer honest messages first of all; see the case of this operation.",
        )
    return message, reply


@lru_cache(maxsize=64)
def _tables(service: str, suites: Path = SUITES) -> dict[str, dict[str, JsonValue]]:
    path = suites / "messages" / f"{service}.toml"
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        strangers = {key for table in found.values() for key in table} - _KEYS
    except (ValueError, TypeError) as error:
        raise HarnessDefect(f"{path.name} cannot be read: {error}", where=str(path)) from error
    if strangers:
        raise HarnessDefect(
            f"{path.name} has keys nobody reads: {', '.join(sorted(strangers))}",
            where=str(path),
            fix=f"Known: {', '.join(sorted(_KEYS))}.",
        )
    return found


def recipe(pack: str, service: str, operation: str) -> Recipe:
    """Return the recipe of one operation; HarnessDefect when nobody wrote one."""
    table = _tables(service).get(operation)
    if table is None:
        raise HarnessDefect(
            f"there is no honest message for {service}.{operation}",
            where=f"suites/messages/{service}.toml",
            fix=f"Add a table [{operation}].",
        )
    found = load_contracts(pack).operation(service, operation)
    return Recipe(found, table, tuple(table.get("free", ())))


@dataclass(frozen=True)
class RoleMessages:
    """The operations of one role, as far as they are published and mounted, and their messages."""

    role: Role
    pack: str = "erx-1401"
    contracts: Contracts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "contracts", load_contracts(self.pack))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Operations the role answers for."""
        return tuple(
            operation
            for service in self.role.services
            if service in self.contracts.services
            for operation in self.contracts.operations(service)
            if self.role.answers_for(service, operation.id)
        )

    @cached_property
    def recipes(self) -> tuple[Recipe, ...]:
        """Recipes of those operations that have one."""
        return tuple(
            recipe(self.pack, one.service, one.id)
            for one in self.operations
            if one.id in _tables(one.service)
        )

    @property
    def without_message(self) -> tuple[Operation, ...]:
        """Operations nobody has written an honest message for: gaps of the suites."""
        having = {one.operation.id for one in self.recipes}
        return tuple(one for one in self.operations if one.id not in having)

    def probe(self, need: str) -> Recipe | None:
        """Return the operation a shared case uses: the simplest one that has what it needs.

        "any": any operation; "body": takes JSON; "change": executed once per key and remembered;
        "document": takes a signed document; "path": has a path parameter; "links": its answer
        leads to an operation that reads and has an honest message.
        """
        fitting = [one for one in self.recipes if self._fits(one, need)]
        fitting.sort(key=lambda one: (not one.is_plain, not one.has_body))
        return fitting[0] if fitting else None

    @cached_property
    def traits(self) -> frozenset[str]:
        """Needs this role can serve."""
        return frozenset(need for need in NEEDS if self.probe(need) is not None)

    def _fits(self, one: Recipe, need: str) -> bool:
        return bool(self.links(one)) if need == "links" else _fits(one, need)

    def links(self, one: Recipe) -> tuple[Link, ...]:
        """Return the links that can be followed from its good answer within this role."""
        readable = {other.operation.id for other in self.recipes}
        found = reading_links(one.operation, self.contracts)
        return tuple(link for link in found if link.target.id in readable)

    def reader(self, link: Link) -> Caller | None:
        """Return who reads what a link leads to; None where only a builder knows."""
        table = _tables(link.target.service)[link.target.id]
        built = "build" in table and "caller" not in table
        return None if built else caller_of(table.get("caller", "office-1"))


NEEDS = ("any", "body", "change", "document", "path", "links")


def _fits(one: Recipe, need: str) -> bool:
    if need == "body":
        return one.has_body and one.operation.document is None
    if need == "change":
        return one.operation.changes_state and one.success == _REMEMBERED
    if need == "document":
        return one.operation.document is not None
    if need == "path":
        return "{" in one.operation.path and not one.operation.changes_state
    return True


@lru_cache(maxsize=64)
def role_messages(role: Role) -> RoleMessages:
    """Return the messages of a role, read once per process."""
    return RoleMessages(role)
