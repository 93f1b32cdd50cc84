"""What the recorded campaign of a clean reference says about mutants: which cases could see them.

A mechanical mutant changes nothing but answers of one operation at the product's own address. In a
case that never gets such an answer, or none that has the place it changes, the mutant and the
reference give the same bytes, so the case can't notice it and is left out. What is recorded holds
for one seed and one number of inputs, like the campaigns it is used for.

Two kinds of mutants act across cases: `stale` gives the answer of another case, `no_effect` leaves
out what another case may look for. Against these, and where the recording has no answer at all for
a changed status, the whole plan is run; the recording only says which cases come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from lab.evidence.reader import DirectoryReader
from lab.kit.contract import Contracts, load_contracts
from lab.model.base import Frozen
from lab.model.campaign import CaseResult, ResultDocument
from lab.model.exchange import Exchange
from lab.validation.places import change_of, operation_of, place_in, places_in, unaltered_in

_GOOD = range(200, 300)
_ACROSS_CASES = frozenset({"stale", "no_effect"})
_GATEWAY = "/ditas/gateway/"  # of what goes through the gateway only its own operations change


class Seen(Frozen):
    """What the good answers of one operation held in one case."""

    answers: int
    places: frozenset[str]
    headers: frozenset[str]
    unaltered: frozenset[str] = frozenset()  # `change place`, where all values stay as they are


class Reach(Frozen):
    """A recording: seconds of every case that ran, and `service.operation` -> case -> seen."""

    seconds: dict[str, float]
    operations: dict[str, dict[str, Seen]]


@dataclass(frozen=True)
class Route:
    """Which cases a mutant is tried on, the likeliest first.

    `only` is () for the whole plan, `first` are the cases that could see it. `reached` is False
    when the recording shows that no answer has what the mutant changes.
    """

    only: tuple[str, ...]
    first: tuple[str, ...]
    reached: bool = True


def route(reach: Reach, mutant: str) -> Route:
    """Return the cases to try a mutant on."""
    name, argument = change_of(mutant)
    at = reach.operations.get(operation_of(mutant), {})
    if name in _ACROSS_CASES or name == "status":
        seen = tuple(at)
    elif name == "no_header":
        seen = tuple(case for case, one in at.items() if argument in one.headers)
    else:
        seen = tuple(
            case
            for case, one in at.items()
            if argument in one.places and f"{name} {argument}" not in one.unaltered
        )
    operation = operation_of(mutant).rpartition(".")[2].upper()
    first = tuple(
        sorted(seen, key=lambda case: (operation not in case, reach.seconds.get(case, 0.0), case))
    )
    if name in _ACROSS_CASES or (name == "status" and not first):
        return Route((), first)
    return Route(first, first, bool(first))


def record(campaign: Path, result: ResultDocument, pack: str = "erx-1401") -> Reach:
    """Read what the finished campaign in a directory has recorded; EvidenceDamaged."""
    contracts = load_contracts(pack)
    reader = DirectoryReader(campaign)
    try:
        heard: dict[str, dict[str, list[Seen]]] = {}
        for exchange in exchanges(reader, result.cases):
            operation = mutable(contracts, exchange)
            if operation is not None:
                cases = heard.setdefault(operation, {})
                cases.setdefault(exchange.case_id, []).append(_held(reader, exchange))
    finally:
        reader.close()
    return Reach(
        seconds={row.case.id: row.seconds for row in result.cases if row.attempts},
        operations={
            operation: {case: _together(rows) for case, rows in cases.items()}
            for operation, cases in heard.items()
        },
    )


def exchanges(reader: DirectoryReader, cases: Iterable[CaseResult]) -> Iterable[Exchange]:
    """Yield the exchanges of the last attempts of cases that ran."""
    for row in cases:
        if row.attempts:
            yield from reader.exchanges_of(row.case.id, row.attempts)


def mutable(contracts: Contracts, exchange: Exchange) -> str | None:
    """Return `service.operation` whose mutant would change this answer, None when none would."""
    if exchange.response is None or exchange.response.status not in _GOOD:
        return None
    return matched(contracts, exchange.request.method, exchange.request.url)


def matched(contracts: Contracts, method: str, url: str) -> str | None:
    """Return the operation at an address of the exchange in process, as the reference finds it."""
    path = unquote(urlsplit(url).path)
    path = path.removeprefix("/ditas") if path.startswith(_GATEWAY) else path
    service = path.split("/")[1] if "/" in path else ""
    if service not in contracts.services or not path.startswith(f"/{service}/v1/"):
        return None
    below = path.removeprefix(f"/{service}/v1")
    for operation in contracts.operations(service):
        if operation.method == method and _pattern(operation.path).fullmatch(below):
            return f"{service}.{operation.id}"
    return None


@lru_cache(maxsize=1024)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _held(reader: DirectoryReader, exchange: Exchange) -> Seen:
    """Return what one good answer held."""
    if exchange.response is None:
        return _together(())
    headers = frozenset(row.name.lower() for row in exchange.response.headers)
    try:
        value = json.loads(reader.read_body(exchange.response.body) or b"null")
    except ValueError:
        value = None  # not JSON: no change of a member touches it either
    return Seen(answers=1, places=places_in(value), headers=headers, unaltered=unaltered_in(value))


def _together(rows: Sequence[Seen]) -> Seen:
    """Return what answers held together: a change alters them when it alters one of them."""
    changes = frozenset[str]().union(*(one.unaltered for one in rows))
    return Seen(
        answers=len(rows),
        places=frozenset().union(*(one.places for one in rows)),
        headers=frozenset().union(*(one.headers for one in rows)),
        unaltered=frozenset(
            change
            for change in changes
            if all(change in one.unaltered for one in rows if place_in(change) in one.places)
        ),
    )


def write_reach(path: Path, reach: Reach) -> None:
    """Write a recording whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(reach.model_dump_json(), "utf-8")
    partial.replace(path)


def read_reach(path: Path) -> Reach | None:
    """Read a recording; None when there is none."""
    try:
        return Reach.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None  # never written, or cut off by a kill: the whole plan is run then
