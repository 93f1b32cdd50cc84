"""Seeded faults, legal variants and null implementations: the catalogue in `fixtures/faults`.

An entry with `role` concerns one role. One with `roles = "server"` concerns every server role that
shares the common cases and has what the entry `needs`; its cases are named without their role
("SEC-SEAL-001") and become those of the role it is applied to.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
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
    expected_cases: tuple[str, ...] = ()
    source: str = Field(default="", exclude=True)


class _Entry(Frozen):
    """One catalogue file as it is written."""

    id: str
    title: str
    role: str = ""
    roles: Literal["", "server"] = ""
    needs: Literal["any", "body", "change", "document", "path"] = "any"
    point: str = ""
    kind: str = ""
    requirement: str = ""
    effect: str = ""
    why: str = ""
    expected_cases: tuple[str, ...] = ()


_KINDS = {"FLT": SubjectKind.FAULT, "VAR": SubjectKind.VARIANT, "NULL": SubjectKind.NULL}


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
            fix="Name it FLT-, VAR- or NULL-, and give it either role or roles.",
        )
    return kind, entry


def _concerns(entry: _Entry, kind: SubjectKind, role: Role) -> bool:
    if entry.role:
        return entry.role == role.id
    if not role.is_server:
        return False
    if kind is SubjectKind.NULL:
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
    probes = {need: messages.probe(need) for need in messages.traits}
    names = {need: one.operation.id.upper() for need, one in probes.items() if one is not None}
    return [start + case.format(**names)]


def _subject(path: Path, kind: SubjectKind, entry: _Entry, role: Role) -> Subject:
    cases = entry.expected_cases
    if entry.roles:
        cases = tuple(one for case in cases for one in _named(case, role))
    return Subject(
        id=entry.id,
        kind=kind,
        role=role.id,
        title=entry.title,
        point=entry.point,
        suite=entry.kind,
        requirement=entry.requirement,
        effect=entry.effect,
        expected_cases=cases,
        source=str(path),
    )


def load_subjects(root: Path, role: str) -> tuple[Subject, ...]:
    """Return every subject for `role` under `root` (fixtures/faults), the clean reference first.

    Order: reference, faults, variants, null implementations, each by folder and id.
    """
    found = role_of(role)
    reference = Subject(
        id="REFERENCE", kind=SubjectKind.REFERENCE, role=role, title="the clean reference"
    )
    entries = [(path, *_read(path)) for path in sorted(root.glob("*/*.toml"))]
    subjects = [
        _subject(path, kind, entry, found)
        for path, kind, entry in entries
        if _concerns(entry, kind, found)
    ]
    order = list(SubjectKind)
    return (reference, *sorted(subjects, key=lambda one: order.index(one.kind)))
