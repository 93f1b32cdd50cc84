"""Requirements, rulings and the roles they bind: rows of the standard pack."""

from __future__ import annotations

from enum import StrEnum

from lab.model.base import Bilingual, Frozen
from lab.model.verdict import Severity


class Level(StrEnum):
    """Normative strength of a requirement."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"

    @property
    def severity(self) -> Severity:
        """Severity of a finding against a requirement of this level."""
        return {
            Level.MUST: Severity.MAJOR,
            Level.SHOULD: Severity.MINOR,
            Level.MAY: Severity.OBSERVATION,
        }[self]


class Testability(StrEnum):
    """How the laboratory can come to a verdict."""

    __test__ = False  # not a pytest class
    AUTOMATED = "automated"
    OBSERVED = "observed"
    INSPECTION = "inspection"
    NOT_TESTABLE = "not_testable"


class Requirement(Frozen):
    """One normative sentence of the source texts or of the profile."""

    id: str
    clause: str
    text: Bilingual
    roles: tuple[str, ...]
    kind: str
    level: Level
    testability: Testability
    client_testability: Testability | None = None
    basis: str = "stated"
    how: str | None = None
    ambiguity: str | None = None
    rulings: tuple[str, ...] = ()


class Ruling(Frozen):
    """A numbered decision on an ambiguous clause."""

    id: str
    clause: str
    requirements: tuple[str, ...]
    readings: tuple[str, ...]
    decision: Bilingual
    reason: str
    status: str = "provisional"
