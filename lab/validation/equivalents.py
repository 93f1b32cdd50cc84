"""Mechanical mutants that survive rightly: what they change is no deviation, each with its reason.

`fixtures/faults/equivalents.toml` holds `[[equivalent]]` entries: `mutant` a pattern over
`service.operation change [pointer]`, `reason` why no case may fail it, and where that is written.
A mutant that a case fails is caught, whatever stands there.
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError

from lab.model.base import Frozen
from lab.model.errors import PackError
from lab.validation.corpus import Subject, SubjectKind

_FILE = Path(__file__).resolve().parents[2] / "fixtures" / "faults" / "equivalents.toml"


class Equivalent(Frozen):
    """One documented equivalence."""

    mutant: str = Field(min_length=5)
    reason: str = Field(min_length=20)


class _File(Frozen):
    equivalent: tuple[Equivalent, ...] = ()


@cache
def load_equivalents(path: Path = _FILE) -> tuple[Equivalent, ...]:
    """Read the file; PackError when it cannot be used."""
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).equivalent
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PackError(
            f"{path.name} does not list equivalents: {error}", code="MFL-K021", where=str(path)
        ) from error


def equivalence(subject: Subject) -> str:
    """Return why a mechanical mutant is no deviation, "" when nothing is documented."""
    if subject.kind is not SubjectKind.MECHANICAL:
        return ""
    return next(
        (one.reason for one in load_equivalents() if fnmatchcase(subject.point, one.mutant)), ""
    )
