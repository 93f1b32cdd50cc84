"""The verdict lattice and the fields that must never be mixed with it.

A verdict only ever worsens: none < pass < inconclusive < fail < error. Selection, run state, blame
and severity are separate, because "not applicable", "still running", "your settings are wrong" and
"this is minor" are not verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """Outcome of judging one case or one requirement."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Position in the lattice, 0 (none) to 4 (error)."""
        return _ORDER.index(self)

    def worsened_by(self, other: Verdict) -> Verdict:
        """Return the worse of the two; a verdict never improves."""
        return self if self.rank >= other.rank else other


_ORDER = (Verdict.NONE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict, NONE for an empty collection (never PASS by default)."""
    result = Verdict.NONE
    for verdict in verdicts:
        result = result.worsened_by(verdict)
    return result


class Selection(StrEnum):
    """Whether a case belongs to this campaign; never a verdict."""

    SELECTED = "selected"
    NOT_APPLICABLE = "not_applicable"


class RunState(StrEnum):
    """How far a planned case has come; independent of its verdict."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    NOT_RUN = "not_run"


class Blame(StrEnum):
    """Who has to act on a problem."""

    SUT = "sut"
    CONFIG = "config"
    ENVIRONMENT = "environment"
    PEER = "peer"
    HARNESS = "harness"
    SPEC = "spec"


class Severity(StrEnum):
    """Weight of a finding; from the level of its requirement (must, should, may)."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"
