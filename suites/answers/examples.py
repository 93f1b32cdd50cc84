"""Reads the examples of a role and tries them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from lab.kit import Expect, Recipe, Reply, Sut, SyntheticData, fill, role_messages
from lab.model.base import JsonValue
from lab.model.errors import HarnessDefect
from lab.model.roles import Role
from suites.answers.forms import difference

_HERE = Path(__file__).parent
_OWN = frozenset({"operation", "answer", "about"})
_SENT = frozenset({"path", "query", "body", "first", "caller", "build", "success"})
"""Keys of an honest message that an example may say anew (suites/messages)."""


@dataclass(frozen=True)
class Example:
    """One message and the answer it gets; `about` tells several of one operation apart."""

    recipe: Recipe
    answer: JsonValue
    about: str

    def run(self, sut: Sut, data: SyntheticData, expect: Expect) -> None:
        """Send the message and compare."""
        label = f"example {self.recipe.operation.id} {self.about}"
        message, first = self.recipe.prepare(sut, data, label)
        step = f"stimulus: {self.recipe.operation.id} {self.about}".strip()
        reply = message.send(sut, step)
        expect.status(
            reply,
            message.success,
            fix="Answer honest messages; see the contract case of this operation.",
            fix_fa="به پیام درست پاسخ دهید.",
        )
        expect.schema(reply)
        wanted = fill(self.answer, data, label, {**first, "asked": (message, reply)})
        agrees(expect, reply, wanted, self.about)


def agrees(expect: Expect, reply: Reply, wanted: JsonValue, about: str = "") -> None:
    """Expect an answer that says what it should; `about` tells several of one operation apart."""
    problem = difference(wanted, reply.json)
    told = f" ({about})" if about else ""
    expect.that(
        problem is None,
        title=f"{reply.operation} answers something else{told}",
        expected=problem.expected if problem else "what was sent, published and agreed",
        observed=problem.observed if problem else "the same",
        pointer=(problem.pointer or "/") if problem else "/",
        reply=reply,
        fix="Answer what was asked, with the values that were sent and that are on record.",
        fix_fa="همان را پاسخ دهید که پرسیده شده است، با مقدارهای فرستاده‌شده و ثبت‌شده.",
    )


@lru_cache(maxsize=64)
def _tables(service: str) -> tuple[Mapping[str, JsonValue], ...]:
    path = _HERE / f"{service}.toml"
    if not path.is_file():
        return ()
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("example", [])
    except ValueError as error:
        raise HarnessDefect(f"{path.name} cannot be read: {error}", where=str(path)) from error
    strangers = {key for table in tables for key in table} - _OWN - _SENT
    if strangers:
        raise HarnessDefect(
            f"{path.name} has keys nobody reads: {', '.join(sorted(strangers))}",
            where=str(path),
            fix=f"Known: {', '.join(sorted(_OWN | _SENT))}.",
        )
    return tuple(tables)


def examples_of(role: Role) -> tuple[Example, ...]:
    """Return the examples of all operations a role answers for, in the order of the files."""
    recipes = {
        (one.operation.service, one.operation.id): one for one in role_messages(role).recipes
    }
    found = []
    for service in role.services:
        for table in _tables(service):
            recipe = recipes.get((service, str(table["operation"])))
            if recipe is not None:
                found.append(_example(recipe, table))
    return tuple(found)


def _example(recipe: Recipe, table: Mapping[str, JsonValue]) -> Example:
    anew = {key: value for key, value in table.items() if key in _SENT}
    kept = dict(recipe.table)
    if anew.keys() - {"caller", "success"} and "build" not in anew:
        kept.pop("build", None)
    return Example(
        replace(recipe, table={**kept, **anew}), table["answer"], str(table.get("about", ""))
    )
