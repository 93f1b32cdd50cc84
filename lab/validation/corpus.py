"""Seeded faults, legal variants and null implementations: the catalogue in `fixtures/faults`."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError

from lab.model.base import Frozen
from lab.model.errors import PackError


class SubjectKind(StrEnum):
    """What a calibration subject is, and with that what the suites must say about it."""

    REFERENCE = "reference"  # must conform
    FAULT = "fault"  # must be caught by a named case
    VARIANT = "variant"  # must conform
    NULL = "null"  # must earn nothing


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


_ROLE_FOLDERS = {"purchaser_system": "purchaser", "pharmacy_system": "pharmacy"}


def _read(path: Path, kind: SubjectKind) -> Subject:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        raw["suite"] = raw.pop("kind", "")
        raw.pop("why", None)
        return Subject(kind=kind, source=str(path), **raw)
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        raise PackError(
            f"{path.name} does not describe a calibration subject: {error}",
            code="MFL-K020",
            where=str(path),
            fix="Copy a neighbouring file and change its id, point, requirement and cases.",
        ) from error


def load_subjects(root: Path, role: str) -> tuple[Subject, ...]:
    """Return every subject for `role` under `root` (fixtures/faults), the clean reference first."""
    reference = Subject(
        id="REFERENCE", kind=SubjectKind.REFERENCE, role=role, title="the clean reference"
    )
    faults = [
        _read(path, SubjectKind.FAULT)
        for path in sorted((root / _ROLE_FOLDERS[role]).glob("FLT-*.toml"))
    ]
    others = [
        _read(path, kind)
        for folder, kind in (("variants", SubjectKind.VARIANT), ("nulls", SubjectKind.NULL))
        for path in sorted((root / folder).glob("*.toml"))
    ]
    return (reference, *faults, *(s for s in others if s.role == role))
