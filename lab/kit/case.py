"""The decorator that makes a function a conformance case, and the registry of all of them.

A duplicate id, an id of a wrong shape, a missing purpose sentence or an empty `verifies` is refused
when the module is imported, so a broken catalogue never starts a campaign.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.model.case import Case, SuiteKind
from lab.model.errors import HarnessDefect

CaseFunction = Callable[..., None]

_ID = re.compile(r"TC-[A-Z0-9]+(?:-[A-Z0-9]+)+")
_PURPOSE = "Ensure that "
_INJECTABLE = frozenset({"sut", "data", "expect", "traffic", "generated"})


@dataclass(frozen=True)
class RegisteredCase:
    """A case with the function that executes it."""

    case: Case
    function: CaseFunction
    parameters: tuple[str, ...]
    given: Mapping[str, object] = field(default_factory=dict)  # what sets one instance apart


_registry: dict[str, RegisteredCase] = {}


def conformance_case(
    case_id: str,
    *,
    verifies: Sequence[str],
    role: str,
    selected_if: str | None = None,
    rulings: tuple[str, ...] = (),
    title: str = "",
    title_fa: str = "",
    scenario: str | None = None,
    generated: bool = False,
    moves_clock: bool = False,
    given: Mapping[str, object] | None = None,
    purpose: str | None = None,
    alone: bool = False,
    shares: Sequence[str] = (),
    needs: Sequence[str] = (),
) -> Callable[[CaseFunction], CaseFunction]:
    """Register a `tc_*` function as a conformance case.

    The first line of its docstring is the published purpose and starts with "Ensure that". Its
    parameters are taken by name: `sut`, `data`, `expect`, `traffic` (observed cases, with
    `scenario=`), `generated` (with `generated=True`), and what is `given` here: a function may be
    registered several times, each instance with its own id and its own given values. The suite kind
    is the folder of the file; severity comes from the register, never from here.

    Cases run at the same time. One that counts or changes what every case sees (a statement of a
    centre, an outage, the published rules) is `alone`; cases that change the same person, centre or
    token name it in `shares` ("person F02") and run one after the other.
    A case that `moves_clock` is alone, after all others, and not applicable where the vendor offers
    no `clock_control`. `needs` names further addresses of `[ixit]` that a vendor may leave out:
    `services_url` (the services behind a gateway), `peer_control` (takes one of them away).
    """
    instance = dict(given or {})

    def register(function: CaseFunction) -> CaseFunction:
        _check_declaration(case_id, verifies, function)
        parameters = tuple(inspect.signature(function).parameters)
        unknown = [name for name in parameters if name not in _INJECTABLE and name not in instance]
        if unknown:
            raise HarnessDefect(
                f"{case_id}: parameter {unknown[0]!r} is not offered by the kit",
                fix=f"Use only {', '.join(sorted(_INJECTABLE))}.",
            )
        known = _registry.get(case_id)
        if known is not None and known.function.__code__ is not function.__code__:
            raise HarnessDefect(
                f"case id {case_id} is used twice: {known.case.module}.{known.case.function} and "
                f"{function.__module__}.{function.__name__}",
                fix="Give the newer case the next free number; ids are never reused.",
            )
        case = Case(
            id=case_id,
            title=title or function.__name__.removeprefix("tc_").replace("_", " "),
            purpose=purpose or _first_line(function),
            title_fa=title_fa,
            suite=_suite_of(function, case_id),
            role=role,
            requirements=tuple(verifies),
            rulings=rulings,
            selected_if=selected_if,
            generated=generated or "generated" in parameters,
            moves_clock=moves_clock,
            scenario=scenario,
            alone=alone or moves_clock,
            shares=tuple(shares),
            needs=tuple(needs),
            module=function.__module__,
            function=function.__name__,
        )
        _registry[case_id] = RegisteredCase(case, function, parameters, instance)
        function.__dict__.setdefault("conformance_case_ids", []).append(case_id)
        return function

    return register


def registered(case_id: str) -> RegisteredCase:
    """Return one registered case; HarnessDefect when its module has not been imported."""
    try:
        return _registry[case_id]
    except KeyError:
        raise HarnessDefect(
            f"case {case_id} is planned but no imported suite defines it",
            fix="Run the campaign with the suite version it was frozen with.",
        ) from None


def catalogue() -> tuple[RegisteredCase, ...]:
    """All registered cases in id order."""
    return tuple(_registry[key] for key in sorted(_registry))


def _check_declaration(case_id: str, verifies: Sequence[str], function: CaseFunction) -> None:
    if not _ID.fullmatch(case_id):
        raise HarnessDefect(f'case id "{case_id}" is not TC-<ROLE>-<SUITE>-<TOPIC>-<NNN>')
    if isinstance(verifies, str) or not verifies:
        raise HarnessDefect(f"{case_id}: verifies must be a non-empty tuple of requirement ids")
    if not _first_line(function).startswith(_PURPOSE):
        raise HarnessDefect(f'{case_id}: the docstring must start with "{_PURPOSE}..."')


def _first_line(function: CaseFunction) -> str:
    text = inspect.getdoc(function) or ""
    return " ".join(text.split("\n\n", 1)[0].split())


def _suite_of(function: CaseFunction, case_id: str) -> SuiteKind:
    kinds = {kind.value: kind for kind in SuiteKind}
    for part in reversed(Path(inspect.getfile(function)).parts[:-1]):
        if part in kinds:
            return kinds[part]
    raise HarnessDefect(f"{case_id}: its file lies in no suite folder ({', '.join(kinds)})")
