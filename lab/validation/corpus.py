"""Seeded faults, legal variants and null implementations: the catalogue in `fixtures/faults`.

An entry with `role` concerns one role. One with `roles = "server"` concerns every server role that
shares the common cases and has what the entry `needs`; its cases are named without their role
("SEC-SEAL-001") and become those of the role it is applied to. What shows in other cases of every
role has a table `[cases]` that names them; it concerns the roles that stand there.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from lab.kit.messages import role_messages
from lab.model.base import Frozen
from lab.model.errors import PackError
from lab.model.roles import Role, role_of


class SubjectKind(StrEnum):
    """What a calibration subject is, and with that what the suites must say about it."""

    REFERENCE = "reference"  # must conform
    FAULT = "fault"  # must be caught by a named case
    VARIANT = "variant"  # must conform
    NULL = "null"  # must earn nothing
    MISCONFIGURATION = "misconfiguration"  # our or the operator's mistake: must not be blamed
    MECHANICAL = "mechanical"  # made from the contract; whether it is caught is only counted


class Subject(Frozen):
    """One implementation the suites are run against."""

    id: str
    kind: SubjectKind
    role: str
    title: str
    point: str = ""
    suite: str = ""
    requirement: str = ""
    effect: str = ""
    pointer: str = ""  # where the finding must point, as a pattern; "" when it is not declared
    expected_cases: tuple[str, ...] = ()
    waits: bool = False  # answers late by design: its campaign waits more than it computes
    source: str = Field(default="", exclude=True)


class _Entry(Frozen):
    """One catalogue file as it is written."""

    id: str
    title: str
    role: str = ""
    roles: Literal["", "server"] = ""
    among: tuple[str, ...] = ()  # with roles = "server": only these of them
    without: dict[str, str] = Field(default_factory=dict)  # roles where it shows nothing, and why
    needs: Literal["any", "body", "change", "document", "links", "path"] = "any"
    point: str = ""
    kind: str = ""
    requirement: str = ""
    effect: str = ""
    why: str = ""
    pointer: str = ""
    expected_cases: tuple[str, ...] = ()
    waits: bool = False
    cases: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # of each role, by full id


_KINDS = {
    "FLT": SubjectKind.FAULT,
    "VAR": SubjectKind.VARIANT,
    "NULL": SubjectKind.NULL,
    "MIS": SubjectKind.MISCONFIGURATION,
}


def _read(path: Path) -> tuple[SubjectKind, _Entry]:
    kind = _KINDS.get(path.name.split("-", 1)[0])
    try:
        entry = _Entry.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError, ValueError) as error:
        raise PackError(
            f"{path.name} does not describe a calibration subject: {error}",
            code="MFL-K020",
            where=str(path),
            fix="Copy a neighbouring file and change its id, point, requirement and cases.",
        ) from error
    if kind is None or bool(entry.role) == bool(entry.roles):
        raise PackError(
            f"{path.name} does not describe a calibration subject",
            code="MFL-K020",
            where=str(path),
            fix="Name it FLT-, VAR-, NULL- or MIS-, and give it either role or roles.",
        )
    return kind, entry


def _concerns(entry: _Entry, kind: SubjectKind, role: Role) -> bool:
    if entry.role:
        return entry.role == role.id
    if not role.is_server or (entry.among and role.id not in entry.among):
        return False
    if role.id in entry.without or (entry.cases and role.id not in entry.cases):
        return False
    if kind in {SubjectKind.NULL, SubjectKind.MISCONFIGURATION}:
        return True
    return role.shared and entry.needs in role_messages(role).traits


def _named(case: str, role: Role) -> list[str]:
    """Return the ids of a case named without its role.

    In braces stands an operation: `{body}` and so on the one of that need, `{every}` all of them,
    `{bodies}` all that take JSON, `{addressed}` all with parameters in their address.
    """
    messages = role_messages(role)
    several = {
        "{every}": messages.recipes,
        "{bodies}": [one for one in messages.recipes if one.has_body],
        "{addressed}": [one for one in messages.recipes if one.has_parameters],
    }
    start = f"TC-{role.prefix}-"
    for place, recipes in several.items():
        if place in case:
            return [start + case.replace(place, one.operation.id.upper()) for one in recipes]
    return [start + case.format(**_probes(role))]


@cache
def _probes(role: Role) -> dict[str, str]:
    """Return the operation a shared case uses by its need, as ids of cases write it."""
    messages = role_messages(role)
    probes = {need: messages.probe(need) for need in messages.traits}
    return {need: one.operation.id.upper() for need, one in probes.items() if one is not None}


def _subject(path: Path, kind: SubjectKind, entry: _Entry, role: Role) -> Subject:
    cases = entry.expected_cases
    if entry.roles:
        cases = tuple(one for case in cases for one in _named(case, role))
        cases += entry.cases.get(role.id, ())
    return Subject(
        id=entry.id,
        kind=kind,
        role=role.id,
        title=entry.title,
        point=entry.point,
        suite=entry.kind,
        requirement=entry.requirement,
        effect=entry.effect,
        pointer=entry.pointer,
        expected_cases=cases,
        waits=entry.waits,
        source=str(path),
    )


@cache
def _entries(root: Path) -> tuple[tuple[Path, SubjectKind, _Entry], ...]:
    return tuple((path, *_read(path)) for path in sorted(root.glob("*/*.toml")))


def load_subjects(root: Path, role: str) -> tuple[Subject, ...]:
    """Return every subject for `role` under `root` (fixtures/faults), the clean reference first.

    Order: reference, faults, variants, null implementations, each by folder and id.
    """
    found = role_of(role)
    entries = _entries(root)
    reference = Subject(
        id="REFERENCE", kind=SubjectKind.REFERENCE, role=role, title="the clean reference"
    )
    subjects = [
        _subject(path, kind, entry, found)
        for path, kind, entry in entries
        if _concerns(entry, kind, found)
    ]
    order = list(SubjectKind)
    return (reference, *sorted(subjects, key=lambda one: order.index(one.kind)))
